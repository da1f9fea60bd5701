import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useFolded } from "../core/folded";
import { themeColor, ValueChart } from "../core/value_chart";

const MODEL = "customer.lifetime.forecast";
const TONES = { good: "success", fair: "warning", poor: "danger" };

/** How good the forecasts of the company are: what was forecast some weeks ago, beside what came. */
export class ForecastPage extends Component {
    static template = "customer_value.ForecastPage";
    static components = { Layout, ValueChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ page: null, calibrating: false });
        this.advanced = useFolded("forecast");
        onWillStart(() => this.load());
    }

    async load(id = null) {
        this.state.page = await this.keepLast.add(this.orm.call(MODEL, "get_page", [id]));
    }

    async calibrate() {
        this.state.calibrating = true;
        try {
            await this.orm.call("customer.lifetime.calibration", "action_calibrate", []);
            await this.load();
        } finally {
            this.state.calibrating = false;
        }
    }

    get tone() {
        return TONES[this.state.page.grade];
    }

    get columns() {
        return [
            { key: "gini", label: _t("Gini") },
            { key: "top5", label: _t("Best 5%") },
            { key: "top10", label: _t("Best 10%") },
            { key: "top20", label: _t("Best 20%") },
            { key: "found", label: _t("Found") },
            { key: "error", label: _t("Total") },
        ];
    }

    get datasets() {
        const bars = (key, label, color) => ({
            label,
            backgroundColor: color,
            data: this.state.page.deciles.map((group) => ({ x: group.label, y: group[key], text: group[`text_${key}`] })),
        });
        return [
            bars("forecast", _t("Forecast"), themeColor("primary", 0.45)),
            bars("actual", _t("What came"), themeColor("primary")),
        ];
    }

    get options() {
        return { scales: { x: { grid: { display: false } }, y: { beginAtZero: true } } };
    }
}

registry.category("actions").add("customer_lifetime_forecast", ForecastPage);
