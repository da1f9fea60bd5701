import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("customer_value_benefit", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        {
            content: "Unfold the menu",
            trigger: "button[data-menu-xmlid='customer_value.menu_customer_value_configuration']",
            run: "click",
        },
        { content: "Policies", trigger: "a[data-menu-xmlid='customer_value.menu_customer_value_policies']", run: "click" },
        { content: "The policy", trigger: ".o_data_row td[name='name']:contains('Policy under test')", run: "click" },
        { content: "Tiers", trigger: ".nav-link[name='tiers']", run: "click" },
        {
            content: "Open the highest tier",
            trigger: ".o_field_widget[name='tier_ids'] .o_data_row:first .o_list_record_open_form_view button",
            run: "click",
        },
        { content: "Its benefits", trigger: ".o_form_view .nav-link[name='benefits'].active" },
        {
            content: "Payment terms",
            trigger: ".o_field_widget[name='payment_term_id'] input",
            run: "edit Tour terms",
        },
        { content: "Choose them", trigger: ".ui-autocomplete a:contains('Tour terms')", run: "click" },
        { content: "A sales team", trigger: ".o_field_widget[name='team_id'] input", run: "edit Tour team" },
        { content: "Choose it", trigger: ".ui-autocomplete a:contains('Tour team')", run: "click" },
        { content: "A loyalty program", trigger: ".o_field_widget[name='loyalty_program_ids'] input", run: "edit Tour club" },
        { content: "Choose it", trigger: ".ui-autocomplete a:contains('Tour club')", run: "click" },
        { content: "A service level", trigger: ".o_field_widget[name='sla_ids'] input", run: "edit Tour answer" },
        { content: "Choose it", trigger: ".ui-autocomplete a:contains('Tour answer')", run: "click" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It is under way", trigger: ".alert:contains('are still waiting') .o_field_widget[name='benefits_due_count']:contains('2')" },
    ],
});
