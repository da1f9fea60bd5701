import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const openRedress = () => [
    { content: "Open the page", trigger: ".o_form_view .nav-link[name='complaint_redress']", run: "click" },
    { content: "Its limit is shown", trigger: "[name='complaint_redress_limit']:contains('600.00')" },
];
const row = ".o_field_widget[name='complaint_redress_ids'] .o_data_row";

tours.add("customer_complaint_redress_propose", {
    steps: () => [
        ...openRedress(),
        { content: "Propose", trigger: "button[name='action_propose_redress']", run: "click" },
        { content: "A refund of the loss", trigger: `${row}:contains('Refund'):contains('400.00')` },
        { content: "Request Approval", trigger: `${row} button[name='action_ask']`, run: "click" },
        { content: "It waits", trigger: `${row}:contains('To approve')` },
        { content: "Everybody is told", trigger: ".alert-warning:contains('is waiting for approval')" },
        { content: "It cannot be carried out", trigger: `${row}:not(:has(button[name='action_carry_out']))` },
    ],
});

tours.add("customer_complaint_redress_approve", {
    steps: () => [
        { content: "It is in the list", trigger: ".o_list_view .o_data_row:contains('Refund')" },
        { content: "Open it", trigger: ".o_list_view .o_data_row td[name='kind']", run: "click" },
        { content: "The amount in words", trigger: "[name='amount_words']:contains('Four Hundred')" },
        { content: "Approve", trigger: ".o_form_statusbar button[name='action_approve']", run: "click" },
        { content: "Carry out", trigger: ".o_form_statusbar button[name='action_carry_out']", run: "click" },
        { content: "Yes", trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "It is done", trigger: ".o_arrow_button_current[data-value='done']" },
        { content: "It cannot be done again", trigger: ".o_form_view:not(:has(button[name='action_carry_out']))" },
        { content: "Open the credit note", trigger: "button[name='action_open_result']", run: "click" },
        {
            content: "A draft credit note",
            trigger: ".o_form_view:has(.o_arrow_button_current[data-value='draft']):contains('Draft Credit Note')",
        },
    ],
});

tours.add("customer_complaint_redress_revoke", {
    steps: () => [
        ...openRedress(),
        { content: "It was executed", trigger: `${row}:contains('Gift card'):contains('Executed')` },
        { content: "Revoke", trigger: `${row} button:contains('Revoke')`, run: "click" },
        { content: "What it does", trigger: ".modal:contains('an unused code is archived')" },
        { content: "The reason", trigger: ".modal [name='reason'] textarea", run: "edit Wrong customer" },
        { content: "Confirm", trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "It is canceled", trigger: `body:not(:has(.modal)) ${row}:contains('Gift card'):contains('Canceled')` },
    ],
});

tours.add("customer_complaint_limits_confirm", {
    steps: () => [
        { content: "Somebody relaxed it", trigger: ".o_data_row button[name='action_open_relaxation']", run: "click" },
        { content: "Who, and what held before", trigger: ".modal [name='text']:contains('redress above')" },
        { content: "Confirm", trigger: ".modal button[name='action_confirm']", run: "click" },
        {
            content: "It is confirmed",
            trigger: ".o_list_view:not(:has(button[name='action_open_relaxation'])) .o_data_row",
        },
    ],
});
