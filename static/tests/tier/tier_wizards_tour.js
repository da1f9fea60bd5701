import { registry } from "@web/core/registry";
import { openApp, openMenu } from "../scoring/customer_value_tour";

const tours = registry.category("web_tour.tours");

const select = (name) => ({
    content: `Select ${name}`,
    trigger: `.o_data_row:contains("${name}") .o_list_record_selector input`,
    run: "click",
});

const chooseAction = (name) => [
    { content: "Unfold the actions", trigger: ".o_control_panel .o_cp_action_menus button:has(.fa-cog)", run: "click" },
    { content: "Choose the action", trigger: `.o-dropdown-item:contains("${name}")`, run: "click" },
];

tours.add("customer_value_review", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_customer_value_customer", "menu_customer_value_review"),
        { content: "Nothing waits", trigger: ".o_nocontent_help:contains('No tier changes to review')" },
        { content: "Review everybody", trigger: "button[name='action_review_all']", run: "click" },
        { content: "The hint counts", trigger: ".o_value_review:contains('2 customers would change tier')" },
        { content: "See who", trigger: ".o_value_review button[name='action_view_moves']", run: "click" },
        { content: "With a reason", trigger: ".o_data_row:contains('Falls') td[name='reason']:contains('is too low to keep')" },
        { content: "And another", trigger: ".o_data_row:contains('Rises') td[name='reason']:contains('reaches')" },
        select("Falls"),
        { content: "Take out", trigger: "button[name='action_take_out']", run: "click" },
        { content: "Is taken out", trigger: ".o_data_row:contains('Falls') td[name='taken_out'] input:checked" },
        { content: "Back to the run", trigger: ".o_back_button", run: "click" },
        { content: "The hint knows", trigger: ".o_value_review:contains('Excluded: 1')" },
        { content: "Apply the rest", trigger: ".o_value_apply", run: "click" },
        { content: "Only one has risen", trigger: ".o_form_view:not(:has(.o_value_apply)) [name='up_count']:contains('1')" },
        { content: "Nobody has fallen", trigger: ".o_field_widget[name='down_count']:contains('0')" },
        ...openMenu("menu_customer_value_customer", "menu_customer_value_review"),
        { content: "Nothing waits any more", trigger: ".o_nocontent_help" },
    ],
});

tours.add("customer_value_review_selection", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_customer_value_customer", "menu_customer_value_customers"),
        select("Rises"),
        ...chooseAction("Review Tiers"),
        { content: "One customer would move", trigger: ".o_value_review:contains('1 customers would change tier')" },
        { content: "It is for this customer alone", trigger: ".o_field_widget[name='partner_ids'] .o_tag:contains('Rises')" },
    ],
});

tours.add("customer_value_assign", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_customer_value_customer", "menu_customer_value_customers"),
        select("Stays"),
        ...chooseAction("Assign a Tier"),
        { content: "The customer is there", trigger: ".modal .o_field_widget[name='partner_ids'] .o_tag:contains('Stays')" },
        { content: "Choose a tier", trigger: ".modal .o_field_widget[name='tier_id'] input", run: "edit Top" },
        { content: "This one", trigger: ".ui-menu-item a:contains('Top')", run: "click" },
        { content: "It takes two", trigger: ".modal .alert:contains('Another manager has to approve')" },
        { content: "Say why", trigger: ".modal .o_field_widget[name='reason'] textarea", run: "edit Founding member" },
        { content: "Assign", trigger: ".modal button[name='action_assign']", run: "click" },
        { content: "It waits", trigger: ".o_data_row:contains('Stays') .badge:contains('To approve')" },
        { content: "Open it", trigger: ".o_data_row:contains('Stays') td[name='reason']", run: "click" },
        { content: "It can be taken back", trigger: ".o_form_statusbar button[name='action_refuse']:contains('Withdraw')" },
        { content: "But not approved", trigger: ".o_form_statusbar:not(:has(button[name='action_approve']))" },
        { content: "Back", trigger: ".o_back_button", run: "click" },
        { content: "From the app as well", trigger: "button[name='action_assign_many']", run: "click" },
        { content: "The wizard", trigger: ".modal .o_field_widget[name='partner_ids']:not(:has(.o_tag))" },
        { content: "Not now", trigger: ".modal button[special='cancel']", run: "click" },
        { content: "Closed", trigger: "body:not(:has(.modal))" },
    ],
});

tours.add("customer_value_approve", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_customer_value_customer", "menu_customer_value_overrides"),
        { content: "Open the request", trigger: ".o_data_row:contains('Stays') td[name='reason']", run: "click" },
        { content: "Reason", trigger: ".o_field_widget[name='reason']:contains('Founding member'), [name='reason'] textarea" },
        { content: "Approve", trigger: "button[name='action_approve']", run: "click" },
        { content: "In force", trigger: ".o_arrow_button_current[data-value='active']" },
    ],
});

tours.add("customer_value_what_if", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_customer_value_customer", "menu_customer_value_what_if"),
        {
            content: "The weights of the policy",
            trigger: ".o_field_widget[name='weight_ids'] .o_data_row:contains('Number of orders') td[name='weight']",
            run: "click",
        },
        { content: "Weigh orders more", trigger: "[name='weight_ids'] .o_selected_row [name='weight'] input", run: "edit 9" },
        { content: "See the effect", trigger: "button[name='action_show_effect']", run: "click" },
        { content: "The matrix", trigger: ".o_value_matrix:contains('Expected tier changes with these values')" },
        { content: "Somebody would fall", trigger: "td.o_value_down button" },
        {
            content: "Another value",
            trigger: ".o_field_widget[name='weight_ids'] .o_data_row:contains('Number of orders') td[name='weight']",
            run: "click",
        },
        { content: "Ten", trigger: "[name='weight_ids'] .o_selected_row [name='weight'] input", run: "edit 10" },
        { content: "Leave the line", trigger: ".o_value_title", run: "click" },
        { content: "The picture is old", trigger: ".o_value_stale" },
        { content: "See the effect again", trigger: "button[name='action_show_effect']", run: "click" },
        { content: "The picture is new", trigger: ".o_form_view:not(:has(.o_value_stale)) td.o_value_down button", run: "click" },
        { content: "Who and why", trigger: ".o_data_row td[name='reason']:contains('is too low to keep')" },
        { content: "Back", trigger: ".o_back_button", run: "click" },
        { content: "Keep it", trigger: "button[name='action_keep']", run: "click" },
        { content: "It says so", trigger: ".o_notification:contains('Saved as the draft')" },
        { content: "The draft", trigger: ".o_arrow_button_current[data-value='draft']" },
        {
            content: "With the weight",
            trigger: ".o_field_widget[name='dimension_ids'] .o_data_row:contains('Number of orders') td[name='weight']:contains('10')",
        },
    ],
});

tours.add("customer_value_undo", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_customer_value_customer", "menu_customer_value_runs"),
        { content: "The last run", trigger: ".o_data_row:first td[name='name']", run: "click" },
        { content: "Undo", trigger: "button[name='action_undo']", run: "click" },
        { content: "Really", trigger: ".modal .modal-footer .btn-primary", run: "click" },
        { content: "Undone", trigger: ".o_form_view:not(:has(button[name='action_undo'])) [name='status']:contains('Undone')" },
    ],
});
