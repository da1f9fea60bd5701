import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { formatMonetary } from "@web/views/fields/formatters";
import { MUTED, themeColor, ValueChart } from "../core/value_chart";

/** Amounts over time, with an interval around them and a day that divides them. */
export class Plot extends Component {
    static template = "customer_value.RetentionPlot";
    static components = { ValueChart };
    static props = {
        // {name, isMuted, isBefore, points: [{date, value}]}, oldest first
        lines: Array,
        // [{date, low, high}], oldest first
        band: { type: Array, optional: true },
        // first and last day of the picture
        first: String,
        last: String,
        // day marked by a vertical line
        mark: { type: [String, Boolean], optional: true },
        label: String,
        currencyId: Number,
    };

    get datasets() {
        const { band, mark } = this.props;
        const lines = this.props.lines.map(({ name, isMuted, isBefore, points }) => {
            const color = isMuted ? MUTED : themeColor("primary");
            return {
                label: name,
                data: points.map(({ date, value }) => this.item(date, value, name)),
                borderColor: color,
                backgroundColor: color,
                borderWidth: 2,
                borderDash: isBefore ? [2, 4] : [],
                pointRadius: isBefore ? 2 : 4,
            };
        });
        if (band) {
            const edge = (name, values) => ({
                label: _t("Interval"),
                data: band.map((point) => this.item(point.date, point[name], _t("Interval"))),
                borderWidth: 0,
                pointRadius: 0,
                backgroundColor: themeColor("primary", 0.18),
                ...values,
            });
            lines.push(edge("low", { isUnnamed: true }), edge("high", { fill: "-1" }));
        }
        if (mark) {
            // on an axis of its own, so that it reaches from bottom to top whatever the amounts
            const data = [0, 1].map((y) => ({ x: this.millis(mark), y }));
            lines.push({ data, yAxisID: "mark", isUnnamed: true, borderColor: MUTED, borderWidth: 1, borderDash: [4, 4], pointRadius: 0 });
        }
        return lines;
    }

    get options() {
        const [first, last] = [this.props.first, this.props.last].map(this.millis);
        const money = (value) => formatMonetary(value, { currencyId: this.props.currencyId, humanReadable: true });
        return {
            interaction: { mode: "nearest", intersect: true },
            showLine: true,
            // the last dots lie on the edge
            clip: 6,
            layout: { padding: { right: 6 } },
            scales: {
                x: {
                    type: "linear",
                    min: last > first ? first : first - 1,
                    max: last > first ? last : last + 1,
                    grid: { display: false },
                    afterBuildTicks: (axis) => Object.assign(axis, { ticks: this.days.map((value) => ({ value })) }),
                    ticks: { autoSkip: false, align: "inner", callback: (value) => this.day(value) },
                },
                y: { grace: "8%", beginAtZero: true, ticks: { callback: money, maxTicksLimit: 7 } },
                mark: { axis: "y", type: "linear", display: false, min: 0, max: 1 },
            },
        };
    }

    get days() {
        const [first, mark, last] = [this.props.first, this.props.mark || this.props.first, this.props.last].map(this.millis);
        // in a narrow window it would run into its neighbours
        const share = (mark - first) / (last - first);
        return share > 0.35 && share < 0.65 ? [first, mark, last] : [first, last];
    }

    item(date, value, name) {
        const amount = formatMonetary(value, { currencyId: this.props.currencyId });
        const x = this.millis(date);
        return { x, y: value, text: _t("%(date)s, %(name)s: %(value)s", { date: this.day(x), name, value: amount }) };
    }

    millis(date) {
        return deserializeDate(date).toMillis();
    }

    day(millis) {
        return formatDate(luxon.DateTime.fromMillis(millis));
    }
}
