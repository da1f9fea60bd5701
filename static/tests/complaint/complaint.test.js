import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    click as mailClick,
    contains as mailContains,
    defineMailModels,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import { messageActionsRegistry } from "@mail/core/common/message_actions";
import {
    defineModels,
    fields,
    getService,
    mockService,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

const FACTS = {
    facts: [
        { kind: "late", text: "Delivered 5 days late", date: "2025-03-15", amount: false, model: "stock.picking", res_id: 7, reference: "OUT/7", readable: true },
        { kind: "overdue", text: "<b>10</b> days overdue", date: false, amount: 60, model: "account.move", res_id: 8, reference: "INV/8", readable: false },
    ],
    proposal: { fault: "ours", fault_kind: "late", loss: 40 },
    currency_id: false,
    open: true,
};

class Complaint extends models.Model {
    _name = "complaint";
    complaint_fault = fields.Selection({ selection: [["ours", "Ours"]] });
    complaint_fault_kind = fields.Selection({ selection: [["late", "Late delivery"]] });
    complaint_loss = fields.Float();
    facts = fields.Json();
    _records = [
        { id: 1, facts: FACTS },
        { id: 2, facts: { ...FACTS, open: false } },
        { id: 3, facts: { facts: [], proposal: {}, open: true } },
        { id: 4, facts: { facts: [], proposal: { loss: 40 }, open: true } },
        { id: 5, complaint_fault: "ours", complaint_fault_kind: "late", complaint_loss: 40, facts: FACTS },
    ];
}
defineModels([Complaint]);
defineMailModels();

const mountFacts = (resId) =>
    mountView({
        type: "form",
        resModel: "complaint",
        resId,
        arch: `<form><field name="complaint_fault"/><field name="complaint_fault_kind"/><field name="complaint_loss"/><field name="facts" widget="customer_complaint_facts"/></form>`,
    });

test("facts are told, opened where allowed, and taken over when asked", async () => {
    const done = [];
    mockService("action", { doAction: (action) => done.push([action.res_model, action.res_id]) });
    onRpc("complaint", "action_take_over_complaint_facts", ({ args }) => {
        expect.step(`take over ${args[0]}`);
        return true;
    });
    await mountFacts(1);
    expect(".o_complaint_fact").toHaveCount(2);
    expect(".o_complaint_fact b").toHaveCount(0, { message: "text of documents is text" });
    expect(".o_complaint_fact button").toHaveCount(1);
    await click(".o_complaint_fact button");
    expect(done).toEqual([["stock.picking", 7]]);
    expect(queryAllTexts(".o_complaint_facts .badge").slice(0, 2)).toEqual(["Fault: Ours", "Late delivery"]);
    expect.verifySteps([]);
    await click(".o_complaint_take_over");
    await animationFrame();
    expect.verifySteps(["take over 1"]);
});

test("an answered complaint takes nothing over", async () => {
    await mountFacts(2);
    expect(".o_complaint_fact").toHaveCount(2);
    expect(".o_complaint_take_over").toHaveCount(0);
});

test("nothing known", async () => {
    await mountFacts(3);
    expect(".o_complaint_facts").toHaveText("No document contains information about this.");
});

test("what is suggested is not denied", async () => {
    await mountFacts(4);
    expect(".o_complaint_facts").toHaveText(/^The documents suggest:/);
    expect(".o_complaint_facts .badge").toHaveText(/^Loss: .*40\.00/);
});

test("what has been entered is not suggested", async () => {
    await mountFacts(5);
    expect(".o_complaint_fact").toHaveCount(2);
    expect(".o_complaint_facts .badge").toHaveCount(0);
    expect(".o_complaint_take_over").toHaveCount(0);
});

test("a message of a customer becomes a complaint", async () => {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({ name: "Customer" });
    const messageId = pyEnv["mail.message"].create({
        author_id: partnerId,
        body: "It is broken",
        message_type: "comment",
        model: "res.partner",
        res_id: partnerId,
    });
    await start();
    await openFormView("res.partner", partnerId);
    await mailContains(".o-mail-Message", { text: "It is broken" });
    patchWithCleanup(getService("action"), {
        doAction: (action) => expect.step(`${action.res_model} ${action.context.default_message_id}`),
    });
    await mailClick(".o-mail-Message [title='Expand']");
    await mailClick(".o-dropdown-item", { text: "Convert to Complaint" });
    expect.verifySteps([`customer.complaint.intake ${messageId}`]);
});

test("not offered where there is no customer", async () => {
    const { condition } = messageActionsRegistry.get("customer-complaint");
    const store = { self: { main_user_id: { share: false } } };
    const message = { id: 1, message_type: "comment", isEmpty: false };
    const offered = (model, changes = {}, owner = store) =>
        condition({ message: { ...message, ...changes }, store: owner, thread: { model } });
    expect(offered("sale.order")).toBe(true);
    expect(offered("discuss.channel")).toBe(false);
    expect(offered("sale.order", { message_type: "notification" })).toBe(false);
    expect(offered("sale.order", { isEmpty: true })).toBe(false);
    expect(offered("sale.order", {}, { self: { main_user_id: { share: true } } })).toBe(false);
});
