import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";
import { describeChange } from "./score_field";

/** A score of 0 to 100 as a half circle. */
export class ScoreGauge extends Component {
    static template = "customer_value.ScoreGauge";
    static props = {
        value: Number,
        previous: { type: Number, optional: true },
    };

    get formatted() {
        return formatFloat(this.props.value, { digits: [5, 2] });
    }

    get filled() {
        return Math.min(Math.max(this.props.value, 0), 100);
    }

    get label() {
        return _t("Score %s of 100", this.formatted);
    }

    get change() {
        return describeChange(this.props.value - (this.props.previous ?? this.props.value));
    }
}
