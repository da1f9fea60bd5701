import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("customer_retention_profit", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "Unfold reporting", trigger: "button[data-menu-xmlid='customer_value.menu_customer_value_reporting']", run: "click" },
        { content: "Open the profit center", trigger: "a[data-menu-xmlid='customer_value.menu_customer_retention_profit']", run: "click" },
        { content: "The page is there", trigger: ".o_profit_center #o_profit_period" },
        { content: "The quarter before", trigger: "#o_profit_period", run: "select last_quarter" },
        { content: "What is not entered is named, not guessed", trigger: ".o_profit_missing li[data-code='acquisition']" },
        { content: "Nothing is missing for service", trigger: ".o_profit_missing:not(:has(li[data-code='service']))" },
        { content: "Ten tickets and a complaint", trigger: ".o_profit_waterfall li[data-key='service']:contains('137.50')" },
        {
            content: "The bar of service ends where that of redress begins",
            trigger: ".o_profit_columns .o_value_chart:has(.o_value_chart_item:contains('137.50')) canvas",
            run() {
                const [first, second] = Chart.getChart(this.anchor).getDatasetMeta(0).data;
                if (!(first.x < first.base && Math.abs(first.x - second.base) < 1)) {
                    throw new Error(`From ${first.base} to ${first.x}, then from ${second.base}`);
                }
            },
        },
        { content: "Whether it paid is said", trigger: ".o_profit_paid:contains('Retaining customers')" },
        { content: "What is beyond expectation is a step of its own", trigger: ".o_profit_waterfall li[data-key='margin_above'] button" },
        { content: "The whole margin is context", trigger: ".o_profit_context button" },
        { content: "Years without records have no ratio", trigger: ".o_profit_years tr[data-year] td:last-child:contains('no records')" },
        { content: "Who was kept", trigger: ".o_profit_loop .o_profit_figure[data-key='kept'] button:contains('10')", run: "click" },
        { content: "They are listed", trigger: ".o_list_view .o_data_row:contains('Tour Firm 01')" },
        { content: "Back", trigger: ".o_back_button, .breadcrumb-item a:contains('Profit Center')", run: "click" },
        { content: "The period is remembered", trigger: ".o_profit_waterfall li[data-key='service']:contains('137.50')" },
        { content: "Whom service met", trigger: ".o_profit_funnel li[data-key='contacted'] button:contains('14')", run: "click" },
        { content: "They are listed", trigger: ".o_list_view .o_data_row:contains('Tour Firm 13')" },
        { content: "Back", trigger: ".o_back_button, .breadcrumb-item a:contains('Profit Center')", run: "click" },
        { content: "What each customer brought", trigger: ".o_profit_customers", run: "click" },
        { content: "They are listed, those who cost most first", trigger: ".o_list_view .o_data_row:first td[name='partner_id']:contains('Tour Firm 12')" },
        { content: "One who got more than they left", trigger: ".o_list_view .o_data_row:contains('Dear Firm') td[name='partner_id']", run: "click" },
        { content: "The figures of one", trigger: ".o_form_view .oe_stat_button[name='action_open_documents']:contains('Orders')", run: "click" },
        { content: "Their order is listed", trigger: ".o_list_view:has(th[data-name='amount_total']) .o_data_row:contains('Dear Firm')" },
        { content: "Unfold reporting", trigger: "button[data-menu-xmlid='customer_value.menu_customer_value_reporting']", run: "click" },
        { content: "The list of those who cost more", trigger: "a[data-menu-xmlid='customer_value.menu_customer_profit_loss']", run: "click" },
        { content: "The one who got more than they left", trigger: ".o_list_view .o_data_row:contains('Dear Firm')" },
        { content: "Only those", trigger: ".o_list_view:not(:has(.o_data_row:contains('Tour Firm 01')))" },
        { content: "Unfold reporting", trigger: "button[data-menu-xmlid='customer_value.menu_customer_value_reporting']", run: "click" },
        { content: "The profit center again", trigger: "a[data-menu-xmlid='customer_value.menu_customer_retention_profit']", run: "click" },
        { content: "The quarter before", trigger: "#o_profit_period", run: "select last_quarter" },
        { content: "It is there", trigger: ".o_profit_waterfall li[data-key='service']:contains('137.50')" },
        { content: "Print", trigger: ".o_profit_print:not([disabled])", run: "click" },
        // a program of its own makes it, and has to be started
        { content: "The paper is made", trigger: ".o_profit_print:not([disabled])[data-printed='1']", timeout: 60000 },
    ],
});
