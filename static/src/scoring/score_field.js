import { Component } from "@odoo/owl";
import { toLocaleDateString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A score of 0 to 100: the number, and a line as long as it. */
export class CustomerValueScoreField extends Component {
    static template = "customer_value.ScoreField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name] || 0;
    }

    get formatted() {
        return formatFloat(this.value, { digits: [5, 1] });
    }
}

/**
 * How a score has moved: an arrow and the difference. With the option `since`, a field of the same record with the day
 * of the change, a hint says since when.
 */
export class CustomerValueChangeField extends Component {
    static template = "customer_value.ChangeField";
    static props = { ...standardFieldProps, since: { type: String, optional: true } };

    get value() {
        return this.props.record.data[this.props.name] || 0;
    }

    get change() {
        const { record, since } = this.props;
        return describeChange(this.value, since && record.data[since]);
    }
}

/**
 * @param {number} value difference of two scores
 * @param {luxon.DateTime|false} [since] day of the change
 * @returns {{icon: string, className: string, text: string, label: string, title: string}} text is empty where nothing
 *  has moved; the label is the change in words, the title says since when as well
 */
export function describeChange(value, since = false) {
    const amount = formatFloat(Math.abs(value), { digits: [5, 1] });
    const day = since && toLocaleDateString(since);
    if (Math.abs(value) < 0.05) {
        const label = _t("unchanged");
        const title = day ? _t("unchanged since %s", day) : label;
        return { icon: "fa-minus", className: "text-muted", text: "", label, title };
    }
    if (value > 0) {
        const label = _t("up by %s", amount);
        const title = day ? _t("up by %(points)s since %(date)s", { points: amount, date: day }) : label;
        return { icon: "fa-arrow-up", className: "text-success", text: amount, label, title };
    }
    const label = _t("down by %s", amount);
    const title = day ? _t("down by %(points)s since %(date)s", { points: amount, date: day }) : label;
    return { icon: "fa-arrow-down", className: "text-danger", text: amount, label, title };
}

registry.category("fields").add("customer_value_score", {
    component: CustomerValueScoreField,
    displayName: _t("Score"),
    supportedTypes: ["float"],
});
registry.category("fields").add("customer_value_change", {
    component: CustomerValueChangeField,
    displayName: _t("Change of Score"),
    supportedTypes: ["float"],
    extractProps: ({ options }) => ({ since: options.since }),
    fieldDependencies: ({ options }) => (options.since ? [{ name: options.since, type: "date" }] : []),
});
