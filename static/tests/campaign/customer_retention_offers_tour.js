import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

let code;

const openMenu = (section, menu) => [
    { content: "Unfold the menu", trigger: `button[data-menu-xmlid='customer_value.${section}']`, run: "click" },
    { content: "Choose the menu", trigger: `a[data-menu-xmlid='customer_value.${menu}']`, run: "click" },
];

tours.add("customer_retention_offers", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
        ...openMenu("menu_customer_value_configuration", "menu_customer_retention_offer"),
        { content: "There are offers to begin with", trigger: ".o_list_view .o_data_row:contains('Free service')" },
        { content: "Make one", trigger: ".o_list_button_add", run: "click" },
        { content: "Name it", trigger: ".o_field_widget[name='name'] input", run: "edit Tour coupon" },
        { content: "A call needs a capacity", trigger: ".o_field_widget[name='daily_capacity']" },
        { content: "Another kind", trigger: ".o_field_widget[name='kind'] input", run: "click" },
        { content: "A coupon", trigger: ".o_select_menu_item:contains('Coupon')", run: "click" },
        { content: "It needs none", trigger: ".o_form_view:not(:has(.o_field_widget[name='daily_capacity']))" },
        { content: "Its letter is chosen", trigger: ".o_field_widget[name='template_id'] input:value('Retention')" },
        { content: "What it is worth", trigger: ".o_field_widget[name='amount'] input", run: "edit 40 && click body" },
        { content: "It counts in the budget", trigger: ".o_field_widget[name='unit_cost']:contains('40')" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "Saved", trigger: ".o_form_saved" },
        { content: "Try the letter", trigger: "button[name='action_send_test']", run: "click" },
        { content: "It is on its way", trigger: ".o_notification:contains('tour_offers@example.com')" },
        ...openMenu("menu_customer_retention", "menu_customer_retention_campaigns"),
        { content: "Open the campaign", trigger: ".o_kanban_record:contains('Tour of offers')", run: "click" },
        { content: "Choose the offer", trigger: ".o_field_widget[name='offer_id'] input", run: "edit Tour coupon" },
        { content: "Take it", trigger: ".o-autocomplete--dropdown-item:contains('Tour coupon')", run: "click" },
        { content: "Start", trigger: "button[name='action_ask_start']", run: "click" },
        { content: "The letter, as the first will get it", trigger: ".modal .o_retention_letter:contains('Dear Tour Customer')" },
        { content: "Sure", trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "It runs", trigger: ".o_arrow_button_current[data-value='running']" },
        { content: "Make the offers", trigger: "button[name='action_ask_deliver']:not([disabled])", run: "click" },
        { content: "How many letters", trigger: ".modal .o_retention_summary:contains('Letters that leave now: 2')" },
        { content: "Yes", trigger: ".modal-footer button[name='action_confirm']:visible", run: "click" },
        { content: "Codes are there", trigger: "button[name='action_open_cards']:contains('2')" },
        { content: "What is booked", trigger: ".nav-link:contains('Budget and Results')", run: "click" },
        { content: "80 of 100", trigger: ".o_field_widget[name='booked']:contains('80')" },
        { content: "The members", trigger: "button[name='action_view_members']", run: "click" },
        { content: "Open the first", trigger: ".o_list_view .o_data_row:contains('Tour Customer 1') td[name='partner_id']", run: "click" },
        {
            content: "Read the code",
            trigger: ".o_form_view .o_field_widget[name='card_code']:contains('044')",
            run() {
                code = this.anchor.innerText.match(/044[0-9a-f-]+/)[0];
            },
        },
        { content: "A quotation", trigger: "button[name='action_new_quotation']", run: "click" },
        { content: "Add a line", trigger: ".o_field_widget[name='order_line'] .o_field_x2many_list_row_add a:contains('Add a product')", run: "click" },
        { content: "Name the goods", trigger: ".o_selected_row .o_field_widget[name='product_template_id'] input, .o_selected_row .o_field_widget[name='product_id'] input", run: "edit Tour goods" },
        { content: "Take them", trigger: ".o-autocomplete--dropdown-item:contains('Tour goods')", run: "click" },
        { content: "They are on the line", trigger: ".o_selected_row .o_field_widget[name='price_unit'] input:value('200')" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "Saved", trigger: ".o_form_saved" },
        { content: "Enter a code", trigger: "button:contains('Coupon Code')", run: "click" },
        {
            content: "That of the customer",
            trigger: ".modal .o_field_widget[name='coupon_code'] input",
            run(helpers) {
                return helpers.edit(code);
            },
        },
        { content: "Apply", trigger: ".modal-footer button[name='action_apply']", run: "click" },
        { content: "Its reward", trigger: ".modal .o_radio_item:contains('Tour coupon') input", run: "click" },
        { content: "Take it", trigger: ".modal-footer button:contains('Apply')", run: "click" },
        { content: "It has gone", trigger: "body:not(:has(.modal))" },
        { content: "40 are taken off", trigger: ".o_field_widget[name='order_line'] .o_data_row:contains('Tour coupon'):contains('-40')" },
        { content: "Confirm", trigger: "button[name='action_confirm']", run: "click" },
        { content: "It is an order", trigger: ".o_arrow_button_current[data-value='sale']" },
    ],
});
