import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** The cut points and limits that the last applied full run has frozen. */
export class Calibration extends Component {
    static template = "customer_value.Calibration";
    static props = { ...standardWidgetProps };

    get calibration() {
        return this.props.record.data.calibration;
    }

    get facts() {
        const { as_of: asOf, customers, dormant_days: dormant, lost_days: lost, abc } = this.calibration;
        return [
            { label: _t("As of"), value: formatDate(deserializeDate(asOf)) },
            { label: _t("Customers"), value: formatInteger(customers) },
            { label: _t("Dormant after"), value: _t("%s days", dormant) },
            { label: _t("Lost after"), value: _t("%s days", lost) },
            { label: _t("Class A from"), value: this.money(abc[0]) },
            { label: _t("Class B from"), value: this.money(abc[1]) },
        ].filter((fact) => fact.value);
    }

    get cuts() {
        const dimensions = this.props.record.data.dimension_ids.records.map((record) => record.data);
        const selection = this.props.record.data.dimension_ids.config.fields.metric.selection;
        const labels = Object.fromEntries(selection);
        const units = Object.fromEntries(dimensions.map((dimension) => [dimension.metric, dimension.unit]));
        const rfm = [_t("RFM: recency"), _t("RFM: frequency"), _t("RFM: monetary")];
        const rows = [
            ...Object.entries(this.calibration.cuts).map(([metric, values]) => ({
                label: [labels[metric] || metric, units[metric] && `(${units[metric]})`].filter(Boolean).join(" "),
                values,
            })),
            ...this.calibration.rfm.map((values, index) => ({ label: rfm[index], values })),
        ];
        return rows.map(({ label, values }) => ({
            label,
            values: (values || []).map((value) =>
                Number.isInteger(value) ? formatInteger(value) : formatFloat(value, { digits: [16, 2] })
            ),
        }));
    }

    money(amount) {
        const currencyId = this.props.record.data.currency_id?.id;
        return amount === null || amount === undefined ? "" : formatMonetary(amount, { currencyId });
    }
}

registry.category("view_widgets").add("customer_value_calibration", {
    component: Calibration,
    additionalClasses: ["w-100"],
});
