import { onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/** The queue of duplicates, with what they cost on top of it. */
export class DuplicateListController extends ListController {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.looks = useState({ rows: [] });
        onWillStart(() => this.loadCost());
        // the list is loaded again after a search
        useBus(this.model.bus, "update", () => this.loadCost());
    }

    async loadCost() {
        this.looks.rows = await this.orm.silent.call(this.props.resModel + ".look", "get_cost", []);
    }
}

registry.category("views").add("customer_duplicate_list", {
    ...listView,
    Controller: DuplicateListController,
});
DuplicateListController.template = "customer_value.DuplicateList";
