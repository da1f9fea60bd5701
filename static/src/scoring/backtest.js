import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { MUTED, themeColor, ValueChart } from "../core/value_chart";

const COLORS = ["primary", "warning", "info", "danger", "success"];

const percent = (share, digits = 0) => _t("%s%", formatFloat(100 * share, { digits: [5, digits] }));

/** The result of a backtest: what to make of it in words, by how much it beats other numbers, where the money came from. */
export class BacktestResult extends Component {
    static template = "customer_value.BacktestResult";
    static components = { ValueChart };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ result: null, advice: null });
        onWillStart(() => this.load(this.props.record));
        onWillUpdateProps(({ record }) => {
            if (record.data.shown_count !== this.loadedCount) {
                return this.load(record);
            }
        });
    }

    async load({ resModel, resId, data }) {
        this.loadedCount = data.shown_count;
        if (resId) {
            const found = await this.keepLast.add(this.orm.call(resModel, "get_result", [[resId]]));
            this.currencyId = found.currency_id;
            Object.assign(this.state, { result: found.result, advice: found.advice });
        }
    }

    get result() {
        return this.state.result;
    }

    get advice() {
        return this.state.advice;
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.currencyId, digits: [16, 0] });
    }

    /** "the net margin" or "the revenue", for sentences. */
    get brought() {
        return this.result.money === "margin" ? _t("net margin") : _t("revenue");
    }

    get summary() {
        const { result } = this;
        const [policy, ...rivals] = result.numbers;
        const days = {
            from: formatDate(deserializeDate(result.as_of)),
            until: formatDate(deserializeDate(result.until)),
        };
        const sentences = [
            _t("After %(from)s, until %(until)s, %(buyers)s of %(customers)s customers bought again and brought a %(money)s of %(amount)s.", {
                ...days,
                buyers: formatInteger(result.buyers),
                customers: formatInteger(result.customers),
                money: this.brought,
                amount: this.money(result.total),
            }),
            _t("The best 5% of customers by this policy brought %(share)s of it; at best it could have been %(best)s.", {
                share: percent(policy.top5),
                best: percent(result.best.top5),
            }),
        ];
        const named = (wanted) =>
            rivals.filter(({ differences }) => differences.gini?.verdict === wanted).map(({ label }) => label);
        const lists = [
            [1, (names) => _t("It orders customers better than: %s.", names)],
            [0, (names) => _t("No clear difference from: %s.", names)],
            [-1, (names) => _t("Customers are ordered better by: %s.", names)],
        ];
        for (const [wanted, say] of lists) {
            const names = named(wanted);
            if (names.length) {
                sentences.push(say(names.join(", ")));
            }
        }
        const [first, second] = [...result.numbers].sort((a, b) => b.gini - a.gini);
        sentences.push(
            _t("Customers are ranked best by %(best)s (Gini %(gini)s), followed by %(next)s (%(next_gini)s).", {
                best: first.label,
                gini: formatFloat(first.gini, { digits: [5, 3] }),
                next: second.label,
                next_gini: formatFloat(second.gini, { digits: [5, 3] }),
            })
        );
        return sentences;
    }

    /** Which other orders are ahead of the policy, and in what; those within chance are told, too, as such. */
    get ahead() {
        const [, ...rivals] = this.result.numbers;
        return rivals.flatMap(({ label, differences }) => {
            const measures = this.columns
                .filter(({ name }) => differences[name]?.value < 0)
                .map(({ name, label: measure }) =>
                    differences[name].verdict < 0 ? measure : _t("%s – perhaps by chance", measure)
                );
            return measures.length
                ? [_t("%(rival)s is ahead of the policy in: %(measures)s.", { rival: label, measures: measures.join(", ") })]
                : [];
        });
    }

    get columns() {
        return [
            { name: "gini", label: _t("Ranking (Gini)"), hint: _t("How early the customers who bring most are found: 0 is no better than chance.") },
            { name: "top5", label: _t("Best 5%"), hint: _t("Share brought by the best 5% of customers.") },
            { name: "top10", label: _t("Best 10%"), hint: _t("Share brought by the best 10% of customers.") },
            { name: "top20", label: _t("Best 20%"), hint: _t("Share brought by the best 20% of customers.") },
            {
                name: "auc",
                label: _t("Buying again (AUC)"),
                hint: _t("How often a customer who bought again stands before one who did not: 50% is no better than chance."),
            },
        ];
    }

    get rows() {
        const rows = [...this.result.numbers, { ...this.result.best, isBest: true }];
        return rows.map((row) => ({
            ...row,
            cells: this.columns.map(({ name, label }) => this.describe(row, name, label)),
        }));
    }

    describe(row, name, label) {
        if (row[name] === null) {
            return { name, text: "–" };
        }
        const text = name === "gini" ? formatFloat(row[name], { digits: [5, 3] }) : percent(row[name], 1);
        const found = row.differences?.[name];
        if (!found) {
            return { name, text };
        }
        const scale = name === "gini" ? (value) => formatFloat(value, { digits: [5, 3] }) : (value) => percent(value, 1);
        const verdicts = { 1: _t("the policy is better"), 0: _t("no clear difference"), "-1": _t("the policy is worse") };
        return {
            name,
            text,
            mark: { 1: "fa-arrow-down text-success", "-1": "fa-arrow-up text-danger" }[found.verdict],
            hint: _t("%(label)s, policy minus this: %(value)s (%(low)s to %(high)s), %(verdict)s", {
                label,
                value: scale(found.value),
                low: scale(found.low),
                high: scale(found.high),
                verdict: verdicts[found.verdict],
            }),
        };
    }

    // -- advice -----------------------------------------------------------------------------------------------------

    get adviceSummary() {
        const { learned, judged, weights, differences } = this.advice;
        if (weights.every(({ before, after }) => Math.abs(before - after) < 2.5)) {
            return _t("No better weights were found: those of the policy are as good as any.");
        }
        const span = ([from, until]) =>
            _t("%(from)s to %(until)s", { from: formatDate(deserializeDate(from)), until: formatDate(deserializeDate(until)) });
        const verdicts = {
            1: _t("They rank customers better than chance explains."),
            0: _t("Chance explains the difference: there is no need to change the weights."),
            "-1": _t("They rank customers worse in that period: do not use them."),
        };
        return [
            _t("Learned on %(learned)s, tried on %(judged)s.", { learned: span(learned), judged: span(judged) }),
            verdicts[differences.gini.verdict],
        ].join(" ");
    }

    get adviceWeights() {
        return this.advice.weights.map(({ metric, label, before, after }) => ({
            metric,
            label,
            before: formatFloat(before, { digits: [5, 0] }),
            after: formatInteger(after),
            isChanged: Math.abs(before - after) >= 2.5,
        }));
    }

    get adviceRows() {
        const { before, after, differences } = this.advice;
        return [
            { code: "before", label: _t("Weights of the policy"), cells: this.columns.map(({ name, label }) => this.describe(before, name, label)) },
            {
                code: "after",
                label: _t("Proposed weights"),
                cells: this.columns.map(({ name, label }) => {
                    const cell = this.describe(after, name, label);
                    const verdict = differences[name]?.verdict;
                    return { ...cell, mark: { 1: "fa-arrow-up text-success", "-1": "fa-arrow-down text-danger" }[verdict] };
                }),
            },
        ];
    }

    // -- pictures ----------------------------------------------------------------------------------------------------

    get curves() {
        const lines = this.result.numbers.map(({ label, curve }, index) => ({
            label,
            borderColor: themeColor(COLORS[index % COLORS.length]),
            borderWidth: index ? 1.5 : 3,
            borderDash: index ? [6, 3] : [],
            curve,
        }));
        lines.push({ label: this.result.best.label, borderColor: MUTED, borderWidth: 1.5, borderDash: [2, 2], curve: this.result.best.curve });
        const told = [5, 10, 20, 50];
        return lines.map(({ curve, ...line }) => ({
            ...line,
            pointRadius: 0,
            pointHitRadius: 6,
            data: curve.map(([x, y], place) => ({
                x: 100 * x,
                y: 100 * y,
                text: told.includes(place)
                    ? _t("%(label)s: the best %(customers)s of customers brought %(share)s", {
                          label: line.label,
                          customers: percent(x),
                          share: percent(y),
                      })
                    : "",
            })),
        }));
    }

    get curveOptions() {
        const share = (value) => percent(value / 100);
        return {
            scales: {
                x: { type: "linear", min: 0, max: 100, ticks: { callback: share }, title: { display: true, text: _t("Customers, the best first") } },
                y: { type: "linear", min: 0, max: 100, ticks: { callback: share }, title: { display: true, text: _t("Share brought since") } },
            },
        };
    }

    get tenths() {
        const { tenths, total } = this.result;
        return [
            {
                backgroundColor: themeColor("primary"),
                data: tenths.map(({ money, buyers, customers }, index) => ({
                    x: index + 1,
                    y: money,
                    text: _t("Tenth %(number)s: %(money)s, %(share)s of all; %(buyers)s of them bought again", {
                        number: index + 1,
                        money: this.money(money),
                        share: percent(money / total),
                        buyers: percent(buyers / customers),
                    }),
                })),
            },
        ];
    }

    get tenthOptions() {
        return {
            scales: {
                x: { type: "category", labels: this.result.tenths.map((_tenth, index) => index + 1), title: { display: true, text: _t("Tenths of customers by score, the best first") }, grid: { display: false } },
                y: { ticks: { callback: (value) => this.money(value), maxTicksLimit: 5 } },
            },
        };
    }

    get tiers() {
        const { tiers, customers, total } = this.result;
        return tiers.map((tier) => ({
            ...tier,
            customersText: formatInteger(tier.customers),
            customerShare: percent(tier.customers / customers, 1),
            moneyText: this.money(tier.money),
            moneyShare: percent(tier.money / total, 1),
            each: tier.customers ? formatMonetary(tier.money / tier.customers, { currencyId: this.currencyId }) : "–",
            again: tier.customers ? percent(tier.buyers / tier.customers) : "–",
        }));
    }
}

registry.category("view_widgets").add("customer_value_backtest", {
    component: BacktestResult,
    additionalClasses: ["w-100"],
});
