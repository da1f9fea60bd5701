import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";

// More of it is nothing to be glad of
const BAD = ["overdue", "complaints"];

/** A number, how it has moved, and the way to the records behind it. */
export class DeskFigure extends Component {
    static template = "customer_value.DeskFigure";
    static props = {
        // see customer.retention.desk
        figure: Object,
        money: Function,
        onOpen: Function,
        before: { type: String, optional: true },
    };

    get value() {
        return this.format(this.props.figure.value);
    }

    get title() {
        const { value, unit } = this.props.figure;
        return unit === "money" && value !== null ? this.props.money(value) : undefined;
    }

    get change() {
        const { value, previous, name } = this.props.figure;
        if (previous === null || previous === undefined || value === null) {
            return null;
        }
        const difference = value - previous;
        const text = this.format(Math.abs(difference));
        const title = _t("%(before)s on %(date)s", { before: this.format(previous), date: this.props.before || "" });
        // what is not seen has not moved
        if (text === this.format(0)) {
            return { icon: "fa-minus", className: "text-muted", text: "", title };
        }
        const good = BAD.includes(name) ? difference < 0 : difference > 0;
        return {
            icon: difference > 0 ? "fa-arrow-up" : "fa-arrow-down",
            className: good ? "text-success" : "text-danger",
            text,
            title,
        };
    }

    format(value) {
        if (value === null || value === undefined) {
            return "–";
        }
        switch (this.props.figure.unit) {
            case "money":
                // cents would only widen it; the title has them
                return this.props.money(value, Math.abs(value) >= 1000 ? { digits: [16, 0] } : {});
            case "points":
                return formatFloat(value, { digits: [5, 1] });
            case "rating":
                return formatFloat(value, { digits: [5, 2] });
            default:
                return formatInteger(value);
        }
    }
}
