import { Component } from "@odoo/owl";
import { themeColor, ValueChart } from "./value_chart";

const WORTHWHILE_DASHES = [2, 4];

/** An estimate with its interval on a line that holds zero, and the amount from which it would be worth the effort. */
export class IntervalChart extends Component {
    static template = "customer_value.IntervalChart";
    static components = { ValueChart };
    static props = {
        low: Number,
        middle: Number,
        high: Number,
        worthwhile: { type: Number, optional: true },
        // of Bootstrap
        tone: { type: String, optional: true },
        // one line about the whole picture
        label: String,
        // what the middle, the interval and, where there is one, the worthwhile amount say in words
        words: { type: Object, shape: { middle: String, interval: String, worthwhile: { type: String, optional: true } } },
        format: Function,
    };
    static defaultProps = { tone: "primary" };

    get datasets() {
        const { low, middle, high, worthwhile, tone, words } = this.props;
        const upright = (x, borderDash, text) => ({
            data: [{ x, y: -1, text }, { x, y: 1 }],
            borderColor: themeColor("body-color"),
            borderWidth: 2,
            borderDash,
            pointRadius: 0,
        }); // prettier-ignore
        const ends = [{ x: low, y: 0, text: words.interval }, { x: high, y: 0 }]; // prettier-ignore
        return [
            { data: [{ x: middle, y: 0, text: words.middle }], pointRadius: 7, borderWidth: 3, borderColor: "white", backgroundColor: "black" },
            { data: ends, borderColor: themeColor(tone, 0.75), borderWidth: 12, borderCapStyle: "round", pointRadius: 0 },
            upright(0),
            ...(worthwhile === undefined ? [] : [upright(worthwhile, WORTHWHILE_DASHES, words.worthwhile)]),
        ];
    }

    get options() {
        return {
            showLine: true,
            scales: {
                x: { grace: "8%", ticks: { callback: (value) => this.props.format(value), maxTicksLimit: 7 } },
                y: { display: false, min: -1, max: 1 },
            },
        };
    }
}
