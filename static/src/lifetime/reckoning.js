import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useReturnedActions } from "../core/returned_action";

/** What the three parts of a lifetime value consist of; each line with documents opens them. */
export class LifetimeReckoning extends Component {
    static template = "customer_value.LifetimeReckoning";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.keepLast = new KeepLast();
        this.state = useState({ parts: [] });
        onWillStart(() => this.load(this.props.record));
        onWillUpdateProps(({ record }) => record.resId !== this.resId && this.load(record));
    }

    async load({ resId, resModel }) {
        this.resId = resId;
        const parts = resId ? this.orm.call(resModel, "get_reckoning", [[resId]]) : [];
        this.state.parts = await this.keepLast.add(Promise.resolve(parts));
    }

    async open(code) {
        const { resId, resModel } = this.props.record;
        this.action.doAction(await this.orm.call(resModel, "action_open_part", [[resId], code]));
    }
}

registry.category("view_widgets").add("customer_lifetime_reckoning", { component: LifetimeReckoning });
