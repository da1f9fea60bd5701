"""What changed between two windows, and how far chance alone may reach.

Everything is of 95% confidence and worked out from formulas; nothing is drawn at random. Both windows are taken as
independent of each other. Where the same customers stand in both they are alike, and intervals are rather too wide.

Sources:

- Newcombe: Interval estimation for the difference between independent proportions, Statistics in Medicine 17, 1998
  (method 10, from Wilson's intervals), for shares.
- Price, Bonett: Estimating the variance of the sample median, Journal of Statistical Computation and Simulation 68,
  2001, and Bonett, Price: Statistical inference for a linear function of medians, Psychological Methods 7, 2002, for
  medians.
- Zou, Donner: Construction of confidence limits about effect measures: a general approach, Statistics in Medicine 27,
  2008, for gains of campaigns, whose intervals are not symmetrical.
- Cochran: Sampling Techniques, 3rd edition, 1977, section 6.3, for ratios of sums, of which a mean is one.
"""

import math
from dataclasses import dataclass

from scipy import special, stats

from ..campaign import experiment

CONFIDENCE = 0.95
Z = float(special.ndtri((1 + CONFIDENCE) / 2))

# Below so many on either side nothing is said of chance: cases of shares and medians, customers of ratios.
LEAST_CASES = 10
LEAST_CUSTOMERS = experiment.SMALLEST_ARM


@dataclass(frozen=True)
class Change:
    """A figure before and after; None where it is not known. The interval, that of the change, may be unknown as well.

    :param int count_before: how many records it rests on
    """

    before: float | None = None
    after: float | None = None
    low: float | None = None
    high: float | None = None
    count_before: int = 0
    count_after: int = 0

    @property
    def change(self):
        return None if None in (self.before, self.after) else self.after - self.before

    def judge(self, higher):
        """
        :param bool higher: whether more is better
        :return: ``better``, ``worse``, ``same`` (chance alone may explain it) or ``few`` (too few to say)

        >>> Change(1.0, 2.0, 0.5, 1.5).judge(True), Change(1.0, 2.0, 0.5, 1.5).judge(False)
        ('better', 'worse')
        >>> Change(1.0, 2.0, -0.5, 2.5).judge(True), Change(1.0, 2.0).judge(True)
        ('same', 'few')
        """
        if self.low is None:
            return "few"
        if self.low <= 0 <= self.high:
            return "same"
        return "better" if (self.low > 0) == higher else "worse"


def compare_shares(before, after):
    """
    :param before, after: pairs of how many there are, and how many of them did it
    :return: ``Change`` in percent and percentage points

    >>> found = compare_shares((80, 48), (70, 56))
    >>> found.before, found.after, round(found.low, 2), round(found.high, 2)
    (60.0, 80.0, 5.24, 33.39)
    """
    (count_before, hits_before), (count_after, hits_after) = before, after
    low = high = None
    if min(count_before, count_after) >= LEAST_CASES:
        found = experiment.proportions(hits_after, count_after, hits_before, count_before, CONFIDENCE)
        low, high = 100 * found.low, 100 * found.high
    return Change(
        100 * hits_before / count_before if count_before else None,
        100 * hits_after / count_after if count_after else None,
        low,
        high,
        count_before,
        count_after,
    )


def compare_medians(before, after):
    """
    :param before, after: lists of numbers, sorted
    :return: ``Change``

    >>> found = compare_medians(list(range(1, 42)), list(range(11, 52)))
    >>> found.before, found.after, round(found.low, 1), round(found.high, 1)
    (21.0, 31.0, 1.2, 18.8)
    """
    low = high = None
    middles = [_median(values) for values in (before, after)]
    if min(len(before), len(after)) >= LEAST_CASES:
        reach = Z * math.hypot(_median_error(before), _median_error(after))
        low, high = middles[1] - middles[0] - reach, middles[1] - middles[0] + reach
    return Change(*middles, low, high, len(before), len(after))


def _median(values):
    if not values:
        return None
    middle = len(values) // 2
    return float(values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2)


def _median_error(values):
    """Standard error of the median of sorted numbers, from two of them (Price and Bonett 2001): the distance of the
    c-th smallest and the c-th largest, in quantiles of the normal distribution that leave out as much as these do."""
    count = len(values)
    place = max(1, round((count + 1) / 2 - math.sqrt(count)))
    quantile = float(special.ndtri(1 - stats.binom.cdf(place - 1, count, 0.5)))
    return (values[count - place] - values[place - 1]) / (2 * quantile)


@dataclass(frozen=True)
class Sums:
    """Sums over customers, each with a numerator ``y`` and a denominator ``x`` of their own."""

    customers: int = 0
    y: float = 0.0
    x: float = 0.0
    yy: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    records: int = 0

    @property
    def ratio(self):
        return self.y / self.x if self.x > 0 else None

    @property
    def error(self):
        """Standard error of the ratio by linearization: ``√(n / (n - 1) · Σ(y - R x)²) / Σx`` (Cochran, 6.13)."""
        rest = self.yy - 2 * self.ratio * self.xy + self.ratio**2 * self.xx
        return math.sqrt(max(rest, 0.0) * self.customers / (self.customers - 1)) / self.x


def compare_ratios(before, after):
    """
    :param before, after: ``Sums``
    :return: ``Change`` of the ratio of sums

    >>> found = compare_ratios(Sums(40, 400, 40, 5000, 40, 400, 40), Sums(40, 480, 40, 6760, 40, 480, 40))
    >>> found.change, round(found.low, 2), round(found.high, 2)
    (2.0, -0.22, 4.22)
    """
    low = high = None
    change = None if None in (before.ratio, after.ratio) else after.ratio - before.ratio
    if change is not None and min(before.customers, after.customers) >= LEAST_CUSTOMERS:
        reach = Z * math.hypot(before.error, after.error)
        low, high = change - reach, change + reach
    return Change(before.ratio, after.ratio, low, high, before.records, after.records)


def compare_gains(before, after):
    """What campaigns gained for each unit of their cost: the sum of gains by the sum of costs.

    Each gain is measured against a control group and has an interval of its own, which reaches farther to one side
    where margins have a long tail; campaigns are independent, and costs are known. What lies on the same side of the
    change adds up as squares (Zou, Donner 2008).

    :param before, after: lists of (gain, cost, low end, high end, confidence from 0 to 1)
    :return: ``Change``

    >>> found = compare_gains([(100, 50, 60, 140, 0.95)], [(200, 50, 170, 290, 0.95)])
    >>> found.before, found.after, round(found.low, 6), round(found.high, 6)
    (2.0, 4.0, 1.0, 3.969772)
    """

    def add_up(rows):
        """:return: tuple of the ratio, and how far it reaches down and up"""
        cost = sum(row[1] for row in rows)
        if cost <= 0:
            return None, 0.0, 0.0
        ends = [
            (scale * (gain - low), scale * (high - gain))
            for gain, _cost, low, high, sure in rows
            for scale in [Z / special.ndtri((1 + sure) / 2) / cost]
        ]
        return sum(row[0] for row in rows) / cost, *(math.hypot(*parts) for parts in zip(*ends, strict=True))

    (first, first_down, first_up), (second, second_down, second_up) = add_up(before), add_up(after)
    low = high = None
    if None not in (first, second):
        low = float(second - first - math.hypot(second_down, first_up))
        high = float(second - first + math.hypot(second_up, first_down))
    return Change(first, second, low, high, len(before), len(after))


def compare_levels(before, after):
    """Means of numbers that overlap in what they were measured on: of them no interval can be given.

    :param before, after: lists of numbers
    :return: ``Change``

    >>> compare_levels([10.0, 20.0], [5.0])
    Change(before=15.0, after=5.0, low=None, high=None, count_before=2, count_after=1)
    """
    means = [sum(values) / len(values) if values else None for values in (before, after)]
    return Change(*means, count_before=len(before), count_after=len(after))
