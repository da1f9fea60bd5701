import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

const INTAKE = "customer_value.action_customer_complaint_intake";

/** *New* takes a complaint down, as it does on the board (`on_create`): an empty ticket would ask for what nobody knows. */
export class ComplaintListController extends ListController {
    async createRecord() {
        const { root } = this.model;
        await this.actionService.doAction(INTAKE, {
            additionalContext: root.context,
            onClose: () => root.load(),
        });
    }
}

/** The form is the one of all tickets: only a complaint is followed by a complaint. */
export class ComplaintFormController extends FormController {
    async create() {
        const { root } = this.model;
        if (!root.data.is_complaint) {
            return super.create();
        }
        if (!(await root.isDirty()) || (await root.save())) {
            await this.actionService.doAction(INTAKE);
        }
    }
}

registry.category("views").add("customer_complaint_list", { ...listView, Controller: ComplaintListController });
registry.category("views").add("customer_complaint_form", { ...formView, Controller: ComplaintFormController });
