import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useReturnedActions } from "./returned_action";

/** The customer of a row, as a link to the customer, opened as rooms have it; the rest of the row leads to the row. */
export class CustomerLink extends Component {
    static template = "customer_value.CustomerLink";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    async open() {
        const { record, name } = this.props;
        const { relation } = record.fields[name];
        const method = relation === "res.partner" ? "action_open_customer" : "get_formview_action";
        const action = await this.orm.call(relation, method, [[this.value.id]], {
            context: record.context,
        });
        await this.action.doAction(action);
    }
}

registry.category("fields").add("customer_value_link", {
    component: CustomerLink,
    displayName: _t("Link to the Customer"),
    supportedTypes: ["many2one"],
});
