import { Component, useEffect, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useFolded } from "../core/folded";
import { useReturnedActions } from "../core/returned_action";
import { TrendLine } from "../scoring/trend_line";
import { describeChange } from "../scoring/score_field";

/**
 * What to know of the customer while writing a quotation, whether it is saved or not.
 *
 * One line, so that the lines of the order stay on the first screen; the rest unfolds.
 */
export class CustomerValueOrderPanel extends Component {
    static template = "customer_value.OrderPanel";
    static components = { TrendLine };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.keepLast = new KeepLast();
        this.state = useState({ value: null });
        this.folded = useFolded("order_panel");
        // the form does not wait for it
        useEffect(
            (partnerId, companyId) => {
                this.load(partnerId, companyId);
            },
            () => [this.partnerId, this.companyId]
        );
    }

    get partnerId() {
        return this.props.record.data.partner_id?.id ?? false;
    }

    get companyId() {
        return this.props.record.data.company_id?.id ?? false;
    }

    async load(partnerId, companyId) {
        if (!partnerId) {
            // what is still on its way is of another customer
            this.keepLast.add(Promise.resolve());
            this.state.value = null;
            return;
        }
        const call = this.orm.silent.call("sale.order", "get_value_panel", [partnerId, companyId]);
        this.state.value = await this.keepLast.add(call);
    }

    get score() {
        return formatFloat(this.state.value.score, { digits: [5, 1] });
    }

    get change() {
        const { score, previous_score: previous } = this.state.value;
        return describeChange(score - previous);
    }

    /** What is unsettled, without what is in order. */
    get burning() {
        return this.state.value.unsettled.filter((item) => item.value);
    }

    async open(method) {
        const { partner_id: partnerId, company_id: companyId } = this.state.value;
        const others = user.activeCompanies.map(({ id }) => id).filter((id) => id !== companyId);
        const action = await this.orm.call("res.partner", method, [[partnerId]], {
            context: { allowed_company_ids: [companyId, ...others] },
        });
        await this.action.doAction(action);
    }

    startRun() {
        return this.action.doAction("customer_value.action_customer_value_run_new");
    }
}

registry.category("view_widgets").add("customer_value_order_panel", {
    component: CustomerValueOrderPanel,
    additionalClasses: ["w-100"],
    fieldDependencies: [
        { name: "partner_id", type: "many2one" },
        { name: "company_id", type: "many2one" },
    ],
});
