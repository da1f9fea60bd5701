import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, mockService, models, mountView, mountWithCleanup, onRpc, preloadBundle } from "@web/../tests/web_test_helpers";
import { Plot } from "@customer_value/campaign/plot";
import { IntervalChart } from "@customer_value/core/interval_chart";

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
preloadBundle("web.chartjs_lib");

const drawn = (selector = "canvas") => Chart.getChart(queryOne(selector));
const places = (chart, dataset) => chart.getDatasetMeta(dataset).data;
const days = (chart) => chart.scales.x.ticks.map(({ label }) => label);

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

test("a scale holds zero and all numbers", async () => {
    const draw = async (values) => {
        const points = values.map((value, index) => ({ date: `2025-07-0${index + 1}`, value }));
        const props = { lines: [{ name: "Line", points }], first: "2025-07-01", last: "2025-07-02", label: "Picture", currencyId: 1 };
        await mountWithCleanup(Plot, { props });
        const { chartArea, scales } = drawn(".o_value_plot:last canvas");
        expect(scales.y.max).toBeGreaterThan(scales.y.min);
        // 0 at the lower edge and 1 at the upper one
        const share = (value) => (chartArea.bottom - scales.y.getPixelForValue(value)) / (chartArea.bottom - chartArea.top);
        for (const value of values) {
            expect(share(value)).toBeWithin(0, 0.99, { message: `${value} of ${values}` });
        }
        return { share, max: scales.y.max };
    };
    const range = await draw([2, 10]);
    expect(range.share(0)).toBe(0);
    expect(range.share(10)).toBeWithin(0.8, 0.95);
    const both = await draw([-10, 10]);
    expect(both.share(0)).toBeWithin(0.499, 0.501);
    expect(both.share(-10)).toBeGreaterThan(0);
    expect((await draw([])).share(0)).toBe(0);
    expect((await draw([0, 0])).share(0)).toBe(0);
    expect((await draw([-4])).max).toBe(0);
});

test("the interval lies where its numbers are, and its legend says them", async () => {
    const { low, effect, high, worthwhile } = RESULT.interval;
    const label = "Effect 3.00 between -2.00 and 8.00";
    const words = { middle: "effect 3.00", interval: "between -2.00 and 8.00", worthwhile: "worthwhile from 4.00" };
    await mountWithCleanup(IntervalChart, {
        props: { low, middle: effect, high, worthwhile, tone: "success", label, words, format: String },
    });
    const chart = drawn();
    const [[dot], [left, right], [zero], [worth]] = [0, 1, 2, 3].map((dataset) => places(chart, dataset));
    expect(left.x).toBeLessThan(zero.x);
    expect(zero.x).toBeLessThan(dot.x);
    expect(dot.x).toBeLessThan(worth.x);
    expect(right.x).toBeGreaterThan(worth.x);
    expect(dot.x).toBeWithin((left.x + right.x) / 2 - 0.1, (left.x + right.x) / 2 + 0.1);
    expect([left.x, right.x]).toEqual([low, high].map((value) => chart.scales.x.getPixelForValue(value)));
    expect(".o_value_chart").toHaveAttribute("aria-label", label);
    expect(queryAllTexts("figcaption span")).toEqual(["no difference", ...Object.values(words)]);
    expect(queryAllTexts(".o_value_chart_item")).toEqual(Object.values(words));
});

test("without a worthwhile amount there is no line for it", async () => {
    const words = { middle: "effect", interval: "between" };
    await mountWithCleanup(IntervalChart, { props: { low: 1, middle: 2, high: 3, label: "Effect", words, format: String } });
    expect(drawn().data.datasets).toHaveLength(3);
    expect(drawn().scales.x.min).toBeLessThan(0.1);
    expect(queryAllTexts("figcaption span")).toEqual(["no difference", "effect", "between"]);
});

test("lines run from the first to the last day", async () => {
    await mountWithCleanup(Plot, {
        props: {
            lines: [{ name: "Line", points: [{ date: "2025-07-01", value: 0 }, { date: "2025-07-11", value: 50 }] }],
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
    const chart = drawn();
    const middle = (chart.chartArea.left + chart.chartArea.right) / 2;
    const points = places(chart, 0);
    expect(points[0].x).toBeWithin(middle - 0.1, middle + 0.1);
    expect(points[1].x).toBeWithin(chart.chartArea.right - 0.1, chart.chartArea.right + 0.1);
    expect(points[1].y).toBeLessThan(points[0].y);
    expect([...places(chart, 1), ...places(chart, 2)]).toHaveLength(4);
    expect(chart.data.datasets[2].fill).toBe("-1");
    // dots alone are no line, and without lines nothing is filled between them
    for (const dataset of [0, 1, 2, 3]) {
        expect(chart.getDatasetMeta(dataset).dataset.options.showLine ?? true).toBe(true);
        expect(chart.getDatasetMeta(dataset).dataset.points).toHaveLength(2);
    }
    expect(chart.legend.legendItems.map(({ text, pointStyle }) => [text, pointStyle])).toEqual([["Line", "line"], ["Interval", "rect"]]);
    expect(places(chart, 3)[0].x).toBeWithin(middle - 0.1, middle + 0.1);
    expect(days(chart)).toEqual(["06/21/2025", "07/01/2025", "07/11/2025"]);
    expect(queryAllTexts(".o_value_chart_item")[1]).toMatch(/07\/11\/2025, Line: .*50\.00/);
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
    expect(".o_value_interval .o_value_chart").toHaveAttribute("aria-label", /3\.00.*-2\.00.*8\.00/);
    expect(queryAllTexts(".o_value_interval figcaption span")[3]).toMatch(/^worthwhile from .*4\.00$/);
    expect(".o_value_plot").toHaveCount(2);
    // both arms, before and after
    const lines = drawn(".o_value_plot:first canvas").data.datasets.filter(({ isUnnamed }) => !isUnnamed);
    expect(lines).toHaveLength(4);
    const keys = drawn(".o_value_plot:first canvas").legend.legendItems;
    expect(keys.map(({ lineDash }) => lineDash.length > 0)).toEqual([false, false, true, true]);
    expect(lines.filter(({ borderDash }) => borderDash.length).flatMap(({ data }) => data)).toHaveLength(6);
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
    expect(days(drawn(".o_value_plot:first canvas"))).toEqual(["06/12/2025", "06/29/2025", "07/20/2025"]);
});

test("the day of the start is left out where it would run into others", async () => {
    const line = { name: "Line", points: [{ date: "2025-07-11", value: 50 }] };
    const props = { lines: [line], first: "2025-04-01", last: "2025-07-11", mark: "2025-07-09", label: "Picture", currencyId: 1 };
    await mountWithCleanup(Plot, { props });
    expect(days(drawn())).toEqual(["04/01/2025", "07/11/2025"]);
    expect(drawn().data.datasets.filter(({ yAxisID }) => yAxisID === "mark")).toHaveLength(1);
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
