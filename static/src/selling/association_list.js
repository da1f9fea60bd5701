import { onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

export const POLL_INTERVAL = 1000;

/** A list whose rows are found by a statement over all customers: a button starts it and shows how far it has come. */
export class RefreshListController extends ListController {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.refresh = useState({ running: false, allowed: false, step: "", percent: 0 });
        onWillStart(async () => {
            this.refresh.allowed = await user.hasGroup("customer_value.group_customer_value_manager");
        });
        onWillDestroy(() => this.stopPolling());
    }

    async onRefresh() {
        if (this.refresh.running) {
            return;
        }
        Object.assign(this.refresh, { running: true, step: "", percent: 0 });
        this.poll();
        try {
            const action = await this.orm.silent.call(this.props.resModel, "action_refresh", []);
            await this.actionService.doAction(action);
            await this.model.load();
        } finally {
            this.stopPolling();
            this.refresh.running = false;
        }
    }

    openHeatMap() {
        return this.actionService.doAction("customer_value.action_customer_retention_heat_map");
    }

    poll() {
        this.timer = setTimeout(async () => {
            let progress = {};
            try {
                progress = await this.orm.silent.call(this.props.resModel, "get_progress", []);
            } catch {
                // a missed look at the progress is no reason to trouble the user
            }
            if (this.timer) {
                Object.assign(this.refresh, progress);
                this.poll();
            }
        }, POLL_INTERVAL);
    }

    stopPolling() {
        clearTimeout(this.timer);
        this.timer = null;
    }
}

registry.category("views").add("customer_retention_association_list", {
    ...listView,
    Controller: RefreshListController,
    buttonTemplate: "customer_value.AssociationList.Buttons",
});
