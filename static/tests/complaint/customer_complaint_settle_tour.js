import { registry } from "@web/core/registry";

/** From the call to the closed complaint with its redress: five presses of a button, counted; the rest is typed. */
const PRESSES = 5;

let pressed = 0;

const press = (content, trigger) => ({
    content,
    trigger,
    async run(helpers) {
        pressed += 1;
        await helpers.click();
    },
});
const field = (name) => `.modal .o_field_widget[name='${name}']`;
const write = (name, value, input = "input") => ({ content: `Enter ${name}`, trigger: `${field(name)} ${input}`, run: `edit ${value}` });
const record = (name, value) => [
    write(name, value),
    { content: `Take ${value}`, trigger: `.o-autocomplete--dropdown-item:contains('${value}')`, run: "click" },
    { content: `${value} is taken`, trigger: `${field(name)} input:value('${value}')` },
];
const option = (name, value) => [
    { content: `Open ${name}`, trigger: `${field(name)} .o_select_menu_toggler`, run: "click" },
    { content: `Take ${value}`, trigger: `.o_select_menu_item:contains('${value}')`, run: "click" },
];

registry.category("web_tour.tours").add("customer_complaint_settle", {
    steps: () => [
        { content: "The board, with one way to begin", trigger: ".o_kanban_view", run: () => (pressed = 0) },
        { content: "And one only", trigger: ".o_control_panel:not(:has(button:contains('Record')))" },
        press("Take it down", ".o-kanban-button-new"),
        ...record("partner_id", "Tour Complainer"),
        ...record("order_id", "TOUR/1"),
        ...option("remedy", "Money back"),
        write("name", "Price is wrong"),
        write("description", "You promised 100", "textarea"),
        press("Record it", ".modal button[name='action_record']"),
        { content: "It is acknowledged", trigger: ".o_arrow_button_current[data-value='acknowledged']" },
        { content: "It has an owner", trigger: ".o_field_widget[name='user_id'] input:value('complaint_agent')" },
        press("Answer it", ".o_statusbar_buttons button[name='action_complaint_answer']"),
        { content: "What the documents say", trigger: ".modal .o_complaint_fact[data-kind='price']:contains('130.00')" },
        { content: "Whose fault it is", trigger: `${field("fault")} input:value('Ours')` },
        { content: "What was lost", trigger: `${field("loss")} input:value('30.00')` },
        { content: "The money back that was asked for", trigger: `${field("redress_kind")} input:value('Refund')` },
        { content: "Within the cap", trigger: `${field("redress_amount")} input:value('30.00')` },
        ...record("type_id", "Wrong invoice or price"),
        write("assessment", "The clerk took the wrong price.", "textarea"),
        { content: "Write to the customer", trigger: `${field("answer")} .odoo-editor-editable`, run: "editor We are sorry." },
        ...record("cause_id", "Billing"),
        write("done", "Refunded the difference.", "textarea"),
        write("change", "Prices are checked by a second person.", "textarea"),
        { content: "It is justified", trigger: `${field("outcome")} input[data-value='accepted']:checked` },
        press("Send it", ".modal button[name='action_take']:visible"),
        { content: "It is answered", trigger: ".o_arrow_button_current[data-value='answered']" },
        press("Close it", ".o_statusbar_buttons button[name='action_complaint_close']"),
        { content: "It is closed", trigger: ".o_arrow_button_current[data-value='closed']" },
        {
            content: "That took five presses",
            trigger: ".o_form_view:not(:has(.modal))",
            run() {
                if (pressed !== PRESSES) {
                    throw new Error(`${pressed} presses instead of ${PRESSES}`);
                }
            },
        },
    ],
});
