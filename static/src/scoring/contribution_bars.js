import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";

/**
 * What each dimension adds to a score. A bar is as long as the dimension weighs, and filled as far as it is earned.
 *
 * Not a ValueChart: each bar is part of a button that says its numbers in text of several lines.
 */
export class ContributionBars extends Component {
    static template = "customer_value.ContributionBars";
    static props = {
        // see customer.value.score.get_explanation
        explanation: Object,
        onOpen: Function,
    };

    get lines() {
        const { lines } = this.props.explanation;
        const longest = Math.max(...lines.map((line) => line.maximum), 1);
        return lines.map((line) => {
            const contribution = this.points(line.contribution);
            const maximum = this.points(line.maximum);
            const raw = this.formatRaw(line);
            return {
                ...line,
                contribution,
                maximum,
                raw,
                pointsText: _t("%(points)s of 100 points × weight %(weight)s", {
                    points: formatFloat(line.points, { digits: [5, 1] }),
                    weight: formatFloat(line.weight, { digits: [8, 2], trailingZeros: false }),
                }),
                length: (100 * line.maximum) / longest,
                filled: line.maximum ? (100 * line.contribution) / line.maximum : 0,
                ariaLabel: _t("%(label)s: %(raw)s, adds %(contribution)s of %(maximum)s. Open the source documents.", {
                    label: line.label,
                    raw,
                    contribution,
                    maximum,
                }),
            };
        });
    }

    get sum() {
        // in hundredths, so that what is shown is the exact sum of what is shown
        const cents = this.props.explanation.lines.map((line) => Math.round(line.contribution * 100));
        return this.points(cents.reduce((total, amount) => total + amount, 0) / 100);
    }

    points(value) {
        return formatFloat(value, { digits: [5, 2] });
    }

    formatRaw({ raw, unit, unit_label: unitLabel }) {
        if (raw === null || raw === undefined || raw === false) {
            return _t("no data");
        }
        switch (unit) {
            case "money":
                return formatMonetary(raw, { currencyId: this.props.explanation.currency_id });
            case "percent":
                return _t("%s%", formatFloat(raw, { digits: [8, 1] }));
            case "count":
                return formatInteger(raw);
            default: {
                const amount = Number.isInteger(raw) ? formatInteger(raw) : formatFloat(raw, { digits: [8, 1] });
                return [amount, unitLabel].filter(Boolean).join(" ");
            }
        }
    }
}
