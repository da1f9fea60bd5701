"""The arms of an experiment as sufficient statistics: see ``experiment``."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

# Strata with fewer in an arm are taken together.
SMALLEST_CELL = 10


@dataclass(frozen=True)
class Arm:
    """Sufficient statistics of the customers of an arm, or of those of an arm in a stratum.

    ``mean`` and ``variance`` of the outcome, ``mean_before`` and ``variance_before`` of the same number from before the
    start, ``covariance`` of the two; variances and covariance with ``count - 1``, as ``var_samp`` and ``covar_samp``
    have them. None stands for not a number.
    """

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0
    mean_before: float = 0.0
    variance_before: float = 0.0
    covariance: float = 0.0

    @classmethod
    def of(cls, count, *numbers):
        return cls(int(count or 0), *(math.nan if number is None else float(number) for number in numbers))

    @property
    def is_known(self):
        numbers = [self.mean, self.mean_before]
        if self.count > 1:
            numbers += [self.variance, self.variance_before, self.covariance]
        return self.count > 0 and all(map(math.isfinite, numbers))

    def spread(self, theta=0.0):
        """Variance of ``outcome - theta · before``; 0 where there is only one customer."""
        if self.count < 2:
            return 0.0
        left = self.variance - 2 * theta * self.covariance + theta**2 * self.variance_before
        # what rounding leaves of a perfect fit is no variance
        return left if left > 1e-12 * self.variance else 0.0

    def level(self, theta=0.0):
        return self.mean - theta * self.mean_before

    def __add__(self, other):
        """The two as one group; exact (Chan, Golub, LeVeque 1983).

        >>> Arm(2, 1.0, 2.0) + Arm(2, 3.0, 2.0)
        Arm(count=4, mean=2.0, variance=2.6666666666666665, mean_before=0.0, variance_before=0.0, covariance=0.0)
        """
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        weight = self.count * other.count / count
        apart, apart_before = other.mean - self.mean, other.mean_before - self.mean_before

        def joined(mine, theirs, between):
            inside = (self.count - 1) * (mine if self.count > 1 else 0.0)
            inside += (other.count - 1) * (theirs if other.count > 1 else 0.0)
            return (inside + weight * between) / (count - 1)

        return Arm(
            count,
            self.mean + apart * other.count / count,
            joined(self.variance, other.variance, apart**2),
            self.mean_before + apart_before * other.count / count,
            joined(self.variance_before, other.variance_before, apart_before**2),
            joined(self.covariance, other.covariance, apart * apart_before),
        )


@dataclass(frozen=True, eq=False)
class Customers:
    """Customers of an arm in a stratum: ``outcome`` and, in the same order, ``before``, money each."""

    outcome: np.ndarray
    before: np.ndarray

    @classmethod
    def of(cls, outcome=(), before=()):
        """None stands for not a number."""
        return cls(np.asarray(outcome, dtype=float), np.asarray(before, dtype=float))

    @cached_property
    def arm(self):
        """The same as sufficient statistics."""
        count = len(self.outcome)
        if not count:
            return Arm()
        if not np.isfinite([self.outcome, self.before]).all():
            return Arm.of(count, *[None] * 5)
        mean, mean_before = self.outcome.mean(), self.before.mean()
        apart, apart_before = self.outcome - mean, self.before - mean_before
        squares = [apart @ apart, apart_before @ apart_before, apart @ apart_before]
        variance, variance_before, covariance = (square / (count - 1) if count > 1 else None for square in squares)
        return Arm.of(count, mean, variance, mean_before, variance_before, covariance)


def groups_of(strata):
    """Numbers of the strata that are compared together: the small ones, and with the next larger one if need be.

    :param strata: pairs of ``Arm``
    :return: list of lists of int; empty where numbers are not known, or there are no customers
    """
    pairs = list(strata)
    there = [number for number, pair in enumerate(pairs) if pair[0].count or pair[1].count]
    if not all(arm.is_known for number in there for arm in pairs[number] if arm.count):
        return []

    def smallest(numbers):
        return min(sum(pairs[number][side].count for number in numbers) for side in (0, 1))

    rest = [number for number in there if smallest([number]) < SMALLEST_CELL]
    large = sorted((number for number in there if number not in set(rest)), key=lambda number: -smallest([number]))
    while large and rest and smallest(rest) < SMALLEST_CELL:
        rest.append(large.pop())
    return [*([number] for number in large), *([rest] if rest else [])]


def cells_of(strata):
    """Pairs of arms large enough to be compared: see ``groups_of``.

    Where numbers are not known nothing is: one pair without customers is left.
    """
    pairs = list(strata)
    cells = []
    for group in groups_of(pairs):
        treated, holdout = Arm(), Arm()
        for number in group:
            treated, holdout = treated + pairs[number][0], holdout + pairs[number][1]
        cells.append((treated, holdout))
    return cells or [(Arm(), Arm())]


def slope(cells):
    """Of the outcome on the number from before, within arms and cells; 0 where there was no difference before."""
    _outcome, before, both = _within(cells)
    return both / before if before > 0 else 0.0


def correlation(cells):
    """Of the outcome with the number from before, within arms and cells; 0 where one of them does not vary."""
    outcome, before, both = _within(cells)
    return max(-1.0, min(1.0, both / math.sqrt(outcome * before))) if outcome > 0 and before > 0 else 0.0


def _within(cells):
    """Sums of squares and products around the means of arms and cells: outcome, before, both."""
    arms = [arm for pair in cells for arm in pair if arm.count > 1]
    return tuple(
        sum((arm.count - 1) * getattr(arm, name) for arm in arms)
        for name in ("variance", "variance_before", "covariance")
    )
