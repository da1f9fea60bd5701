import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import configurator from "@sale/js/tours/product_configurator_tour_utils";

const tours = registry.category("web_tour.tours");

const openMenu = (menu) => [
    ...stepUtils.goToAppSteps("customer_value.menu_customer_value_root", "Open the app"),
    { content: "Unfold the menu", trigger: "button[data-menu-xmlid='customer_value.menu_customer_retention']", run: "click" },
    { content: "Choose the menu", trigger: `a[data-menu-xmlid='customer_value.${menu}']`, run: "click" },
];

const unfold = {
    content: "Unfold what is suggested",
    trigger: ".o_retention_order_box .o_value_fold_line[aria-expanded='false']",
    run: "click",
};

tours.add("customer_retention_quotation", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("sale.sale_menu_root", "Open sales"),
        { content: "New quotation", trigger: ".o_list_button_add", run: "click" },
        { content: "No customer, nothing suggested", trigger: ".o_form_view:not(:has(.o_retention_order_box))" },
        { content: "Choose the customer", trigger: ".o_field_widget[name='partner_id'] input", run: "edit Tour Buyer" },
        { content: "This one", trigger: ".ui-menu-item:contains('Tour Buyer') a", run: "click" },
        { content: "One line names them", trigger: ".o_retention_order_box:contains('Tour Chair'):not(:has(.o_retention_suggestion))" },
        unfold,
        { content: "Two are suggested, with reasons", trigger: ".o_retention_suggestion:contains('80% of the customers who buy Tour Desk')" },
        { content: "Add the chair", trigger: ".o_retention_suggestion:has(b:contains('Tour Chair')) .o_retention_add", run: "click" },
        { content: "It is a line, with its price", trigger: ".o_field_widget[name='order_line'] .o_data_row:contains('Tour Chair'):contains('100.00')" },
        { content: "It is not suggested any more", trigger: ".o_retention_order_box:not(:has(b:contains('Tour Chair')))" },
        ...stepUtils.saveForm(),
        { content: "Add the lamp", trigger: ".o_retention_suggestion:has(b:contains('Tour Lamp')) .o_retention_add", run: "click" },
        { content: "It is a line as well", trigger: ".o_field_widget[name='order_line'] .o_data_row:contains('Tour Lamp'):contains('100.00')" },
        { content: "Nothing is left to suggest", trigger: ".o_form_view:not(:has(.o_retention_order_box))" },
        ...stepUtils.saveForm(),
    ],
});

const add = (product) => ({
    content: `Add ${product}`,
    trigger: `.o_retention_suggestion:has(b:contains('${product}')) .o_retention_add:enabled`,
    run: "click",
});
const line = (text) => ({ content: `A line: ${text}`, trigger: `.o_field_widget[name='order_line'] .o_data_row:contains('${text}')` });
const suggested = (product) => `.o_retention_suggestion:has(b:contains('${product}'))`;

tours.add("customer_retention_configurator", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("sale.sale_menu_root", "Open sales"),
        { content: "New quotation", trigger: ".o_list_button_add", run: "click" },
        { content: "Choose the customer", trigger: ".o_field_widget[name='partner_id'] input", run: "edit Tour Buyer" },
        { content: "This one", trigger: ".ui-menu-item:contains('Tour Buyer') a", run: "click" },
        unfold,
        add("Tour Table"),
        { content: "Think better of it", trigger: ".modal .btn-close", run: "click" },
        { content: "Nothing has been added", trigger: "body:not(:has(.modal)) .o_field_widget[name='order_line']:not(:has(.o_data_row))" },
        add("Tour Table"),
        configurator.selectAttribute("Tour Table", "Tour Size", "Large"),
        ...configurator.selectAndSetCustomAttribute("Tour Table", "Tour Engraving", "Own words", "For Anna"),
        configurator.addOptionalProduct("Tour Cloth"),
        configurator.increaseProductQuantity("Tour Table"),
        { content: "The price is that of two", trigger: ".modal .o_configurator_price_total:contains('300.00')" },
        ...configurator.saveConfigurator(),
        line("Tour Table (Large)"),
        line("For Anna"),
        line("Tour Cloth"),
        { content: "It is not suggested any more", trigger: `.o_retention_order_box:not(:has(b:contains('Tour Table')))` },
        add("Tour Rug"),
        configurator.selectAttribute("Tour Rug", "Tour Colour", "Red"),
        ...configurator.saveConfigurator(),
        line("Tour Colour: Red"),
        { content: "Begin a line by hand", trigger: ".o_field_x2many_list_row_add a:contains('Add a product')", run: "click" },
        { content: "and leave it", trigger: ".o_selected_row" },
        add("Tour Shelf"),
        configurator.selectAttribute("Tour Shelf", "Tour Wood", "Oak"),
        ...configurator.saveConfigurator(),
        line("Tour Shelf (Oak)"),
        { content: "Nothing is left to suggest", trigger: ".o_form_view:not(:has(.o_retention_order_box))" },
        ...stepUtils.saveForm(),
    ],
});

tours.add("customer_retention_beside_combo", {
    steps: () => [
        unfold,
        { content: "Products in the combo count as evidence", trigger: suggested("Tour Chair") },
        add("Tour Chair"),
        line("Tour Chair"),
        ...stepUtils.saveForm(),
    ],
});

tours.add("customer_retention_telephone", {
    steps: () => [
        unfold,
        add("Tour Table"),
        configurator.selectAttribute("Tour Table", "Tour Size", "Large"),
        ...configurator.selectAndSetCustomAttribute("Tour Table", "Tour Engraving", "Own words", "For Anna"),
        ...configurator.saveConfigurator(),
        { content: "The line is there", trigger: ".o_field_widget[name='order_line'] .o_kanban_record:contains('Tour Table')" },
        { content: "A card", trigger: ".o_field_widget[name='order_line'] .o_kanban_record:contains('Tour Table (Large)')", timeout: 30000 },
        add("Tour Lamp"),
        { content: "Another", trigger: ".o_field_widget[name='order_line'] .o_kanban_record:contains('Tour Lamp')" },
        ...stepUtils.saveForm(),
    ],
});

tours.add("customer_retention_associations", {
    url: "/odoo",
    steps: () => [
        ...openMenu("menu_customer_retention_association"),
        { content: "Find anew", trigger: ".o_retention_refresh", run: "click" },
        { content: "Told what was found", trigger: ".o_notification:contains('associations')" },
        { content: "There they are", trigger: ".o_data_row:contains('Tour Desk'):contains('Tour Lamp')" },
        { content: "As a heat map", trigger: ".o_retention_show_heat_map", run: "click" },
        { content: "Open a cell", trigger: ".o_retention_heat_map button[aria-label*='of the customers who buy Tour Desk also buy Tour Chair']", run: "click" },
        { content: "The association", trigger: ".o_form_view:contains('Tour Desk → Tour Chair')" },
    ],
});

tours.add("customer_retention_win_back", {
    url: "/odoo",
    steps: () => [
        ...openMenu("menu_customer_retention_loss"),
        { content: "Why the customer left, and what they are worth", trigger: ".o_data_row:contains('Tour Lost 1'):contains('Lost for an unknown reason')" },
        { content: "Select the customer", trigger: ".o_data_row:contains('Tour Lost 1') .o_list_record_selector input", run: "click" },
        { content: "Win them back", trigger: "button[name='action_start_campaign']", run: "click" },
        { content: "The wizard knows why", trigger: ".o_field_widget[name='reason_id'] input:value('Lost for an unknown reason')" },
        { content: "And what to offer", trigger: ".o_field_widget[name='offer_id'] input:value('Call')" },
    ],
});
