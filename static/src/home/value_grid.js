import { Component } from "@odoo/owl";
import { formatInteger } from "@web/views/fields/formatters";

/** Customers by what they bring and what more might come of them; the more there are, the darker. */
export class ValueGrid extends Component {
    static template = "customer_value.ValueGrid";
    static props = {
        // see customer.home
        grid: Object,
        onOpen: Function,
    };

    get most() {
        return Math.max(...this.props.grid.rows.flatMap(({ cells }) => cells.map(({ value }) => value)), 1);
    }

    format(value) {
        return formatInteger(value);
    }

    shade({ value }) {
        // the root tells few from none, also beside a cell with thousands
        return `--o-home-share: ${value ? Math.round(8 + 42 * Math.sqrt(value / this.most)) : 0}%`;
    }
}
