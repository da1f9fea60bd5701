import { registry } from "@web/core/registry";

/** Who recommended us is entered on an opportunity, which is then won. */
registry.category("web_tour.tours").add("customer_referral_lead", {
    steps: () => [
        { trigger: ".o_field_widget[name='referrer_id'] input:visible", run: "edit Tour Giver" },
        { trigger: ".o-autocomplete--dropdown-item:contains(Tour Giver)", run: "click" },
        { trigger: ".o_field_widget[name='referral_anyway']:visible" },
        { trigger: ".o_form_view button[name='action_set_won_rainbowman']", run: "click" },
        { trigger: ".modal button[name='action_skip'], .o_statusbar_status .o_arrow_button_current:contains(Won)" },
    ],
});

/** The grid opens the customers of a group; a value opens the customers behind it. */
registry.category("web_tour.tours").add("customer_referral_grid", {
    steps: () => [
        { trigger: ".o_referral_grid button[data-quadrant='advocate']:contains(1,000.00)", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Tour Giver)" },
        { trigger: ".o_list_view .o_data_row button[name='action_view_referrals']", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Tour Buyer)" },
        { trigger: ".o_list_view .o_data_row:contains(Tour Late)" },
    ],
});
