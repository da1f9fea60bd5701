import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

// What begins with it in the command palette is a customer.
const NAMESPACE = "!";
const MENU = "customer_value.menu_customer_page";

/** Customers in the command palette, found as on the customer page; for those who have its menu, since they may see it. */
export const findCustomerService = {
    dependencies: ["action", "menu", "orm"],
    start(env, { action, menu, orm }) {
        if (!menu.getAll().some(({ xmlid }) => xmlid === MENU)) {
            return;
        }
        registry.category("command_setup").add(NAMESPACE, {
            debounceDelay: 250,
            emptyMessage: _t("Nobody is found. Try a part of the name, or the last digits of the phone number."),
            name: _t("customers"),
            placeholder: _t("Name, number, phone, email or document..."),
        });
        registry.category("command_provider").add("customer_value_customers", {
            namespace: NAMESPACE,
            async provide(_env, { searchValue }) {
                const found = await orm.silent.call("customer.page", "find", [searchValue]);
                return found.map(({ id, name, found: by }) => ({
                    name: `${name} (${by})`,
                    action: () =>
                        action.doAction("customer_value.action_customer_page", { additionalContext: { active_id: id } }),
                }));
            },
        });
    },
};

registry.category("services").add("customer_value_find", findCustomerService);
