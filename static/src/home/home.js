import { Component, onWillStart, useState } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { formatMonetary } from "@web/views/fields/formatters";
import { useReturnedActions } from "../core/returned_action";
import { DeskFigure } from "../desk/desk_figure";
import { ValueGrid } from "./value_grid";

/** The first page of the app: the stages of the chain of value, each with its figures and what to do next. */
export class CustomerHome extends Component {
    static template = "customer_value.CustomerHome";
    static components = { DeskFigure, Layout, ValueGrid };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.asked = 0;
        const { scope = false } = this.props.state || {};
        this.state = useState({ home: null, scope, columns: {} });
        useSetupAction({ getLocalState: () => ({ scope: this.state.scope }) });
        onWillStart(() => this.load());
    }

    get display() {
        return { controlPanel: {} };
    }

    get home() {
        return this.state.home;
    }

    get date() {
        return formatDate(deserializeDate(this.home.date));
    }

    get money() {
        return (amount, options = {}) => formatMonetary(amount, { currencyId: this.home.currency_id, ...options });
    }

    /** Before the first run every column would say the same: once is enough. */
    hasAdvice(code) {
        const first = this.home.columns[0].code;
        return code === first || this.state.columns[code].next.sentence !== this.state.columns[first]?.next?.sentence;
    }

    async load() {
        const { scope } = this.state;
        const asked = ++this.asked;
        const home = await this.orm.call("customer.home", "get_home", [scope]);
        if (asked !== this.asked) {
            return;
        }
        Object.assign(this.state, { home, scope: home.scope, columns: {} });
        // each for itself: a column that takes long keeps nobody waiting for the others
        for (const { code } of home.columns) {
            this.loadColumn(code, asked);
        }
    }

    async loadColumn(code, asked) {
        let column = { failed: true };
        try {
            column = await this.orm.call("customer.home", "get_column", [code, this.state.scope]);
        } finally {
            if (asked === this.asked) {
                this.state.columns[code] = column;
            }
        }
    }

    chooseScope(scope) {
        this.state.scope = scope;
        return this.load();
    }

    open(action) {
        return action && this.action.doAction(action);
    }

    openDashboard() {
        return this.action.doAction("customer_value.action_customer_value_desk");
    }

    findCustomer() {
        return this.action.doAction("customer_value.action_customer_page");
    }
}

registry.category("actions").add("customer_value_home", CustomerHome);
