import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryAllValues, queryOne } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, makeServerError, mountWithCleanup, onRpc, preloadBundle } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { compare } from "@customer_value/profit/profit_center";
import { findPeriod } from "@customer_value/profit/profit_period";
import { layOut, ProfitWaterfall } from "@customer_value/profit/profit_waterfall";

describe.current.tags("desktop");
defineMailModels();
preloadBundle("web.chartjs_lib");

const drawn = (selector) => Chart.getChart(queryOne(`${selector} canvas`));

const { DateTime } = luxon;
const figure = (value, before, unit = "count", records = true) => ({ label: "F", unit, value, before, hint: "", records });
const KEYS = [
    "answer_days", "on_time", "satisfaction", "loyalty", "effect_return", "tickets", "base", "kept", "missed", "kept_share",
    "kept_expected", "kept_difference", "margin_expected", "margin_difference", "new", "acquisition", "per_new", "per_kept",
    "ratio", "contacted", "ordered_after", "margin_after", "won_after", "won_margin", "measured", "effect_total", "effect_low",
    "effect_high", "effect_cost", "effect_profit", "face_value", "service", "redress", "campaigns", "care", "keeping",
    "margin_kept", "profit", "margin_above", "pending", "acquisition_booked", "acquisition_work",
]; // prettier-ignore

function makePage(figures = {}, values = {}) {
    return {
        period: { from: "2025-04-01", to: "2025-06-30" },
        before: { from: "2025-01-01", to: "2025-03-31" },
        currency_id: 1,
        company: "Company",
        gains: ["effect_total", "margin_above"],
        costs: ["service", "redress", "campaigns", "care"],
        tiers: [],
        missing: [],
        can_set: false,
        empty: false,
        after_days: 90,
        after_open: false,
        figures: {
            ...Object.fromEntries(KEYS.map((key) => [key, figure(0, 0)])),
            service: figure(null, null, "money", false),
            redress: figure(30, 0, "money"),
            care: figure(null, null, "money", false),
            campaigns: figure(20, 0, "money"),
            keeping: figure(50, 0, "money", false),
            margin_kept: figure(400, 0, "money"),
            effect_total: figure(null, null, "money"),
            margin_above: figure(90, 0, "money"),
            profit: figure(40, 0, "money", false),
            ...figures,
        },
        ...values,
    };
}

const YEAR = { from: "2025-01-01", to: "2025-07-05", new: 4, acquisition: 200, per_new: 50, kept: 10, keeping: 50, per_kept: 5, ratio: 10 };
const NOTHING = { new: 0, acquisition: null, per_new: null, kept: 0, keeping: null, per_kept: null, ratio: null };

async function open(years = []) {
    onRpc("customer.retention.profit", "get_years", () => years);
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "customer_value_profit_center" });
    await animationFrame();
}

/** Places of the bars in percent of what all of them take up. */
async function draw(steps) {
    const props = {
        steps: steps.map((step) => ({ label: step.key, hint: "", text: `${step.amount}`, beforeText: "0", records: false, ...step })),
        format: String,
        onOpen: () => {},
    };
    await mountWithCleanup(ProfitWaterfall, { props });
    const chart = drawn(".o_value_chart:last");
    const { chartArea, scales } = chart;
    const ends = [0, ...layOut(steps).flatMap(({ start, end }) => [start, end])];
    const [low, high] = [Math.min(...ends), Math.max(...ends)].map((value) => scales.x.getPixelForValue(value));
    expect(low).toBeGreaterThan(chartArea.left - 0.1);
    expect(high).toBeLessThan(chartArea.right + 0.1);
    const place = (pixel) => Math.round((100 * (pixel - low)) / (high - low || 1));
    const bars = chart.getDatasetMeta(0).data;
    return {
        zero: place(scales.x.getPixelForValue(0)),
        bars: bars.map(({ base, x }) => [place(Math.min(base, x)), Math.abs(place(x) - place(base))]),
    };
}

test("bars follow each other and end at the profit", async () => {
    const steps = [
        { key: "service", amount: -10 },
        { key: "redress", amount: -30 },
        { key: "margin", amount: 200 },
        { key: "profit", amount: 160, total: true },
    ];
    // from -40 to 160
    const { zero, bars } = await draw(steps);
    expect(zero).toBe(20);
    expect(bars).toEqual([[15, 5], [0, 15], [0, 100], [20, 80]]);
    expect(layOut(steps).map(({ kind }) => kind)).toEqual(["cost", "cost", "gain", "total"]);
    expect(drawn(".o_value_chart").scales.y.ticks.map(({ label }) => label)).toEqual([["service"], ["redress"], ["margin"], ["profit"]]);
    expect(queryAllTexts(".o_value_chart_item")).toEqual(["service: -10", "redress: -30", "margin: 200", "profit: 160"]);
});

test("a loss reaches to the left of zero, and nothing at all has no width", async () => {
    const loss = await draw([{ key: "a", amount: -50 }, { key: "b", amount: 10 }, { key: "c", amount: -40, total: true }]);
    expect(loss.bars[2]).toEqual([20, 80]);
    expect((await draw([{ key: "a", amount: 0 }])).bars[0][1]).toBe(0);
});

test("a long label takes several lines", async () => {
    await draw([{ key: "a", amount: -50, label: "Margin of retained customers" }]);
    expect(drawn(".o_value_chart").scales.y.ticks[0].label).toEqual(["Margin of retained", "customers"]);
});

test("periods end today at the latest", () => {
    const today = DateTime.fromISO("2024-03-31T15:00");
    const days = (preset) => Object.values(findPeriod(preset, today)).map((day) => day.toISODate());
    expect(days("this_month")).toEqual(["2024-03-01", "2024-03-31"]);
    expect(days("last_month")).toEqual(["2024-02-01", "2024-02-29"]);
    expect(days("this_quarter")).toEqual(["2024-01-01", "2024-03-31"]);
    expect(days("last_quarter")).toEqual(["2023-10-01", "2023-12-31"]);
    expect(days("this_year")).toEqual(["2024-01-01", "2024-03-31"]);
    expect(days("last_year")).toEqual(["2023-01-01", "2023-12-31"]);
});

test("more is better, worse or neither", () => {
    expect(compare("profit", { value: 2, before: 1 })).toEqual({ icon: "fa-caret-up", className: "text-success" });
    expect(compare("missed", { value: 2, before: 1 })).toEqual({ icon: "fa-caret-up", className: "text-danger" });
    expect(compare("answer_days", { value: 1, before: 2 })).toEqual({ icon: "fa-caret-down", className: "text-success" });
    expect(compare("service", { value: 2, before: 1 })).toEqual({ icon: "fa-caret-up", className: "text-muted" });
    expect(compare("profit", { value: 1, before: null })).toBe(null);
    expect(compare("profit", { value: 1, before: 1 })).toBe(null);
});

test("what is not known has no bar, and what has records opens them", async () => {
    mockDate("2025-07-05 12:00:00");
    onRpc("customer.retention.profit", "get_profit_center", ({ args }) => {
        expect.step(args.join(" "));
        return makePage({}, { missing: [{ code: "service", text: "The cost of service is unknown." }] });
    });
    onRpc("customer.retention.profit", "get_records_action", ({ args }) => {
        expect.step(args.join(" "));
        return { type: "ir.actions.act_window_close" };
    });
    await open();
    expect.verifySteps(["2025-07-01 2025-07-05"]);
    expect(".o_profit_waterfall li").toHaveCount(4);
    expect(queryAllTexts(".o_profit_missing li")).toEqual(["The cost of service is unknown."]);
    expect(".o_profit_waterfall li[data-key='profit'] button").toHaveCount(0);
    await contains(".o_profit_waterfall li[data-key='redress'] button").click();
    expect.verifySteps(["redress 2025-04-01 2025-06-30"]);
    await contains("#o_profit_period").select("last_year");
    expect.verifySteps(["2024-01-01 2024-12-31"]);
    await contains("#o_profit_period").select("own");
    expect(queryAllValues(".o_profit_days input")).toEqual(["01/01/2024", "12/31/2024"]);
});

test("an error is shown and tried again; nothing at all says what to do", async () => {
    let fails = true;
    onRpc("customer.retention.profit", "get_profit_center", () => {
        if (fails) {
            throw makeServerError({ message: "No such period" });
        }
        return makePage({}, { empty: true });
    });
    await open();
    expect(queryOne(".o_profit_error").textContent).toInclude("No such period");
    fails = false;
    await contains(".o_profit_error button").click();
    expect(".o_profit_error").toHaveCount(0);
    expect(".o_profit_empty").toHaveCount(1);
});

test("the headline is what was gained less cost; the whole margin is context", async () => {
    onRpc("customer.retention.profit", "get_profit_center", () => makePage());
    await open();
    expect(".o_profit_loop .o_profit_figure[data-key='profit'] .o_profit_value").toHaveText(/40\.00/);
    expect(queryAllTexts(".o_profit_waterfall li .o_profit_step_value").length).toBe(4);
    expect(".o_profit_waterfall li[data-key='effect_total']").toHaveCount(0);
    expect(".o_profit_waterfall li[data-key='margin_above']").toHaveCount(1);
    expect(".o_profit_context button").toHaveText(/400\.00/);
    expect(".o_profit_unknown").toHaveCount(0);
    expect(".o_profit_paid").toHaveText(/paid off.*40\.00/);
});

test("where nothing can be held against the cost, the page says what is needed", async () => {
    onRpc("customer.retention.profit", "get_profit_center", () =>
        makePage({ margin_above: figure(null, null, "money", false), profit: figure(null, null, "money", false) })
    );
    await open();
    expect(".o_profit_loop .o_profit_figure[data-key='profit'] .o_profit_value").toHaveText("–");
    expect(".o_profit_waterfall li[data-key='profit']").toHaveCount(0);
    expect(".o_profit_paid").toHaveText(/cannot be said yet/);
    expect(".o_profit_unknown").toHaveText(/campaign with a control group/);
});

test("years without records have no ratio, and each opens its own customers", async () => {
    onRpc("customer.retention.profit", "get_profit_center", () => makePage());
    onRpc("customer.retention.profit", "get_records_action", ({ args }) => {
        expect.step(args.join(" "));
        return { type: "ir.actions.act_window_close" };
    });
    await open([
        { year: 2025, ...YEAR },
        { year: 2024, ...NOTHING, from: "2024-01-01", to: "2024-12-31" },
    ]);
    await animationFrame();
    expect(queryAllTexts(".o_profit_years tr[data-year='2025'] td").at(-1)).toBe("10.0 times");
    expect(queryAllTexts(".o_profit_years tr[data-year='2024'] td").filter((text) => text === "no records").length).toBe(5);
    await contains(".o_profit_years tr[data-year='2024'] td:first button").click();
    expect.verifySteps(["new 2024-01-01 2024-12-31"]);
});

test("the effect of campaigns is shown with its interval", async () => {
    onRpc("customer.retention.profit", "get_profit_center", () =>
        makePage({
            measured: figure(2, 0),
            effect_low: figure(-20, null, "money", false),
            effect_total: figure(30, null, "money"),
            effect_high: figure(80, null, "money", false),
        })
    );
    await open();
    const chart = drawn(".o_profit_measured");
    const [[middle], [left, right], [zero]] = [0, 1, 2].map((dataset) => chart.getDatasetMeta(dataset).data);
    const share = ({ x }) => Math.round((100 * (x - left.x)) / (right.x - left.x));
    expect([left.x, right.x]).toEqual([-20, 80].map((value) => chart.scales.x.getPixelForValue(value)));
    expect(share(zero)).toBe(20);
    expect(share(middle)).toBe(50);
    expect(".o_profit_measured .o_value_chart").toHaveAttribute("aria-label", /-20\.00.*80\.00/);
    expect(queryAllTexts(".o_profit_measured figcaption span")[2]).toMatch(/^Additional margin between .*-20\.00 and .*80\.00\.$/);
});
