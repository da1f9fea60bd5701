import { Component } from "@odoo/owl";

/**
 * Where the bars of a waterfall begin and end, in percent of its width.
 *
 * @param {{ key: string, amount: number, total?: boolean }[]} steps amounts with their sign; a total begins at zero
 * @returns {{ key: string, left: number, width: number, kind: string }[]} and zero, in the property `zero`
 */
export function layOut(steps) {
    let level = 0;
    const spans = steps.map(({ key, amount, total }) => {
        const [start, end] = total ? [0, amount] : [level, level + amount];
        level = end;
        return { key, start, end, kind: total ? "total" : amount < 0 ? "cost" : "gain" };
    });
    const ends = [0, ...spans.flatMap(({ start, end }) => [start, end])];
    const low = Math.min(...ends);
    const range = Math.max(...ends) - low || 1;
    const bars = spans.map(({ key, start, end, kind }) => ({
        key,
        kind,
        left: (100 * (Math.min(start, end) - low)) / range,
        width: (100 * Math.abs(end - start)) / range,
    }));
    return Object.assign(bars, { zero: (-100 * low) / range });
}

/** From the cost of keeping, piece by piece, over the margin of those kept to the profit. */
export class ProfitWaterfall extends Component {
    static template = "customer_value.ProfitWaterfall";
    static props = {
        // {key, amount, total, label, hint, text, before, records}
        steps: Array,
        onOpen: Function,
    };

    get rows() {
        const bars = layOut(this.props.steps);
        return this.props.steps.map((step, index) => ({ ...step, bar: bars[index], zero: bars.zero }));
    }
}
