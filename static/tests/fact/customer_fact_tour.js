import { registry } from "@web/core/registry";

/** The matrix of tiers of this month: a cell opens its customers. */
registry.category("web_tour.tours").add("customer_fact_moves", {
    steps: () => [
        { trigger: ".o_pivot table tbody tr:contains(Base) td.o_pivot_cell_value:not(:empty)", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Tour Riser)" },
    ],
});

/** Two months of figures; the one of the customer is opened from the pivot. */
registry.category("web_tour.tours").add("customer_fact_figures", {
    steps: () => [
        { trigger: ".o_pivot table tbody tr:contains(100.00)" },
        { trigger: ".o_pivot table tbody td.o_pivot_cell_value:contains(90.00)", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Tour Riser)" },
    ],
});

/** Months are rebuilt by a job; its progress is on the record. */
registry.category("web_tour.tours").add("customer_fact_rebuild", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_form_view div[name='months'] input", run: "edit 3" },
        { trigger: ".o_form_view button[name='action_start']", run: "click" },
        { trigger: ".o_form_view .o_arrow_button_current:contains(In progress)" },
    ],
});
