import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useReturnedActions } from "../core/returned_action";

/**
 * Who moves from which tier to which, as a heat map.
 *
 * Not a ValueChart: it is a table, whose cells hold three numbers and are buttons, and whose headers are read out with them.
 */
export class MatrixTable extends Component {
    static template = "customer_value.MatrixTable";
    static props = {
        // see customer.value.run.get_matrix
        matrix: Object,
        onOpen: Function,
    };

    get table() {
        const { tiers, cells } = this.props.matrix;
        const fromIds = new Set(cells.map((cell) => cell.from));
        const toIds = new Set(cells.map((cell) => cell.to));
        // "no tier" has a row or a column only where somebody enters or leaves
        const columns = tiers.filter((tier) => tier.id || toIds.has(false));
        const rows = tiers.filter((tier) => tier.id || fromIds.has(false));
        const ranks = new Map(tiers.map((tier, index) => [tier.id, index]));
        return {
            columns: columns.map((tier) => ({ ...tier, name: tier.id ? tier.name : _t("Left") })),
            rows: rows.map((from) => {
                const total = cells.reduce((sum, cell) => sum + (cell.from === from.id ? cell.customers : 0), 0);
                return {
                    ...from,
                    name: from.id ? from.name : _t("New"),
                    total: formatInteger(total),
                    cells: columns.map((to) => this.describe(from, to, total, ranks)),
                };
            }),
        };
    }

    describe(from, to, total, ranks) {
        const found = this.props.matrix.cells.find((cell) => cell.from === from.id && cell.to === to.id);
        const kind = this.kind(from, to, ranks);
        if (!found) {
            return { id: to.id, kind, customers: 0 };
        }
        const share = found.customers / (total || 1);
        const customers = formatInteger(found.customers);
        const revenue = formatMonetary(found.revenue, {
            currencyId: this.props.matrix.currency_id,
            humanReadable: true,
        });
        const percent = formatFloat(100 * share, { digits: [5, 1] });
        return {
            id: to.id,
            kind,
            customers: found.customers,
            customersText: customers,
            revenue,
            percent: _t("%s%", percent),
            // the root makes the small shares, which are the rule off the diagonal, visible
            heat: (0.12 + 0.5 * Math.sqrt(share)).toFixed(2),
            label: _t("%(customers)s customers from %(from)s to %(to)s, revenue %(revenue)s. Show them.", {
                customers,
                from: from.name,
                to: to.name,
                revenue,
            }),
            source: found,
        };
    }

    kind(from, to, ranks) {
        if (from.id === to.id) {
            return "same";
        }
        if (!from.id) {
            return "new";
        }
        return ranks.get(to.id) < ranks.get(from.id) ? "up" : "down";
    }
}

/** The matrix of a run or a what-if: the record's model has get_matrix and action_view_moves. */
export class RunMatrix extends Component {
    static template = "customer_value.RunMatrix";
    static components = { MatrixTable };
    static props = {
        ...standardWidgetProps,
        title: { type: String, optional: true },
        // fields of the record that change whenever the matrix does
        refresh: { type: Array, element: String, optional: true },
    };
    static defaultProps = { refresh: ["started", "simulate"] };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.keepLast = new KeepLast();
        this.state = useState({ matrix: null });
        onWillStart(() => {
            this.load(this.props.record);
        });
        onWillUpdateProps(({ record }) => {
            if (this.key(record) !== this.loadedKey) {
                this.load(record);
            }
        });
    }

    key({ resId, data }) {
        return [resId, ...this.props.refresh.map((name) => data[name])].join("/");
    }

    async load(record) {
        this.loadedKey = this.key(record);
        if (record.resId) {
            this.state.matrix = await this.keepLast.add(
                this.orm.call(record.resModel, "get_matrix", [[record.resId]])
            );
        }
    }

    get title() {
        return this.props.title || (this.props.record.data.simulate ? _t("Expected tier changes") : _t("Tier changes"));
    }

    async open(cell) {
        const { record } = this.props;
        const action = await this.orm.call(record.resModel, "action_view_moves", [[record.resId]]);
        await this.action.doAction({
            ...action,
            domain: [
                ...action.domain,
                ["previous_tier_id", "in", cell.previous_ids],
                ["tier_id", "=", cell.to],
            ],
        });
    }
}

registry.category("view_widgets").add("customer_value_run_matrix", {
    component: RunMatrix,
    extractProps: ({ attrs: { title, refresh } }) => ({ title, refresh: refresh?.split(",") }),
    additionalClasses: ["w-100"],
});
