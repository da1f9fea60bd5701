import { Component, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A date that stands for its month. Odoo's own would name the first day, and leave out the year of this one. */
export function formatMonth(value) {
    return value ? value.toLocaleString({ year: "numeric", month: "short" }) : "";
}

export class CustomerValueMonthField extends Component {
    static template = xml`<span t-out="formatted"/>`;
    static props = { ...standardFieldProps };

    get formatted() {
        return formatMonth(this.props.record.data[this.props.name]);
    }
}

registry.category("fields").add("customer_value_month", {
    component: CustomerValueMonthField,
    supportedTypes: ["date"],
});
