import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatInteger } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useReturnedActions } from "../core/returned_action";

const MODEL = "customer.acquisition.cohort";

/**
 * Cohorts down, months since the first order across; the darker a cell, the more. Each cell opens its customers.
 *
 * A table of numbers, as the heat map of product associations: its headers are read out with its cells.
 */
export class CohortMap extends Component {
    static template = "customer_value.CohortMap";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.keepLast = new KeepLast();
        this.display = { controlPanel: {} };
        this.state = useState({ page: null, measure: "retention", channel: false });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.page = await this.keepLast.add(this.orm.call(MODEL, "get_page", [this.state.channel]));
    }

    async choose(channel) {
        this.state.channel = Number(channel) || false;
        await this.load();
    }

    get measure() {
        return this.state.page.measures.find((measure) => measure.code === this.state.measure);
    }

    /** What stands for the darkest color: the first month, in which all ordered, would pale the others. */
    get most() {
        const skipped = this.state.measure === "retention" ? 1 : 0;
        const values = this.state.page.cohorts.flatMap((cohort) =>
            cohort.cells.filter((cell) => cell.is_complete && cell.month > skipped).map((cell) => Math.abs(cell[this.state.measure])),
        );
        return Math.max(...values, 0.01);
    }

    heat(cell, most) {
        return (0.05 + 0.75 * Math.min(Math.abs(cell[this.state.measure]) / most, 1)).toFixed(2);
    }

    text(cell) {
        return cell[`text_${this.state.measure}`];
    }

    describe(cohort, cell) {
        return _t("Customers since %(cohort)s, month %(month)s: %(measure)s %(value)s; %(buyers)s of %(customers)s ordered", {
            cohort: cohort.label,
            month: cell.month,
            measure: this.measure.label,
            value: this.text(cell),
            buyers: formatInteger(cell.buyers),
            customers: formatInteger(cohort.customers),
        });
    }

    async open(cohort, month = false) {
        const action = await this.orm.call(MODEL, "open_cell", [cohort.day, month, this.state.channel]);
        return this.action.doAction(action);
    }
}

registry.category("actions").add("customer_acquisition_cohort", CohortMap);
