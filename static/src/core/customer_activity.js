import { Component } from "@odoo/owl";
import { listActivity } from "@mail/views/web/fields/list_activity/list_activity";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * The next activity of the customer of a row: Odoo's widget, which is given the customer for its record. What is
 * scheduled there is scheduled with the customer.
 */
export class CustomerActivity extends Component {
    static template = "customer_value.CustomerActivity";
    static components = { ListActivity: listActivity.component };
    static props = { ...standardFieldProps };

    get customer() {
        const { record } = this.props;
        return {
            data: record.data,
            fields: record.fields,
            resId: record.data.partner_id.id,
            resModel: "res.partner",
            load: () => record.load(),
        };
    }
}

registry.category("fields").add("customer_value_activity", {
    ...listActivity,
    component: CustomerActivity,
    displayName: _t("Activities of the Customer"),
    fieldDependencies: [
        ...listActivity.fieldDependencies,
        { name: "partner_id", type: "many2one", relation: "res.partner" },
    ],
});
