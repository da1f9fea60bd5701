import { registry } from "@web/core/registry";

/** A date that stands for its month. Odoo's own would name the first day, and leave out the year of this one. */
export function formatMonth(value) {
    return value ? value.toLocaleString({ year: "numeric", month: "short" }) : "";
}

registry.category("formatters").add("customer_value_month", formatMonth);
