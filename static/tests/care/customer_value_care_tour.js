import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

const openMenu = (menu) => [
    { content: "Unfold the menu", trigger: "button[data-menu-xmlid='customer_value.menu_customer_value_care']", run: "click" },
    { content: "Choose the menu", trigger: `a[data-menu-xmlid='customer_value.${menu}']`, run: "click" },
];

tours.add("customer_value_care", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        ...openMenu("menu_customer_value_care_rules"),
        { content: "There is no rule", trigger: ".o_nocontent_help:contains('Create your first care rule')" },
        { content: "Make one", trigger: ".o_list_button_add", run: "click" },
        { content: "Name it", trigger: ".o_field_widget[name='name'] input", run: "edit Call on the birthday" },
        { content: "Choose a tier", trigger: ".o_field_widget[name='tier_ids'] input", run: "edit Base" },
        { content: "Take it", trigger: ".o-autocomplete--dropdown-item:contains('Base')", run: "click" },
        { content: "It is a tag", trigger: ".o_field_widget[name='tier_ids'] .o_tag:contains('Base')" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "Plan", trigger: "button[name='action_plan']:not([disabled])", run: "click" },
        { content: "It is in the list", trigger: ".o_data_row:contains('Tour Person')" },
        { content: "Look at the month", trigger: ".o_switch_view.o_calendar", run: "click" },
        { content: "It is in the calendar", trigger: ".o_calendar_view .fc-event:contains('Tour Person')", run: "click" },
        { content: "Look closer", trigger: ".o_cw_popover .o_cw_popover_edit", run: "click" },
        { content: "The rule is named", trigger: ".o_form_view .o_field_widget[name='rule_id']:contains('Call on the birthday')" },
        { content: "A week later", trigger: "button[name='action_postpone']", run: "click" },
        { content: "Skip it", trigger: "button[name='action_skip']", run: "click" },
        { content: "Sure", trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "The reason is told", trigger: ".alert:contains('Skipped manually')" },
        ...openMenu("menu_customer_value_members"),
        { content: "The member", trigger: ".o_data_row:contains('Tour Firm') td[name='name']:contains('M0')", run: "click" },
        { content: "The customer's membership", trigger: ".o_form_view .o_arrow_button_current[data-value='active']" },
        ...openMenu("menu_customer_value_care_festivals"),
        { content: "Festivals are there", trigger: ".o_data_row:contains('Mid-Autumn Festival')" },
    ],
});
