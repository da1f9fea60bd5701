import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { formatMonetary } from "@web/views/fields/formatters";

/**
 * A range that holds all numbers and zero, with some room at both ends.
 *
 * @param {number[]} numbers
 * @returns {{low: number, high: number, share: (number: number) => number}} `share` is 0 at the low end and 1 at the high one
 */
export function makeRange(numbers) {
    const low = Math.min(0, ...numbers);
    const high = Math.max(0, ...numbers);
    const room = (high - low || 1) * 0.08;
    const from = low < 0 ? low - room : low;
    // numbers that are all zero want some height, too
    const to = high > 0 || low === high ? high + room : high;
    return { low: from, high: to, share: (number) => (number - from) / (to - from) };
}

/** Lines over time in a box that is as wide as there is room; labels are text beside it, so that they keep their size. */
export class Plot extends Component {
    static template = "customer_value.RetentionPlot";
    static props = {
        // {name, className, points: [{date, value}]}, oldest first
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

    get range() {
        const values = this.props.lines.flatMap(({ points }) => points.map(({ value }) => value));
        const ends = (this.props.band || []).flatMap(({ low, high }) => [low, high]);
        return makeRange([...values, ...ends]);
    }

    /** From 0 to 100, like all that follows. */
    x(date) {
        const [first, last, day] = [this.props.first, this.props.last, date].map((text) => deserializeDate(text).toMillis());
        return last > first ? (100 * (day - first)) / (last - first) : 50;
    }

    y(value) {
        return 100 * (1 - this.range.share(value));
    }

    get lines() {
        return this.props.lines.map(({ name, className, points }) => ({
            name,
            className,
            path: points.map(({ date, value }) => `${this.x(date).toFixed(2)},${this.y(value).toFixed(2)}`).join(" "),
            dots: points.map(({ date, value }) => ({
                style: `left: ${this.x(date).toFixed(2)}%; top: ${this.y(value).toFixed(2)}%`,
                title: _t("%(date)s, %(name)s: %(value)s", { date: this.day(date), name, value: this.money(value) }),
            })),
        }));
    }

    get bandPath() {
        const band = this.props.band || [];
        const there = band.map(({ date, high }) => `${this.x(date).toFixed(2)},${this.y(high).toFixed(2)}`);
        const back = band.map(({ date, low }) => `${this.x(date).toFixed(2)},${this.y(low).toFixed(2)}`).reverse();
        return [...there, ...back].join(" ");
    }

    get ticks() {
        const { low, high } = this.range;
        return [...new Set([low, 0, high])].map((value) => ({
            value,
            y: this.y(value),
            text: formatMonetary(value, { currencyId: this.props.currencyId, humanReadable: true }),
        }));
    }

    get days() {
        const { first, last, mark } = this.props;
        // in a narrow window it would run into its neighbours
        const hasRoom = mark && this.x(mark) > 35 && this.x(mark) < 65;
        const shown = hasRoom ? [first, mark, last] : [first, last];
        return shown.map((date) => ({ text: this.day(date), x: this.x(date) }));
    }

    day(date) {
        return formatDate(deserializeDate(date));
    }

    money(value) {
        return formatMonetary(value, { currencyId: this.props.currencyId });
    }
}
