"""The SQL of the scales against the same definitions in Python, for values and cut points of all kinds."""

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...analytics.scoring.scales import Bands, Linear, Quantile, below_count

QUICK = settings(derandomize=True, deadline=None, max_examples=40)

amounts = st.one_of(
    st.integers(-5, 5).map(float),
    st.floats(-1e9, 1e9, allow_nan=False),
    st.decimals(-1000, 1000, places=2).map(float),
)

cuts = st.lists(amounts, min_size=1, max_size=9)


@tagged("post_install", "-at_install")
class TestScaleExpressions(TransactionCase):
    def select(self, expression, values):
        """``expression`` of each value, in one query."""
        column = SQL("x.value")
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM unnest(%s::float8[]) WITH ORDINALITY x(value, place) ORDER BY place",
                expression(column),
                [float(value) for value in values],
            )
        )
        return [found for (found,) in self.env.cr.fetchall()]

    @given(st.lists(amounts, min_size=1, max_size=8), cuts)
    @QUICK
    def test_cuts_left_behind(self, values, cuts):
        values = [*values, *cuts]
        self.assertEqual(
            self.select(lambda column: below_count(column, cuts), values),
            [sum(cut < value for cut in cuts) for value in values],
        )
        self.assertEqual(
            self.select(lambda column: below_count(column, cuts, lower_is_better=True), values),
            [sum(cut > value for cut in cuts) for value in values],
        )

    @given(st.lists(amounts, min_size=1, max_size=8), cuts, st.booleans())
    @QUICK
    def test_quantiles(self, values, cuts, lower):
        scale = Quantile(tuple(cuts), len(cuts) + 1, lower)
        for value, points in zip(values, self.select(scale.points, values), strict=True):
            worse = sum((cut > value) if lower else (cut < value) for cut in cuts)
            self.assertAlmostEqual(points, 100 * worse / len(cuts), 9)

    @given(st.lists(st.floats(0.01, 1e9), min_size=1, max_size=30), st.integers(2, 100))
    @QUICK
    def test_quantiles_above_zero(self, positive, groups):
        scale = Quantile((), groups, among_positive=True)
        ordered = sorted(positive)
        percentiles = [ordered[-(-k * len(ordered) // groups) - 1] for k in range(1, groups)]
        scale = Quantile(tuple(scale.complete(percentiles)), groups, among_positive=True)
        values = sorted([-7.5, 0.0, *positive])
        points = self.select(scale.points, values)
        self.assertEqual(points, sorted(points))
        self.assertEqual(points[:2], [0, 0])
        for value, found in zip(values[2:], points[2:], strict=True):
            worse = 1 + sum(cut < value for cut in percentiles)
            self.assertAlmostEqual(found, 100 * worse / groups, 9)

    @given(st.lists(amounts, min_size=1, max_size=8), cuts, st.integers(1, 1000))
    @QUICK
    def test_quantiles_that_end_at_a_value(self, values, cuts, end):
        values = [*values, 0, end / 2, end]
        found = self.select(Quantile(tuple(cuts), len(cuts) + 1, True, end).points, values)
        for value, points in zip(values, found, strict=True):
            compared = 100 * sum(cut > value for cut in cuts) / len(cuts)
            most = 100 if value <= end / 2 else 0 if value >= end else 100 * (end - value) / (end / 2)
            self.assertAlmostEqual(points, min(compared, most), 6)
        self.assertEqual(found[-1], 0)

    @given(
        st.lists(amounts, min_size=1, max_size=8),
        st.lists(st.tuples(amounts, st.integers(0, 100)), min_size=1, max_size=6, unique_by=lambda band: band[0]),
    )
    @QUICK
    def test_bands(self, values, bands):
        bands = sorted(bands)
        starts, given_points = zip(*bands, strict=True)
        values = [*values, *starts]
        expected = []
        for value in values:
            reached = [points for start, points in bands if start <= value]
            expected.append(reached[-1] if reached else 0)
        self.assertEqual(self.select(Bands(starts, given_points).points, values), expected)

    @given(st.lists(amounts, min_size=1, max_size=8), amounts, amounts, st.booleans())
    @QUICK
    def test_linear(self, values, one, other, lower):
        floor, cap = min(one, other), max(one, other)
        if cap - floor < 1e-6:
            cap = floor + 1
        values = [*values, floor, cap]
        found = self.select(Linear(floor, cap, lower).points, values)
        for value, points in zip(values, found, strict=True):
            share = 0 if value <= floor else 1 if value >= cap else (value - floor) / (cap - floor)
            self.assertAlmostEqual(points, 100 * (1 - share if lower else share), 6)
            self.assertTrue(0 <= points <= 100)

    def test_without_cuts_there_are_no_points(self):
        self.assertEqual(self.select(Quantile((), 5).points, [1, 2]), [0, 0])
        self.assertEqual(Quantile((), 5, among_positive=True).complete([]), [])
