import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useReturnedActions } from "../core/returned_action";

/**
 * How many are in the audience, how many are not taken and why, how many are left; each number opens its customers.
 *
 * Not a ValueChart: the numbers are what is read here, and most are too small beside the first to be seen as bars.
 */
export class AudienceBreakdown extends Component {
    static template = "customer_value.AudienceBreakdown";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
    }

    get rows() {
        const rows = this.props.record.data[this.props.name] || [];
        return rows.map(([code, label, count]) => ({
            code,
            label,
            count: formatInteger(count),
            isEmpty: !count,
            isTotal: code === "audience" || code === "left",
        }));
    }

    title(row) {
        return _t("See the customers: %s", row.label);
    }

    async open(row) {
        const { record } = this.props;
        // a wizard just opened is nowhere stored yet; one with a mistake in it says so itself
        if (await record.save()) {
            this.action.doAction(await this.orm.call(record.resModel, "action_view_candidates", [[record.resId], row.code]));
        }
    }
}

registry.category("fields").add("customer_retention_audience", {
    component: AudienceBreakdown,
    supportedTypes: ["json"],
});
