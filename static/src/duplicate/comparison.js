import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useFolded } from "../core/folded";
import { useReturnedActions } from "../core/returned_action";

// Bits that fill half of the track
const FULL = 20;

function number(bits) {
    return formatFloat(bits || 0, { digits: [16, 1] });
}

/** Two customers side by side: what differs is marked, and each field says how much it speaks for or against a duplicate. */
export class DuplicateComparison extends Component {
    static template = "customer_value.DuplicateComparison";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useReturnedActions();
        this.advanced = useFolded("duplicate");
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
            number: `${row.bits > 0 ? "+" : ""}${number(row.bits)}`,
            bar: this.bar(row.bits),
        }));
    }

    /** Rightwards from the middle what speaks for a duplicate, leftwards what speaks against it. */
    bar(bits) {
        const width = (50 * Math.min(Math.abs(bits), FULL)) / FULL;
        const start = bits < 0 ? 50 - width : 50;
        return `inset-inline-start: ${start}%; width: ${width}%`;
    }

    get priorWords() {
        return _t("Before they are compared, two customers are hardly ever the same: %s bits.", number(this.value.prior));
    }

    get totalWords() {
        return _t("Together with the evidence: %s bits. Above 0, they are rather the same than not.", number(this.value.total));
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
