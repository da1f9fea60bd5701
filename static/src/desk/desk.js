import { Component, onWillStart, useState } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { formatMonetary } from "@web/views/fields/formatters";
import { useReturnedActions } from "../core/returned_action";
import { DeskLog } from "./desk_log";
import { DeskPerformance } from "./desk_performance";
import { DeskReminders } from "./desk_reminders";
import { DeskAtRisk } from "./desk_at_risk";
import { DeskSummary } from "./desk_summary";

/** The page that an account manager opens in the morning. */
export class RetentionDesk extends Component {
    static template = "customer_value.RetentionDesk";
    static components = { DeskLog, DeskPerformance, DeskReminders, DeskAtRisk, DeskSummary, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.keepLast = new KeepLast();
        const { userId = false, period = "week" } = this.props.state || {};
        this.state = useState({ desk: null, userId, period });
        // users who come back from a record find the dashboard as they left it
        useSetupAction({ getLocalState: () => ({ userId: this.state.userId, period: this.state.period }) });
        onWillStart(() => this.load());
    }

    get display() {
        return { controlPanel: {} };
    }

    get desk() {
        return this.state.desk;
    }

    get title() {
        const { own, user } = this.desk;
        return own ? _t("My Dashboard") : _t("Dashboard of %s", user.name);
    }

    get date() {
        return formatDate(deserializeDate(this.desk.date));
    }

    get money() {
        return (amount, options = {}) => formatMonetary(amount, { currencyId: this.desk.currency_id, ...options });
    }

    async load() {
        const { userId, period } = this.state;
        this.state.desk = await this.keepLast.add(
            this.orm.call("customer.retention.desk", "get_desk", [], { user_id: userId, period })
        );
    }

    async chooseUser(ev) {
        this.state.userId = Number(ev.target.value);
        await this.load();
    }

    async choosePeriod(period) {
        this.state.period = period;
        await this.load();
    }

    open(action) {
        return action && this.action.doAction(action);
    }

    openRecord(model, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    async openCustomer(partnerId) {
        return this.action.doAction(await this.orm.call("res.partner", "action_open_customer", [[partnerId]]));
    }

    openCustomers() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Customers"),
            res_model: "res.partner",
            views: [
                [false, "list"],
                [false, "kanban"],
                [false, "form"],
            ],
            domain: ["|", ["is_company", "=", true], ["parent_id", "=", false]],
            context: { default_is_company: true },
        });
    }

    /** @param {number} [partnerId] the customer, if it is known whom it was about */
    log(partnerId) {
        return this.action.doAction("customer_value.action_customer_retention_log", {
            additionalContext: { default_partner_id: partnerId || false, default_desk_user_id: this.desk.user.id },
            onClose: () => this.load(),
        });
    }

    /** @param {Boolean} advised whether the activity is the next step that the app advises */
    plan({ partner_id: partnerId, summary, note, type, advised }) {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("Plan an Activity"),
                res_model: "mail.activity.schedule",
                views: [[false, "form"]],
                target: "new",
                context: {
                    active_id: partnerId,
                    active_ids: [partnerId],
                    active_model: "res.partner",
                    default_summary: summary,
                    ...(type && { default_activity_type_id: type }),
                    default_note: note,
                    default_activity_user_id: this.desk.user.id,
                    ...(advised && { value_advice_company_id: this.desk.company_id }),
                },
            },
            { onClose: () => this.load() }
        );
    }

    async startCampaign(riskIds) {
        const action = await this.orm.call("customer.retention.risk", "action_start_campaign", [riskIds]);
        return this.action.doAction(action, { onClose: () => this.load() });
    }

    async finish(activityId, feedback) {
        await this.orm.call("mail.activity", "action_feedback", [[activityId]], { feedback });
        await this.load();
    }

    async postpone(activityId) {
        await this.orm.call("mail.activity", "action_reschedule_tomorrow", [[activityId]]);
        await this.load();
    }
}

registry.category("actions").add("customer_value_desk", RetentionDesk);
