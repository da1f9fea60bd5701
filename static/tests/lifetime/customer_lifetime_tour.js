import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const reporting = "button[data-menu-xmlid='customer_value.menu_customer_value_reporting']";

registry.category("web_tour.tours").add("customer_lifetime", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "Unfold reporting", trigger: reporting, run: "click" },
        { content: "Open the page", trigger: "a[data-menu-xmlid='customer_value.menu_customer_lifetime_forecast']", run: "click" },
        { content: "Calibrated once, long ago", trigger: ".o_lifetime_forecast #o_lifetime_as_of:has(option:only-child)" },
        { content: "The grade is said", trigger: ".o_lifetime_grade .badge" },
        { content: "High-value customers found", trigger: "[data-figure='found']:contains('by revenue so far')" },
        { content: "The error has a sign", trigger: "[data-figure='error'] .h3:contains('−')" },
        { content: "Look at all of them", trigger: ".o_lifetime_advanced[aria-expanded='false']", run: "click" },
        { content: "One contestant has won", trigger: ".o_lifetime_contestants tr.fw-bold:has(.fa-trophy)" },
        {
            content: "Twenty bars",
            trigger: ".o_lifetime_forecast .o_value_chart canvas",
            run() {
                const bars = Chart.getChart(this.anchor).data.datasets.flatMap(({ data }) => data);
                if (bars.length !== 20 || !bars.every(({ y }) => y >= 0)) {
                    throw new Error(`${bars.length} bars`);
                }
            },
        },
        { content: "Calibrate", trigger: ".o_lifetime_calibrate", run: "click" },
        { content: "There are two now", trigger: "#o_lifetime_as_of:has(option:nth-child(2))" },
        { content: "Unfold the customers", trigger: "button[data-menu-xmlid='customer_value.menu_customer_value_customer']", run: "click" },
        { content: "The list", trigger: "a[data-menu-xmlid='customer_value.menu_customer_lifetime_value']", run: "click" },
        { content: "Customers, with their value", trigger: ".o_list_view .o_data_row td[name='lifetime_value']:contains('$')" },
        // first come some who were given goods for nothing: they have no orders to forecast from
        {
            content: "Open one with orders",
            trigger: ".o_list_view .o_data_row td[name='lifetime_historical']:not(:contains('$ 0.00'))",
            run: "click",
        },
        { content: "The parts are there", trigger: ".o_lifetime_reckoning section[data-part='lifetime_current']:contains('margin rate')" },
        { content: "What the margin consists of", trigger: ".o_lifetime_reckoning button[data-code='margin']", run: "click" },
        { content: "The orders", trigger: ".o_list_view:has(th[data-name='amount_total']) .o_data_row" },
    ],
});
