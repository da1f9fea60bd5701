import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("customer_retention_result", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "Unfold the menu", trigger: "button[data-menu-xmlid='customer_value.menu_customer_retention']", run: "click" },
        { content: "Choose the menu", trigger: "a[data-menu-xmlid='customer_value.menu_customer_retention_campaigns']", run: "click" },
        { content: "Open the campaign", trigger: ".o_kanban_record:contains('Tour of the result')", run: "click" },
        { content: "Its result", trigger: ".o_notebook .nav-link[name='result']", run: "click" },
        { content: "Nothing yet", trigger: ".o_value_result_headline:contains('Not measured yet')" },
        { content: "Measure", trigger: "button[name='action_measure']", run: "click" },
        { content: "The verdict", trigger: ".o_value_result .badge:contains('Better')" },
        { content: "The headline", trigger: ".o_value_result_headline:contains('more than the control group (95%:')" },
        { content: "The profit", trigger: ".o_value_result_sum:contains('profit')" },
        { content: "The interval", trigger: ".o_value_interval figcaption:contains('between'):contains('worthwhile from')" },
        {
            content: "It is drawn where its numbers are",
            trigger: ".o_value_interval canvas",
            run() {
                const chart = Chart.getChart(this.anchor);
                const [[dot], [left, right], [zero]] = [0, 1, 2].map((dataset) => chart.getDatasetMeta(dataset).data);
                // better: it lies beyond zero as a whole
                if (!(zero.x < left.x && left.x < dot.x && dot.x < right.x)) {
                    throw new Error(`Zero ${zero.x}, from ${left.x} over ${dot.x} to ${right.x}`);
                }
            },
        },
        { content: "Both pictures", trigger: ".o_value_plot:eq(1) .o_value_chart_item:contains('Interval')" },
        { content: "Ordering customers", trigger: ".o_value_retained_row:contains('Control group')" },
        { content: "Attribution is called so", trigger: ".o_value_result_figure:contains('not the effect')" },
        { content: "The customers left alone", trigger: ".o_value_result_figure[data-kind='members_holdout']", run: "click" },
        { content: "They are listed", trigger: ".o_last_breadcrumb_item:contains('Control group')" },
        { content: "Back", trigger: ".o_back_button", run: "click" },
        { content: "The page again", trigger: ".o_notebook .nav-link[name='result']", run: "click" },
        { content: "Measurements", trigger: ".o_value_result button:contains('Measurements')", run: "click" },
        { content: "They are listed", trigger: ".o_last_breadcrumb_item:contains('Measurements')" },
        { content: "Unfold reporting", trigger: "button[data-menu-xmlid='customer_value.menu_customer_value_reporting']", run: "click" },
        { content: "Results", trigger: "a[data-menu-xmlid='customer_value.menu_customer_retention_result']", run: "click" },
        { content: "It is there", trigger: ".o_data_row:contains('Tour of the result'):contains('Better')" },
        { content: "As a graph", trigger: ".o_switch_view.o_graph", run: "click" },
        { content: "Drawn", trigger: ".o_graph_view canvas" },
        { content: "As a table", trigger: ".o_switch_view.o_pivot", run: "click" },
        { content: "Added up", trigger: ".o_pivot table" },
    ],
});
