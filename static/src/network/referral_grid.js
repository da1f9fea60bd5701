import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useReturnedActions } from "../core/returned_action";

/**
 * Own value beside referral value: four groups of customers with their number and money, each of which opens its list.
 *
 * Not a ValueChart: the four fields are buttons, which readers of the screen and the keyboard find as such.
 */
export class ReferralGrid extends Component {
    static template = "customer_value.ReferralGrid";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.state = useState({ page: null });
        onWillStart(async () => {
            this.state.page = await this.orm.call("customer.referral.grid", "get_page", []);
        });
    }

    /** From high to low own value, and from low to high referral value. */
    get rows() {
        const { cells } = this.state.page;
        return [
            ["affluent", "champion"],
            ["miser", "advocate"],
        ].map((keys) => keys.map((key) => ({ key, heat: (0.06 + 0.3 * cells[key].share).toFixed(2), ...cells[key] })));
    }

    open(cell) {
        return this.action.doAction("customer_value.action_customer_referral_value", {
            additionalContext: { [`search_default_${cell.key}s`]: 1 },
        });
    }
}

registry.category("actions").add("customer_referral_grid", ReferralGrid);
