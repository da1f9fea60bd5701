import { Component } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatInteger } from "@web/views/fields/formatters";
import { DeskFigure } from "./desk_figure";

const LOOKS = {
    prospect: "text-bg-light border",
    new: "text-bg-info",
    growing: "text-bg-success",
    loyal: "text-bg-primary",
    won_back: "text-bg-info",
    declining: "text-bg-warning",
    dormant: "text-bg-secondary",
    lost: "text-bg-danger",
    A: "text-bg-primary",
    B: "text-bg-info",
    C: "text-bg-secondary",
    none: "text-bg-light border",
};

/** What the portfolio is worth, and how it stands. */
export class DeskSummary extends Component {
    static template = "customer_value.DeskSummary";
    static components = { DeskFigure };
    static props = {
        // see customer.retention.desk._get_summary
        summary: Object,
        money: Function,
        onOpen: Function,
    };

    get before() {
        return formatDate(deserializeDate(this.props.summary.before));
    }

    get hint() {
        const { months } = this.props.summary;
        return months
            ? _t("Revenue and margin over the last %(months)s months. Arrows compare with %(date)s.", {
                  months,
                  date: this.before,
              })
            : _t("Revenue and margin over the entire history. Arrows compare with %s.", this.before);
    }

    /** Not a ValueChart: each part is a button, in the color of its badge, which is known to the style sheet alone. */
    get bars() {
        return this.props.summary.bars
            .map((bar) => {
                const total = bar.parts.reduce((sum, part) => sum + part.value, 0);
                return {
                    ...bar,
                    parts: bar.parts.map((part, index) => ({
                        ...part,
                        width: (100 * part.value) / (total || 1),
                        ...this.look(part, index, bar.parts.length),
                        text: formatInteger(part.value),
                        title: _t("%(label)s: %(customers)s customers, revenue %(revenue)s", {
                            label: part.label,
                            customers: formatInteger(part.value),
                            revenue: this.props.money(part.revenue),
                        }),
                    })),
                };
            })
            .filter((bar) => bar.parts.length);
    }

    /** Tiers have the color that somebody gave them; without one, the higher they are the stronger. */
    look({ key, color }, index, count) {
        if (color === null) {
            return { look: LOOKS[key] || LOOKS.none, style: "" };
        }
        if (color) {
            return { look: `badge o_badge_color_${color}`, style: "" };
        }
        return { look: "text-bg-primary", style: `opacity: ${(1 - (0.75 * index) / count).toFixed(2)}` };
    }
}
