import { Component } from "@odoo/owl";
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

/** How a score has moved: an arrow and the difference. */
export class CustomerValueChangeField extends Component {
    static template = "customer_value.ChangeField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name] || 0;
    }

    get change() {
        return describeChange(this.value);
    }
}

/**
 * @param {number} value difference of two scores
 * @returns {{icon: string, className: string, text: string, label: string}} text is empty where nothing has moved
 */
export function describeChange(value) {
    const amount = formatFloat(Math.abs(value), { digits: [5, 1] });
    if (Math.abs(value) < 0.05) {
        return { icon: "fa-minus", className: "text-muted", text: "", label: _t("unchanged") };
    }
    return value > 0
        ? { icon: "fa-arrow-up", className: "text-success", text: amount, label: _t("up by %s", amount) }
        : { icon: "fa-arrow-down", className: "text-danger", text: amount, label: _t("down by %s", amount) };
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
});
