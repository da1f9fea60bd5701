import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { describeChange } from "../fields/score_field";

/** What each dimension added to the score before and after a change of tier. */
export class ContributionComparison extends Component {
    static template = "customer_value.ContributionComparison";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ lines: [] });
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps(({ record }) => record.resId !== this.resId && this.load(record.resId));
    }

    async load(resId) {
        this.resId = resId;
        this.state.lines = resId ? await this.orm.call("customer.value.history", "get_comparison", [[resId]]) : [];
    }

    points(value) {
        return value === null ? "" : formatFloat(value, { digits: [5, 2] });
    }

    change({ before, after }) {
        return describeChange((after ?? 0) - (before ?? 0));
    }
}

registry.category("view_widgets").add("customer_value_comparison", {
    component: ContributionComparison,
    additionalClasses: ["w-100"],
});
