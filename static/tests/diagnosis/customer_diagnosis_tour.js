import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const menu = "button[data-menu-xmlid='customer_value.menu_customer_value_reporting']";

registry.category("web_tour.tours").add("customer_diagnosis", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        { content: "Unfold reporting", trigger: menu, run: "click" },
        { content: "Open it", trigger: "[data-menu-xmlid='customer_value.menu_customer_diagnosis']", run: "click" },
        { content: "Nothing is measured: one button", trigger: ".o_diagnosis_empty .o_diagnosis_run", run: "click" },
        { content: "Four grades", trigger: ".o_diagnosis_grades section[data-pillar='people'] .badge" },
        { content: "How the grade is worked out", trigger: "section[data-pillar='data'] .o_diagnosis_why", run: "click" },
        { content: "The check is among the rows", trigger: ".o_diagnosis_formula td:contains('without an email')" },
        { content: "Only what concerns data", trigger: "section[data-pillar='data'] .o_diagnosis_pillar", run: "click" },
        { content: "Readiness is hidden", trigger: ".o_diagnosis_findings:not(:has([data-code='ready_wallet']))" },
        { content: "The finding has its figure", trigger: "[data-code='no_email']:contains('1 of 2 customers')" },
        {
            content: "Four lines over time",
            trigger: ".o_diagnosis .o_value_chart canvas",
            run() {
                const { datasets } = Chart.getChart(this.anchor).data;
                if (datasets.length !== 4 || !datasets.some(({ data }) => data.length)) {
                    throw new Error("no grades in the chart");
                }
            },
        },
        { content: "Ask somebody to mend it", trigger: "[data-code='no_email'] .o_diagnosis_schedule", run: "click" },
        { content: "The activity says what to do", trigger: ".modal .o_field_widget[name='summary'] input:value('Customers without an email address')" },
        { content: "Schedule", trigger: ".modal button[name='action_schedule_activities']", run: "click" },
        { content: "It is planned", trigger: "[data-code='no_email'] .fa-clock-o" },
        { content: "Show the customers", trigger: "[data-code='no_email'] .o_diagnosis_show", run: "click" },
        { content: "The one without an address", trigger: ".o_list_view:not(:has(.o_data_row:nth-child(2))) .o_data_row:contains('Silent')" },
        { content: "Back", trigger: ".breadcrumb-item:contains('Diagnosis') a, .o_back_button", run: "click" },
        { content: "Draw up a plan", trigger: ".o_diagnosis_plan:contains('Draw Up Plan')", run: "click" },
        { content: "Four steps", trigger: ".o_field_widget[name='step_ids'] .o_data_row:nth-child(4)" },
        { content: "A chart for each measure", trigger: ".o_plan_measures .o_value_chart canvas" },
        { content: "The first step is running", trigger: ".o_field_widget[name='step_ids'] .o_data_row:first button[name='action_done']", run: "click" },
        { content: "It is done", trigger: ".o_field_widget[name='step_ids'] .o_data_row:first .badge:contains('Done')" },
        { content: "The next one is current", trigger: ".o_field_widget[name='step_id']:contains('Handle complaints')" },
    ],
});
