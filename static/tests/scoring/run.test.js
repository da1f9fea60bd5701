import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    makeServerError,
    MockServer,
    mockService,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { MatrixTable } from "@customer_value/scoring/run_matrix";
import { POLL_INTERVAL } from "@customer_value/scoring/run_panel";

describe.current.tags("desktop");

class Run extends models.Model {
    _name = "customer.value.run";
    name = fields.Char();
    state = fields.Selection({ selection: [["draft", "To do"], ["done", "Done"], ["failed", "Failed"]], default: "draft" });
    simulate = fields.Boolean({ default: true });
    policy_state = fields.Selection({ selection: [["draft", "Draft"], ["active", "Active"]], default: "active" });
    started = fields.Datetime();
    _records = [
        { id: 1, name: "Prepared", state: "draft" },
        { id: 2, name: "Looked at", state: "done", simulate: true, started: "2025-06-30 10:00:00" },
        { id: 4, name: "Of a draft", state: "done", simulate: true, policy_state: "draft", started: "2025-06-30 10:00:00" },
        { id: 3, name: "Applied", state: "done", simulate: false, started: "2025-06-30 10:00:00" },
    ];
}

class WhatIf extends models.Model {
    _name = "customer.value.what.if";
    shown_count = fields.Integer();
    _records = [{ id: 7, shown_count: 1 }];
}
defineModels([Run, WhatIf]);
defineMailModels();

const MATRIX = {
    currency_id: 1,
    tiers: [
        { id: 11, name: "Gold", color: 3 },
        { id: 12, name: "Base", color: 0 },
        { id: false, name: "No tier", color: 0 },
    ],
    cells: [
        { from: 11, to: 11, customers: 6, revenue: 9000, previous_ids: [11] },
        { from: 11, to: 12, customers: 2, revenue: 1500, previous_ids: [11, 21] },
        { from: 12, to: 11, customers: 1, revenue: 700, previous_ids: [12] },
        { from: false, to: 12, customers: 3, revenue: 0, previous_ids: [false] },
    ],
};
const ARCH = `
    <form><sheet>
        <field name="name"/>
        <field name="state" invisible="1"/><field name="simulate" invisible="1"/><field name="started" invisible="1"/>
        <field name="policy_state" invisible="1"/>
        <widget name="customer_value_run_panel"/>
        <widget name="customer_value_run_matrix" invisible="state != 'done'"/>
    </sheet></form>`;

function mountForm(resId) {
    return mountView({ type: "form", resModel: "customer.value.run", resId, arch: ARCH });
}

test("the matrix tells promotions, demotions and new customers apart", async () => {
    await mountWithCleanup(MatrixTable, { props: { matrix: MATRIX, onOpen: () => {} } });
    expect(queryAllTexts("thead .badge")).toEqual(["Gold", "Base"]);
    expect(queryAllTexts("tbody .badge")).toEqual(["Gold", "Base", "New"]);
    expect("td.o_value_same div.o_value_cell").toHaveCount(1);
    expect("td.o_value_same button").toHaveCount(0);
    expect("td.o_value_down button").toHaveCount(1);
    expect("td.o_value_up button").toHaveCount(1);
    expect("td.o_value_new button").toHaveCount(1);
    expect("td.o_value_down .fw-bold").toHaveText("2");
    expect("td.o_value_down").toHaveText(/25\.0%/);
    expect("td.o_value_down button").toHaveAttribute(
        "aria-label",
        /^2 customers from Gold to Base, revenue \$\s1\.50k\. Show them\.$/
    );
});

test("the heat of a cell follows its share of the row", async () => {
    await mountWithCleanup(MatrixTable, { props: { matrix: MATRIX, onOpen: () => {} } });
    const heat = (selector) => Number(queryOne(selector).style.getPropertyValue("--o-value-heat"));
    expect(heat("td.o_value_down")).toBe(0.37);
    expect(heat("td.o_value_up")).toBe(0.62);
});

test("a cell opens its movers", async () => {
    onRpc("customer.value.run", "get_progress", () => ({ state: "done" }));
    onRpc("customer.value.run", "get_matrix", () => MATRIX);
    onRpc("customer.value.run", "action_view_moves", () => ({
        type: "ir.actions.act_window",
        res_model: "customer.value.run.move",
        domain: [["run_id", "=", 2]],
    }));
    mockService("action", { doAction: (action) => expect.step(action.domain) });
    await mountForm(2);
    await contains("td.o_value_down button").click();
    expect.verifySteps([
        [
            ["run_id", "=", 2],
            ["previous_tier_id", "in", [11, 21]],
            ["tier_id", "=", 12],
        ],
    ]);
});

test("the matrix of another model has its title, its movers, and is read again when told to", async () => {
    onRpc("customer.value.what.if", "get_matrix", () => {
        expect.step("matrix");
        return MATRIX;
    });
    onRpc("customer.value.what.if", "action_view_moves", () => ({
        type: "ir.actions.act_window",
        res_model: "customer.value.what.if.move",
        domain: [["what_if_id", "=", 7]],
    }));
    mockService("action", {
        doAction: (action) => expect.step(action.domain),
        async doActionButton({ onClose }) {
            MockServer.env["customer.value.what.if"].write([7], { shown_count: 2 });
            await onClose();
        },
    });
    await mountView({
        type: "form",
        resModel: "customer.value.what.if",
        resId: 7,
        arch: `
            <form><header><button name="action_show" type="object" string="Show"/></header><sheet>
                <field name="shown_count" invisible="1"/>
                <widget name="customer_value_run_matrix" title="With these values" refresh="shown_count"/>
            </sheet></form>`,
    });
    expect.verifySteps(["matrix"]);
    expect(".o_value_matrix .o_value_title").toHaveText("With these values");
    await contains("td.o_value_down button").click();
    expect.verifySteps([
        [
            ["what_if_id", "=", 7],
            ["previous_tier_id", "in", [11, 21]],
            ["tier_id", "=", 12],
        ],
    ]);
    await contains("button[name=action_show]").click();
    expect.verifySteps(["matrix"]);
});

test("a run without anybody says so", async () => {
    onRpc("customer.value.run", "get_matrix", () => ({ ...MATRIX, cells: [] }));
    await mountForm(3);
    expect(".o_value_matrix").toHaveCount(0);
    expect(".o_widget_customer_value_run_matrix").toHaveText(/No customers to score/);
});

test("an applied run has no buttons", async () => {
    onRpc("customer.value.run", "get_matrix", () => MATRIX);
    await mountForm(3);
    expect(".o_value_apply").toHaveCount(0);
    expect(".o_value_simulate").toHaveCount(0);
});

test("a simulated run can be applied or simulated again", async () => {
    onRpc("customer.value.run", "get_matrix", () => MATRIX);
    await mountForm(2);
    expect(".o_value_apply").toHaveText("Apply");
    expect(".o_value_simulate").toHaveText("Simulate Again");
});

test("a policy that is not active can only be simulated", async () => {
    onRpc("customer.value.run", "get_matrix", () => MATRIX);
    await mountForm(4);
    expect(".o_value_apply").toHaveCount(0);
    expect(".o_value_simulate").toHaveText("Simulate Again");
    expect(".o_value_run_panel").toHaveText(/Only the active policy can be applied/);
});

test("pressing Run saves, shows progress and then the result", async () => {
    const finished = new Deferred();
    let progress = { state: "draft" };
    onRpc("customer.value.run", "web_save", () => expect.step("save"));
    onRpc("customer.value.run", "get_progress", () => progress);
    onRpc("customer.value.run", "get_matrix", () => MATRIX);
    onRpc("customer.value.run", "action_apply", async function ({ args }) {
        expect.step("apply");
        await finished;
        this.env["customer.value.run"].write(args[0], { state: "done", simulate: false });
        return false;
    });
    await mountForm(1);
    await contains(".o_field_widget[name=name] input").edit("Changed");
    await contains(".o_value_apply").click();
    expect.verifySteps(["save", "apply"]);
    expect(".o_value_apply").toHaveCount(0);
    expect(".progress").toHaveAttribute("aria-valuenow", "0");

    progress = { state: "draft", step: "Scoring customers", percent: 60 };
    await advanceTime(POLL_INTERVAL);
    await animationFrame();
    expect(".o_value_progress").toHaveText(/Running\s+Scoring customers\s+60%/);
    expect(".progress").toHaveAttribute("aria-valuenow", "60");

    finished.resolve();
    await animationFrame();
    await animationFrame();
    expect(".o_value_progress").toHaveCount(0);
    expect(".o_value_matrix_table").toHaveCount(1);
});

test("what goes wrong is told, and the buttons are there again", async () => {
    expect.errors(1);
    onRpc("customer.value.run", "get_progress", () => ({ state: "draft" }));
    onRpc("customer.value.run", "action_simulate", () => {
        throw makeServerError({ message: "The policy has no tiers. Add at least one." });
    });
    await mountForm(1);
    await contains(".o_value_simulate").click();
    await animationFrame();
    expect.verifyErrors(["The policy has no tiers"]);
    expect(".o_value_simulate").toHaveCount(1);
    expect(".o_field_widget[name=name] input").toHaveValue("Prepared");
});

test("a run started elsewhere is followed until it is done", async () => {
    let progress = { state: "draft", step: "Calibrating", percent: 45 };
    onRpc("customer.value.run", "get_progress", () => progress);
    onRpc("customer.value.run", "get_matrix", () => MATRIX);
    await mountForm(1);
    await animationFrame();
    expect(".o_value_progress").toHaveText(/Calibrating\s+45%/);
    MockServer.env["customer.value.run"].write([1], { state: "done" });
    progress = { state: "done" };
    await advanceTime(POLL_INTERVAL);
    await animationFrame();
    expect(".o_value_progress").toHaveCount(0);
});
