import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("customer_retention_bulk_call", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        {
            content: "Unfold the menu",
            trigger: "button[data-menu-xmlid='customer_value.menu_customer_retention']",
            run: "click",
        },
        {
            content: "Customers at risk",
            trigger: "a[data-menu-xmlid='customer_value.menu_customer_retention_risk']",
            run: "click",
        },
        { content: "Who they are", trigger: ".o_list_view .o_data_row:contains('Tour Late')" },
        { content: "Select all", trigger: "thead .o_list_record_selector input", run: "click" },
        {
            content: "Open the actions",
            trigger: ".o_control_panel .o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {
            content: "Call them",
            trigger: ".o-dropdown--menu .o-dropdown-item:contains('Schedule Activity')",
            run: "click",
        },
        {
            content: "Call",
            trigger: ".modal .o_field_widget[name='activity_type_id'] .o_selection_badge:contains('Call')",
            run: "click",
        },
        {
            content: "What about",
            trigger: ".modal .o_field_widget[name='summary'] input",
            run: "edit How are you?",
        },
        { content: "Save", trigger: ".modal button[name='action_schedule_activities']", run: "click" },
        { content: "The dialog is gone", trigger: "body:not(:has(.modal))" },
    ],
});
