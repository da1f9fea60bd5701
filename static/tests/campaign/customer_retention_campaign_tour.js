import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

const confirm = (content) => ({ content, trigger: ".modal-footer .btn-primary", run: "click" });

tours.add("customer_retention_campaign", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "Go to the customers", trigger: "[data-menu-xmlid='customer_value.menu_customer_value_customers']", run: "click" },
        { content: "Customers with a score", trigger: ".o_data_row:contains('Tour Buyer')" },
        { content: "Select all", trigger: "thead .o_list_record_selector input", run: "click" },
        { content: "Open the actions", trigger: ".o_control_panel .o_cp_action_menus button:has(.fa-cog)", run: "click" },
        { content: "A campaign", trigger: ".o-dropdown-item:contains('Retention Campaign')", run: "click" },
        { content: "Their number is known", trigger: ".o_field_widget[name='left_count']:contains('12')" },
        { content: "Name it", trigger: ".o_field_widget[name='name'] input", run: "edit Tour campaign" },
        { content: "Choose the offer", trigger: ".o_field_widget[name='offer_id'] input", run: "edit Tour call" },
        { content: "Take it", trigger: ".o-autocomplete--dropdown-item:contains('Tour call')", run: "click" },
        { content: "More than most need", trigger: ".nav-link[name='advanced']", run: "click" },
        { content: "A quarter is left alone", trigger: ".o_field_widget[name='holdout_percent'] input", run: "edit 25 && click body" },
        { content: "So many get it", trigger: ".o_field_widget[name='treated_count']:contains('9')" },
        { content: "The customers", trigger: ".nav-link[name='customers']", run: "click" },
        { content: "Who does not take part", trigger: ".o_retention_audience tr[data-code='opt_out'] button:contains('1')", run: "click" },
        { content: "It is this one", trigger: ".o_list_view .o_data_row:contains('Tour Refuser')" },
        { content: "Back", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a:last", run: "click" },
        { content: "The wizard has kept everything", trigger: ".o_field_widget[name='treated_count']:contains('9')" },
        { content: "Warned: it is small", trigger: ".o_retention_too_small:contains('not enough data')" },
        { content: "Start", trigger: "button[name='action_ask_start']", run: "click" },
        { content: "So many get it", trigger: ".modal .o_retention_summary:contains('Customers who receive the offer “Tour call”: 9')" },
        { content: "And warned again", trigger: ".modal .alert:contains('not enough data')" },
        confirm("Sure"),
        { content: "It runs", trigger: ".o_form_view .o_arrow_button_current[data-value='running']" },
        { content: "Members are there", trigger: "button[name='action_view_members']:contains('12')", run: "click" },
        { content: "Those left alone say so", trigger: ".o_list_view .o_data_row:contains('Control group')" },
        { content: "Back to the campaign", trigger: ".o_back_button", run: "click" },
        { content: "Pause", trigger: "button[name='action_pause']", run: "click" },
        confirm("Sure"),
        { content: "It is said", trigger: ".alert:contains('no offers are made until')" },
        { content: "Resume", trigger: "button[name='action_resume']", run: "click" },
        confirm("Sure"),
        { content: "It runs again", trigger: ".o_arrow_button_current[data-value='running']" },
        { content: "Cancel", trigger: "button[name='action_cancel']", run: "click" },
        confirm("Sure"),
        { content: "It is over", trigger: ".o_arrow_button_current[data-value='cancelled']" },
    ],
});
