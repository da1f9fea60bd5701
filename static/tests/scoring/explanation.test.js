import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryOne, press } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
    preloadBundle,
} from "@web/../tests/web_test_helpers";
import { ContributionBars } from "@customer_value/scoring/contribution_bars";
import { ScoreGauge } from "@customer_value/scoring/score_gauge";
import { TierTimeline } from "@customer_value/scoring/tier_timeline";
import { TrendLine } from "@customer_value/scoring/trend_line";

describe.current.tags("desktop");

class Customer extends models.Model {
    _name = "customer";
    name = fields.Char();
    _records = [
        { id: 1, name: "Scored" },
        { id: 2, name: "Unscored" },
    ];
}
defineModels([Customer]);
defineMailModels();
preloadBundle("web.chartjs_lib");

const drawn = (selector = "canvas") => Chart.getChart(queryOne(selector));

const LINES = [
    {
        metric: "revenue",
        label: "Revenue",
        unit: "money",
        unit_label: "USD",
        raw: 1234.5,
        points: 90,
        weight: 30,
        contribution: 45.01,
        maximum: 50,
        documents: true,
    },
    {
        metric: "recency_days",
        label: "Days since last order",
        unit: "days",
        unit_label: "days",
        raw: null,
        points: 33.3,
        weight: 20,
        contribution: 11.1,
        maximum: 33.33,
        documents: true,
    },
    {
        metric: "influence",
        label: "Market influence",
        unit: "points",
        unit_label: "points",
        raw: 40,
        points: 40,
        weight: 10,
        contribution: 6.67,
        maximum: 16.67,
        documents: false,
    },
];
const EXPLANATION = {
    score: 62.78,
    previous_score: 60,
    tier: "Gold",
    tier_color: 3,
    gate: "",
    currency_id: 1,
    lines: LINES,
};
const VALUE = {
    score_id: 7,
    customer: "Scored",
    is_contact: false,
    can_run: true,
    explanation: EXPLANATION,
    trend: [
        ["2025-01-31", 60, "Gold"],
        ["2025-06-30", 62.78, "Gold"],
    ],
    next_step: { code: "segment", sentence: "Make the next order easy.", title: "Contact customer", activity_type_id: 2, offer: "" },
    facts: {
        segment: "Promising",
        segment_color: 4,
        rfm_code: "534",
        as_of: "2025-06-30",
        tier_since: "2025-01-31",
        grace_until: false,
        abc_class: "A",
        lifecycle: "Growing",
        relationship_class: "",
    },
};

async function mountForm(value, resId = 1) {
    onRpc("customer", "get_value_explanation", ({ args }) => {
        expect.step(`explain ${args[0]}`);
        return typeof value === "function" ? value(args[0][0]) : value;
    });
    await mountView({
        type: "form",
        resModel: "customer",
        resId,
        arch: `
            <form><sheet><notebook>
                <page string="First" name="first"><field name="name"/></page>
                <page string="Value" name="value"><widget name="customer_value_explanation"/></page>
            </notebook></sheet></form>`,
    });
}

test("a gauge shows the score and how it moved", async () => {
    await mountWithCleanup(ScoreGauge, { props: { value: 62.78, previous: 70 } });
    expect(".o_value_gauge_number").toHaveText("62.78");
    expect(".o_value_chart").toHaveAttribute("aria-label", "Score 62.78 of 100");
    expect(drawn().data.datasets[0].data[0].value).toBe(62.78);
    expect(drawn().getDatasetMeta(0).total).toBe(100);
    expect(".text-danger").toHaveText("down by 7.2");
});

test("a gauge of zero has nothing filled, and no change without an earlier score", async () => {
    await mountWithCleanup(ScoreGauge, { props: { value: 0 } });
    const [filled, rest] = drawn().getDatasetMeta(0).data;
    expect(filled.circumference).toBe(0);
    expect(rest.circumference).toBeWithin(Math.PI - 0.001, Math.PI + 0.001);
    expect(".o_value_chart_item").toHaveText("Score 0.00 of 100");
    expect(".text-muted").toHaveText("unchanged");
});

test("bars show what each dimension adds, and their sum is the score", async () => {
    await mountWithCleanup(ContributionBars, {
        props: { explanation: EXPLANATION, onOpen: (metric) => expect.step(metric) },
    });
    expect(queryAllTexts(".o_value_bar_label")).toEqual(["Revenue", "Days since last order", "Market influence"]);
    expect(queryAllTexts(".o_value_bar_raw")).toEqual(["$ 1,234.50", "no data", "40 points"]);
    expect(queryAllTexts(".o_value_bar_contribution")).toEqual(["45.01", "11.10", "6.67"]);
    expect(".o_value_sum_number").toHaveText("62.78");
    expect(queryOne(".o_value_bar:first .o_value_bar_track").style.width).toBe("100%");
    expect(queryOne(".o_value_bar:first .o_value_bar_fill").style.width).toBe("90.02%");
});

test("a bar with documents is a button, one without is not", async () => {
    await mountWithCleanup(ContributionBars, {
        props: { explanation: EXPLANATION, onOpen: (metric) => expect.step(metric) },
    });
    expect("button.o_value_bar").toHaveCount(2);
    expect("button.o_value_bar:first").toHaveAttribute(
        "aria-label",
        /^Revenue: \$\s1,234\.50, adds 45\.01 of 50\.00\. Open the source documents\.$/
    );
    queryOne("[data-metric=recency_days]").focus();
    await press("Enter");
    await click("[data-metric=influence]");
    expect.verifySteps(["recency_days"]);
});

test("a trend of one score is a dot", async () => {
    await mountWithCleanup(TrendLine, { props: { points: [["2025-06-30", 50, ""]] } });
    expect(drawn().getDatasetMeta(0).data).toHaveLength(1);
    expect("figcaption").toHaveText("First scored on 06/30/2025");
    expect(".o_value_chart_item").toHaveText("06/30/2025: 50.0, no tier");
});

test("the explanation is fetched only when its tab is opened", async () => {
    await mountForm(VALUE);
    expect.verifySteps([]);
    await contains(".nav-link[name=value]").click();
    expect.verifySteps(["explain 1"]);
    expect(".o_value_tier").toHaveText("Gold");
    expect(drawn(".o_value_trend canvas").getDatasetMeta(0).data).toHaveLength(2);
    const { chartArea } = drawn(".o_value_trend canvas");
    const [first, last] = drawn(".o_value_trend canvas").getDatasetMeta(0).data;
    expect([first.x, last.x]).toEqual([chartArea.left, chartArea.right]);
    expect(".o_value_trend .o_value_chart").toHaveAttribute("aria-label", "Scores over time");
    expect(queryAllTexts(".o_value_trend .o_value_chart_item")).toEqual(["01/31/2025: 60.0, Gold", "06/30/2025: 62.8, Gold"]);
    expect(".o_value_facts dt:contains(Relationship)").toHaveCount(0);
    expect(".o_value_facts dd:contains(Growing)").toHaveCount(1);
    expect(".o_value_gate").toHaveCount(0);
});

test("documents are opened for the score that is shown", async () => {
    onRpc("customer.value.score", "action_open_documents", ({ args }) => {
        expect.step(args);
        return { type: "ir.actions.act_window", res_model: "sale.order" };
    });
    mockService("action", { doAction: (action) => expect.step(action.res_model) });
    await mountForm(VALUE);
    await contains(".nav-link[name=value]").click();
    await contains("[data-metric=revenue]").click();
    expect.verifySteps(["explain 1", [[7], "revenue"], "sale.order"]);
});

test("a gate and a company are said in words", async () => {
    await mountForm({
        ...VALUE,
        customer: "Parent Ltd",
        is_contact: true,
        explanation: { ...EXPLANATION, gate: "Revenue is at least 1000: At least Gold" },
    });
    await contains(".nav-link[name=value]").click();
    expect(".o_value_gate").toHaveText(/Revenue is at least 1000/);
    expect(".o_value_of_company").toHaveText(/Parent Ltd/);
    expect.verifySteps(["explain 1"]);
});

test("without a score a manager is offered a run", async () => {
    mockService("action", { doAction: (action) => expect.step(action) });
    await mountForm({ score_id: false, customer: "Unscored", is_contact: false, can_run: true });
    await contains(".nav-link[name=value]").click();
    await contains(".o_value_empty button").click();
    expect.verifySteps(["explain 1", "customer_value.action_customer_value_run_new"]);
});

test("without a score a user is told whom to ask", async () => {
    await mountForm({ score_id: false, customer: "Unscored", is_contact: false, can_run: false });
    await contains(".nav-link[name=value]").click();
    await animationFrame();
    expect(".o_value_empty button").toHaveCount(0);
    expect(".o_value_empty").toHaveText(/Ask a Customer Value manager to start one/);
    expect.verifySteps(["explain 1"]);
});

test("a new contact asks the server nothing", async () => {
    await mountForm(VALUE, false);
    await contains(".nav-link[name=value]").click();
    expect(".o_value_explanation").toHaveText(/Save the contact first/);
    expect.verifySteps([]);
});

const GOLD = { name: "Gold", color: 3 };
const SILVER = { name: "Silver", color: 8 };
const CHANGE = { cause: "Score", who: "Mitchell", policy: "Customer value (version 2)", comparable: true };
const TIMELINE = [
    { ...CHANGE, id: 12, date: "2025-06-30", event: "changed", move: "down", from: GOLD, to: SILVER, score: 44.4 },
    { ...CHANGE, id: 11, date: "2025-01-31", event: "entered", move: "", from: false, to: GOLD, score: 60, comparable: false },
];

test("a timeline tells from, to, why and by whom, and what made the difference on a click", async () => {
    onRpc("customer.value.history", "get_comparison", ({ args }) => {
        expect.step(`compare ${args[0]}`);
        return [{ label: "Revenue", before: 50, after: 34.4 }];
    });
    await mountWithCleanup(TierTimeline, { props: { entries: TIMELINE } });
    expect(queryAllTexts(".o_value_timeline_tiers .badge")).toEqual(["Gold", "Silver", "Gold"]);
    expect(".o_value_timeline_entry:first .o_value_timeline_score").toHaveText("Score 44.4");
    expect(".o_value_timeline_entry:first .o_value_timeline_cause").toHaveText("Score · Mitchell · Customer value (version 2)");
    expect(".o_value_timeline_sign.text-bg-danger").toHaveCount(1);
    expect(".o_value_timeline_open").toHaveCount(1);
    await click(".o_value_timeline_open");
    await animationFrame();
    expect.verifySteps(["compare 12"]);
    expect(".o_value_timeline_detail .text-danger").toHaveText("15.6");
    await click(".o_value_timeline_open");
    await animationFrame();
    expect(".o_value_timeline_detail").toHaveCount(0);
});

test("a customer in grace is told what keeps the tier, and what stands in the way", async () => {
    const keep = { amount: null, sentence: "Orders alone cannot keep Gold.", hint: "An override rule prevents it." };
    await mountForm({ ...VALUE, keep, timeline: TIMELINE });
    await contains(".nav-link[name=value]").click();
    await animationFrame();
    expect(".o_value_keep.alert-warning b").toHaveText(keep.sentence);
    expect(".o_value_keep .small").toHaveText(keep.hint);
    expect(".o_value_timeline_entry").toHaveCount(2);
    expect.verifySteps(["explain 1"]);
});
