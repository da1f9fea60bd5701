import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const openMenu = (section, menu) => [
    { content: "Unfold the menu", trigger: `button[data-menu-xmlid='customer_value.${section}']`, run: "click" },
    { content: "Choose the menu", trigger: `a[data-menu-xmlid='customer_value.${menu}']`, run: "click" },
];
const switchTo = (view) => ({ content: `Switch to ${view}`, trigger: `.o_switch_view.o_${view}`, run: "click" });

const intake = (from, trigger) => [
    { content: `New from ${from}`, trigger, run: "click" },
    { content: "It is the intake", trigger: ".modal button[name='action_record']" },
    { content: "Not now", trigger: ".modal .btn-close", run: "click" },
    { content: "Gone", trigger: "body:not(:has(.modal))" },
];

tours.add("customer_complaint_new", {
    steps: () => [
        { content: "The board comes first", trigger: ".o_kanban_view .o_kanban_record:contains('Tour Complainer')" },
        ...intake("the board", ".o-kanban-button-new"),
        switchTo("list"),
        { content: "The list", trigger: ".o_list_view .o_data_row:contains('Tour Complainer')" },
        ...intake("the list", ".o_list_button_add"),
        { content: "Open one", trigger: ".o_data_row:contains('Tour Complainer') td[name='name']", run: "click" },
        { content: "The form", trigger: ".o_form_view .o_arrow_button_current" },
        ...intake("the form", ".o_form_button_create"),
        { content: "Unfold the menu", trigger: "button[data-menu-xmlid='customer_value.menu_customer_complaint']", run: "click" },
        ...intake("the menu", "a[data-menu-xmlid='customer_value.menu_customer_complaint_new']"),
    ],
});

tours.add("customer_complaint_analysis", {
    steps: () => [
        { content: "The board comes first", trigger: ".o_kanban_view .o_kanban_record:contains('Tour Complainer')" },
        switchTo("calendar"),
        { content: "A deadline", trigger: ".o_calendar_view .fc-event:contains('Tour Complaint')", run: "click" },
        { content: "Whose it is, and until when", trigger: ".o_cw_popover:contains('Regulatory Due')" },
        { content: "Nothing is deleted here", trigger: ".o_cw_popover:not(:has(.o_cw_popover_delete))" },
        switchTo("activity"),
        { content: "What is to be done", trigger: ".o_activity_view:contains('Tour Complainer')" },
        ...openMenu("menu_customer_value_reporting", "menu_customer_complaint_report"),
        { content: "Half were in time", trigger: ".o_pivot td.o_pivot_cell_value:contains('50.00%')" },
        switchTo("graph"),
        { content: "A picture", trigger: ".o_graph_view canvas" },
        switchTo("list"),
        { content: "Each complaint", trigger: ".o_data_row:contains('Tour Complainer') td[name='number']", run: "click" },
        { content: "And the complaint itself", trigger: ".o_form_view .o_arrow_button_current[data-value='received']" },
    ],
});
