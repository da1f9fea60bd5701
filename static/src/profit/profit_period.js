import { _t } from "@web/core/l10n/translation";

/** The periods that can be chosen, besides one's own dates. */
export function getPresets() {
    return [
        { id: "this_month", label: _t("This month") },
        { id: "last_month", label: _t("Last month") },
        { id: "this_quarter", label: _t("This quarter") },
        { id: "last_quarter", label: _t("Last quarter") },
        { id: "this_year", label: _t("This year") },
        { id: "last_year", label: _t("Last year") },
        { id: "own", label: _t("Custom dates") },
    ];
}

/**
 * First and last day of a period. What is not over yet ends today.
 *
 * @param {string} preset of getPresets, except own dates
 * @param {luxon.DateTime} today
 * @returns {{ from: luxon.DateTime, to: luxon.DateTime }}
 */
export function findPeriod(preset, today) {
    const [which, unit] = preset.split("_");
    const start = today.startOf(unit);
    if (which === "this") {
        return { from: start, to: today.startOf("day") };
    }
    const from = start.minus(unit === "quarter" ? { months: 3 } : { [`${unit}s`]: 1 });
    return { from, to: start.minus({ days: 1 }) };
}
