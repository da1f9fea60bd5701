import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { formatFloat } from "@web/views/fields/formatters";
import { ComparisonTable } from "./comparison";

const MOVES = {
    up: { icon: "fa-arrow-up", className: "text-bg-success", label: _t("Up") },
    down: { icon: "fa-arrow-down", className: "text-bg-danger", label: _t("Down") },
    entered: { icon: "fa-star", className: "text-bg-info", label: _t("Became a customer") },
    left: { icon: "fa-sign-out", className: "text-bg-secondary", label: _t("No longer a customer") },
    same: { icon: "fa-circle", className: "text-bg-secondary", label: _t("Same tier") },
};

/** The changes of a customer's tier, latest first: from, to, why, when, by whom; on a click what made the difference. */
export class TierTimeline extends Component {
    static template = "customer_value.TierTimeline";
    static components = { ComparisonTable };
    static props = {
        // see customer.value.score._get_timeline
        entries: Array,
    };

    setup() {
        this.state = useState({ open: false });
    }

    get entries() {
        return this.props.entries.map((entry) => ({
            ...entry,
            day: formatDate(deserializeDate(entry.date)),
            sign: MOVES[entry.event === "changed" ? entry.move : entry.event] || MOVES.same,
            scoreText: entry.score === null ? "" : _t("Score %s", formatFloat(entry.score, { digits: [5, 1] })),
        }));
    }

    toggle(entry) {
        this.state.open = this.state.open === entry.id ? false : entry.id;
    }
}
