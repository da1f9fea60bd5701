import { markup } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/**
 * The action service, for actions that methods return.
 *
 * What an action says of an empty list is HTML. Odoo tells so of actions that it loads, and of those that buttons return.
 */
export function useReturnedActions() {
    const service = useService("action");
    return Object.assign(Object.create(service), {
        doAction(action, options) {
            return service.doAction(action?.help ? { ...action, help: markup(action.help) } : action, options);
        },
    });
}
