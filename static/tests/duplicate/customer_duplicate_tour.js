import { registry } from "@web/core/registry";

/** A pair is reviewed and merged, the next one opens, and is no duplicate. */
registry.category("web_tour.tours").add("customer_duplicate_review", {
    steps: () => [
        { trigger: ".o_customer_duplicate_cost:contains(groups of duplicates)" },
        { trigger: ".o_list_view .o_data_row:contains(Tour Print) td[name='partner_id']", run: "click" },
        { trigger: ".o_customer_duplicate_row[data-name='vat']:contains(same: Tax ID – strong evidence for a duplicate)" },
        { trigger: ".o_customer_duplicate_head .badge:contains(Keep)" },
        { trigger: ".o_customer_duplicate:not(:contains(bits)) .o_customer_duplicate_advanced", run: "click" },
        { trigger: ".o_customer_duplicate:contains(Together with the evidence)" },
        { trigger: "button[name='action_merge']", run: "click" },
        { trigger: ".modal .modal-footer .btn-primary", run: "click" },
        { trigger: ".o_customer_duplicate_head:contains(Tour Timber)" },
        { trigger: ".o_control_panel a:contains(Duplicates)" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: "button[name='action_keep_apart']", run: "click" },
        { trigger: ".o_list_view .o_view_nocontent:contains(No duplicates to review)" },
    ],
});
