import { Component } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";
import { MUTED, themeColor, ValueChart } from "../core/value_chart";

/** How the portfolio has gone, and how often its customers heard of their account manager. */
export class DeskPerformance extends Component {
    static template = "customer_value.DeskPerformance";
    static components = { ValueChart };
    static props = {
        // see customer.retention.desk._get_performance
        performance: Object,
        money: Function,
        onOpen: Function,
    };

    get kept() {
        const { value, before, kept } = this.props.performance.kept;
        if (value === null) {
            return { share: "–", text: _t("No customers ordered in the previous year.") };
        }
        return {
            share: _t("%s%", formatFloat(100 * value, { digits: [5, 1] })),
            text: _t("%(kept)s of %(before)s customers who ordered in the previous year have ordered again since.", {
                kept: formatInteger(kept),
                before: formatInteger(before),
            }),
            gone: before - kept,
        };
    }

    get gone() {
        return _t("%s did not order again", formatInteger(this.kept.gone));
    }

    /** Revenue as bars and margin as a line, on one scale. Each month is said once, with its bar. */
    get months() {
        const { months } = this.props.performance;
        const bars = months.map(({ month, revenue, margin, buyers, action }) => ({
            x: this.monthName(month),
            y: revenue,
            opens: (revenue || margin) && action,
            text: _t("%(month)s: revenue %(revenue)s, margin %(margin)s, %(buyers)s customers ordered", {
                month: this.monthName(month),
                revenue: this.props.money(revenue),
                margin: this.props.money(margin),
                buyers: formatInteger(buyers),
            }),
        }));
        const line = months.map(({ month, margin }) => ({ x: this.monthName(month), y: margin }));
        const color = themeColor("primary");
        return {
            datasets: [
                { type: "line", label: _t("Net margin"), data: line, borderColor: color, backgroundColor: color, borderWidth: 2 },
                { label: _t("Revenue"), data: bars, backgroundColor: MUTED },
            ],
            label: _t("Revenue and margin by month"),
        };
    }

    get weeks() {
        const { weeks } = this.props.performance;
        const data = weeks.map(({ week, contacts, action }) => {
            const date = formatDate(deserializeDate(week));
            return {
                x: date,
                y: contacts,
                opens: contacts && action,
                text: _t("Week of %(date)s: %(contacts)s", { date, contacts: formatInteger(contacts) }),
            };
        });
        const total = weeks.reduce((sum, { contacts }) => sum + contacts, 0);
        return {
            datasets: [{ data, backgroundColor: MUTED }],
            caption: _t("Contacts by week, %s on average", formatFloat(total / weeks.length, { digits: [5, 1] })),
            label: _t("Contacts by week"),
        };
    }

    /** Anywhere above a month or week opens it: a bar may be lower than a finger. */
    get options() {
        return {
            interaction: { mode: "index", intersect: false },
            scales: {
                x: { type: "category", grid: { display: false }, ticks: { autoSkipPadding: 24 } },
                y: { beginAtZero: true, ticks: { maxTicksLimit: 6, precision: 0 } },
            },
        };
    }

    monthName(date) {
        return deserializeDate(date).toFormat("LLL yyyy");
    }
}
