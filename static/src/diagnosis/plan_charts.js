import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { MUTED, themeColor, ValueChart } from "../core/value_chart";

const time = (day) => deserializeDate(day).toMillis();

/** The measures of a plan, each on every day beside its line from where it began to where it is to be. */
export class PlanCharts extends Component {
    static template = "customer_value.PlanCharts";
    static components = { ValueChart };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ steps: [] });
        onWillStart(() => this.load(this.props.record));
        // steps that were moved or done are read again with the form
        onWillUpdateProps(({ record }) => this.load(record));
    }

    async load(record) {
        const steps = record.resId ? this.orm.call("customer.plan", "get_charts", [[record.resId]]) : [];
        this.state.steps = await this.keepLast.add(Promise.resolve(steps));
    }

    datasets({ points, line }) {
        const place = (point) => ({ ...point, x: time(point.x) });
        return [
            {
                label: _t("Plan"),
                data: line.map(place),
                borderColor: MUTED,
                backgroundColor: MUTED,
                borderDash: [5, 4],
                borderWidth: 1.5,
                pointRadius: 2,
            },
            {
                label: _t("Measured"),
                data: points.map(place),
                borderColor: themeColor("primary"),
                backgroundColor: themeColor("primary"),
                borderWidth: 2,
                pointRadius: points.length > 40 ? 0 : 2,
            },
        ];
    }

    options({ points, line }) {
        const days = [...points, ...line].map(({ x }) => time(x));
        return {
            scales: {
                x: {
                    type: "linear",
                    min: Math.min(...days),
                    max: Math.max(...days),
                    ticks: { maxTicksLimit: 4, callback: (value) => formatDate(luxon.DateTime.fromMillis(value)) },
                },
                y: { beginAtZero: true },
            },
        };
    }
}

registry.category("view_widgets").add("customer_plan_charts", { component: PlanCharts });
