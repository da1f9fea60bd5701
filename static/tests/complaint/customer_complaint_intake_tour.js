import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("customer_complaint_intake", {
    steps: () => [
        { content: "The order is open", trigger: ".o_form_view .o_field_widget[name='order_line']" },
        { content: "Open its actions", trigger: ".o_cp_action_menus .dropdown-toggle", run: "click" },
        { content: "A complaint", trigger: ".o-dropdown--menu .o-dropdown-item:contains('Record a Complaint')", run: "click" },
        { content: "The customer is known", trigger: ".modal .o_field_widget[name='partner_id'] input:value('Tour Complainer')" },
        { content: "The customer has an open complaint", trigger: ".modal .alert-info .o_data_row:contains('The first one')" },
        { content: "Summary in a few words", trigger: ".modal .o_field_widget[name='name'] input", run: "edit Price is wrong" },
        { content: "Customer's own words", trigger: ".modal .o_field_widget[name='description'] textarea", run: "edit You promised 100" },
        { content: "Record it", trigger: ".modal button[name='action_record']", run: "click" },
        { content: "It has a number", trigger: ".o_form_view .oe_title h1 .o_field_widget[name='complaint_number']:contains('C/')" },
        { content: "It is acknowledged", trigger: ".o_arrow_button_current[data-value='acknowledged']" },
        { content: "The other one is near", trigger: ".oe_stat_button[name='action_view_similar_complaints']:contains('1')" },
        { content: "Look closer", trigger: ".nav-link[name='complaint']", run: "click" },
        { content: "The invoice says more than the order", trigger: ".o_complaint_fact[data-kind='price']:contains('130.00')" },
        { content: "Nothing is entered by itself", trigger: ".o_field_widget[name='complaint_loss'] input:value('0.00')" },
        { content: "Take it over", trigger: ".o_complaint_take_over", run: "click" },
        { content: "The loss is entered", trigger: ".o_field_widget[name='complaint_loss'] input:value('30.00')" },
        { content: "Merge the first one into it", trigger: "button[name='action_merge_complaint']", run: "click" },
        { content: "The earlier remains", trigger: ".modal .o_field_widget[name='target_id'] input:value('The first one')" },
        { content: "Merge", trigger: ".modal button[name='action_merge']", run: "click" },
        { content: "The earlier is shown", trigger: ".o_form_view .o_field_widget[name='name'] input:value('The first one')" },
        { content: "Look closer", trigger: ".nav-link[name='complaint']", run: "click" },
        { content: "With the merged one", trigger: ".o_field_widget[name='duplicate_ids'] .o_data_row:contains('Price is wrong')" },
    ],
});
