import { registry } from "@web/core/registry";

const pick = (label, text) => [
    { trigger: `${label} input`, run: `edit ${text}` },
    { trigger: `.o-autocomplete--dropdown-item:contains(${text})`, run: "click" },
];

/** An opportunity is lost: the dialog asks to whom, and the competitor is on the opportunity afterwards. */
registry.category("web_tour.tours").add("customer_competition_lost", {
    steps: () => [
        { trigger: ".o_form_view button[name='%(crm.crm_lead_lost_action)d'], .o_form_view .o_statusbar_buttons button:contains(Lost)", run: "click" },
        ...pick(".modal div[name='competitor_id']", "Tour Rival"),
        { trigger: ".modal div[name='competitor_price'] input", run: "edit 750" },
        { trigger: ".modal button[name='action_lost_reason_apply']", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_notebook_headers a[name='customer_competition'], .o_notebook_headers .nav-link:contains(Competitors)", run: "click" },
        { trigger: ".o_field_widget[name='competition_line_ids'] td:contains(Tour Rival)" },
    ],
});

/** An opportunity is won: who else was in the running is asked, and can be skipped. */
registry.category("web_tour.tours").add("customer_competition_won", {
    steps: () => [
        { trigger: ".o_form_view button[name='action_set_won_rainbowman']", run: "click" },
        { trigger: ".modal button[name='action_skip']", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains(Won)" },
    ],
});

/** A quotation shows how to win against the competitors on it. */
registry.category("web_tour.tours").add("customer_competition_quotation", {
    steps: () => [
        { trigger: ".o_value_battle_cards button[name='battle_cards']:contains(Tour Rival)", run: "click" },
        { trigger: ".o_value_battle_card:contains(Show the service.)" },
    ],
});

/** A competitor opens with what is known of them, and leads to the deals. */
registry.category("web_tour.tours").add("customer_competitor", {
    steps: () => [
        { trigger: ".o_list_view .o_data_row:contains(Tour Rival):contains(Show the service.) td[name='name']", run: "click" },
        { trigger: ".o_notebook_headers .nav-link.active:contains(Competitor)" },
        { trigger: ".o_notebook button[name='action_view_win_rates']", run: "click" },
        { trigger: ".o_searchview .o_facet_values:contains(Tour Rival)" },
    ],
});

/** What a salesperson knows of a wallet is entered in the list, and the share follows. */
registry.category("web_tour.tours").add("customer_wallet", {
    steps: () => [
        { trigger: ".o_list_view .o_data_row:contains(Tour Buyer) td[name='budget']", run: "click" },
        { trigger: ".o_list_view .o_selected_row div[name='budget'] input", run: "edit 4000" },
        { trigger: ".o_list_button_save", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Tour Buyer) td[name='share']:contains(25.00)" },
    ],
});
