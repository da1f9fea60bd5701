import { Component, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { ValueChart } from "../core/value_chart";

// In points: how far a key moves a limit, and how close two limits come
const STEP = 0.5;
// In pixels: what the chart leaves free on both sides, so that handles and bars share one axis
const MARGIN = 12;

const round = (number) => Math.round(number * 100) / 100;

/**
 * What each tier holds.
 *
 * @param {number[][]} rows score, customers, margin and what of it counts for shares; the highest score first
 * @param {number[]} limits entry scores, the highest first
 * @returns {{ customers: number, margin: number }[]} one for each limit, and one for those below the last
 */
export function countTiers(rows, limits) {
    const tiers = [...limits, -Infinity].map(() => ({ customers: 0, margin: 0 }));
    for (const [score, customers, margin] of rows) {
        const index = limits.findIndex((limit) => score >= limit - 1e-9);
        const tier = tiers[index < 0 ? limits.length : index];
        tier.customers += customers;
        tier.margin += margin;
    }
    return tiers;
}

/**
 * The share of customers, or of margin, that scores from a limit on hold.
 *
 * @param {number[][]} rows see countTiers
 * @param {"customers" | "margin"} basis
 * @param {number} limit
 * @returns {number} 0 to 100
 */
export function shareFrom(rows, basis, limit) {
    const column = basis === "margin" ? 3 : 1;
    let held = 0;
    let total = 0;
    for (const row of rows) {
        total += row[column];
        held += row[0] >= limit - 1e-9 ? row[column] : 0;
    }
    return total ? round((100 * held) / total) : 0;
}

/**
 * Move the limit of a tier, and with it the one down to which the tier is kept.
 *
 * @param {Object[]} tiers entry_score, keep_score, entry_basis, entry_share and keep_share; the highest first
 * @param {number} index of the tier
 * @param {number} score wanted
 * @param {number[][]} rows see countTiers
 * @returns {Object[]} changes for each tier, none for those that stay as they are
 */
export function moveLimit(tiers, index, score, rows) {
    const tier = tiers[index];
    const [upper, lower] = [tiers[index - 1], tiers[index + 1]];
    const most = upper ? upper.entry_score - STEP : 100;
    const least = lower ? lower.entry_score + STEP : 0;
    const entry = round(Math.max(least, Math.min(most, score)));
    const changes = tiers.map(() => ({}));
    const keep = entry - (tier.entry_score - tier.keep_score);
    changes[index].entry_score = entry;
    changes[index].keep_score = round(Math.max(lower ? lower.entry_score : 0, Math.min(entry, keep)));
    if (tier.entry_basis !== "score") {
        const share = Math.max(0.01, shareFrom(rows, tier.entry_basis, entry));
        const width = Math.max(0, tier.keep_share - tier.entry_share);
        const end = lower && lower.entry_basis === tier.entry_basis ? lower.entry_share : 100;
        changes[index].entry_share = Math.min(share, end - 0.01);
        changes[index].keep_share = Math.max(changes[index].entry_share, Math.min(end, round(share + width)));
    }
    if (upper) {
        // nobody is kept further up than the tier below begins
        changes[index - 1].keep_score = Math.max(upper.keep_score, entry);
        if (upper.entry_basis !== "score" && upper.entry_basis === tier.entry_basis) {
            changes[index - 1].keep_share = Math.min(upper.keep_share, changes[index].entry_share);
        }
    }
    return changes;
}

/** How customers are spread over the scores of a policy, and what each tier holds while its limit is moved. */
export class ScoreHistogram extends Component {
    static template = "customer_value.ScoreHistogram";
    static components = { ValueChart };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.plot = useRef("plot");
        this.colors = {};
        this.state = useState({ histogram: null, loading: false, moving: null, preview: null });
    }

    get record() {
        return this.props.record;
    }

    get isMovable() {
        return this.record.data.state === "draft" && this.record.data.tier_method === "score" && !this.props.readonly;
    }

    get lines() {
        return this.record.data.tier_ids.records.toSorted((one, other) => other.data.entry_score - one.data.entry_score);
    }

    /** The tiers as they are, or as they would be where the handle is. */
    get tiers() {
        return this.lines.map(({ data }, index) => ({
            name: data.name,
            color: data.color,
            entry_basis: data.entry_basis,
            entry_share: data.entry_share,
            keep_share: data.keep_share,
            entry_score: data.entry_score,
            keep_score: data.keep_score,
            ...this.state.preview?.[index],
        }));
    }

    async show() {
        this.state.loading = true;
        try {
            if (await this.record.save()) {
                this.state.histogram = await this.orm.call("customer.value.policy", "get_score_histogram", [[this.record.resId]]);
            }
        } finally {
            this.state.loading = false;
        }
    }

    // -- what is shown ------------------------------------------------------------------------------------------------

    get rows() {
        const { tiers } = this;
        const { rows } = this.state.histogram;
        const held = countTiers(rows, tiers.map((tier) => tier.entry_score));
        const customers = held.reduce((sum, tier) => sum + tier.customers, 0);
        const margin = held.reduce((sum, tier) => sum + tier.margin, 0);
        const percent = (part, whole) => (whole ? _t("%s%", formatFloat((100 * part) / whole, { digits: [5, 1] })) : "–");
        const money = (amount) => formatMonetary(amount, { currencyId: this.state.histogram.currency_id, digits: [16, 0] });
        return held
            .map((tier, index) => ({
                key: index,
                name: tiers[index]?.name || _t("No tier"),
                color: tiers[index]?.color || 0,
                limit: tiers[index] ? formatFloat(tiers[index].entry_score, { digits: [5, 2] }) : "",
                customers: formatInteger(tier.customers),
                customerShare: percent(tier.customers, customers),
                margin: money(tier.margin),
                marginShare: percent(tier.margin, margin),
                isEmpty: !tier.customers,
            }))
            .filter((row) => row.key < tiers.length || !row.isEmpty);
    }

    get handles() {
        return this.tiers
            .map((tier, index) => ({ ...tier, index, left: `calc(${MARGIN}px + ${tier.entry_score / 100} * (100% - ${2 * MARGIN}px))` }))
            .filter(({ entry_score: score, index }) => score > 0 || index < this.lines.length - 1)
            .map((handle) => ({
                ...handle,
                label: _t("Entry score of %s", handle.name),
                value: _t("%(score)s, %(customers)s customers", {
                    score: formatFloat(handle.entry_score, { digits: [5, 1] }),
                    customers: this.rows[handle.index].customers,
                }),
            }));
    }

    get datasets() {
        const { tiers } = this;
        const limits = tiers.map((tier) => tier.entry_score);
        const rowsOf = Array.from({ length: 50 }, () => []);
        for (const row of this.state.histogram.rows) {
            rowsOf[Math.min(49, Math.floor(row[0] / 2))].push(row);
        }
        const bins = rowsOf.map((rows) => rows.reduce((sum, [, customers]) => sum + customers, 0));
        // a bar in which a tier begins has the color of most of its customers
        const colors = rowsOf.map((rows) => {
            const held = countTiers(rows, limits).map((tier) => tier.customers);
            return this.colorOf(tiers[held.indexOf(Math.max(...held))]?.color || 0);
        });
        return [
            {
                data: bins.map((customers, index) => ({
                    x: 2 * index + 1,
                    y: customers,
                    text: customers
                        ? _t("Scores from %(from)s to %(to)s: %(customers)s customers", {
                              from: 2 * index,
                              to: 2 * index + 2,
                              customers: formatInteger(customers),
                          })
                        : "",
                })),
                backgroundColor: colors,
                barPercentage: 1,
                categoryPercentage: 0.95,
            },
        ];
    }

    get options() {
        return {
            layout: { autoPadding: false, padding: { left: MARGIN, right: MARGIN } },
            scales: {
                x: { type: "linear", min: 0, max: 100, offset: false, ticks: { stepSize: 10 }, grid: { display: false, offset: false } },
                y: { display: false, type: "logarithmic", min: 0.7 },
            },
        };
    }

    /** The color that badges of a tier have in the theme in use. */
    colorOf(index) {
        if (!(index in this.colors)) {
            const badge = document.createElement("span");
            badge.className = `badge o_badge_color_${index} d-none`;
            document.body.append(badge);
            this.colors[index] = getComputedStyle(badge).backgroundColor;
            badge.remove();
        }
        return this.colors[index];
    }

    // -- moving a limit -----------------------------------------------------------------------------------------------

    grab(event, index) {
        if (this.isMovable) {
            event.currentTarget.setPointerCapture(event.pointerId);
            this.state.moving = index;
        }
    }

    drag(event) {
        if (this.state.moving !== null) {
            const { left, width } = this.plot.el.getBoundingClientRect();
            const score = (100 * (event.clientX - left - MARGIN)) / (width - 2 * MARGIN);
            this.preview(this.state.moving, Math.round(score / STEP) * STEP);
        }
    }

    preview(index, score) {
        const tiers = this.lines.map(({ data }) => data);
        this.state.preview = moveLimit(tiers, index, score, this.state.histogram.rows);
    }

    async drop() {
        const { preview: shown } = this.state;
        this.state.moving = null;
        if (shown) {
            const { lines } = this;
            // all at once, so that nobody saves one tier without its neighbour
            await Promise.all(
                shown.map((changes, index) => Object.keys(changes).length && lines[index].update(changes)),
            );
            // the limit may have been moved on meanwhile
            if (this.state.preview === shown) {
                this.state.preview = null;
            }
        }
    }

    async press(event, index) {
        const directions = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
        const direction = directions[event.key];
        if (this.isMovable && direction) {
            event.preventDefault();
            this.preview(index, this.tiers[index].entry_score + direction * STEP);
            await this.drop();
        }
    }
}

registry.category("view_widgets").add("customer_value_score_histogram", {
    component: ScoreHistogram,
    additionalClasses: ["w-100"],
});
