import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

const CLICKS = 3;

let clicked = 0;

const click = (content, trigger) => ({
    content,
    trigger,
    async run(helpers) {
        clicked += 1;
        await helpers.click();
    },
});

const figure = (column, name) => `.o_home_column[data-column='${column}'] button.o_desk_figure[data-name='${name}']`;

/** What is done every day, from the app's first page in three clicks at the most; they are counted. */
const job = (name, steps) =>
    tours.add(name, {
        url: "/odoo",
        steps: () => [
            ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
            { content: "It opens with Home", trigger: ".o_value_home .o_home_column", run: () => (clicked = 0) },
            ...steps,
            {
                content: "That took three clicks at the most",
                trigger: "body",
                run() {
                    if (!clicked || clicked > CLICKS) {
                        throw new Error(`${clicked} clicks`);
                    }
                },
            },
        ],
    });

job("customer_home_at_risk", [
    click("Customers at risk", figure("relationship", "risks")),
    click("Open them", ".o_data_row:contains('Tour Late') td[name='partner_id'], .o_data_row:contains('Tour Late') td[name='stake']"),
    { content: "Why", trigger: ".o_form_view:contains('Orders about every 10 days')" },
    { content: "And what to do", trigger: ".o_form_view .o_field_widget[name='remedy']" },
]);

job("customer_home_lost_tier", [
    click("Customers", figure("portfolio", "customers")),
    click("Whoever it is about", ".o_data_row:contains('Tour Fallen') td[name='score']"),
    { content: "What became of their tier", trigger: ".o_value_timeline_entry:first .o_value_timeline_tiers:contains('Top'):contains('Base')" },
    click("And why", ".o_value_timeline_entry:first .o_value_timeline_open"),
    { content: "The revenue", trigger: ".o_value_timeline_detail:contains('Revenue')" },
]);

job("customer_home_complaint", [
    click("The complaint that is overdue", ".o_home_column[data-column='relationship'] .o_home_next:contains('overdue') button"),
    click("Answer it", ".o_statusbar_buttons button[name='action_complaint_answer']"),
    { content: "What the customer is told", trigger: ".modal .o_field_widget[name='answer']:contains('We are sorry')" },
    click("Send it", ".modal button[name='action_take']:visible"),
    { content: "It is answered", trigger: ".o_arrow_button_current[data-value='answered']" },
]);

job("customer_home_losing", [
    click("Customers who cost more than they bring", `${figure("relationship", "losing")}:contains('2')`),
    { content: "Which, and how much", trigger: ".o_list_view .o_data_row:contains('Tour Dear') td[name='profit']:contains('300')" },
    { content: "Nobody else", trigger: ".o_list_view:not(:has(.o_data_row:contains('Tour Late')))" },
]);

job("customer_home_customer", [
    click("Find a customer", ".o_home_find"),
    { content: "By name", trigger: ".o_value_page input[name='find']", run: "edit Tour Late" },
    click("The one", ".o_value_page_found .dropdown-item:contains(Tour Late)"),
    { content: "Everything about them", trigger: ".o_value_page header:contains(Tour Late)" },
    { content: "What happened", trigger: ".o_value_page_event[data-channel='order']" },
]);

tours.add("customer_home_walk", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "Five columns", trigger: ".o_home_columns .o_home_column:nth-of-type(5) .o_home_next" },
        { content: "Of all", trigger: `.o_value_home[data-scope='all'] ${figure("portfolio", "customers")}:contains('3')` },
        { content: "The grid", trigger: ".o_home_grid tbody tr:nth-of-type(3) .o_home_cell" },
        { content: "Their own", trigger: ".o_home_mine", run: "click" },
        { content: "Is one", trigger: `.o_value_home[data-scope='mine'] ${figure("portfolio", "customers")}:contains('1')` },
        { content: "Open it", trigger: figure("portfolio", "customers"), run: "click" },
        { content: "One row", trigger: ".o_list_view .o_data_row:only-of-type, .o_list_view .o_data_row:contains('Tour Late')" },
        { content: "Back", trigger: ".o_back_button, .breadcrumb-item a:contains('Home')", run: "click" },
        { content: "As it was left", trigger: `.o_value_home[data-scope='mine'] ${figure("portfolio", "customers")}:contains('1')` },
        { content: "A cell", trigger: ".o_home_grid .o_home_cell:not(:disabled)", run: "click" },
        { content: "Who is in it", trigger: ".o_breadcrumb:contains('Class') , .o_last_breadcrumb_item:contains('Class')" },
        { content: "Back", trigger: ".o_back_button, .breadcrumb-item a:contains('Home')", run: "click" },
        { content: "What to do next", trigger: ".o_home_column[data-column='network'] .o_home_next button:enabled" },
        { content: "The dashboard is one click away", trigger: ".o_home_desk", run: "click" },
        { content: "There it is", trigger: ".o_retention_desk .o_desk_today" },
    ],
});

/** The empty database says where to begin. */
tours.add("customer_home_empty", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "What to do first", trigger: ".o_home_column[data-column='portfolio'] .o_home_next:contains('Start a run')" },
        { content: "Nothing to click where nothing is", trigger: ".o_home_column[data-column='portfolio'] div.o_desk_figure[data-name='customers']" },
        { content: "Start", trigger: ".o_home_column[data-column='portfolio'] .o_home_next button", run: "click" },
        { content: "The run", trigger: ".o_form_view .o_value_apply" },
    ],
});
