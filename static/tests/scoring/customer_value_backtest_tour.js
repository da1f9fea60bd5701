import { registry } from "@web/core/registry";
import { openApp, openMenu } from "./customer_value_tour";

const tours = registry.category("web_tour.tours");

const openPolicy = () => [
    ...openApp(),
    ...openMenu("menu_customer_value_configuration", "menu_customer_value_policies"),
    { content: "The policy", trigger: ".o_data_row td[name='name']:contains('Customer value')", run: "click" },
];

tours.add("customer_value_backtest", {
    url: "/odoo",
    steps: () => [
        ...openPolicy(),
        { content: "How good is it?", trigger: "button[name='action_backtest']", run: "click" },
        { content: "Nothing is shown yet", trigger: ".o_form_view:not(:has(.o_value_backtest)) .alert:contains('are not touched')" },
        { content: "Look", trigger: "button[name='action_run']", run: "click" },
        { content: "In words", trigger: ".o_value_backtest p:contains('customers bought again')" },
        {
            content: "Who is better is said",
            trigger: ".o_value_backtest p:contains('Customers are ordered better by: What came true.')",
        },
        {
            content: "And in what",
            trigger: ".o_value_backtest_ahead li:contains('What came true is ahead of the policy in: Ranking (Gini), Best 5%')",
        },
        { content: "In numbers", trigger: ".o_value_backtest_numbers tbody tr:contains('What came true') .fa-arrow-up" },
        { content: "Tiers of that day", trigger: ".o_value_backtest_tiers tbody tr:contains('Diamond')" },
        { content: "In pictures", trigger: ".o_value_backtest canvas" },
        { content: "Over a shorter time", trigger: ".o_field_widget[name='weeks'] input", run: "edit 13 && click body" },
        { content: "The result is of before", trigger: ".o_value_stale:contains('Values have changed')" },
        { content: "Again", trigger: "button[name='action_run']", run: "click" },
        { content: "It is current", trigger: ".o_form_view:not(:has(.o_value_stale)) .o_value_backtest" },
    ],
});

tours.add("customer_value_backtest_advice", {
    url: "/odoo",
    steps: () => [
        ...openPolicy(),
        { content: "How good is it?", trigger: "button[name='action_backtest']", run: "click" },
        { content: "Nothing to save yet", trigger: ".o_form_view:not(:has(button[name='action_keep_advice']))" },
        { content: "Ask for weights", trigger: "button[name='action_advise']", run: "click" },
        { content: "They are proposed", trigger: ".o_value_advice_weights tbody tr.fw-bold" },
        { content: "On a time they were not learned from", trigger: ".o_value_advice p:contains('Learned on')" },
        { content: "With their gain", trigger: ".o_value_advice_numbers tr:contains('Proposed weights')" },
        { content: "Into a draft", trigger: "button[name='action_keep_advice']", run: "click" },
        { content: "Which is not in use", trigger: ".o_arrow_button_current[data-value='draft']" },
        { content: "It says where they come from", trigger: ".o-mail-Message:contains('Weights proposed by a backtest')" },
    ],
});

const press = (key) => ({
    content: `Move the limit by ${key}`,
    trigger: ".o_value_histogram_limit:contains('Gold')",
    run({ anchor }) {
        anchor.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    },
});

const customersOfGold = () => document.querySelectorAll(".o_value_histogram_tiers tbody tr")[1].children[2].textContent;

tours.add("customer_value_histogram", {
    url: "/odoo",
    steps: () => {
        let before = "";
        return [
            ...openPolicy(),
            { content: "Its tiers", trigger: ".nav-link[name='tiers']", run: "click" },
            { content: "Show customers", trigger: ".o_value_histogram_show", run: "click" },
            { content: "Not to be moved while in use", trigger: ".o_value_histogram_limit:not(.o_movable):contains('Gold')" },
            { content: "A new version", trigger: "button[name='action_new_version']", run: "click" },
            { content: "It is a draft", trigger: ".o_arrow_button_current[data-value='draft']" },
            { content: "Its tiers", trigger: ".nav-link[name='tiers']", run: "click" },
            { content: "Show customers", trigger: ".o_value_histogram_show", run: "click" },
            {
                content: "Limits can be moved",
                trigger: ".o_value_histogram_limit.o_movable:contains('Gold')",
                run() {
                    before = customersOfGold();
                },
            },
            press("PageDown"),
            { content: "The draft has changed", trigger: ".o_form_status_indicator_buttons:not(.invisible)" },
            press("PageDown"),
            {
                content: "Gold holds more",
                trigger: ".o_value_histogram_tiers tbody tr:contains('Gold')",
                run() {
                    if (Number(customersOfGold()) <= Number(before)) {
                        throw new Error(`Gold held ${before} customers and now holds ${customersOfGold()}`);
                    }
                },
            },
            { content: "Save", trigger: ".o_form_button_save", run: "click" },
            { content: "Saved", trigger: ".o_form_saved" },
        ];
    },
});
