import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { buildM2OFieldDescription, Many2OneField } from "@web/views/fields/many2one/many2one_field";
import { monetaryField } from "@web/views/fields/monetary/monetary_field";
import { selectionField } from "@web/views/fields/selection/selection_field";

/** A field whose placeholder is what being empty, or zero, means: read without editing, it says so as well. */
function worded(field) {
    class WordedField extends Component {
        static template = "customer_value.WordedField";
        static components = { Field: field.component };
        static props = { ...field.component.props, words: { type: String, optional: true } };

        get isWorded() {
            const { record, name, readonly, words } = this.props;
            return Boolean(readonly && words && !record.data[name]);
        }

        get fieldProps() {
            const { words, ...props } = this.props;
            return props;
        }
    }
    return {
        ...field,
        component: WordedField,
        // Odoo shows nothing at all for what is empty
        isEmpty: () => false,
        extractProps: (staticInfo, dynamicInfo) => ({
            ...field.extractProps(staticInfo, dynamicInfo),
            words: staticInfo.attrs.placeholder,
        }),
    };
}

registry.category("fields").add("customer_value_worded_many2one", worded(buildM2OFieldDescription(Many2OneField)));
registry.category("fields").add("customer_value_worded_selection", worded(selectionField));
registry.category("fields").add("customer_value_worded_monetary", worded(monetaryField));
