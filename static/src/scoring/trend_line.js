import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { formatFloat } from "@web/views/fields/formatters";

const WIDTH = 300;
const HEIGHT = 90;
const MARGIN = 6;

/** The scores of a customer over time. */
export class TrendLine extends Component {
    static template = "customer_value.TrendLine";
    static props = {
        // [date, score, name of the tier], oldest first
        points: Array,
    };

    setup() {
        this.width = WIDTH;
        this.height = HEIGHT;
    }

    get dots() {
        const times = this.props.points.map(([date]) => deserializeDate(date).toMillis());
        const first = times[0];
        const span = times.at(-1) - first;
        const last = Math.max(times.length - 1, 1);
        return this.props.points.map(([date, score, tier], index) => ({
            x: MARGIN + (span ? (times[index] - first) / span : index / last) * (WIDTH - 2 * MARGIN),
            y: this.y(score),
            title: _t("%(date)s: %(score)s, %(tier)s", {
                date: formatDate(deserializeDate(date)),
                score: formatFloat(score, { digits: [5, 1] }),
                tier: tier || _t("no tier"),
            }),
        }));
    }

    get path() {
        return this.dots.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
    }

    get firstDate() {
        return formatDate(deserializeDate(this.props.points[0][0]));
    }

    get lastDate() {
        return formatDate(deserializeDate(this.props.points.at(-1)[0]));
    }

    get label() {
        return _t("Scores over time: %s", this.dots.map((dot) => dot.title).join("; "));
    }

    y(score) {
        return HEIGHT - MARGIN - (score / 100) * (HEIGHT - 2 * MARGIN);
    }
}
