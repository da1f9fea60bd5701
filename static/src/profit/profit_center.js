import { Component, onWillStart, useState } from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { IntervalChart } from "../core/interval_chart";
import { useReturnedActions } from "../core/returned_action";
import { findPeriod, getPresets } from "./profit_period";
import { ProfitWaterfall } from "./profit_waterfall";

const { DateTime } = luxon;
const MODEL = "customer.retention.profit";
// Of other figures more is neither better nor worse in itself.
const BETTER = {
    profit: 1, margin_kept: 1, kept_share: 1, loyalty: 1, on_time: 1, satisfaction: 1, won_after: 1, won_margin: 1,
    ordered_after: 1, margin_after: 1, new: 1, missed: -1, answer_days: -1, effect_profit: 1,
}; // prettier-ignore

/**
 * Whether a figure has become better.
 *
 * @param {string} key
 * @param {{ value: number | null, before: number | null }} figure
 * @returns {{ icon: string, className: string } | null} null where there is nothing to compare
 */
export function compare(key, { value, before }) {
    if (value === null || before === null || value === before) {
        return null;
    }
    const up = value > before;
    const better = BETTER[key] && (BETTER[key] > 0) === up;
    return {
        icon: up ? "fa-caret-up" : "fa-caret-down",
        className: !BETTER[key] ? "text-muted" : better ? "text-success" : "text-danger",
    };
}

/** What keeping customers costs and brings in a period. Every figure opens the records behind it. */
export class ProfitCenter extends Component {
    static template = "customer_value.ProfitCenter";
    static components = { DateTimeInput, IntervalChart, Layout, ProfitWaterfall };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useReturnedActions();
        this.keepLast = new KeepLast();
        const past = this.props.state || {};
        this.state = useState({
            preset: past.preset || "this_quarter",
            from: past.from ? deserializeDate(past.from) : null,
            to: past.to ? deserializeDate(past.to) : null,
            page: null,
            years: null,
            loading: true,
            error: "",
            printing: false,
            printed: 0,
        });
        this.presets = getPresets();
        useSetupAction({
            getLocalState: () => ({
                preset: this.state.preset,
                from: serializeDate(this.state.from),
                to: serializeDate(this.state.to),
            }),
        });
        onWillStart(() => {
            if (this.state.preset !== "own" || !this.state.from) {
                this.choose(this.state.preset === "own" ? "this_quarter" : this.state.preset);
            } else {
                // the page is there before its figures
                this.load();
            }
        });
    }

    // -- period --------------------------------------------------------------------------------------------------

    choose(preset) {
        this.state.preset = preset;
        if (preset !== "own") {
            Object.assign(this.state, findPeriod(preset, DateTime.local()));
            return this.load();
        }
    }

    setDay(end, day) {
        if (!day) {
            return;
        }
        Object.assign(this.state, { preset: "own", [end]: day });
        return this.load();
    }

    get days() {
        return [serializeDate(this.state.from), serializeDate(this.state.to)];
    }

    async load() {
        Object.assign(this.state, { loading: true, error: "" });
        let page = null;
        let error = "";
        try {
            page = await this.keepLast.add(this.orm.call(MODEL, "get_profit_center", this.days));
        } catch (failed) {
            error = failed.data?.message || failed.message || _t("The figures could not be loaded.");
        }
        Object.assign(this.state, { page, error, loading: false });
        if (page && !page.empty) {
            await this.loadYears();
        }
    }

    /** Whole years take longer than a period: the page does not wait for them. */
    async loadYears() {
        const days = this.days;
        this.state.years = null;
        const years = await this.orm.call(MODEL, "get_years", days);
        if (days.join() === this.days.join()) {
            this.state.years = years;
        }
    }

    // -- what is shown -------------------------------------------------------------------------------------------

    get page() {
        return this.state.page;
    }

    describe({ from, to }) {
        return _t("%(from)s to %(to)s", {
            from: formatDate(deserializeDate(from)),
            to: formatDate(deserializeDate(to)),
        });
    }

    format(value, unit) {
        if (value === null || value === undefined) {
            return "–";
        }
        switch (unit) {
            case "money":
                return formatMonetary(value, { currencyId: this.page.currency_id });
            case "count":
                return formatInteger(value);
            case "share":
                return _t("%s%", formatFloat(value, { digits: [8, 1] }));
            case "days":
                return _t("%s days", formatFloat(value, { digits: [8, 1] }));
            case "times":
                return _t("%s times", formatFloat(value, { digits: [8, 1] }));
            default:
                return formatFloat(value, { digits: [8, 1] });
        }
    }

    /** Beside a scale. */
    formatShort(value) {
        return formatMonetary(value, { currencyId: this.page.currency_id, humanReadable: true });
    }

    figure(key) {
        const figure = this.page.figures[key];
        return {
            ...figure,
            key,
            text: this.format(figure.value, figure.unit),
            beforeText: this.format(figure.before, figure.unit),
            change: compare(key, figure),
        };
    }

    figures(...keys) {
        return keys.map((key) => this.figure(key));
    }

    get steps() {
        const { gains, costs, figures } = this.page;
        const known = (keys) => keys.filter((key) => figures[key].value !== null);
        // a cost is shown as what it takes away
        const step = (key, amount, total = false) => ({ ...this.figure(key), amount, total, text: this.format(amount, "money") });
        return [
            ...known(costs).map((key) => step(key, -figures[key].value)),
            ...known(gains).map((key) => step(key, figures[key].value)),
            ...known(["profit"]).map((key) => step(key, figures[key].value, true)),
        ];
    }

    get paid() {
        const { profit, keeping } = this.page.figures;
        if (profit.value === null) {
            return _t("Whether retaining customers paid off cannot be said yet.");
        }
        if (!keeping.value) {
            return "";
        }
        return profit.value >= 0
            ? _t("Retaining customers paid off: %s after costs.", this.format(profit.value, "money"))
            : _t("Retaining customers cost more than it brought in: %s.", this.format(profit.value, "money"));
    }

    get beyond() {
        const { kept_difference: kept, margin_difference: margin } = this.page.figures;
        if (kept.value === null) {
            return _t("There were no customers in the previous period: no comparison is possible.");
        }
        const sign = (value, unit) => (value > 0 ? "+" : "") + this.format(value, unit);
        return _t("All customers compared with expectation: %(kept)s customers, %(margin)s margin.", {
            kept: sign(kept.value, "number"),
            margin: sign(margin.value, "money"),
        });
    }

    get years() {
        const units = { new: "count", acquisition: "money", per_new: "money", kept: "count", keeping: "money", per_kept: "money", ratio: "times" };
        const none = _t("no records");
        return (this.state.years || []).map((year) => ({
            ...year,
            text: Object.fromEntries(
                Object.entries(units).map(([key, unit]) => [key, year[key] === null ? none : this.format(year[key], unit)])
            ),
        }));
    }

    /** See IntervalChart: the effect of all campaigns together. */
    get interval() {
        const [low, middle, high] = this.figures("effect_low", "effect_total", "effect_high");
        const text = _t("Additional margin between %(low)s and %(high)s.", { low: low.text, high: high.text });
        return {
            low: low.value,
            middle: middle.value,
            high: high.value,
            label: text,
            words: { middle: `${middle.label}: ${middle.text}`, interval: text },
        };
    }

    get funnel() {
        const steps = this.figures("contacted", "ordered_after", "won_after");
        const most = steps[0].value || 1;
        const margins = [null, this.figure("margin_after"), this.figure("won_margin")];
        return steps.map((step, index) => ({
            ...step,
            margin: margins[index],
            width: (100 * step.value) / most,
            share: index && steps[0].value ? this.format((100 * step.value) / most, "share") : "",
        }));
    }

    get tiers() {
        return this.page.tiers.map((tier) => ({
            ...tier,
            baseText: this.format(tier.base, "count"),
            keptText: this.format(tier.kept, "count"),
            shareText: this.format(tier.share, "share"),
            expectedText: this.format(tier.expected_share, "share"),
            marginText: this.format(tier.margin, "money"),
            marginExpectedText: this.format(tier.margin_expected, "money"),
            better: tier.expected !== null && tier.kept >= tier.expected,
        }));
    }

    // -- what can be opened --------------------------------------------------------------------------------------

    async open(key, tierId, { from, to } = this.page.period) {
        const options = tierId === undefined ? {} : { tier_id: tierId };
        await this.action.doAction(await this.orm.call(MODEL, "get_records_action", [key, from, to], options));
    }

    /** What each customer brought and cost in the period. */
    openCustomers() {
        const { from, to } = this.page.period;
        return this.action.doAction("customer_value.action_customer_profit", {
            additionalContext: { retention_from: from, retention_to: to },
        });
    }

    async print() {
        this.state.printing = true;
        try {
            await this.action.doAction(await this.orm.call(MODEL, "action_print", this.days));
            this.state.printed++;
        } finally {
            this.state.printing = false;
        }
    }

    openSettings() {
        return this.action.doAction("base_setup.action_general_configuration", {
            additionalContext: { module: "sale_management" },
        });
    }
}

registry.category("actions").add("customer_value_profit_center", ProfitCenter);
