import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, makeServerError, mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { ValueGrid } from "@customer_value/home/value_grid";

describe.current.tags("desktop");
defineMailModels();

const open = (name) => ({ type: "ir.actions.act_window", name, res_model: "res.partner", views: [[false, "list"]] });
const makeColumn = (code, value = 3) => ({
    code,
    figures: [
        { name: "some", label: "Some", unit: "count", value, action: value && open("Some") },
        { name: "mean", label: "Mean", unit: "rating", value: null, action: false },
    ],
    grid: false,
    next: { sentence: `Next of ${code}`, button: "Do it", action: open(`Next of ${code}`) },
});

async function mountHome(getColumn) {
    onRpc("customer.home", "get_home", ({ args: [scope] }) => ({
        scope: scope || "all",
        scopes: ["mine", "all"],
        company: "Company",
        currency_id: 1,
        date: "2025-06-30",
        columns: ["portfolio", "network"].map((code) => ({ code, title: code, question: "Who?" })),
    }));
    onRpc("customer.home", "get_column", ({ args }) => getColumn(...args));
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "customer_value_home" });
    await animationFrame();
    await animationFrame();
}

test("a column that takes long keeps nobody waiting for the others", async () => {
    const late = new Deferred();
    await mountHome((code) => (code === "network" ? late.then(() => makeColumn(code)) : makeColumn(code)));
    expect("[data-column='portfolio'] .o_home_next p").toHaveText("Next of portfolio");
    expect("[data-column='network'] .o_home_waiting").toHaveCount(1);
    late.resolve();
    await animationFrame();
    expect("[data-column='network'] .o_home_next").toHaveCount(1);
});

test("a figure opens its records; of nothing there is nothing to open", async () => {
    const opened = [];
    await mountHome((code) => makeColumn(code, code === "network" ? 0 : 3));
    patchWithCleanup(getService("action"), { doAction: (action) => opened.push(action.name) });
    await contains("[data-column='portfolio'] button[data-name='some']").click();
    await contains("[data-column='network'] .o_home_next button").click();
    expect(opened).toEqual(["Some", "Next of network"]);
    expect("[data-column='network'] button.o_desk_figure").toHaveCount(0);
    expect("[data-column='network'] div[data-name='mean'] .o_desk_figure_value").toHaveText("–");
});

test("advice that all columns would give stands once", async () => {
    const begin = { sentence: "Start a run", button: "Start", action: open("Runs") };
    await mountHome((code) => ({ ...makeColumn(code), next: begin }));
    expect(".o_home_next").toHaveCount(1);
    expect("[data-column='portfolio'] .o_home_next p").toHaveText("Start a run");
});

test("what was asked for others does not come into one's own", async () => {
    const all = new Deferred();
    await mountHome((code, scope) => (scope === "all" ? all.then(() => makeColumn(code, 9)) : makeColumn(code, 1)));
    await contains(".o_home_mine").click();
    await animationFrame();
    all.resolve();
    await animationFrame();
    expect(".o_value_home").toHaveAttribute("data-scope", "mine");
    expect(queryAllTexts("[data-name='some'] .o_desk_figure_value")).toEqual(["1", "1"]);
});

test("a column that cannot be read says so, and the others stay", async () => {
    expect.errors(1);
    await mountHome((code) => {
        if (code === "network") {
            throw makeServerError({ message: "No" });
        }
        return makeColumn(code);
    });
    await animationFrame();
    expect("[data-column='network'] .o_home_failed").toHaveCount(1);
    expect("[data-column='portfolio'] .o_home_next").toHaveCount(1);
    expect.verifyErrors(["No"]);
});

test("the more customers, the darker a cell; none cannot be opened", async () => {
    const cell = (value) => ({ value, action: open(`${value}`) });
    const opened = [];
    await mountWithCleanup(ValueGrid, {
        props: {
            grid: { columns: ["None", "High"], rows: [{ label: "A", cells: [cell(0), cell(4)] }, { label: "C", cells: [cell(100), cell(1)] }] },
            onOpen: (action) => opened.push(action.name),
        },
    });
    const share = (number) => parseInt(queryOne(`.o_home_cell:eq(${number})`).style.getPropertyValue("--o-home-share"));
    expect([0, 1, 2, 3].map(share)).toEqual([0, 16, 50, 12]);
    expect(".o_home_cell:eq(0)").not.toBeEnabled();
    await contains(".o_home_cell:eq(2)").click();
    expect(opened).toEqual(["100"]);
});
