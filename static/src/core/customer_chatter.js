import { Component } from "@odoo/owl";
import { Chatter } from "@mail/chatter/web_portal/chatter";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** The conversation with the customer, and their activities, on the form of a row about them. */
export class CustomerChatter extends Component {
    static template = "customer_value.CustomerChatter";
    static components = { Chatter };
    static props = { ...standardWidgetProps };

    get partnerId() {
        return this.props.record.data.partner_id?.id;
    }
}

registry.category("view_widgets").add("customer_value_chatter", {
    component: CustomerChatter,
    fieldDependencies: [{ name: "partner_id", type: "many2one", relation: "res.partner" }],
    additionalClasses: ["w-100"],
});
