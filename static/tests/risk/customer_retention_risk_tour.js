import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

const openList = (menu = "menu_customer_retention_risk") => [
    ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
    {
        content: "Unfold the menu",
        trigger: "button[data-menu-xmlid='customer_value.menu_customer_retention']",
        run: "click",
    },
    {
        content: "The list",
        trigger: `a[data-menu-xmlid='customer_value.${menu}']`,
        run: "click",
    },
];

tours.add("customer_retention_risk", {
    url: "/odoo",
    steps: () => [
        ...openList(),
        { content: "Nobody so far", trigger: ".o_nocontent_help:contains('No customers at risk')" },
        { content: "Look anew", trigger: "button[name='action_refresh']", run: "click" },
        { content: "It tells how many", trigger: ".o_notification:contains('2 new, 0 changed')" },
        {
            content: "Why, in words",
            trigger: ".o_data_row:contains('Tour Late') td[name='brief']:contains('usually every 10')",
        },
        { content: "What is at stake", trigger: ".o_list_view tfoot:contains('220')" },
        {
            content: "Select one",
            trigger: ".o_data_row:contains('Tour Complaint') .o_list_record_selector input",
            run: "click",
        },
        { content: "Make a campaign of it", trigger: "button[name='action_start_campaign']", run: "click" },
        {
            content: "The wizard opens with the customer and the risk reason",
            trigger: ".o_form_view .o_field_widget[name='reason_id']:contains('Unresolved complaint'), .o_form_view .o_field_widget[name='reason_id'] input:value('Unresolved complaint')",
        },
        { content: "Not now", trigger: ".o_back_button", run: "click" },
        { content: "The list again", trigger: ".o_list_view .o_data_row:contains('Tour Late')" },
        { content: "As cards", trigger: ".o_switch_view.o_kanban", run: "click" },
        {
            content: "By reason",
            trigger: ".o_kanban_group:has(.o_column_title:contains('Later than usual')) .o_kanban_record:contains('Tour Late')",
        },
        {
            content: "Reasons without anybody are there, too",
            trigger: ".o_kanban_group.o_column_folded:contains('Score decreasing'), .o_kanban_group:has(.o_column_title:contains('Score decreasing'))",
        },
        { content: "Filter", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { content: "Complaints only", trigger: ".o_filter_menu .o_menu_item:contains('Complaint Open')", run: "click" },
        { content: "The other has gone", trigger: ".o_kanban_renderer:not(:contains('Tour Late'))" },
        { content: "Close the menu", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { content: "Open it", trigger: ".o_kanban_record:contains('Tour Complaint') .fw-bold", run: "click" },
        {
            content: "What to do",
            trigger: ".o_form_view .o_field_widget[name='remedy']:contains('Resolve the complaint first')",
        },
        { content: "The complaint behind it", trigger: "button[name='action_view_complaints']", run: "click" },
        { content: "It is there", trigger: ".o_list_view .o_data_row:contains('Where is it?')" },
        { content: "Back", trigger: ".o_back_button, .breadcrumb-item.o_back_button a", run: "click" },
        { content: "To the customer", trigger: "button[name='action_open_partner']", run: "click" },
        { content: "The customer's value", trigger: ".o_notebook .nav-link[name='customer_value']", run: "click" },
        { content: "It says so there", trigger: ".alert:contains('A complaint has been open since')" },
    ],
});

tours.add("customer_retention_bulk_call", {
    url: "/odoo",
    steps: () => [
        ...openList(),
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

tours.add("customer_value_stated_reason", {
    url: "/odoo",
    steps: () => [
        ...openList("menu_customer_retention_loss"),
        { content: "Nobody knows why", trigger: ".o_data_row:contains('Gone'):contains('Lost for an unknown reason')" },
        { content: "Select the customer", trigger: ".o_data_row:contains('Gone') .o_list_record_selector input", run: "click" },
        { content: "Say why", trigger: ".o_control_panel_actions button:contains('Record Reason')", run: "click" },
        { content: "The reason", trigger: ".modal .o_field_widget[name='reason_id'] input", run: "edit Closed" },
        { content: "Choose it", trigger: ".o-autocomplete--dropdown-item:contains('Closed or moved away')", run: "click" },
        { content: "In their words", trigger: ".modal .o_field_widget[name='note'] input", run: "edit Closed in May" },
        { content: "Record", trigger: ".modal button[name='action_record']", run: "click" },
        { content: "It is known", trigger: "body:not(:has(.modal)) .o_data_row.text-muted:contains('Closed or moved away'):contains('“Closed in May”')" },
    ],
});
