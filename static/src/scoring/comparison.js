import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { describeChange } from "./score_field";

/** What each dimension added to the score before and after a change of tier. */
export class ComparisonTable extends Component {
    static template = "customer_value.ComparisonTable";
    static props = {
        // id of an entry of the history
        entryId: { type: [Number, { value: false }] },
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ lines: [] });
        onWillStart(() => this.load(this.props.entryId));
        onWillUpdateProps(({ entryId }) => entryId !== this.props.entryId && this.load(entryId));
    }

    async load(entryId) {
        const lines = entryId ? this.orm.call("customer.value.history", "get_comparison", [[entryId]]) : [];
        this.state.lines = await this.keepLast.add(Promise.resolve(lines));
    }

    points(value) {
        return value === null ? "" : formatFloat(value, { digits: [5, 2] });
    }

    change({ before, after }) {
        return describeChange((after ?? 0) - (before ?? 0));
    }
}

/** The comparison on the form of an entry of the history. */
export class ContributionComparison extends Component {
    static template = "customer_value.ContributionComparison";
    static components = { ComparisonTable };
    static props = { ...standardWidgetProps };
}

registry.category("view_widgets").add("customer_value_comparison", {
    component: ContributionComparison,
    additionalClasses: ["w-100"],
});
