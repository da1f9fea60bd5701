import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useReturnedActions } from "../core/returned_action";

/**
 * What goes with what, among the products that most customers buy: the darker, the more often than by chance.
 *
 * Not a ValueChart: it is a table of numbers, whose cells are buttons and whose headers are read out with them.
 */
export class AssociationHeatMap extends Component {
    static template = "customer_value.AssociationHeatMap";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.display = { controlPanel: {} };
        this.state = useState({ products: [], rows: [] });
        onWillStart(async () => {
            const { products, cells } = await this.orm.call("customer.retention.association", "get_heat_map", []);
            this.state.products = products;
            this.state.rows = this.layOut(products, cells);
        });
    }

    layOut(products, cells) {
        const strongest = Math.max(...cells.map((cell) => cell.lift), 1.01);
        const byPair = new Map(cells.map((cell) => [`${cell.from}/${cell.to}`, cell]));
        return products.map((from) => ({
            ...from,
            cells: products.map((to) => {
                const cell = byPair.get(`${from.id}/${to.id}`);
                return { key: to.id, isSame: from.id === to.id, ...(cell && this.describe(cell, from, to, strongest)) };
            }),
        }));
    }

    describe(cell, from, to, strongest) {
        const lift = formatFloat(cell.lift, { digits: [16, 1] });
        const share = formatFloat(100 * cell.confidence, { digits: [16, 0] });
        return {
            id: cell.id,
            lift,
            heat: (0.1 + (0.75 * (cell.lift - 1)) / (strongest - 1)).toFixed(2),
            label: _t("%(share)s% of the customers who buy %(from)s also buy %(to)s, %(lift)s times as often as all customers (%(customers)s customers)", {
                share,
                lift,
                from: from.name,
                to: to.name,
                customers: formatInteger(cell.customers),
            }),
        };
    }

    open(cell) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "customer.retention.association",
            res_id: cell.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("customer_retention_heat_map", AssociationHeatMap);
