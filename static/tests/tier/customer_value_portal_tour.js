import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_value_portal_tier", {
    url: "/my",
    steps: () => [
        {
            content: "The tier is on the home page",
            trigger: ".o_portal_index_card:not(.d-none) a[href='/my/tier']:contains('Topaz')",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Its name", trigger: ".o_customer_tier_name:contains('Topaz')" },
        { content: "What it gives", trigger: ".o_customer_tier_text:contains('Free delivery')" },
        { content: "Until when", trigger: ".o_customer_tier_until:contains('Until further notice')" },
        { content: "How to keep it", trigger: ".o_customer_tier_keeping:contains('order regularly to keep it')" },
        { content: "Back home", trigger: ".o_portal_submenu a[href*='/my']", run: "click", expectUnloadPage: true },
        { content: "At home", trigger: ".o_portal_my_home" },
    ],
});
