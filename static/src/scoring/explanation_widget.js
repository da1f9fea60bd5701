import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useReturnedActions } from "../core/returned_action";
import { describeTier } from "./badge_field";
import { ContributionBars } from "./contribution_bars";
import { ScoreGauge } from "./score_gauge";
import { TierTimeline } from "./tier_timeline";
import { TrendLine } from "./trend_line";

/**
 * Why a customer has the score: on the form of a partner or of a score. What it shows is fetched when it is first
 * seen, so that opening a form costs nothing.
 */
export class CustomerValueExplanation extends Component {
    static template = "customer_value.Explanation";
    static components = { ContributionBars, ScoreGauge, TierTimeline, TrendLine };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.keepLast = new KeepLast();
        this.state = useState({ value: null });
        onWillStart(() => {
            this.load(this.props.record);
        });
        onWillUpdateProps(({ record }) => {
            if (record.resId !== this.resId) {
                this.load(record);
            }
        });
    }

    async load({ resId, resModel }) {
        this.resId = resId;
        this.state.value = null;
        const call = resId ? this.orm.call(resModel, "get_value_explanation", [[resId]]) : null;
        this.state.value = await this.keepLast.add(Promise.resolve(call));
    }

    get isNew() {
        return !this.props.record.resId;
    }

    get facts() {
        const { facts } = this.state.value;
        return [
            { name: "lifecycle", label: _t("Lifecycle"), value: facts.lifecycle },
            { name: "segment", label: _t("Segment"), value: facts.segment, color: facts.segment_color },
            { name: "rfm", label: _t("RFM"), value: facts.rfm_code },
            { name: "abc", label: _t("ABC class"), value: facts.abc_class },
            { name: "relationship", label: _t("Relationship"), value: facts.relationship_class },
            { name: "since", label: _t("In this tier since"), value: this.date(facts.tier_since) },
            { name: "grace", label: _t("Grace period until"), value: this.date(facts.grace_until) },
            { name: "as_of", label: _t("Last change"), value: this.date(facts.as_of) },
        ].filter((fact) => fact.value);
    }

    get tier() {
        const { tier, grace_until: until } = this.state.value.explanation;
        return describeTier(tier, until && deserializeDate(until));
    }

    date(value) {
        return value ? formatDate(deserializeDate(value)) : "";
    }

    async openDocuments(metric) {
        const action = await this.orm.call("customer.value.score", "action_open_documents", [
            [this.state.value.score_id],
            metric,
        ]);
        await this.action.doAction(action);
    }

    async openHistory() {
        const action = await this.orm.call("customer.value.score", "action_view_history", [[this.state.value.score_id]]);
        await this.action.doAction(action);
    }

    startRun() {
        return this.action.doAction("customer_value.action_customer_value_run_new");
    }
}

registry.category("view_widgets").add("customer_value_explanation", {
    component: CustomerValueExplanation,
    additionalClasses: ["w-100"],
});
