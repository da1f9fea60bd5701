import { registry } from "@web/core/registry";
import { formatPercentage } from "@web/views/fields/formatters";

/** A share in percent; empty where there is none. Odoo's own would say 0% of what nobody has done yet. */
export function formatShare(value, options = {}) {
    return value === false ? "" : formatPercentage(value, options);
}
formatShare.extractOptions = formatPercentage.extractOptions;

registry.category("formatters").add("customer_value_share", formatShare);
