import { registerMessageAction } from "@mail/core/common/message_actions";
import { _t } from "@web/core/l10n/translation";

// Whose messages can be complaints; the form checks it again
export const COMPLAINT_SOURCES = [
    "res.partner",
    "sale.order",
    "account.move",
    "stock.picking",
    "crm.lead",
    "helpdesk.ticket",
];

registerMessageAction("customer-complaint", {
    condition: ({ message, store, thread }) =>
        store.self.main_user_id?.share === false &&
        COMPLAINT_SOURCES.includes(thread?.model) &&
        Number.isInteger(message.id) &&
        ["comment", "email"].includes(message.message_type) &&
        !message.isEmpty,
    icon: "fa fa-exclamation-circle",
    name: _t("Convert to Complaint"),
    onSelected: ({ message, store }) =>
        store.env.services.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Record a Complaint"),
            res_model: "customer.complaint.intake",
            views: [[false, "form"]],
            target: "new",
            context: { default_message_id: message.id },
        }),
    sequence: 90,
});
