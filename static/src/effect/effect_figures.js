import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useReturnedActions } from "../core/returned_action";
import { MUTED, themeColor, ValueChart } from "../core/value_chart";

const MODEL = "customer.effect";
const FIGURE = "customer.effect.figure";
const TONES = { better: "success", worse: "danger", same: "secondary", few: "light", missing: "light" };

// Intervals that reach further are cut off: one wide one would hide all others, in percent of the figure before.
const FURTHEST = 150;
const LINE = 30;

/** The figures of a change before and after, by section, with a picture of those whose interval is known. */
export class EffectFigures extends Component {
    static template = "customer_value.EffectFigures";
    static components = { ValueChart };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.keepLast = new KeepLast();
        this.state = useState({ notes: [], sections: [] });
        onWillStart(() => this.load(this.props.record));
        // measured again with the form
        onWillUpdateProps(({ record }) => this.load(record));
    }

    async load(record) {
        const page = record.resId ? this.orm.call(MODEL, "get_page", [[record.resId]]) : { notes: [], sections: [] };
        Object.assign(this.state, await this.keepLast.add(Promise.resolve(page)));
    }

    tone({ verdict }) {
        return TONES[verdict];
    }

    async open(id, side) {
        return this.action.doAction(await this.orm.call(FIGURE, `action_view_${side}`, [[id]]));
    }

    get charted() {
        return this.state.sections.flatMap(({ figures }) => figures.filter(({ relative }) => relative));
    }

    get height() {
        return 40 + LINE * this.charted.length;
    }

    get datasets() {
        const color = ({ verdict }) => (verdict === "same" ? MUTED : themeColor(TONES[verdict], 0.75));
        return [
            {
                data: this.charted.map(({ label, change, interval, relative }) => ({
                    x: [relative.low, relative.high].map((end) => Math.max(-FURTHEST, Math.min(FURTHEST, end))),
                    y: label,
                    text: `${label}: ${change} (${interval})`,
                })),
                backgroundColor: this.charted.map(color),
                barThickness: 10,
                minBarLength: 3,
            },
        ];
    }

    get options() {
        return {
            indexAxis: "y",
            scales: {
                x: { ticks: { callback: (value) => `${value > 0 ? "+" : ""}${value}%` }, suggestedMin: -20, suggestedMax: 20 },
                y: { type: "category", labels: this.charted.map(({ label }) => label), ticks: { autoSkip: false } },
            },
        };
    }
}

registry.category("view_widgets").add("customer_effect_figures", { component: EffectFigures });
