"""Scales: from a raw number to 0-100 points, as SQL expressions.

Equal raw values get equal points on every scale, because points follow from cut points and never from a rank.
"""

from dataclasses import dataclass

from odoo.tools import SQL


def below_count(value, cuts, lower_is_better=False):
    """How many ``cuts`` a value has left behind: those strictly worse than it.

    ``width_bucket`` counts thresholds that are *at most* its operand; on the negated axis that becomes the thresholds
    that are at least the value, and the remainder are those strictly below. Strictness matters where many customers
    share a value: one order is the 20th, 40th and 60th percentile of most shops and must not earn the 60th.

    :param SQL value: a double precision expression
    :param cuts: cut points in natural units, in any order
    :return: SQL integer between 0 and ``len(cuts)``
    """
    if not cuts:
        return SQL("0")
    if lower_is_better:
        # worse means greater: count the cuts above the value
        return SQL("(%s - width_bucket(%s, %s::float8[]))", len(cuts), value, sorted(float(cut) for cut in cuts))
    return SQL("(%s - width_bucket(-(%s), %s::float8[]))", len(cuts), value, sorted(-float(cut) for cut in cuts))


@dataclass(frozen=True)
class Quantile:
    """Points by group of equal size: the worst group gets 0 (or those without a positive value), the best 100.

    Comparison alone rewards the best of a poor lot. Where lower is better, ``nothing_from`` bounds it: beyond half of
    that value points cannot be more than what is left of the way to it, and from it on there are none.

    Where many have nothing, they fill most of the groups, and the last one holds customers who are far apart. With
    ``among_positive`` the groups are made of those above zero, who all earn more than the others.

    :param cuts: the calibrated cut points, in natural units
    :param float nothing_from: in natural units; 0: comparison alone
    :param bool among_positive: only where higher is better
    """

    cuts: tuple
    groups: int
    lower_is_better: bool = False
    nothing_from: float = 0.0
    among_positive: bool = False

    @property
    def probabilities(self):
        return [k / self.groups for k in range(1, self.groups)]

    def compared(self, value):
        """Condition on ``value``: whose values the cut points are made of."""
        return SQL("%s > 0", value) if self.among_positive else SQL("TRUE")

    def complete(self, percentiles):
        """:return: the cut points that follow from the percentiles of those compared; none where there is nobody"""
        if self.among_positive and percentiles:
            # so that the least of them stand above those who have nothing
            return [0.0, *percentiles]
        return percentiles

    def points(self, value):
        if not self.cuts:
            return SQL("0.0::float8")
        compared = SQL("(100.0::float8 * %s / %s)", below_count(value, self.cuts, self.lower_is_better), len(self.cuts))
        if not self.nothing_from or not self.lower_is_better:
            return compared
        return SQL(
            "LEAST(%s, GREATEST(0.0::float8, 200.0::float8 * (1.0::float8 - %s / %s::float8)))",
            compared,
            value,
            float(self.nothing_from),
        )


@dataclass(frozen=True)
class Bands:
    """Explicit points from a value on; none below the first band.

    :param starts: ascending lower limits, in natural units, inclusive
    :param points_given: 0-100, one for each of ``starts``
    """

    starts: tuple
    points_given: tuple

    def points(self, value):
        return SQL(
            "(%s::float8[])[1 + width_bucket(%s, %s::float8[])]",
            [0.0, *map(float, self.points_given)],
            value,
            [float(start) for start in self.starts],
        )


@dataclass(frozen=True)
class Linear:
    """0 points at the floor, 100 at the cap; the other way round where lower is better."""

    floor: float
    cap: float
    lower_is_better: bool = False

    def points(self, value):
        share = SQL(
            "LEAST(1.0::float8, GREATEST(0.0::float8, (%s - %s::float8) / %s::float8))",
            value,
            float(self.floor),
            float(self.cap - self.floor),
        )
        if self.lower_is_better:
            return SQL("(100.0::float8 * (1.0::float8 - %s))", share)
        return SQL("(100.0::float8 * %s)", share)
