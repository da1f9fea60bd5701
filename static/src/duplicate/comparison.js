import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

// Bits that fill half of the track
const FULL = 20;

/** Two customers side by side: what differs is marked, and each field says how much it speaks for or against a duplicate. */
export class DuplicateComparison extends Component {
    static template = "customer_value.DuplicateComparison";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get value() {
        return this.props.record.data[this.props.name] || { rows: [] };
    }

    get sides() {
        const { left, right, keeps } = this.value;
        return [
            { ...left, code: "left", isKept: keeps === "left" },
            { ...right, code: "right", isKept: keeps === "right" },
        ];
    }

    get rows() {
        return this.value.rows.map((row) => ({
            ...row,
            differs: row.left !== row.right,
            number: `${row.bits > 0 ? "+" : ""}${formatFloat(row.bits, { digits: [16, 1] })}`,
            bar: this.bar(row.bits),
        }));
    }

    /** Rightwards from the middle what speaks for a duplicate, leftwards what speaks against it. */
    bar(bits) {
        const width = (50 * Math.min(Math.abs(bits), FULL)) / FULL;
        const start = bits < 0 ? 50 - width : 50;
        return `inset-inline-start: ${start}%; width: ${width}%`;
    }

    number(bits) {
        return formatFloat(bits, { digits: [16, 1] });
    }

    open(side) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: side.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("customer_duplicate_comparison", {
    component: DuplicateComparison,
    supportedTypes: ["json"],
});
