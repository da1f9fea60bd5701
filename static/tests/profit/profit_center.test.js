import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryAllValues, queryOne } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, makeServerError, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { compare } from "@customer_value/profit/profit_center";
import { findPeriod } from "@customer_value/profit/profit_period";
import { layOut } from "@customer_value/profit/profit_waterfall";

describe.current.tags("desktop");
defineMailModels();

const { DateTime } = luxon;
const figure = (value, before, unit = "count", records = true) => ({ label: "F", unit, value, before, hint: "", records });
const KEYS = [
    "answer_days", "on_time", "satisfaction", "loyalty", "effect_return", "tickets", "base", "kept", "missed", "kept_share",
    "kept_expected", "kept_difference", "margin_expected", "margin_difference", "new", "acquisition", "per_new", "per_kept",
    "ratio", "contacted", "ordered_after", "margin_after", "won_after", "won_margin", "measured", "effect_total", "effect_low",
    "effect_high", "effect_cost", "effect_profit", "face_value", "service", "redress", "campaigns", "care", "keeping",
    "margin_kept", "profit",
]; // prettier-ignore

function makePage(figures = {}, values = {}) {
    return {
        period: { from: "2025-04-01", to: "2025-06-30" },
        before: { from: "2025-01-01", to: "2025-03-31" },
        currency_id: 1,
        company: "Company",
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
            profit: figure(350, 0, "money", false),
            ...figures,
        },
        ...values,
    };
}

async function open() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "customer_value_profit_centre" });
    await animationFrame();
}

test("bars follow each other and end at the profit", () => {
    const bars = layOut([
        { key: "service", amount: -10 },
        { key: "redress", amount: -30 },
        { key: "margin", amount: 200 },
        { key: "profit", amount: 160, total: true },
    ]);
    // from -40 to 160
    expect(bars.zero).toBe(20);
    expect(bars.map(({ left, width }) => [left, width])).toEqual([[15, 5], [0, 15], [0, 100], [20, 80]]);
    expect(bars.map(({ kind }) => kind)).toEqual(["cost", "cost", "gain", "total"]);
});

test("a loss reaches to the left of zero, and nothing at all has no width", () => {
    const [, , total] = layOut([{ key: "a", amount: -50 }, { key: "b", amount: 10 }, { key: "c", amount: -40, total: true }]);
    expect([total.left, total.width]).toEqual([20, 80]);
    expect(layOut([{ key: "a", amount: 0 }])[0].width).toBe(0);
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
    const bar = queryOne(".o_profit_interval rect.o_profit_total");
    expect([bar.getAttribute("x"), bar.getAttribute("width")]).toEqual(["0", "100"]);
    expect(queryOne(".o_profit_interval .o_profit_zero").getAttribute("x1")).toBe("20");
    expect(queryOne(".o_profit_interval .o_profit_expected").getAttribute("x1")).toBe("50");
});
