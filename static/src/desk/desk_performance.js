import { Component } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";

const WIDTH = 360;
const HEIGHT = 120;
const MARGIN = 4;

/** How the portfolio has gone, and how often its customers heard of their account manager. */
export class DeskPerformance extends Component {
    static template = "customer_value.DeskPerformance";
    static props = {
        // see customer.retention.desk._get_performance
        performance: Object,
        money: Function,
        onOpen: Function,
    };

    setup() {
        this.width = WIDTH;
        this.height = HEIGHT;
    }

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

    /** Revenue as bars and margin as a line, on one scale on which nothing is cut off. */
    get months() {
        const { months } = this.props.performance;
        const amounts = months.flatMap(({ revenue, margin }) => [revenue, margin]);
        const top = Math.max(0, ...amounts);
        const bottom = Math.min(0, ...amounts);
        const y = (amount) => MARGIN + ((top - amount) / (top - bottom || 1)) * (HEIGHT - 2 * MARGIN);
        const step = WIDTH / months.length;
        const bars = months.map(({ month, revenue, margin, buyers, action }, index) => ({
            month,
            action: (revenue || margin) && action,
            x: index * step + 2,
            y: y(Math.max(revenue, 0)),
            width: step - 4,
            height: Math.abs(y(revenue) - y(0)),
            dot: { x: (index + 0.5) * step, y: y(margin) },
            title: _t("%(month)s: revenue %(revenue)s, margin %(margin)s, %(buyers)s customers ordered", {
                month: this.monthName(month),
                revenue: this.props.money(revenue),
                margin: this.props.money(margin),
                buyers: formatInteger(buyers),
            }),
        }));
        return {
            bars,
            zero: y(0),
            path: bars.map(({ dot }) => `${dot.x.toFixed(1)},${dot.y.toFixed(1)}`).join(" "),
            first: this.monthName(months[0].month),
            last: this.monthName(months.at(-1).month),
            label: _t("Revenue and margin by month: %s", bars.map((bar) => bar.title).join("; ")),
        };
    }

    get weeks() {
        const { weeks } = this.props.performance;
        const most = Math.max(1, ...weeks.map(({ contacts }) => contacts));
        const step = WIDTH / weeks.length;
        const bars = weeks.map(({ week, contacts, action }, index) => {
            const height = (contacts / most) * (HEIGHT / 2 - MARGIN);
            return {
                week,
                action: contacts && action,
                x: index * step + 2,
                y: HEIGHT / 2 - height,
                width: step - 4,
                height,
                title: _t("Week of %(date)s: %(contacts)s", {
                    date: formatDate(deserializeDate(week)),
                    contacts: formatInteger(contacts),
                }),
            };
        });
        const total = weeks.reduce((sum, { contacts }) => sum + contacts, 0);
        return {
            bars,
            caption: _t("Contacts by week, %s on average", formatFloat(total / weeks.length, { digits: [5, 1] })),
            first: formatDate(deserializeDate(weeks[0].week)),
            last: formatDate(deserializeDate(weeks.at(-1).week)),
            label: _t("Contacts by week: %s", bars.map((bar) => bar.title).join("; ")),
        };
    }

    monthName(date) {
        return deserializeDate(date).toFormat("LLL yyyy");
    }
}
