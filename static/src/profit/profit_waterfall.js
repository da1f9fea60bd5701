import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { themeColor, ValueChart } from "../core/value_chart";

// In characters: beside it the bars want half of the width of a telephone
const LABEL_WIDTH = 18;
const TONES = { cost: "danger", gain: "success", total: "primary" };

/**
 * Where the bars of a waterfall begin and end.
 *
 * @param {{ key: string, amount: number, total?: boolean }[]} steps amounts with their sign; a total begins at zero
 * @returns {{ key: string, start: number, end: number, kind: "cost" | "gain" | "total" }[]} in the unit of the amounts
 */
export function layOut(steps) {
    let level = 0;
    return steps.map(({ key, amount, total }) => {
        const [start, end] = total ? [0, amount] : [level, level + amount];
        level = end;
        return { key, start, end, kind: total ? "total" : amount < 0 ? "cost" : "gain" };
    });
}

/** Break a text between words into lines. */
function wrap(text) {
    const lines = [];
    for (const word of text.split(" ")) {
        const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
        if (lines.length && longer.length <= LABEL_WIDTH) {
            lines[lines.length - 1] = longer;
        } else {
            lines.push(word);
        }
    }
    return lines;
}

/**
 * From the cost of keeping, piece by piece, over what was gained beyond expectation to the profit.
 *
 * The amounts stand below the chart as text, for each has an explanation, the amount before, and a button of its own.
 */
export class ProfitWaterfall extends Component {
    static template = "customer_value.ProfitWaterfall";
    static components = { ValueChart };
    static props = {
        // {key, amount, total, label, hint, text, beforeText, records}
        steps: Array,
        format: Function,
        onOpen: Function,
    };

    get datasets() {
        const bars = layOut(this.props.steps);
        const data = bars.map(({ key, start, end }, index) => ({ x: [start, end], y: key, text: this.say(this.props.steps[index]) }));
        return [{ data, backgroundColor: bars.map(({ kind }) => themeColor(TONES[kind])), barPercentage: 0.8, categoryPercentage: 0.95 }];
    }

    get options() {
        const { steps, format } = this.props;
        return {
            indexAxis: "y",
            interaction: { mode: "index", axis: "y", intersect: false },
            scales: {
                x: { ticks: { callback: (value) => format(value), maxTicksLimit: 5 } },
                y: { grid: { display: false }, ticks: { autoSkip: false, callback: (_value, index) => wrap(steps[index].label) } },
            },
        };
    }

    get height() {
        return 40 + 32 * this.props.steps.length;
    }

    get label() {
        return _t("From cost to profit");
    }

    say({ label, text }) {
        return `${label}: ${text}`;
    }
}
