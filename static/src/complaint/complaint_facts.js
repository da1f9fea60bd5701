import { Component } from "@odoo/owl";
import { formatDate, deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useReturnedActions } from "../core/returned_action";

const LOOKS = {
    late: "fa-clock-o text-danger",
    short: "fa-cube text-danger",
    price: "fa-tag text-danger",
    on_time: "fa-truck text-success",
    return: "fa-reply text-info",
    credit: "fa-undo text-info",
    overdue: "fa-hourglass-end text-warning",
    complaint: "fa-exclamation-circle text-muted",
    ticket: "fa-life-ring text-muted",
};

/** What documents say about a complaint, and what that suggests. Nothing is entered unless somebody takes it over. */
export class ComplaintFactsField extends Component {
    static template = "customer_value.ComplaintFactsField";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useReturnedActions();
        this.orm = useService("orm");
    }

    get value() {
        return this.props.record.data[this.props.name] || { facts: [], proposal: {} };
    }

    look(fact) {
        return LOOKS[fact.kind] || "fa-info-circle text-muted";
    }

    date(fact) {
        return fact.date ? formatDate(deserializeDate(fact.date)) : "";
    }

    money(amount) {
        return amount ? formatMonetary(amount, { currencyId: this.value.currency_id }) : "";
    }

    /** What taking over would change, in words. */
    get proposals() {
        const { data, fields } = this.props.record;
        const news = (name) => {
            const value = this.value.proposal[name];
            return value === data[`complaint_${name}`] ? false : value;
        };
        const [fault, kind] = ["fault", "fault_kind"].map(news);
        // what somebody has found out is nearer than the amount of a document
        const loss = data.complaint_loss ? 0 : this.value.proposal.loss;
        const label = (name, value) => (fields[name]?.selection || []).find(([key]) => key === value)?.[1] || value;
        return [
            ...(fault ? [_t("Fault: %s", label("complaint_fault", fault))] : []),
            ...(kind ? [label("complaint_fault_kind", kind)] : []),
            ...(loss ? [_t("Loss: %s", this.money(loss))] : []),
        ];
    }

    get canTakeOver() {
        // the facts are computed, so the field is always read-only: whether the complaint is open decides
        return this.value.open && this.proposals.length;
    }

    openDocument(fact) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: fact.model,
            res_id: fact.res_id,
            views: [[false, "form"]],
        });
    }

    async takeOver() {
        const { record } = this.props;
        // what has been entered in the form is kept, and the facts follow from it
        if (await record.save()) {
            await this.orm.call(record.resModel, "action_take_over_complaint_facts", [[record.resId]]);
            await record.load();
        }
    }
}

registry.category("fields").add("customer_complaint_facts", {
    component: ComplaintFactsField,
    displayName: _t("Facts"),
    supportedTypes: ["json"],
});
