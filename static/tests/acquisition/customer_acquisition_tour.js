import { registry } from "@web/core/registry";

/** The map of cohorts: another measure, one channel only, and the customers behind a cell. */
registry.category("web_tour.tours").add("customer_acquisition_cohorts", {
    steps: () => [
        { trigger: ".o_acquisition_cohorts tr[data-cohort='2024-01-01'] td[data-month='2'] button:contains(50)" },
        { trigger: ".o_acquisition_cohorts button[data-measure='margin']", run: "click" },
        { trigger: ".o_acquisition_cohorts table[data-measure='margin'] tr[data-cohort='2024-01-01'] td[data-month='2'] button:contains(80)" },
        { trigger: ".o_acquisition_cohorts select", run: "selectByLabel Tour fairs" },
        { trigger: ".o_acquisition_cohorts tr[data-cohort='2024-01-01'] td[data-month='1'] button:contains(100)" },
        { trigger: ".o_acquisition_cohorts tr[data-cohort='2024-01-01'] td[data-month='2'] button", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Tour Faithful)" },
        { trigger: ".o_list_view:not(:has(.o_data_row:contains(Tour Once)))" },
    ],
});

/** Leads stand in the order of their worth; one of them explains it. */
registry.category("web_tour.tours").add("customer_acquisition_leads", {
    steps: () => [
        { trigger: ".o_list_view .o_data_row:first:contains(Tour better lead)" },
        { trigger: ".o_list_view .o_data_row:contains(Tour better lead) td[name='name']", run: "click" },
        { trigger: ".o_notebook_headers a:contains(Worth)", run: "click" },
        { trigger: ".o_value_worth tr[data-part='mean']" },
        { trigger: ".o_value_worth tr[data-part='pursuit']" },
        { trigger: "button[name='action_refresh_worth']", run: "click" },
        { trigger: ".o_value_worth tr:last:contains(Worth)" },
    ],
});

/** What a channel cost and brought, and the customers behind it. */
registry.category("web_tour.tours").add("customer_acquisition_report", {
    steps: () => [
        { trigger: ".o_list_view .o_group_header:contains(Tour fairs)", run: "click" },
        { trigger: ".o_list_view .o_data_row td[name='cost']:contains(60)" },
        { trigger: ".o_list_view .o_data_row button[name='action_open_customers']", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Tour Faithful)" },
    ],
});

/** Contacts never sold to become opportunities. */
registry.category("web_tour.tours").add("customer_acquisition_prospects", {
    steps: () => [
        { trigger: ".o_list_view .o_data_row:contains(Tour never sold to) .o_list_record_selector input", run: "click" },
        { trigger: "button[name='action_make_leads']", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(First order of Tour never sold to)" },
    ],
});

/** Too little is known for a backtest, and what it would take is said. */
registry.category("web_tour.tours").add("customer_acquisition_backtest", {
    steps: () => [
        { trigger: "button[name='action_run']", run: "click" },
        { trigger: ".o_acquisition_missing:visible:contains(At least 50 leads)" },
    ],
});
