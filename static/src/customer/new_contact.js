import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useReturnedActions } from "../core/returned_action";
import { isEnough } from "./enough";

/** What was typed into the search, taken for what it looks like: somebody whom nobody knows has left it. */
export function readAsked(asked) {
    const text = asked.trim();
    const nothing = { person: "", phone: "", email: "" };
    if (text.includes("@")) {
        return { ...nothing, email: text };
    }
    if (/^[+\d\s()/.–-]{5,}$/.test(text)) {
        return { ...nothing, phone: text };
    }
    return { ...nothing, person: text };
}

/** Takes down a contact: who, how, what was said, and with one click what it leads to. */
export class NewContactDialog extends Component {
    static template = "customer_value.NewContactDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        // the record that the user looks at, whose customer the dialog begins with
        resModel: { type: [String, Boolean], optional: true },
        resId: { type: [Number, Boolean], optional: true },
        onRecorded: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.notification = useService("notification");
        this.keepFound = new KeepLast();
        this.state = useState({
            customer: false,
            asked: "",
            found: null,
            channel: "phone",
            direction: "in",
            note: "",
            unknown: readAsked(""),
            isSaving: false,
        });
        useAutofocus({ refName: "who" });
        this.search = useDebounced(() => this.find(), 250);
        onWillStart(async () => {
            const { resModel = false, resId = false } = this.props;
            this.choices = await this.orm.call("customer.contact", "get_choices", [resModel, resId]);
            this.state.customer = this.choices.customer;
        });
    }

    get outcomes() {
        const { customer } = this.state;
        return customer && !customer.lead_id ? this.choices.outcomes : this.choices.unknown_outcomes;
    }

    get hasMore() {
        return this.state.found?.filter(({ lead_id }) => !lead_id).length === this.choices.most_found;
    }

    get isUnknown() {
        return !this.state.customer && isEnough(this.state.asked);
    }

    onInput() {
        this.state.unknown = readAsked(this.state.asked);
        this.search();
    }

    async find() {
        const { asked } = this.state;
        const call = isEnough(asked) ? this.orm.silent.call("customer.contact", "find_whom", [asked]) : null;
        this.state.found = await this.keepFound.add(Promise.resolve(call));
    }

    choose(candidate) {
        Object.assign(this.state, { customer: candidate, asked: "", found: null });
    }

    forget() {
        this.state.customer = false;
    }

    async record(outcome) {
        const { customer, unknown, channel, direction, note } = this.state;
        const { contact_id = false, lead_id = false } = customer || {};
        const values = { contact_id, lead_id, channel, direction, note };
        this.state.isSaving = true;
        try {
            const { action } = await this.orm.call("customer.contact", "take_down", [
                customer ? values : { ...values, ...unknown },
                outcome,
            ]);
            this.props.close();
            this.props.onRecorded?.();
            if (action) {
                await this.action.doAction(action);
            } else {
                this.notification.add(_t("The contact is recorded."), { type: "success" });
            }
        } finally {
            this.state.isSaving = false;
        }
    }
}

/** New Contact at the top of every page, for users of the addon. */
export class NewContactMenu extends Component {
    static template = "customer_value.NewContactMenu";
    static props = {};

    setup() {
        this.action = useReturnedActions();
        this.dialog = useService("dialog");
        onWillStart(async () => {
            this.isUser = await user.hasGroup("customer_value.group_customer_value_user");
        });
    }

    open() {
        const controller = this.action.currentController;
        const isForm = controller?.view?.type === "form";
        const form = {
            resModel: isForm && controller.props.resModel,
            resId: isForm && Number(controller.currentState?.resId ?? controller.props.resId ?? 0),
        };
        const page = { resModel: "res.partner", resId: Number(controller?.currentState?.active_id || 0) };
        this.dialog.add(NewContactDialog, controller?.action?.tag === "customer_value_page" ? page : form);
    }
}

registry.category("systray").add("customer_value.new_contact", { Component: NewContactMenu }, { sequence: 26 });
