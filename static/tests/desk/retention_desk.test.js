import { describe, expect, test } from "@odoo/hoot";
import { click, edit, queryAll, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import {
    defineModels,
    getService,
    models,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
    preloadBundle,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");

class Desk extends models.Model {
    _name = "customer.retention.desk";
}
defineMailModels();
preloadBundle("web.chartjs_lib");
defineModels([Desk]);

const action = (model, domain = []) => ({ type: "ir.actions.act_window", res_model: model, views: [[false, "list"]], domain });
const figure = (name, unit, value, previous = null, open = false) => ({
    name,
    label: name,
    unit,
    value,
    previous,
    action: open && action("customer.value.score"),
});

const activity = (id, days, customer = "Firm") => ({
    kind: "activity",
    id,
    model: "sale.order",
    res_id: 40 + id,
    partner_id: 7,
    customer,
    what: `Call ${id}`,
    note: "S00001",
    icon: "fa-phone",
    due: "2025-06-18",
    days,
});

const makeDesk = (changes = {}) => ({
    user: { id: 2, name: "Anna" },
    own: true,
    company: "Company",
    currency_id: 1,
    date: "2025-06-18",
    period: "week",
    users: [],
    customers: 3,
    can_campaign: false,
    blocks: ["today", "at_risk", "log", "summary", "performance"],
    today: {
        counts: [
            { kind: "activity", label: "Activities", value: 2, action: action("mail.activity") },
            { kind: "care", label: "Care within a week", value: 0, action: action("customer.value.care") },
        ],
        items: [activity(1, -2), activity(2, 0, "<b>Person</b>")],
        more: false,
    },
    at_risk: {
        value: 1,
        stake: 1200,
        action: action("customer.retention.risk", [["id", "=", 5]]),
        items: [
            {
                id: 5,
                partner_id: 8,
                customer: "Late Firm",
                phone: "+1 555 0100",
                level: "urgent",
                level_label: "Urgent",
                stake: 1200,
                reason: "Orders later than usual",
                explanation: "The last order was 90 days ago.",
                step: { code: "risk", sentence: "Ask why", title: "Visit", activity_type_id: 3, offer: "Visit" },
            },
        ],
    },
    log: { since: "2025-06-16", counts: [], days: [], more: false },
    summary: {
        figures: [
            figure("revenue", "money", 2000, 1500, true),
            figure("overdue", "money", 50, 20),
            figure("score", "points", 50, 50.01),
            figure("satisfaction", "rating", null),
        ],
        bars: [
            {
                name: "lifecycle",
                label: "Lifecycle",
                parts: [
                    { key: "loyal", label: "Loyal", color: null, value: 3, revenue: 900, action: action("customer.value.score") },
                    { key: "lost", label: "Lost", color: null, value: 1, revenue: 0, action: action("customer.value.score") },
                ],
            },
            { name: "tier", label: "Tiers", parts: [] },
        ],
        before: "2025-05-31",
        months: 12,
    },
    performance: {
        months: [
            { month: "2025-05-01", revenue: 100, margin: -20, buyers: 1, action: action("account.move") },
            { month: "2025-06-01", revenue: 0, margin: 0, buyers: 0, action: action("account.move") },
        ],
        kept: { value: 0.5, before: 2, kept: 1, action: action("res.partner") },
        weeks: [
            { week: "2025-06-09", contacts: 0, action: action("mail.message") },
            { week: "2025-06-16", contacts: 3, action: action("mail.message") },
        ],
    },
    ...changes,
});

async function mountDesk(desk = makeDesk()) {
    onRpc("customer.retention.desk", "get_desk", ({ kwargs }) => {
        expect.step(`desk ${kwargs.user_id} ${kwargs.period}`);
        return typeof desk === "function" ? desk(kwargs) : desk;
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "customer_value_desk" });
    await animationFrame();
}

const watchActions = () =>
    patchWithCleanup(getService("action"), {
        doAction: (request, options) => {
            expect.step(
                typeof request === "string"
                    ? `${request} ${options.additionalContext.default_partner_id}`
                    : [request.res_model, request.res_id, JSON.stringify(request.domain || request.context?.active_ids)]
                          .filter((part) => part !== undefined)
                          .join(" ")
            );
        },
    });

test("reminders are told, with text as text, the late ones late", async () => {
    await mountDesk();
    expect.verifySteps(["desk false week"]);
    expect(".o_desk_today .o_desk_item").toHaveCount(2);
    expect(".o_desk_today b:contains(Person)").toHaveCount(0);
    expect(queryAllTexts(".o_desk_item_due")).toEqual(["2 days overdue", "today"]);
    expect(".o_desk_item_due:first").toHaveClass("text-danger");
    expect(queryAllTexts(".o_desk_today .o_desk_counts button")).toEqual(["2 Activities"], {
        message: "what is not there is not counted",
    });
    expect(".o_desk_user").toHaveCount(0);
});

test("one click and it is done; another while it is at it does nothing", async () => {
    const answer = new Deferred();
    onRpc("mail.activity", "action_feedback", ({ args, kwargs }) => {
        expect.step(`done ${args[0]} ${kwargs.feedback}`);
        return answer;
    });
    await mountDesk();
    expect.verifySteps(["desk false week"]);
    await click(".o_desk_item:first .o_desk_done");
    await animationFrame();
    expect(".o_desk_item:first .o_desk_done").toHaveAttribute("disabled");
    answer.resolve(1);
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["done 1 false", "desk false week"]);
});

test("done with a note, and tomorrow", async () => {
    onRpc("mail.activity", "action_feedback", ({ args, kwargs }) => {
        expect.step(`done ${args[0]} ${kwargs.feedback}`);
        return 1;
    });
    onRpc("mail.activity", "action_reschedule_tomorrow", ({ args }) => {
        expect.step(`tomorrow ${args[0]}`);
        return true;
    });
    await mountDesk();
    await click(".o_desk_item:eq(1) .o_desk_note");
    await animationFrame();
    expect(".o_desk_note_form").toHaveCount(1);
    await click(".o_desk_note_form input");
    await edit("  Will order  ");
    await click(".o_desk_note_form button");
    await animationFrame();
    await animationFrame();
    expect(".o_desk_note_form").toHaveCount(0);
    await click(".o_desk_item:first .o_desk_tomorrow");
    await animationFrame();
    expect.verifySteps(["desk false week", "done 2 Will order", "desk false week", "tomorrow 1", "desk false week"]);
});

test("figures move up or down, for better or worse, and open what is behind them", async () => {
    await mountDesk();
    watchActions();
    expect(".o_desk_figure[data-name=revenue] .o_desk_figure_change").toHaveClass("text-success");
    expect(".o_desk_figure[data-name=overdue] .o_desk_figure_change").toHaveClass("text-danger", {
        message: "more overdue is worse",
    });
    expect(".o_desk_figure[data-name=score] .o_desk_figure_change").toHaveClass("text-muted", {
        message: "what is not seen has not moved",
    });
    expect(".o_desk_figure[data-name=satisfaction] .o_desk_figure_value").toHaveText("–");
    expect("button.o_desk_figure").toHaveCount(1, { message: "only what can be opened is a button" });
    await click("button.o_desk_figure");
    expect("[data-bar=lifecycle] .o_desk_bar_part").toHaveCount(2);
    expect("[data-bar=tier]").toHaveCount(0);
    expect(queryAllTexts("[data-bar=lifecycle] li")).toEqual(["Loyal 3", "Lost 1"]);
    await click(".o_desk_gone");
    expect.verifySteps(["desk false week", "customer.value.score []", "res.partner []"]);
});

test("losses go below the line, and nothing is cut off", async () => {
    await mountDesk();
    const [months, weeks] = queryAll(".o_desk_chart canvas").map((canvas) => Chart.getChart(canvas));
    const zero = months.scales.y.getPixelForValue(0);
    expect(zero).toBeLessThan(months.chartArea.bottom);
    const dots = months.getDatasetMeta(0).data;
    expect(dots[0].y).toBeGreaterThan(zero);
    expect(dots[0].y).toBeLessThan(months.chartArea.bottom + 0.1);
    expect(dots[1].y).toBeWithin(zero - 0.1, zero + 0.1);
    const most = weeks.getDatasetMeta(0).data.at(-1);
    expect(most.y).toBe(weeks.scales.y.getPixelForValue(3));
    expect(most.y).toBeGreaterThan(weeks.chartArea.top - 0.1);
    // the bar ends in the middle of the line of zero
    expect(most.base).toBeWithin(weeks.scales.y.getPixelForValue(0) - 1, weeks.scales.y.getPixelForValue(0) + 1);
    const height = weeks.chartArea.bottom - weeks.chartArea.top;
    expect(most.height).toBeWithin(height - 1, height + 1, { message: "the highest bar is as high as there is room" });
    // each chart says its figures without being seen
    const said = (selector) => queryAllTexts(`${selector} .o_value_chart_item`).map((text) => text.replace(/\s/g, " "));
    expect(said(".o_desk_chart:first")).toEqual([
        "May 2025: revenue $ 100.00, margin $ -20.00, 1 customers ordered",
        "Jun 2025: revenue $ 0.00, margin $ 0.00, 0 customers ordered",
    ]);
    expect(said(".o_desk_chart:last")).toEqual(["Week of 06/09/2025: 0", "Week of 06/16/2025: 3"]);
    watchActions();
    expect(".o_desk_chart button").toHaveCount(2, { message: "there is nothing behind nothing" });
    await click(".o_desk_chart button:first");
    await click(".o_desk_chart button:last");
    expect.verifySteps(["desk false week", "account.move []", "mail.message []"]);
});

test("customers at risk: open, log, plan; campaigns are for managers", async () => {
    onRpc("res.partner", "action_open_customer", ({ args }) => ({ type: "ir.actions.act_window", res_model: "res.partner", res_id: args[0][0] }));
    await mountDesk();
    watchActions();
    expect(".o_desk_campaign").toHaveCount(0);
    expect(".o_desk_at_risk .badge").toHaveClass("text-bg-danger");
    expect(".o_desk_at_risk a[href^='tel:']").toHaveAttribute("href", "tel:+1 555 0100");
    await click(".o_desk_at_risk_all");
    await click(".o_desk_at_risk .o_desk_customer");
    await animationFrame();
    await click(".o_desk_at_risk .o_desk_log_call");
    await click(".o_desk_at_risk .o_desk_plan");
    await animationFrame();
    expect.verifySteps([
        "desk false week",
        'customer.retention.risk [["id","=",5]]',
        "res.partner 8",
        "customer_value.action_customer_retention_log 8",
        "mail.activity.schedule [8]",
    ]);
});

test("what is planned for a customer at risk is the next step", async () => {
    await mountDesk();
    expect(".o_desk_at_risk .o_desk_step").toHaveText("Ask why");
    patchWithCleanup(getService("action"), {
        doAction: ({ context }) => {
            const { default_summary: title, default_activity_type_id: type, default_note: note } = context;
            expect.step([title, type, note].join(" | "));
        },
    });
    await click(".o_desk_at_risk .o_desk_plan");
    expect.verifySteps(["desk false week", "Visit | 3 | The last order was 90 days ago.\nAsk why"]);
});

test("a manager looks at the desks of others, and starts a campaign", async () => {
    const users = [
        { id: 2, name: "Anna", customers: 3 },
        { id: 3, name: "Ben", customers: 1 },
    ];
    onRpc("customer.retention.risk", "action_start_campaign", ({ args }) => {
        expect.step(`campaign ${args[0]}`);
        return action("customer.retention.wizard");
    });
    await mountDesk(({ user_id }) =>
        makeDesk({ users, can_campaign: true, own: !user_id, user: user_id ? users[1] : users[0] })
    );
    expect(".o_retention_desk h2").toHaveCount(0);
    await click(".o_desk_user");
    const select = document.querySelector(".o_desk_user");
    select.value = "3";
    select.dispatchEvent(new Event("change"));
    await animationFrame();
    await animationFrame();
    expect(".o_retention_desk h2").toHaveText("Dashboard of Ben");
    watchActions();
    await click(".o_desk_campaign");
    await animationFrame();
    expect.verifySteps(["desk false week", "desk 3 week", "campaign 5", "customer.retention.wizard []"]);
});

test("the work log of the month", async () => {
    const log = {
        since: "2025-06-01",
        counts: [{ kind: "order", label: "Orders", value: 1, action: action("sale.order") }],
        days: [
            {
                date: "2025-06-02",
                entries: [{ kind: "order", model: "sale.order", res_id: 9, customer: "Firm", what: "S00009" }],
            },
        ],
        more: false,
    };
    await mountDesk(({ period }) => makeDesk(period === "month" ? { period, log } : {}));
    expect(".o_desk_log .o_desk_nothing").toHaveCount(1);
    await click("[data-period=month]");
    await animationFrame();
    await animationFrame();
    expect("[data-period=month]").toHaveClass("active");
    expect(".o_desk_day").toHaveCount(1);
    watchActions();
    await click(".o_desk_day .o_desk_item button");
    expect.verifySteps(["desk false week", "desk false month", "sale.order 9"]);
});

test("nobody's account manager is told what to do", async () => {
    await mountDesk({ ...makeDesk({ customers: 0, blocks: [] }), today: undefined, at_risk: undefined });
    expect(".o_desk_blocks").toHaveCount(0);
    expect(".o_desk_empty h3").toHaveText("No customers yet");
    watchActions();
    await click(".o_desk_empty button");
    expect.verifySteps(["desk false week", 'res.partner ["|",["is_company","=",true],["parent_id","=",false]]']);
});
