import { registry } from "@web/core/registry";

/** From a phone number to the customer, the orders in the timeline, one of them and back again; what is open; the palette. */
registry.category("web_tour.tours").add("customer_value_customer_page", {
    steps: () => [
        // the cursor is where one types, since nobody is chosen yet
        { trigger: ".o_value_page input[name='find']:focus" },
        { trigger: ".o_value_page input[name='find']", run: "edit 02/290.34.90" },
        { trigger: ".o_value_page_found .dropdown-item:contains(Tour Firm)", run: "click" },
        { trigger: ".o_value_page header:contains(Tour Firm)" },
        { trigger: ".o_value_page_open:contains(Quotations)" },
        // whoever writes down a contact here need not say with whom
        { trigger: ".o_menu_systray button[name='new_contact']", run: "click" },
        { trigger: ".modal .o_value_contact [name='customer']:contains(Tour Firm)" },
        { trigger: ".modal .btn-close", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        // the next step is planned as it is advised
        { trigger: ".o_value_page_step button[name='step']", run: "click" },
        { trigger: ".modal button[name='action_schedule_activities']", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_value_page header:contains(Tour Firm)" },
        { trigger: ".o_value_page_products:contains(Thing)" },
        // who there can be called
        { trigger: ".o_value_page_contact:contains(Tour Contact) a[href='tel:+32 2 290 34 91']" },
        // kinds of which there is nothing are not in the way
        { trigger: ".o_value_page_timeline:has(button[name='order']):not(:has(button[name='livechat'])):not(:has(button[name='care']))" },
        { trigger: ".o_value_page_timeline button[name='kinds']", run: "click" },
        { trigger: ".o_value_page_timeline button[name='care']" },
        { trigger: ".o_value_page_timeline button[name='order']", run: "click" },
        { trigger: ".o_value_page_timeline:not(:has([data-channel='ticket']))" },
        { trigger: ".o_value_page_event[data-channel='order']", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name='order_line']" },
        { trigger: ".breadcrumb-item:contains(Tour Firm) a", run: "click" },
        { trigger: ".o_value_page_timeline button[name='order'][aria-pressed='true']" },
        { trigger: ".o_value_page_timeline button[name='clear']", run: "click" },
        { trigger: ".o_value_page_event[data-channel='ticket']" },
        { trigger: ".o_value_page_open [data-block='quotation'] .o_value_page_row", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name='order_line']" },
        // from anywhere
        { trigger: ".o_form_view", run: "press ctrl+k" },
        { trigger: ".o_command_palette_search input", run: "edit !02/290.34.90" },
        { trigger: ".o_command:contains(Tour Firm)", run: "click" },
        { trigger: ".o_value_page header:contains(Tour Firm)" },
    ],
});
