import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { formatFloat } from "@web/views/fields/formatters";
import { themeColor, ValueChart } from "../core/value_chart";

/** The scores of a customer over time. */
export class TrendLine extends Component {
    static template = "customer_value.TrendLine";
    static components = { ValueChart };
    static props = {
        // [date, score, name of the tier], oldest first
        points: Array,
        // in pixels
        height: { type: Number, optional: true },
    };
    static defaultProps = { height: 90 };

    get datasets() {
        const color = themeColor("primary");
        const data = this.props.points.map(([date, score, tier]) => ({
            x: deserializeDate(date).toMillis(),
            y: score,
            text: _t("%(date)s: %(score)s, %(tier)s", {
                date: formatDate(deserializeDate(date)),
                score: formatFloat(score, { digits: [5, 1] }),
                tier: tier || _t("no tier"),
            }),
        }));
        return [{ data, borderColor: color, backgroundColor: color, borderWidth: 2, pointRadius: 3, clip: 6 }];
    }

    get options() {
        return {
            // room for half a dot
            layout: { padding: 4 },
            scales: {
                x: { type: "linear", display: false, bounds: "data" },
                y: { min: 0, max: 100, ticks: { display: false, stepSize: 50 }, border: { display: false } },
            },
        };
    }

    get firstDate() {
        return formatDate(deserializeDate(this.props.points[0][0]));
    }

    get lastDate() {
        return formatDate(deserializeDate(this.props.points.at(-1)[0]));
    }

    get label() {
        return _t("Scores over time");
    }
}
