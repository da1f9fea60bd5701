import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("customer_retention_desk", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "Unfold the customers", trigger: "button[data-menu-xmlid='customer_value.menu_customer_value_customer']", run: "click" },
        { content: "Open the desk", trigger: "a[data-menu-xmlid='customer_value.menu_customer_value_desk']", run: "click" },
        { content: "One thing is due", trigger: ".o_desk_today .o_desk_item:contains('Ask about the delivery')" },
        { content: "Log a call", trigger: ".o_desk_log_button", run: "click" },
        { content: "With whom", trigger: ".modal .o_field_widget[name='partner_id'] input", run: "edit Tour Firm" },
        { content: "Choose the customer", trigger: ".o-autocomplete--dropdown-item:contains('Tour Firm')", run: "click" },
        { content: "What came of it", trigger: ".modal .o_field_widget[name='result'] textarea", run: "edit Wants an offer" },
        { content: "Next step", trigger: ".modal .o_field_widget[name='next_summary'] input", run: "edit Send the offer && press Tab" },
        { content: "When appears", trigger: ".modal .o_field_widget[name='next_date']" },
        { content: "Log it", trigger: ".modal button[name='action_log']", run: "click" },
        { content: "It is in the log", trigger: "body:not(:has(.modal)) .o_desk_log .o_desk_item[data-kind='activity']:contains('Wants an offer')" },
        { content: "What follows is due", trigger: ".o_desk_today .o_desk_item:contains('Send the offer')" },
        {
            content: "Mark done with a note",
            trigger: ".o_desk_today .o_desk_item:contains('Ask about the delivery') .o_desk_note",
            run: "click",
        },
        { content: "The note", trigger: ".o_desk_note_form input", run: "edit All arrived" },
        { content: "Done", trigger: ".o_desk_note_form button", run: "click" },
        { content: "It is in the log", trigger: ".o_desk_log .o_desk_item:contains('All arrived')" },
        { content: "It is not due any more", trigger: ".o_desk_today:not(:has(.o_desk_item:contains('Ask about the delivery')))" },
        { content: "Tomorrow", trigger: ".o_desk_today .o_desk_item:contains('Send the offer') .o_desk_tomorrow", run: "click" },
        { content: "Nothing is due", trigger: ".o_desk_today .o_desk_nothing" },
        { content: "Customers at risk", trigger: ".o_desk_at_risk .o_desk_item:contains('Tour Firm')" },
        { content: "All of them", trigger: ".o_desk_at_risk_all", run: "click" },
        { content: "Only the user's own customers", trigger: ".o_data_row:contains('Tour Firm')" },
        { content: "Back to the desk", trigger: ".o_back_button, .breadcrumb-item a:contains('My Dashboard')", run: "click" },
        { content: "Open Customer", trigger: ".o_desk_at_risk .o_desk_customer:contains('Tour Firm')", run: "click" },
        { content: "Everything about the customer", trigger: ".o_value_page header:contains('Tour Firm')" },
    ],
});
