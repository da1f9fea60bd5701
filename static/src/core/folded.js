import { useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";

/**
 * Whether a part of the page that folds to one line is open; this browser remembers it for each user.
 *
 * @param {string} name of the part
 * @returns {{ isOpen: boolean, toggle: () => void }} reactive
 */
export function useFolded(name) {
    const key = `customer_value.${name}.open.${user.userId}`;
    const state = useState({
        isOpen: browser.localStorage.getItem(key) === "true",
        toggle() {
            state.isOpen = !state.isOpen;
            browser.localStorage.setItem(key, state.isOpen);
        },
    });
    return state;
}
