import { registry } from "@web/core/registry";

/** The next pair takes the place of the one that was decided: the way back leads to the list, not through all pairs. */
function openNext(env, action) {
    return env.services.action.doAction(action.params.action, { stackPosition: "replaceCurrentAction" });
}

registry.category("actions").add("customer_duplicate_next", openNext);
