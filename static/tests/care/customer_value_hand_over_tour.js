import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const chooseUser = (field, name) => [
    { content: "Look for the person", trigger: `.modal ${field} input`, run: `edit ${name}` },
    { content: "Choose", trigger: `.o-autocomplete--dropdown-item:contains("${name}")`, run: "click" },
];

registry.category("web_tour.tours").add("customer_value_hand_over", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "Unfold the menu", trigger: "button[data-menu-xmlid='customer_value.menu_customer_value_care']", run: "click" },
        { content: "Hand overs", trigger: "[data-menu-xmlid='customer_value.menu_customer_value_hand_over']", run: "click" },
        { content: "There are none", trigger: ".o_nocontent_help:contains('No reassignments yet')" },
        { content: "Hand over", trigger: ".o_control_panel button:contains('Reassign Customers')", run: "click" },
        ...chooseUser(".o_field_widget[name='from_user_id']", "Leaver"),
        { content: "Numbers by tier", trigger: ".modal .o_data_row:first td[name='customer_count']:contains('1')" },
        { content: "Choose who receives", trigger: ".modal .o_data_row:first td[name='user_ids']", run: "click" },
        ...chooseUser(".o_data_row:first [name='user_ids']", "Anna"),
        { content: "She is chosen", trigger: ".modal .o_data_row:first [name='user_ids'] .o_tag" },
        { content: "Do it", trigger: ".modal-footer button[name='action_hand_over']", run: "click" },
        { content: "The record of it", trigger: ".o_form_view [name='receiver_ids'] .o_data_row:contains('Anna')" },
        { content: "The customers", trigger: "button[name='action_view_lines']", run: "click" },
        { content: "Are listed", trigger: ".o_list_view .o_data_row td[name='name']:contains('Customer 1')" },
    ],
});
