import { Component, useEffect, useState } from "@odoo/owl";
import { serializeDateTime } from "@web/core/l10n/dates";
import { x2ManyCommands } from "@web/core/orm_service";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { makeActiveField, useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useFolded } from "../core/folded";
import { ProductConfiguratorDialog } from "@sale/js/product_configurator_dialog/product_configurator_dialog";
import { getSelectedCustomPtav } from "@sale/js/sale_utils";

/** What is chosen in the configurator. Sale's list of lines has them, its cards for telephones have not. */
const CHOSEN = {
    product_no_variant_attribute_value_ids: () => makeActiveField(),
    product_custom_attribute_value_ids: () => ({
        ...makeActiveField(),
        related: {
            activeFields: {
                custom_product_template_attribute_value_id: makeActiveField(),
                custom_value: makeActiveField(),
            },
            fields: {
                custom_product_template_attribute_value_id: {
                    name: "custom_product_template_attribute_value_id",
                    type: "many2one",
                    relation: "product.template.attribute.value",
                },
                custom_value: { name: "custom_value", type: "char" },
            },
        },
    }),
};

/** What customers like this one buy and this one does not, with the reasons. */
export class SuggestionList extends Component {
    static template = "customer_value.SuggestionList";
    static props = {
        // see res.partner.get_cross_sell
        suggestions: Array,
        onAdd: { type: Function, optional: true },
        adding: { type: Boolean, optional: true },
    };
}

/** On a customer. */
export class CustomerRetentionSuggestions extends Component {
    static template = "customer_value.Suggestions";
    static components = { SuggestionList };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ suggestions: null });
        useEffect(
            (partnerId) => {
                this.load(partnerId);
            },
            () => [this.props.record.resId]
        );
    }

    async load(partnerId) {
        const call = partnerId ? this.orm.silent.call("res.partner", "get_cross_sell", [[partnerId]]) : {};
        const { suggestions = null } = await this.keepLast.add(Promise.resolve(call));
        this.state.suggestions = suggestions;
    }
}

/** In a quotation, saved or not: one line that unfolds; each suggestion can be added as a line of the order. */
export class CustomerRetentionOrderSuggestions extends Component {
    static template = "customer_value.OrderSuggestions";
    static components = { SuggestionList };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.keepLast = new KeepLast();
        this.state = useState({ suggestions: [], adding: false });
        this.folded = useFolded("order_suggestions");
        useRecordObserver((record) => {
            const context = this.readContext(record.data);
            const key = JSON.stringify(context);
            if (key !== this.loadedKey) {
                this.loadedKey = key;
                // the form does not wait for it
                this.load(context);
            }
        });
    }

    get data() {
        return this.props.record.data;
    }

    get isQuotation() {
        return ["draft", "sent"].includes(this.data.state);
    }

    /** What the suggestions depend on. */
    readContext({ partner_id: partner, company_id: company, state, order_line: lines }) {
        const productIds = lines.records.map((line) => line.data.product_id?.id).filter(Boolean);
        return {
            partnerId: partner?.id ?? false,
            companyId: company?.id ?? false,
            isQuotation: ["draft", "sent"].includes(state),
            productIds: [...new Set(productIds)].sort((a, b) => a - b),
        };
    }

    get names() {
        return this.state.suggestions.map((suggestion) => suggestion.name).join(" · ");
    }

    get canAdd() {
        const { record, readonly } = this.props;
        return this.isQuotation && !readonly && record.isInEdition && !record._isReadonly("order_line");
    }

    async load({ partnerId, companyId, isQuotation, productIds }) {
        if (!partnerId || !isQuotation) {
            // what is still on its way is for another customer
            this.keepLast.add(Promise.resolve());
            this.state.suggestions = [];
            return;
        }
        const call = this.orm.silent.call("res.partner", "get_cross_sell", [[partnerId]], {
            company_id: companyId,
            product_ids: productIds,
            limit: 3,
        });
        this.state.suggestions = (await this.keepLast.add(call)).suggestions;
    }

    /** Add the product as its own field on a line would: price, taxes and pricelist follow on the server. */
    async add(suggestion) {
        if (this.state.adding) {
            return;
        }
        this.state.adding = true;
        try {
            if (!(await this.data.order_line.leaveEditMode({ canAbandon: true }))) {
                return;
            }
            const accept = this.accepting(suggestion);
            const single = await this.orm.call("product.template", "get_single_product_variant", [
                suggestion.template_id,
            ]);
            if (single.product_id && !single.has_optional_products) {
                await this.addLine({ product_id: { id: single.product_id, display_name: single.product_name } });
                await accept();
            } else {
                this.configure(suggestion.template_id, accept);
            }
        } finally {
            this.state.adding = false;
        }
    }

    /** Notes that the advice was followed; with what it was given for, before the product is in the quotation. */
    accepting({ template_id: templateId }) {
        const { partnerId, companyId, productIds } = this.readContext(this.data);
        const args = [[partnerId], templateId, companyId, productIds, this.props.record.resId];
        return () => this.orm.silent.call("res.partner", "accept_cross_sell", args);
    }

    async addLine(values) {
        const { activeFields, fields } = this.data.order_line;
        const missing = Object.keys(CHOSEN).filter((name) => name in fields && !(name in activeFields));
        const added = this.data.order_line.addNewRecord({
            position: "bottom",
            mode: "readonly",
            activeFields: { ...Object.fromEntries(missing.map((name) => [name, CHOSEN[name]()])), ...activeFields },
        });
        // right behind it: who saves meanwhile would save a line without its product
        await this.props.record.model.mutex.exec(async () => (await added)._update(values));
    }

    configure(productTemplateId, accept) {
        this.dialog.add(ProductConfiguratorDialog, {
            productTemplateId,
            ptavIds: [],
            customPtavs: [],
            quantity: 1,
            companyId: this.data.company_id?.id,
            pricelistId: this.data.pricelist_id?.id,
            currencyId: this.data.currency_id?.id,
            soDate: serializeDateTime(this.data.date_order),
            edit: false,
            save: async (product, optionalProducts) => {
                for (const chosen of [product, ...optionalProducts]) {
                    await this.addLine(this.configuredValues(chosen));
                }
                await accept();
            },
            discard: () => {},
        });
    }

    /** The values of a line for a product of the configurator, as sale sets them. */
    configuredValues(product) {
        const custom = product.attribute_lines
            .map((attribute) => [getSelectedCustomPtav(attribute), attribute])
            .filter(([value]) => value)
            .map(([value, attribute]) =>
                x2ManyCommands.create(undefined, {
                    custom_product_template_attribute_value_id: [value.id, ""],
                    custom_value: attribute.customValue,
                })
            );
        const values = {
            product_id: { id: product.id, display_name: product.display_name },
            product_uom_qty: product.quantity,
            product_no_variant_attribute_value_ids: [
                x2ManyCommands.set(
                    product.attribute_lines
                        .filter((attribute) => attribute.create_variant === "no_variant")
                        .flatMap((attribute) => attribute.selected_attribute_value_ids)
                ),
            ],
            product_custom_attribute_value_ids: [x2ManyCommands.set([]), ...custom],
        };
        return product.uom ? { ...values, product_uom_id: product.uom } : values;
    }
}

registry.category("view_widgets").add("customer_retention_suggestions", {
    component: CustomerRetentionSuggestions,
    additionalClasses: ["w-100"],
});
registry.category("view_widgets").add("customer_retention_order_suggestions", {
    component: CustomerRetentionOrderSuggestions,
    additionalClasses: ["w-100"],
    fieldDependencies: [
        { name: "partner_id", type: "many2one" },
        { name: "company_id", type: "many2one" },
        { name: "currency_id", type: "many2one" },
        { name: "state", type: "selection" },
    ],
});
