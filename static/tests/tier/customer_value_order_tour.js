import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

const openQuotation = (name) => [
    ...stepUtils.goToAppSteps("sale.sale_menu_root", "Open sales"),
    { content: "All quotations", trigger: ".o_searchview_facet .o_facet_remove", run: "click" },
    { content: "Open the quotation", trigger: `.o_data_row:contains('${name}') td[name='name']`, run: "click" },
];

tours.add("customer_value_order_ask", {
    url: "/odoo",
    steps: () => [
        ...openQuotation("Tour Debtor"),
        { content: "One line says what to know of the customer", trigger: ".o_value_panel:not(:has(.o_value_panel_more)) .badge:contains('Base')" },
        { content: "What is overdue", trigger: ".o_value_panel_overdue:contains('up to 100 days')" },
        { content: "What to do next", trigger: ".o_value_panel_step[data-code='overdue']" },
        { content: "Unfold it", trigger: ".o_value_panel .o_value_fold_line[aria-expanded='false']", run: "click" },
        { content: "The advice in full", trigger: ".o_value_panel_more .o_value_panel_advice:contains('100 days')" },
        { content: "What is in order is there, too", trigger: ".o_value_panel_open:contains('No open complaints')" },
        { content: "Away to the list", trigger: ".o_back_button, .breadcrumb-item.o_back_button a", run: "click" },
        { content: "And back", trigger: ".o_data_row:contains('Tour Debtor') td[name='name']", run: "click" },
        { content: "It has stayed unfolded", trigger: ".o_value_panel .o_value_panel_more .o_value_panel_advice" },
        { content: "Fold it", trigger: ".o_value_panel .o_value_fold_line[aria-expanded='true']", run: "click" },
        { content: "One line again", trigger: ".o_value_panel:not(:has(.o_value_panel_more))" },
        { content: "Confirm", trigger: ".o_statusbar_buttons button[name='action_confirm']", run: "click" },
        { content: "It needs approval", trigger: ".modal .o_field_widget[name='reasons']:contains('100 days')" },
        { content: "Say why", trigger: ".modal .o_field_widget[name='reason'] textarea", run: "edit They pay on Monday" },
        { content: "Request Approval", trigger: ".modal button[name='action_request']", run: "click" },
        { content: "Told that it waits", trigger: ".o_notification:contains('Waiting for approval')" },
        { content: "No dialog any more", trigger: "body:not(:has(.modal))" },
        { content: "It is a quotation still", trigger: ".o_arrow_button_current[data-value='draft']" },
    ],
});

tours.add("customer_value_order_approve", {
    url: "/odoo",
    steps: () => [
        ...openQuotation("Tour Debtor"),
        { content: "What is asked", trigger: ".o_value_approval:contains('100 days')" },
        { content: "Approve", trigger: "button[name='action_approve_value']", run: "click" },
        { content: "The confirmation went on", trigger: ".o_arrow_button_current[data-value='sale']" },
        { content: "Nothing waits", trigger: ".o_form_view:not(:has(.o_value_approval))" },
    ],
});

tours.add("customer_value_order_new", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("sale.sale_menu_root", "Open sales"),
        { content: "New quotation", trigger: ".o_list_button_add", run: "click" },
        { content: "No customer, no panel", trigger: ".o_form_view:not(:has(.o_value_panel))" },
        { content: "Choose the customer", trigger: ".o_field_widget[name='partner_id'] input", run: "edit Tour Debtor" },
        { content: "This one", trigger: ".ui-menu-item:contains('Tour Debtor') a", run: "click" },
        { content: "The panel is there before it is saved", trigger: ".o_value_panel .badge:contains('Base')" },
        { content: "Discard", trigger: ".o_form_button_cancel", run: "click" },
        { content: "Back in the list", trigger: "body:not(:has(.o_form_view)) .o_list_view .o_list_button_add" },
    ],
});
