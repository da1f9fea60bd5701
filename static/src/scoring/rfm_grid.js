import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const QUINTILES = [1, 2, 3, 4, 5];

/**
 * @param {Object[]} segments with name, color and the limits r_min to m_max
 * @returns {Object[]} five tables, one for each monetary quintile, of recency (rows, best first) by frequency
 */
export function layOut(segments) {
    return QUINTILES.map((monetary) => ({
        monetary,
        rows: QUINTILES.toReversed().map((recency) => ({
            recency,
            cells: QUINTILES.map((frequency) => {
                const owners = segments.filter(
                    (segment) =>
                        segment.r_min <= recency &&
                        recency <= segment.r_max &&
                        segment.f_min <= frequency &&
                        frequency <= segment.f_max &&
                        segment.m_min <= monetary &&
                        monetary <= segment.m_max
                );
                return { frequency, code: `${recency}${frequency}${monetary}`, owners };
            }),
        })),
    }));
}

/** The 125 codes of recency, frequency and monetary quintiles, colored by segment, as the segments are edited. */
export class RfmGrid extends Component {
    static template = "customer_value.RfmGrid";
    static props = { ...standardWidgetProps };

    get segments() {
        return this.props.record.data.segment_ids.records.map((segment) => segment.data);
    }

    get tables() {
        return layOut(this.segments);
    }

    get problems() {
        const cells = this.tables.flatMap((table) => table.rows.flatMap((row) => row.cells));
        const missing = cells.filter((cell) => !cell.owners.length).length;
        const doubled = cells.filter((cell) => cell.owners.length > 1).length;
        return [
            missing && _t("%s codes without a segment", missing),
            doubled && _t("%s codes in several segments", doubled),
        ].filter(Boolean);
    }

    title(cell) {
        const names = cell.owners.map((segment) => segment.name).join(", ");
        return _t("%(code)s: %(segment)s", { code: cell.code, segment: names || _t("no segment") });
    }

    cellClass(cell) {
        if (cell.owners.length !== 1) {
            return cell.owners.length ? "o_value_doubled" : "o_value_missing";
        }
        return `badge o_badge_color_${cell.owners[0].color || 0}`;
    }
}

registry.category("view_widgets").add("customer_value_rfm_grid", {
    component: RfmGrid,
    additionalClasses: ["w-100"],
});
