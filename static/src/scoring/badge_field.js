import { Component } from "@odoo/owl";
import { today, toLocaleDateString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * @param {string} name of a tier
 * @param {luxon.DateTime|false} until last day of grace
 * @returns {string} the name, and while grace lasts its end
 */
export function describeTier(name, until) {
    if (!until || until < today()) {
        return name;
    }
    return _t("%(tier)s, until %(date)s", { tier: name, date: toLocaleDateString(until) });
}

/**
 * A many2one whose records have a color, as a badge: tiers and segments. With the option `until`, a field of the same
 * record with the last day of grace, a tier that is about to end says so.
 */
export class CustomerValueBadge extends Component {
    static template = "customer_value.Badge";
    static props = { ...standardFieldProps, until: { type: String, optional: true } };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get text() {
        const { record, until } = this.props;
        return describeTier(this.value.display_name, until && record.data[until]);
    }
}

registry.category("fields").add("customer_value_badge", {
    component: CustomerValueBadge,
    displayName: _t("Colored Badge"),
    supportedTypes: ["many2one"],
    extractProps: ({ options }) => ({ until: options.until }),
    fieldDependencies: ({ options }) => (options.until ? [{ name: options.until, type: "date" }] : []),
    relatedFields: [
        { name: "display_name", type: "char" },
        { name: "color", type: "integer" },
    ],
});
