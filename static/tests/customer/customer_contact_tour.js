import { registry } from "@web/core/registry";

/** A tour of at most so many clicks: few are the point of the dialog. */
function withClicks(most, steps) {
    const clicks = steps.filter(({ run }) => run === "click").length;
    if (clicks > most) {
        throw new Error(`${clicks} clicks where ${most} should do`);
    }
    return steps;
}

/** A customer calls: the headset, who it is, what it leads to. */
registry.category("web_tour.tours").add("customer_value_contact_complaint", {
    steps: () => [
        // a page that is still loading closes dialogs
        { trigger: ".o_action_manager .o-mail-Discuss" },
        ...withClicks(3, [
            { trigger: ".o_menu_systray button[name='new_contact']", run: "click" },
            { trigger: ".o_value_contact input[name='who']", run: "edit 02/290.34.90" },
            { trigger: ".o_value_contact_found button:contains(Contact Person)", run: "click" },
            { trigger: ".modal button[name='phone'][aria-pressed='true']" },
            { trigger: ".modal button[name='in'][aria-pressed='true']" },
            { trigger: ".o_value_contact textarea[name='note']", run: "edit Label torn off" },
            { trigger: ".modal-footer button[name='complaint']", run: "click" },
        ]),
        { trigger: ".o_form_view .o_field_widget[name='partner_id']" },
        { trigger: "body:not(:has(.o_value_contact))" },
    ],
});

/** Somebody calls whom nobody knows: what was typed becomes a lead. */
registry.category("web_tour.tours").add("customer_value_contact_lead", {
    steps: () => [
        { trigger: ".o_value_page_search" },
        ...withClicks(2, [
            { trigger: ".o_menu_systray button[name='new_contact']", run: "click" },
            { trigger: ".o_value_contact input[name='who']", run: "edit +32 2 111 22 33" },
            { trigger: ".o_value_contact_found:contains(Nobody is found)" },
            { trigger: ".o_value_contact input[name='phone']:value(+32 2 111 22 33)" },
            { trigger: ".o_value_contact input[name='person']", run: "edit Anna Berg" },
            { trigger: ".o_value_contact textarea[name='note']", run: "edit Wants a catalog" },
            { trigger: ".modal-footer:not(:has(button[name='complaint']))" },
            { trigger: ".modal-footer button[name='lead']", run: "click" },
        ]),
        { trigger: ".o_form_view .o_field_widget[name='contact_name'] input:value(Anna Berg), .o_lead_opportunity_form" },
        { trigger: "body:not(:has(.o_value_contact))" },
    ],
});

/** A call that could be of two: one of the candidates, then a quotation. */
registry.category("web_tour.tours").add("customer_value_contact_assign", {
    steps: () => [
        { trigger: ".o_data_row:contains(Call) td[name='display_name']", run: "click" },
        { trigger: ".o_form_view .alert-warning:contains(Several customers)" },
        { trigger: ".alert-warning .o_data_row:contains(Neighbor) button", run: "click" },
        { trigger: ".o_form_view button:contains(Quotation)", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name='order_line']" },
    ],
});
