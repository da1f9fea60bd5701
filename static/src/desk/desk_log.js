import { Component } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

const ICONS = {
    activity: "fa-check",
    mail: "fa-envelope-o",
    note: "fa-sticky-note-o",
    order: "fa-shopping-cart",
    till: "fa-shopping-basket",
    quotation: "fa-paper-plane-o",
    complaint: "fa-life-ring",
    offer: "fa-gift",
};

/** What was done for the customers, day by day. */
export class DeskLog extends Component {
    static template = "customer_value.DeskLog";
    static props = {
        // see customer.retention.desk._get_log
        log: Object,
        period: String,
        onChoosePeriod: Function,
        onOpen: Function,
        onOpenRecord: Function,
        onLog: Function,
    };

    get periods() {
        return [
            ["week", _t("This week")],
            ["month", _t("This month")],
        ];
    }

    get counts() {
        return this.props.log.counts.filter((count) => count.value);
    }

    get days() {
        return this.props.log.days.map(({ date, entries }) => ({
            date,
            entries,
            label: deserializeDate(date).toFormat("cccc") + ", " + formatDate(deserializeDate(date)),
            count: entries.length,
        }));
    }

    icon({ kind }) {
        return ICONS[kind];
    }
}
