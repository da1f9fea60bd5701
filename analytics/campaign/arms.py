"""The arms of an experiment as sufficient statistics: see ``experiment``."""

import math
from dataclasses import dataclass

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


def cells_of(strata):
    """Pairs of arms large enough to be compared; the small ones together, and with the next larger if need be.

    Where numbers are not known nothing is: one pair without customers is left.
    """
    pairs = [pair for pair in strata if pair[0].count or pair[1].count]
    if not all(arm.is_known for pair in pairs for arm in pair if arm.count):
        return [(Arm(), Arm())]
    large, rest = [], (Arm(), Arm())
    for treated, holdout in pairs:
        if min(treated.count, holdout.count) < SMALLEST_CELL:
            rest = rest[0] + treated, rest[1] + holdout
        else:
            large.append((treated, holdout))
    large.sort(key=lambda pair: min(pair[0].count, pair[1].count), reverse=True)
    while large and (rest[0].count or rest[1].count) and min(rest[0].count, rest[1].count) < SMALLEST_CELL:
        treated, holdout = large.pop()
        rest = rest[0] + treated, rest[1] + holdout
    return [*large, rest] if rest[0].count or rest[1].count or not large else large


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
