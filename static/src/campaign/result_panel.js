import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { IntervalChart } from "../core/interval_chart";
import { useReturnedActions } from "../core/returned_action";
import { Plot } from "./plot";

/** What a campaign has brought. */
export class RetentionResult extends Component {
    static template = "customer_value.RetentionResult";
    static components = { IntervalChart, Plot };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.keepLast = new KeepLast();
        this.state = useState({ result: null });
        onWillStart(() => {
            this.load(this.props.record);
        });
        // measured again, or ended: the record is read again
        onWillUpdateProps(({ record }) => {
            if (record !== this.props.record || this.key(record) !== this.loadedKey) {
                this.load(record);
            }
        });
    }

    key({ resId, data }) {
        const { result_date: date, result_state: verdict, effect, cost_total: cost, state } = data;
        return [resId, date ? serializeDate(date) : "", verdict, effect, cost, state].join("/");
    }

    async load(record) {
        this.loadedKey = this.key(record);
        if (record.resId) {
            this.state.result = await this.keepLast.add(this.orm.call(record.resModel, "get_result", [[record.resId]]));
        }
    }

    get currencyId() {
        return this.state.result.currency_id;
    }

    money(number) {
        return formatMonetary(number, { currencyId: this.currencyId });
    }

    /** See IntervalChart. */
    get interval() {
        const { low, effect, high, worthwhile } = this.state.result.interval;
        const amounts = { effect: this.money(effect), low: this.money(low), high: this.money(high) };
        return {
            low,
            middle: effect,
            high,
            worthwhile,
            tone: this.state.result.tone,
            label: _t("Effect per customer: %(effect)s, between %(low)s and %(high)s", amounts),
            words: {
                middle: _t("effect per customer: %s", amounts.effect),
                interval: _t("between %(low)s and %(high)s", amounts),
                worthwhile: _t("worthwhile from %s", this.money(worthwhile)),
            },
        };
    }

    // -- shares ------------------------------------------------------------------------------------------------------

    /** Not a ValueChart: two bars, each between its name and its share, need neither a scale nor a legend. */
    get retained() {
        const { treated, holdout } = this.state.result.retained;
        const row = (name, className, share) => ({ name, className, width: 100 * share, text: this.percent(share) });
        return [
            row(_t("Offer group"), "o_value_treated", treated),
            row(_t("Control group"), "o_value_holdout", holdout),
        ];
    }

    percent(share) {
        return _t("%s%", formatFloat(100 * share, { digits: [5, 1] }));
    }

    // -- over time ---------------------------------------------------------------------------------------------------

    /** The picture begins a day before the first point of a period, with nothing. */
    get picture() {
        const { points, first: opening, start } = this.state.result;
        const before = points.filter((point) => point.is_before);
        const after = points.filter((point) => !point.is_before);
        const eveOf = (day) => serializeDate(deserializeDate(day).minus({ days: 1 }));
        const eve = eveOf(start);
        const known = after.filter((point) => point.is_effect_known);
        if (!after.length) {
            return null;
        }
        const first = before.length ? eveOf(opening) : eve;
        const line = (name, field, period, from) => ({
            name,
            isMuted: field === "margin_holdout",
            isBefore: period === before,
            points: [{ date: from, value: 0 }, ...period.map((point) => ({ date: point.date, value: point[field] }))],
        });
        const lines = [
            line(_t("Offer group"), "margin_treated", after, eve),
            line(_t("Control group"), "margin_holdout", after, eve),
        ];
        if (before.length) {
            lines.push(
                line(_t("Offer group, before"), "margin_treated", before, first),
                line(_t("Control group, before"), "margin_holdout", before, first)
            );
        }
        return {
            first,
            last: after.at(-1).date,
            mark: before.length ? eve : false,
            lines,
            band: known.map(({ date, effect_low: low, effect_high: high }) => ({ date, low, high })),
            difference: [
                {
                    name: _t("Difference"),
                    points: known.map(({ date, effect: value }) => ({ date, value })),
                },
            ],
        };
    }

    get marginLabel() {
        const { margin_treated: treated, margin_holdout: holdout } = this.state.result.points.at(-1);
        return _t("Margin per customer to date: %(treated)s with the offer, %(holdout)s in the control group", {
            treated: this.money(treated),
            holdout: this.money(holdout),
        });
    }

    get differenceLabel() {
        const { effect_low: low, effect_high: high } = this.state.result.points.at(-1);
        return _t("Difference per customer to date: between %(low)s and %(high)s", {
            low: this.money(low),
            high: this.money(high),
        });
    }

    // -- what is behind ----------------------------------------------------------------------------------------------

    async open(kind) {
        const { resId, resModel } = this.props.record;
        this.action.doAction(await this.orm.call(resModel, "action_view_result", [[resId], kind]));
    }
}

registry.category("view_widgets").add("customer_retention_result", {
    component: RetentionResult,
    additionalClasses: ["w-100"],
    fieldDependencies: [
        { name: "result_date", type: "date" },
        { name: "result_state", type: "selection" },
        { name: "effect", type: "monetary" },
        { name: "cost_total", type: "monetary" },
        { name: "state", type: "selection" },
    ],
});
