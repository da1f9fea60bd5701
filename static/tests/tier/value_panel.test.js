import { describe, expect, test } from "@odoo/hoot";
import { click } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, mockService, models, mountView, onRpc, pagerNext } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";

describe.current.tags("desktop");

class Buyer extends models.Model {
    _name = "buyer";
    name = fields.Char();
    _records = [{ id: 5, name: "Buyer" }];
}
class Company extends models.Model {
    _name = "res.company";
    name = fields.Char();
    _records = [{ id: 1, name: "Company" }];
}
class Order extends models.Model {
    _name = "order";
    partner_id = fields.Many2one({ relation: "buyer" });
    company_id = fields.Many2one({ relation: "res.company" });
    _records = [
        { id: 1, partner_id: 5, company_id: 1 },
        { id: 2, partner_id: false, company_id: 1 },
    ];
}
defineModels([Buyer, Company, Order]);
defineMailModels();

const complaint = { code: "complaint", icon: "fa-life-ring", style: "text-warning", action: "action_view_open_complaints" };
const overdue = { code: "overdue", icon: "fa-clock-o", style: "text-danger", action: false };

const PANEL = {
    partner_id: 5,
    customer: "Buyer",
    is_contact: false,
    company_id: 1,
    currency_id: 1,
    can_run: true,
    score_id: 9,
    score: 81.7,
    previous_score: 80,
    tier: "<b>Gold</b>",
    tier_color: 3,
    trend: [
        ["2026-10-01", 80, "Gold"],
        ["2026-11-26", 81.7, "Gold"],
    ],
    unsettled: [
        { ...complaint, value: 2, text: "2 open complaints" },
        { ...overdue, value: 0, text: "Nothing overdue" },
    ],
    next_step: { code: "complaint", sentence: "Resolve the open complaints first" },
};

const KEY = () => `customer_value.order_panel.open.${user.userId}`;

const mountOrder = async (resId, panel = PANEL) => {
    onRpc("sale.order", "get_value_panel", () => panel);
    await mountView({
        type: "form",
        resModel: "order",
        resId,
        arch: `<form><field name="partner_id"/><widget name="customer_value_order_panel"/></form>`,
    });
    // the form does not wait for the panel
    await animationFrame();
    await animationFrame();
};

const toggle = async () => {
    await click(".o_value_fold_line");
    await animationFrame();
};

test("one line: tier, score, what is unsettled, the advice", async () => {
    await mountOrder(1);
    expect(".o_value_fold_line").toHaveAttribute("aria-expanded", "false");
    expect(".o_value_fold_line .badge").toHaveText("<b>Gold</b>", { message: "names are text" });
    expect(".o_value_fold_line .o_value_score_number").toHaveText("81.7");
    expect(".o_value_fold_line .o_value_panel_complaint").toHaveText("2 open complaints");
    expect(".o_value_fold_line .o_value_panel_overdue").toHaveCount(0, { message: "what is in order takes no room" });
    expect(".o_value_fold_line .o_value_panel_step").toHaveText("Resolve the open complaints first");
    expect(".o_value_panel_more").toHaveCount(0);
});

test("it unfolds, and this browser remembers it for the user", async () => {
    await mountOrder(1);
    await toggle();
    expect(".o_value_fold_line").toHaveAttribute("aria-expanded", "true");
    expect(".o_value_panel_advice").toHaveText("Next step: Resolve the open complaints first");
    expect(".o_value_panel_open").toHaveText("2 open complaints\nNothing overdue");
    expect(".o_value_panel_step").toHaveCount(0, { message: "the advice is said once" });
    expect(browser.localStorage.getItem(KEY())).toBe("true");
    await toggle();
    expect(".o_value_panel_more").toHaveCount(0);
    expect(browser.localStorage.getItem(KEY())).toBe("false");
});

test("unfolded before", async () => {
    browser.localStorage.setItem(KEY(), "true");
    await mountOrder(1);
    expect(".o_value_panel_more").toHaveCount(1);
});

test("what is unsettled opens its documents", async () => {
    mockService("action", { doAction: (action) => expect.step(action) });
    onRpc("res.partner", "action_view_open_complaints", ({ args }) => `complaints of ${args[0]}`);
    await mountOrder(1);
    await toggle();
    await click(".o_value_panel_open button");
    await animationFrame();
    expect.verifySteps(["complaints of 5"]);
});

test("no score yet: one line as well, and what to do", async () => {
    await mountOrder(1, { ...PANEL, score_id: false, next_step: undefined });
    expect(".o_value_fold_line").toHaveText("No score yet.\n2 open complaints");
    await toggle();
    expect(".o_value_panel_more button:contains('Open a Run')").toHaveCount(1);
});

test("no customer, no panel", async () => {
    await mountOrder(2);
    expect(".o_value_panel").toHaveCount(0);
});

test("what comes late is not shown with another order", async () => {
    const late = new Deferred();
    onRpc("sale.order", "get_value_panel", () => late.then(() => PANEL));
    await mountView({
        type: "form",
        resModel: "order",
        resId: 1,
        resIds: [1, 2],
        arch: `<form><field name="partner_id"/><widget name="customer_value_order_panel"/></form>`,
    });
    await pagerNext();
    late.resolve();
    await animationFrame();
    await animationFrame();
    expect(".o_value_fold_line").toHaveCount(0);
});
