import { Component } from "@odoo/owl";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";
import { themeColor, TRACK, ValueChart } from "../core/value_chart";
import { describeChange } from "./score_field";

/** A score of 0 to 100 as a half circle. */
export class ScoreGauge extends Component {
    static template = "customer_value.ScoreGauge";
    static components = { ValueChart };
    static props = {
        value: Number,
        previous: { type: Number, optional: true },
        // day of the change from the previous score to this one, as the server writes it
        since: { type: [String, Boolean], optional: true },
    };

    get formatted() {
        return formatFloat(this.props.value, { digits: [5, 2] });
    }

    get datasets() {
        const filled = Math.min(Math.max(this.props.value, 0), 100);
        return [
            {
                data: [{ value: filled, text: this.label }, { value: 100 - filled }],
                backgroundColor: [themeColor("primary"), TRACK],
                borderWidth: 0,
            },
        ];
    }

    get options() {
        return { circumference: 180, rotation: 270, cutout: "75%" };
    }

    get label() {
        return _t("Score %s of 100", this.formatted);
    }

    get change() {
        const { value, previous, since } = this.props;
        return describeChange(value - (previous ?? value), since && deserializeDate(since));
    }

    /** With which score the present one is compared; empty where there was none before. */
    get comparison() {
        const { value, previous } = this.props;
        if (previous === undefined || Math.abs(value - previous) < 0.05) {
            return "";
        }
        return _t("before: %s", formatFloat(previous, { digits: [5, 2] }));
    }
}
