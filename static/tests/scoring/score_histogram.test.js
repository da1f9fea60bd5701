import { describe, expect, test } from "@odoo/hoot";
import { countTiers, moveLimit, shareFrom } from "@customer_value/scoring/score_histogram";

describe.current.tags("desktop");

// score, customers, margin, what of it counts for shares
const ROWS = [
    [90, 1, 50, 50],
    [80, 1, 30, 30],
    [60, 2, -10, 10],
    [20, 6, 10, 10],
];

const tier = (entry, keep, share, keepShare, basis = "customers") => ({
    entry_score: entry,
    keep_score: keep,
    entry_share: share,
    keep_share: keepShare,
    entry_basis: basis,
});

test("tiers hold all customers together", () => {
    expect(countTiers(ROWS, [80, 60])).toEqual([
        { customers: 2, margin: 80 },
        { customers: 2, margin: -10 },
        { customers: 6, margin: 10 },
    ]);
    expect(countTiers([], [80])).toEqual([
        { customers: 0, margin: 0 },
        { customers: 0, margin: 0 },
    ]);
});

test("shares are those of a tier and all above it", () => {
    expect(shareFrom(ROWS, "customers", 60)).toBe(40);
    expect(shareFrom(ROWS, "margin", 80)).toBe(80);
    expect(shareFrom(ROWS, "customers", 91)).toBe(0);
    expect(shareFrom([], "customers", 0)).toBe(0);
});

test("a limit stays between its neighbors, and takes the keep score along", () => {
    const tiers = [tier(80, 70, 0, 0, "score"), tier(50, 45, 0, 0, "score"), tier(0, 0, 0, 0, "score")];
    expect(moveLimit(tiers, 1, 60, ROWS)).toEqual([{ keep_score: 70 }, { entry_score: 60, keep_score: 55 }, {}]);
    expect(moveLimit(tiers, 1, 99, ROWS)[1].entry_score).toBe(79.5);
    expect(moveLimit(tiers, 1, -5, ROWS)[1]).toEqual({ entry_score: 0.5, keep_score: 0 });
});

test("nobody is kept further down than the tier below begins", () => {
    const tiers = [tier(80, 70, 0, 0, "score"), tier(50, 45, 0, 0, "score"), tier(0, 0, 0, 0, "score")];
    expect(moveLimit(tiers, 1, 75, ROWS)[0].keep_score).toBe(75);
});

test("the share of a tier follows its limit", () => {
    const tiers = [tier(90, 80, 10, 20), tier(60, 60, 40, 40), tier(0, 0, 0, 0, "score")];
    expect(moveLimit(tiers, 0, 80, ROWS)[0]).toEqual({ entry_score: 80, keep_score: 70, entry_share: 20, keep_share: 30 });
    expect(moveLimit(tiers, 0, 60.5, ROWS)[0].entry_share).toBe(20);
    const byMargin = [tier(90, 90, 50, 50, "margin"), tier(0, 0, 0, 0, "score")];
    expect(moveLimit(byMargin, 0, 80, ROWS)[0].entry_share).toBe(80);
});
