import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A many2one whose records have a color, as a badge: tiers and segments. */
export class CustomerValueBadge extends Component {
    static template = "customer_value.Badge";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }
}

registry.category("fields").add("customer_value_badge", {
    component: CustomerValueBadge,
    displayName: _t("Colored Badge"),
    supportedTypes: ["many2one"],
    relatedFields: [
        { name: "display_name", type: "char" },
        { name: "color", type: "integer" },
    ],
});
