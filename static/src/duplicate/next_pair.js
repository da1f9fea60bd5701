import { registry } from "@web/core/registry";

/** The next pair, or the list, takes the place of the pair that was decided: the way back leads to the list. */
function openNext(env, action) {
    const service = env.services.action;
    const following = action.params.action;
    const current = service.currentController?.action;
    const isQueue = current?.res_model === following.res_model && current.views.some(([, type]) => type === "list");
    if (!isQueue) {
        return service.doAction(following);
    }
    return following.res_id ? service.switchView("form", { resId: following.res_id }) : service.switchView("list");
}

registry.category("actions").add("customer_duplicate_next", openNext);
