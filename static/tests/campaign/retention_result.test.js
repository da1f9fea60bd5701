import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, mockService, models, mountView, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { makeRange, Plot } from "@customer_value/campaign/plot";
import { IntervalBar } from "@customer_value/campaign/result_panel";

describe.current.tags("desktop");

class Campaign extends models.Model {
    _name = "customer.retention.campaign";
    name = fields.Char();
    state = fields.Char();
    result_date = fields.Date();
    result_state = fields.Char();
    effect = fields.Float();
    cost_total = fields.Float();
    _records = [{ id: 5, name: "Call", state: "running", result_date: "2025-07-20", result_state: "early" }];
}
defineModels([Campaign]);
defineMailModels();

const point = (date, treated, holdout, values = {}) => ({
    date,
    is_before: false,
    margin_treated: treated,
    margin_holdout: holdout,
    is_effect_known: true,
    effect: treated - holdout,
    effect_low: treated - holdout - 5,
    effect_high: treated - holdout + 5,
    ...values,
});
const RESULT = {
    state: "better",
    label: "Better",
    tone: "success",
    headline: "Each customer with the offer brought 12.40 more than the control group.",
    sum: "1,240 customers × 12.40 − 5,000 cost = 10,376 profit.",
    notes: ["Customers are counted in the group they were assigned to."],
    figures: [
        { kind: "members_treated", label: "Offer group", value: "1,240", hint: "customers", records: true },
        { kind: "cost", label: "Cost", value: "5,000", hint: "booked", records: true },
        { kind: "orders_attributed", label: "Attributed revenue", value: "70", hint: "not the effect", records: false },
    ],
    interval: { low: -2, effect: 3, high: 8, detectable: 7, worthwhile: 4 },
    retained: { treated: 0.75, holdout: 0.5, sentence: "The difference is statistically significant." },
    points: [
        point("2025-06-22", 8, 9, { is_before: true, is_effect_known: false }),
        point("2025-06-29", 16, 18, { is_before: true, is_effect_known: false }),
        point("2025-07-06", 10, 9),
        point("2025-07-13", 22, 17),
        point("2025-07-20", 30, 22),
    ],
    first: "2025-06-13",
    start: "2025-06-30",
    currency_id: 1,
};
const ARCH = `
    <form><header><button name="action_measure" type="object" string="Measure Now"/></header><sheet>
        <field name="name"/><widget name="customer_retention_result"/>
    </sheet></form>`;

function mountForm(result = RESULT) {
    onRpc("customer.retention.campaign", "get_result", () => {
        expect.step("result");
        return result;
    });
    return mountView({ type: "form", resModel: "customer.retention.campaign", resId: 5, arch: ARCH });
}

test("a range holds zero and all numbers", () => {
    const range = makeRange([2, 10]);
    expect(range.low).toBe(0);
    expect(range.share(0)).toBe(0);
    expect(range.share(10)).toBeWithin(0.9, 0.95);
    const both = makeRange([-10, 10]);
    expect(both.share(0)).toBe(0.5);
    expect(both.share(-10)).toBeGreaterThan(0);
    expect(makeRange([]).share(0)).toBe(0);
    expect(makeRange([0, 0]).share(0)).toBe(0);
    expect(makeRange([-4]).high).toBe(0);
});

test("the interval lies where its numbers are", async () => {
    await mountWithCleanup(IntervalBar, { props: { interval: RESULT.interval, tone: "success", currencyId: 1 } });
    const left = (name) => parseFloat(queryOne(`.o_value_interval_${name}`).style.left);
    expect(left("bar")).toBeLessThan(left("zero"));
    expect(left("zero")).toBeLessThan(left("dot"));
    expect(left("dot")).toBeLessThan(left("worth"));
    const width = parseFloat(queryOne(".o_value_interval_bar").style.width);
    expect(left("bar") + width).toBeGreaterThan(left("worth"));
    expect(left("dot")).toBeWithin(left("bar") + width / 2 - 0.1, left("bar") + width / 2 + 0.1);
    expect(".o_value_interval_track").toHaveAttribute("aria-label", /3\.00.*-2\.00.*8\.00/);
});

test("lines run from the first to the last day", async () => {
    await mountWithCleanup(Plot, {
        props: {
            lines: [{ name: "Line", className: "o_line", points: [{ date: "2025-07-01", value: 0 }, { date: "2025-07-11", value: 50 }] }],
            band: [
                { date: "2025-07-01", low: -10, high: 10 },
                { date: "2025-07-11", low: 40, high: 60 },
            ],
            first: "2025-06-21",
            last: "2025-07-11",
            mark: "2025-07-01",
            label: "Picture",
            currencyId: 1,
        },
    });
    const points = queryOne("polyline").getAttribute("points").split(" ").map((pair) => pair.split(",").map(Number));
    expect(points[0][0]).toBe(50);
    expect(points[1][0]).toBe(100);
    expect(points[1][1]).toBeLessThan(points[0][1]);
    expect(queryOne("polygon").getAttribute("points").split(" ")).toHaveLength(4);
    expect(".o_value_plot_mark").toHaveAttribute("x1", "50");
    expect(queryAllTexts(".o_value_plot_days span")).toEqual(["06/21/2025", "07/01/2025", "07/11/2025"]);
    expect(".o_value_plot_dot:last").toHaveAttribute("title", /07\/11\/2025, Line: .*50\.00/);
});

test("the result is told, drawn, and each figure opens its records", async () => {
    onRpc("customer.retention.campaign", "action_view_result", ({ args }) => ({
        type: "ir.actions.act_window",
        name: args[1],
        res_model: "customer.retention.member",
    }));
    mockService("action", { doAction: (action) => expect.step(action.name) });
    await mountForm();
    await animationFrame();
    expect.verifySteps(["result"]);
    expect(".o_value_result .badge").toHaveText("Better");
    expect(".o_value_result .badge").toHaveClass("text-bg-success");
    expect(".o_value_result_headline").toHaveText(RESULT.headline);
    expect(".o_value_result_sum").toHaveText(RESULT.sum);
    expect(".o_value_plot").toHaveCount(2);
    // both arms, before and after
    expect(".o_value_plot:first polyline").toHaveCount(4);
    expect(".o_value_plot:first .o_value_before.o_value_plot_dot").toHaveCount(6);
    expect(queryAllTexts(".o_value_retained_row b")).toEqual(["75.0%", "50.0%"]);
    await contains(".o_value_result_figure[data-kind=cost]").click();
    // closed to the reader
    expect(".o_value_result_figure[data-kind=orders_attributed]").toHaveText(/Attributed revenue/);
    await contains("div.o_value_result_figure[data-kind=orders_attributed]").click();
    await contains("button:contains(Measurements)").click();
    expect.verifySteps(["cost", "checkpoints"]);
});

test("the picture begins on the day before the time before the start, however long its last spell", async () => {
    await mountForm();
    await animationFrame();
    expect.verifySteps(["result"]);
    expect(queryAllTexts(".o_value_plot:first .o_value_plot_days span")).toEqual(["06/12/2025", "06/29/2025", "07/20/2025"]);
});

test("the day of the start is left out where it would run into others", async () => {
    const line = { name: "Line", className: "o_line", points: [{ date: "2025-07-11", value: 50 }] };
    const props = { lines: [line], first: "2025-04-01", last: "2025-07-11", mark: "2025-07-09", label: "Picture", currencyId: 1 };
    await mountWithCleanup(Plot, { props });
    expect(queryAllTexts(".o_value_plot_days span")).toEqual(["04/01/2025", "07/11/2025"]);
    expect(".o_value_plot_mark").toHaveCount(1);
});

test("without an interval, points or customers there is just the headline", async () => {
    await mountForm({
        ...RESULT,
        state: false,
        label: "Not measured yet",
        tone: "secondary",
        headline: "Not measured yet.",
        sum: false,
        notes: [],
        figures: [],
        interval: false,
        retained: false,
        points: [],
    });
    await animationFrame();
    expect.verifySteps(["result"]);
    expect(".o_value_result_headline").toHaveText("Not measured yet.");
    expect(".o_value_interval").toHaveCount(0);
    expect(".o_value_plot").toHaveCount(0);
    expect(".o_value_result_figures").toHaveCount(0);
    expect(".o_value_result_notes").toHaveCount(0);
});

test("measured again, it is read again", async () => {
    onRpc("customer.retention.campaign", "action_measure", function ({ args }) {
        this.env["customer.retention.campaign"].write(args[0], { result_date: "2025-07-21", effect: 4 });
        return false;
    });
    await mountForm();
    await animationFrame();
    expect.verifySteps(["result"]);
    await contains("button[name=action_measure]").click();
    await animationFrame();
    expect.verifySteps(["result"]);
});
