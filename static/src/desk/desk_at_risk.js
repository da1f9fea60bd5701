import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

const LOOKS = { urgent: "text-bg-danger", serious: "text-bg-warning", watch: "text-bg-info" };

/** Customers at risk, what is at stake, and what to do. */
export class DeskAtRisk extends Component {
    static template = "customer_value.DeskAtRisk";
    static props = {
        // see customer.retention.desk._get_at_risk
        atRisk: Object,
        canCampaign: Boolean,
        money: Function,
        onOpen: Function,
        onOpenCustomer: Function,
        onLog: Function,
        onPlan: Function,
        onCampaign: Function,
    };

    get headline() {
        const { value, stake } = this.props.atRisk;
        const amount = this.props.money(stake);
        return value === 1
            ? _t("1 customer, %s at stake per year", amount)
            : _t("%(customers)s customers, %(amount)s at stake per year", { customers: value, amount });
    }

    get ids() {
        return this.props.atRisk.items.map((item) => item.id);
    }

    look({ level }) {
        return LOOKS[level] || "text-bg-secondary";
    }

    plan(item) {
        const note = [item.explanation, item.step?.sentence].filter(Boolean).join("\n");
        const summary = item.step?.title || item.reason;
        const type = item.step?.activity_type_id;
        return this.props.onPlan({ partner_id: item.partner_id, summary, note, type, advised: Boolean(item.step) });
    }
}
