import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

export const openApp = () => stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app");

const numberOf = (element) => Number(element.textContent.replace(/[^\d.]/g, ""));

export const openMenu = (parent, menu) => [
    { content: "Unfold the menu", trigger: `button[data-menu-xmlid='customer_value.${parent}']`, run: "click" },
    { content: "Choose the menu", trigger: `a[data-menu-xmlid='customer_value.${menu}']`, run: "click" },
];

export const openContacts = (name) => [
    ...stepUtils.goToAppSteps("contacts.menu_contacts", "Open contacts"),
    ...(name
        ? [
              { content: "Search", trigger: ".o_searchview_input", run: `edit ${name}` },
              { content: "Find", trigger: ".o_searchview_autocomplete .o-dropdown-item:first", run: "click" },
              { content: "It is searched for", trigger: `.o_searchview_facet:contains("${name}")` },
              { content: "Open", trigger: `.o_data_row:contains("${name}"):first td[name='complete_name']`, run: "click" },
          ]
        : []),
];

const openValueTab = () => ({
    content: "Open the tab",
    trigger: ".o_form_view .nav-link[name='customer_value']",
    run: "click",
});

tours.add("customer_value_run", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_customer_value_customer", "menu_customer_value_customers"),
        { content: "Nobody has been scored", trigger: ".o_nocontent_help:contains('No customers have been scored yet')" },
        { content: "Prepare a run", trigger: ".o_control_panel button:contains('Run')", run: "click" },
        {
            content: "The active policy is proposed",
            trigger: ".o_form_view .o_field_widget[name='policy_id'] input:value('Customer value (version 1)')",
        },
        { content: "Run", trigger: ".o_value_apply", run: "click" },
        { content: "It is done", trigger: ".o_arrow_button_current[data-value='done']" },
        { content: "Everybody was scored", trigger: ".o_field_widget[name='customer_count']:contains('10')" },
        { content: "The matrix shows who is new", trigger: ".o_value_matrix_table td.o_value_new button" },
        { content: "It cannot be applied again", trigger: ".o_form_view:not(:has(.o_value_apply))" },
        { content: "See who is in a cell", trigger: "td.o_value_new button:first", run: "click" },
        { content: "They are in the history", trigger: ".o_list_view .o_data_row .badge:contains('Became a customer')" },
        ...openMenu("menu_customer_value_customer", "menu_customer_value_customers"),
        { content: "Ten customers", trigger: ".o_pager_limit:contains('10')" },
        { content: "With their tier", trigger: ".o_data_row:first .o_field_customer_value_badge[name='tier_id'] .badge" },
        { content: "As cards", trigger: ".o_switch_view.o_kanban", run: "click" },
        { content: "By tier", trigger: ".o_kanban_group:contains('Silver') .o_kanban_record .o_value_score_number" },
        { content: "As a table", trigger: ".o_switch_view.o_pivot", run: "click" },
        { content: "Tier by stage", trigger: ".o_pivot th:contains('Silver')" },
        { content: "As a picture", trigger: ".o_switch_view.o_graph", run: "click" },
        { content: "The chart", trigger: ".o_graph_renderer canvas" },
    ],
});

tours.add("customer_value_simulate", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_customer_value_customer", "menu_customer_value_runs"),
        { content: "New run", trigger: ".o_list_button_add", run: "click" },
        { content: "Simulate", trigger: ".o_value_simulate", run: "click" },
        { content: "Nothing has changed", trigger: ".o_value_run_panel:contains('Nothing has been changed: this was a simulation')" },
        { content: "Somebody would rise", trigger: "td.o_value_up button", run: "click" },
        { content: "These would move", trigger: ".o_breadcrumb:contains('Expected Tier Changes')" },
        { content: "Up", trigger: ".o_data_row .badge:contains('Up')" },
        { content: "Back to the run", trigger: ".o_back_button, .breadcrumb-item.o_back_button a", run: "click" },
        { content: "All who would move", trigger: "button[name='action_view_moves']", run: "click" },
        { content: "Are listed", trigger: ".o_list_view .o_data_row" },
    ],
});

tours.add("customer_value_explain", {
    url: "/odoo",
    steps: () => [
        ...openContacts("Tour Customer 10"),
        { content: "The value is on a button", trigger: ".oe_stat_button[name='action_view_value_history'] .badge" },
        openValueTab(),
        {
            content: "The bars add up to the score",
            trigger: ".o_value_sum_number",
            run() {
                const bars = [...document.querySelectorAll(".o_value_bar_contribution")];
                const cents = bars.reduce((sum, bar) => sum + Math.round(numberOf(bar) * 100), 0);
                const shown = Math.round(numberOf(document.querySelector(".o_value_sum_number")) * 100);
                const gauge = Math.round(numberOf(document.querySelector(".o_value_gauge_number")) * 100);
                if (bars.length !== 6 || cents !== shown || cents !== gauge) {
                    throw new Error(`${bars.length} bars add up to ${cents}, the sum says ${shown}, the gauge ${gauge}`);
                }
            },
        },
        { content: "Say how the customer is to be treated", trigger: ".o_value_advice" },
        { content: "Open contacts of the company", trigger: ".nav-link[name='contact_addresses']", run: "click" },
        { content: "Open one", trigger: ".o_kanban_record:contains('Tour Contact')" },
        ...openContacts("Tour Contact"),
        openValueTab(),
        { content: "The value is that of the company", trigger: ".o_value_of_company:contains('Tour Customer 10')" },
        { content: "See how it came about", trigger: ".o_value_trend_box button", run: "click" },
        { content: "The history", trigger: ".o_list_view .o_data_row:contains('Tour Customer 10')" },
    ],
});

tours.add("customer_value_open_documents", {
    url: "/odoo",
    steps: () => [
        ...openContacts("Tour Customer 10"),
        openValueTab(),
        { content: "Open the invoices", trigger: "button[data-metric='revenue']", run: "click" },
        { content: "One invoice", trigger: ".o_list_view:has(.o_data_row:contains('1,500.00')):not(:has(.o_data_row:eq(1)))" },
        { content: "Back", trigger: ".o_back_button", run: "click" },
        openValueTab(),
        { content: "Open the orders", trigger: "button[data-metric='order_count']", run: "click" },
        {
            content: "Three orders",
            trigger: ".o_list_view .o_data_row:nth-of-type(3):contains('Tour Customer 10')",
        },
        ...openApp(),
        ...openMenu("menu_customer_value_customer", "menu_customer_value_customers"),
        { content: "The customers", trigger: ".o_component_with_search_panel .o_search_panel" },
        { content: "Open a score", trigger: ".o_data_row:contains('Tour Customer 10') td[name='partner_id']", run: "click" },
        { content: "The same explanation", trigger: ".o_form_view button[data-metric='revenue']" },
        { content: "Open Customer", trigger: "button[name='action_open_partner']", run: "click" },
        { content: "The partner", trigger: ".o_form_view .nav-link[name='customer_value']" },
    ],
});

tours.add("customer_value_partner_list", {
    url: "/odoo",
    steps: () => [
        ...openContacts(),
        { content: "As a list", trigger: ".o_switch_view.o_list.active" },
        { content: "Filters", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { content: "Those with a tier", trigger: ".o_filter_menu .o_menu_item:contains('Has a Tier')", run: "click" },
        { content: "Ten customers and a contact", trigger: ".o_pager_limit:contains('11')" },
        { content: "The tier is shown", trigger: ".o_list_view .o_data_row td[name='value_tier_id'] .badge" },
        { content: "By tier", trigger: ".o_group_by_menu .o_menu_item:contains('Tier')", run: "click" },
        { content: "Groups", trigger: ".o_group_header:contains('Gold')", run: "click" },
        { content: "Who is in it", trigger: ".o_data_row td[name='value_tier_id'] .badge:contains('Gold')" },
    ],
});

tours.add("customer_value_quotation", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("sale.sale_menu_root", "Open sales"),
        { content: "All quotations", trigger: ".o_searchview_facet .o_facet_remove", run: "click" },
        {
            content: "The list shows the tier",
            trigger: ".o_data_row:contains('Tour Customer 10') td[name='value_tier_id'] .badge",
        },
        { content: "Open the quotation", trigger: ".o_data_row:contains('Tour Customer 10') td[name='name']", run: "click" },
        {
            content: "The quotation shows tier and score",
            trigger: ".o_form_view .o_value_panel [name='customer_value'] .badge",
        },
        { content: "The score too", trigger: "[name='customer_value'] .o_value_score_number" },
    ],
});

tours.add("customer_value_policy", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_customer_value_configuration", "menu_customer_value_policies"),
        { content: "The policy", trigger: ".o_data_row td[name='name']:contains('Customer value')", run: "click" },
        { content: "The calibration", trigger: ".nav-link[name='calibration']", run: "click" },
        { content: "Cut points are there", trigger: ".o_value_calibration th:contains('RFM: recency')" },
        { content: "Segments", trigger: ".nav-link[name='segments']", run: "click" },
        { content: "All codes", trigger: ".o_value_rfm td[title^='555'] .badge" },
        { content: "A new version", trigger: "button[name='action_new_version']", run: "click" },
        { content: "It is a draft", trigger: ".o_arrow_button_current[data-value='draft']" },
        {
            content: "Weigh revenue anew",
            trigger: ".o_field_widget[name='dimension_ids'] .o_data_row:first td[name='metric']",
            run: "click",
        },
        { content: "More weight", trigger: ".modal .o_field_widget[name='weight'] input", run: "edit 60" },
        { content: "Save the dimension", trigger: ".modal .o_form_button_save", run: "click" },
        { content: "Simulate the draft", trigger: "button[name='action_run']:contains('Simulate')", run: "click" },
        { content: "Simulate", trigger: ".o_value_simulate", run: "click" },
        { content: "The matrix", trigger: ".o_value_matrix_table" },
    ],
});

tours.add("customer_value_no_score", {
    url: "/odoo",
    steps: () => [
        ...openContacts("Tour Customer 10"),
        openValueTab(),
        { content: "No score: open a run", trigger: ".o_value_empty button", run: "click" },
        { content: "Here it is", trigger: ".o_form_view .o_value_apply" },
    ],
});
