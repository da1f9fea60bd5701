import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_value_limits_confirm", {
    steps: () => [
        {
            content: "Who raised it, and what held before",
            trigger: ".alert-warning:contains('Insider'):contains('Middle: at most 10% discount')",
        },
        { content: "Confirm", trigger: ".alert-warning button[name='action_confirm_relaxation']", run: "click" },
        { content: "It is confirmed", trigger: ".o_form_view:not(:has(button[name='action_confirm_relaxation']))" },
    ],
});
