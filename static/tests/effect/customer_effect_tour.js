import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const menu = "button[data-menu-xmlid='customer_value.menu_customer_value_reporting']";

registry.category("web_tour.tours").add("customer_effect", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "Unfold reporting", trigger: menu, run: "click" },
        { content: "Open it", trigger: "[data-menu-xmlid='customer_value.menu_customer_effect']", run: "click" },
        { content: "Nothing is there", trigger: ".o_view_nocontent:contains('What did a change bring?')" },
        { content: "A change", trigger: ".o_list_button_add", run: "click" },
        { content: "What changed", trigger: ".o_field_widget[name='name'] input", run: "edit Complaints in the app" },
        { content: "The date", trigger: ".o_field_widget[name='date'] button", run: "click" },
        { content: "Since", trigger: ".o_field_widget[name='date'] input", run: "edit 04/01/2025" },
        { content: "How long", trigger: ".o_field_widget[name='months'] input", run: "click" },
        { content: "A quarter", trigger: ".o_select_menu_item:contains('3 months')", run: "click" },
        { content: "Measure", trigger: "button[name='action_measure']", run: "click" },
        { content: "What has to be known", trigger: ".o_effect .alert:contains('no proof')" },
        { content: "Enough to say", trigger: ".o_effect [data-code='repeat'] .badge:contains('Better')" },
        { content: "Too little to say", trigger: ".o_effect [data-code='won'] .badge:contains('Too few to say')" },
        {
            content: "The intervals are drawn",
            trigger: ".o_effect_chart canvas",
            run() {
                const [{ data }] = Chart.getChart(this.anchor).data.datasets;
                if (!data.length || data.some(({ x }) => x.length !== 2)) {
                    throw new Error("no intervals in the chart");
                }
            },
        },
        { content: "The customers behind it", trigger: ".o_effect [data-code='repeat'] .o_effect_after", run: "click" },
        { content: "Those who ordered", trigger: ".o_list_view .o_data_row:contains('Customer 1')" },
        { content: "Back", trigger: ".breadcrumb-item:contains('Complaints in the app') a, .o_back_button", run: "click" },
        { content: "As a list", trigger: "button[name='action_view_figures']", run: "click" },
        { content: "With its verdict", trigger: ".o_list_view .o_data_row:contains('bought more than once'):contains('Better')" },
    ],
});
