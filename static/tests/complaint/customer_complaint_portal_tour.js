import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_value_complaint_dispute", {
    url: "/my",
    steps: () => [
        {
            content: "Complaints are on the home page, as soon as they are counted",
            trigger: ".o_portal_index_card:not(.d-none) a[href='/my/complaints']",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "It is the customer's turn", trigger: ".o_customer_complaints .badge:contains('Action required')" },
        {
            content: "Open it",
            trigger: ".o_customer_complaints a:contains('Late again')",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Where it stands", trigger: ".o_complaint_progress [aria-current='step']:contains('Answered')" },
        { content: "Read the answer", trigger: ".o_complaint_answer:contains('We are sorry.')" },
        { content: "Disagree", trigger: ".o_complaint_disagree summary", run: "click" },
        { content: "Say why", trigger: "#complaint_reason", run: "edit The second parcel is still missing." },
        { content: "Send", trigger: ".o_complaint_dispute", run: "click", expectUnloadPage: true },
        { content: "It is taken in", trigger: ".o_complaint_notice:contains('answer you again')" },
        { content: "It is looked at again", trigger: ".o_complaint_state:contains('Under review again')" },
        { content: "The earlier answer stays", trigger: ".o_complaint_answer:contains('Our earlier answer')" },
    ],
});
