"""Statistics of an experiment: what its size can detect, what came out, and whether that can be said already.

One arm gets the offer (*treated*), the other is left alone (*holdout*). The outcome is one number a customer, with many
zeros and a long tail, and the same number from before the start. How far chance reaches follows from the draw, customer
by customer: see ``randomization``. Everything else is computed from sufficient statistics (counts, means, variances,
covariances).

Numbers are floats: money per customer, or shares from 0 to 1. ``confidence`` and ``power`` are shares, too. What cannot
be known is ``math.inf`` or an interval without ends, never an error and never a finding.

Sources:

- Deng, Xu, Kohavi, Walker: Improving the sensitivity of online controlled experiments by utilizing pre-experiment data,
  WSDM 2013 (CUPED).
- Welch: The generalization of Student's problem when several different population variances are involved,
  Biometrika 34, 1947.
- Miratrix, Sekhon, Yu: Adjusting treatment effect estimates by post-stratification in randomized experiments, Journal
  of the Royal Statistical Society B 75, 2013.
- Newcombe: Interval estimation for the difference between independent proportions, Statistics in Medicine 17, 1998
  (method 10).
- Fleiss, Levin, Paik: Statistical methods for rates and proportions, 3rd edition, chapter 4 (size for two proportions).
"""

import math
from dataclasses import dataclass, replace

from scipy import optimize, special, stats

from .arms import Arm, cells_of, slope
from .randomization import randomized_interval

# Below so many customers in an arm an average with a long tail is not normal enough for an interval to be trusted.
SMALLEST_ARM = 30

# Chi-square wants so many expected in each cell; below, Fisher's exact test is taken.
EXPECTED = 5

# -- before the start: what a size can detect ------------------------------------------------------------------------


def minimum_detectable_effect(treated, holdout, deviation, confidence=0.95, power=0.8, correlation=0.0):
    """The smallest difference of means that a test of this size finds with probability ``power``.

    ``(t(1 - α/2) + t(power)) · σ · √(1 - ρ²) · √(1/n₁ + 1/n₂)``, with Student's quantiles, which come close to the
    exact non-central distribution; the adjustment for the time before takes the share ``ρ²`` of the variance away
    (Deng et al. 2013, section 3.3).

    :param int treated, holdout: customers in the arms
    :param float deviation: standard deviation of the outcome, money per customer
    :param float correlation: of the outcome with the same number from before, -1 to 1
    :return: money per customer; ``math.inf`` where an arm is smaller than 2, or the deviation is 0 or not known: then
        nothing is known of chance

    >>> round(minimum_detectable_effect(800, 200, 100), 2)
    22.17
    >>> round(minimum_detectable_effect(800, 200, 100, correlation=0.6), 2)
    17.74
    >>> minimum_detectable_effect(800, 1, 100)
    inf
    """
    if not _enough(treated, holdout) or not _positive(deviation) or not _shares(confidence, power):
        return math.inf
    degrees = treated + holdout - 2
    quantiles = _student(degrees, (1 + confidence) / 2) + _student(degrees, power)
    error = deviation * math.sqrt(_unexplained(correlation) * (1 / treated + 1 / holdout))
    return max(float(quantiles * error), 0.0)


def minimum_detectable_change(treated, holdout, rate, confidence=0.95, power=0.8):
    """The smallest rise of a share above ``rate`` that a test of two proportions finds with probability ``power``.

    Solves ``δ = z(1 - α/2) · √(p̄(1 - p̄)(1/n₁ + 1/n₂)) + z(power) · √(p₁(1 - p₁)/n₁ + p₂(1 - p₂)/n₂)`` for
    ``δ = p₁ - p₂`` (Fleiss et al. 2003, section 4.2, for arms of different size; no correction for continuity).

    :param float rate: the share without the offer, 0 to 1
    :return: share, at most ``1 - rate``; ``math.inf`` where an arm is smaller than 2, where the rate is not known, or
        where not even a rise to 1 would be found

    >>> round(minimum_detectable_change(800, 200, 0.6), 3)
    0.104
    >>> minimum_detectable_change(8, 2, 0.9)
    inf
    """
    if not _enough(treated, holdout) or not _share(rate) or not _shares(confidence, power):
        return math.inf
    alpha, beta = special.ndtri((1 + confidence) / 2), special.ndtri(power)

    def surplus(change):
        """Convex in ``change`` and not above 0 at 0: it has one root, or none."""
        raised = min(rate + change, 1.0)
        pooled = (treated * raised + holdout * rate) / (treated + holdout)
        by_chance = math.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / holdout))
        by_itself = math.sqrt(raised * (1 - raised) / treated + rate * (1 - rate) / holdout)
        return change - alpha * by_chance - beta * by_itself

    # if no customer orders, the smallest detectable rise is that at which the root leaves 0
    least, most = 1e-9, 1 - rate
    if most <= least or surplus(most) < 0:
        return math.inf
    if surplus(least) >= 0:
        return least
    return float(optimize.brentq(surplus, least, most))


def needed_size(effect, deviation, holdout_share=0.2, confidence=0.95, power=0.8, correlation=0.0):
    """How many customers in both arms together are needed to find ``effect`` with probability ``power``.

    :param float effect: money per customer; its sign does not matter
    :param float holdout_share: share of the control group, 0 to 1
    :return: the smallest number whose ``minimum_detectable_effect`` is no larger; ``math.inf`` where there is none

    >>> size = needed_size(20, 100)
    >>> size
    1228
    >>> minimum_detectable_effect(size - round(size * 0.2), round(size * 0.2), 100) <= 20
    True
    >>> needed_size(0, 100)
    inf
    """
    if not (_positive(abs(effect)) and _positive(deviation) and _shares(confidence, power, holdout_share)):
        return math.inf

    def found(size):
        holdout = round(size * holdout_share)
        detectable = minimum_detectable_effect(size - holdout, holdout, deviation, confidence, power, correlation)
        return detectable <= abs(effect)

    high = 4
    while not found(high):
        high *= 2
        if high > 1e12:
            return math.inf
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


# -- what came out ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """A difference of the treated from the control group, with its interval.

    ``error`` is the standard error, ``degrees`` those of freedom. Where chance is not known the interval has no ends,
    ``p_value`` is 1 and ``error`` is infinite; ``obstacle`` then says why, if more is known than that there is too
    little: ``buyers``, too few customers brought any margin.
    """

    effect: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    p_value: float = 1.0
    error: float = math.inf
    degrees: float = 0.0
    obstacle: str = ""

    @classmethod
    def of(cls, effect, error, degrees, confidence):
        if not (math.isfinite(effect) and _positive(error) and _positive(degrees) and _shares(confidence)):
            return cls(effect if math.isfinite(effect) else 0.0)
        reach = _student(degrees, (1 + confidence) / 2) * error
        p_value = float(2 * special.stdtr(degrees, -abs(effect) / error))
        return cls(effect, effect - reach, effect + reach, p_value, error, degrees)

    @property
    def is_known(self):
        return math.isfinite(self.error)

    def detectable(self, confidence=0.95, power=0.8):
        """The smallest effect that data with this standard error find with probability ``power``."""
        if not self.is_known or not _shares(confidence, power):
            return math.inf
        quantiles = _student(self.degrees, (1 + confidence) / 2) + _student(self.degrees, power)
        return max(float(quantiles * self.error), 0.0)


def measured_difference(strata, confidence=0.95):
    """Difference of the means, adjusted for the time before, with the interval that the draw gives.

    The effect is that of ``adjusted_difference``, the interval that of ``randomization.randomized_interval``: right for
    margins with a long tail and for small groups, or not given. ``error`` is that of the adjusted difference, or larger
    where the draws reach farther.

    :param strata: pairs of ``arms.Customers``, treated and control group, as the control group was drawn
    :return: Estimate

    >>> from .arms import Customers
    >>> found = measured_difference([(Customers.of([9, 14, 22, 31] * 20, [1, 4, 9, 20] * 20),
    ...                               Customers.of([2, 5, 11, 19] * 9, [1, 4, 9, 20] * 9))])
    >>> round(found.effect, 2), found.low < found.effect < found.high, found.p_value < 0.01
    (9.75, True, True)
    >>> measured_difference([(Customers.of([9, 0, 0, 7], [0] * 4), Customers.of([0] * 9, [0] * 9))]).obstacle
    'buyers'
    """
    found = adjusted_difference([(treated.arm, holdout.arm) for treated, holdout in strata], confidence)
    if not found.is_known:
        return found
    interval = randomized_interval(strata, confidence)
    if interval is None:
        return Estimate(found.effect, obstacle="buyers")
    reach = max(interval.high_added - found.effect, found.effect - interval.low_added)
    return replace(
        found,
        low=min(interval.low, found.effect),
        high=max(interval.high, found.effect),
        p_value=interval.p_value,
        error=max(found.error, reach / _student(found.degrees, (1 + confidence) / 2)),
    )


def difference(treated: Arm, holdout: Arm, confidence=0.95):
    """Difference of the means with Welch's interval: arms may differ in size and variance.

    An arm of fewer than two customers, or no variance at all, gives an interval without ends. Where the customers of
    one arm are all alike (no customer ordered), the variance of the other stands for both: that few are alike proves
    nothing.

    >>> found = difference(Arm(400, 12.0, 900.0), Arm(100, 8.0, 900.0))
    >>> round(found.effect, 2), round(found.low, 2), round(found.high, 2), round(found.p_value, 3)
    (4.0, -2.63, 10.63, 0.235)
    >>> difference(Arm(400, 12.0, 900.0), Arm(0)).is_known
    False
    """
    if not (treated.is_known and holdout.is_known):
        return Estimate()
    effect = treated.mean - holdout.mean
    if not _enough(treated.count, holdout.count):
        return Estimate(effect)
    spreads = treated.spread(), holdout.spread()
    if not all(spreads):
        spreads = (max(spreads),) * 2
    parts = [(spread / arm.count, arm.count - 1) for arm, spread in zip((treated, holdout), spreads, strict=True)]
    return _estimate(effect, parts, confidence)


def adjusted_difference(strata, confidence=0.95):
    """Difference of the means after taking away what was there before (CUPED), stratum by stratum.

    From each outcome ``θ · before`` is taken, with one ``θ`` for all: the slope within arms and strata (Deng et al.
    2013, section 3). As the number from before cannot depend on the offer, this moves no expectation, and leaves
    ``1 - ρ²`` of the variance. Strata are weighted by their customers (post-stratification, Miratrix et al. 2013), as
    the control group was drawn within them: chance between strata is no part of the error. Those smaller than
    ``SMALLEST_CELL`` in an arm are taken together.

    The variance within a stratum is that of both arms together. A control group is small and margins have a long tail:
    one that missed the best customers by chance has a low mean and a low variance at once, and with Welch's error such
    a campaign is called better twice to four times too often. Where groups are small, of different size, or margins
    have a very long tail, this interval is wrong all the same: results have that of ``measured_difference``.

    :param strata: pairs of ``Arm``, treated and control group; one pair where there are no strata
    :return: Estimate

    >>> strata = [(Arm(400, 12.0, 900.0, 10.0, 900.0, 720.0), Arm(100, 8.0, 900.0, 8.0, 900.0, 720.0))]
    >>> found = adjusted_difference(strata)
    >>> round(found.effect, 2), round(found.high - found.low, 2)
    (2.4, 7.91)
    """
    cells = cells_of(strata)
    total = sum(treated.count + holdout.count for treated, holdout in cells)
    if not total or not all(arm.is_known for pair in cells for arm in pair):
        return Estimate()
    theta = slope(cells)
    effect, parts = 0.0, []
    for treated, holdout in cells:
        count = treated.count + holdout.count
        effect += count / total * (treated.level(theta) - holdout.level(theta))
        if not _enough(treated.count, holdout.count):
            return Estimate(treated.level() - holdout.level())
        degrees = count - 2
        spread = sum((arm.count - 1) * arm.spread(theta) for arm in (treated, holdout)) / degrees
        parts.append(((count / total) ** 2 * spread * (1 / treated.count + 1 / holdout.count), degrees))
    return _estimate(effect, parts, confidence)


def _estimate(effect, parts, confidence):
    """From the parts of the variance with their degrees of freedom, by Satterthwaite's formula."""
    variance = sum(part for part, _degrees in parts)
    if not _positive(variance):
        return Estimate(effect)
    degrees = variance**2 / sum(part**2 / degrees for part, degrees in parts)
    return Estimate.of(effect, math.sqrt(variance), degrees, confidence)


def proportions(treated, treated_count, holdout, holdout_count, confidence=0.95):
    """Difference of two shares: Newcombe's interval (method 10, from Wilson's), and a test.

    The test is chi-square without correction for continuity; where fewer than ``EXPECTED`` would be expected in a cell,
    Fisher's exact test.

    :param int treated, holdout: how many of ``treated_count`` and ``holdout_count`` did it
    :return: Estimate of shares, -1 to 1; ``error`` is that of the test, under no difference

    >>> found = proportions(56, 70, 48, 80)
    >>> round(found.effect, 3), round(found.low, 4), round(found.high, 4), round(found.p_value, 4)
    (0.2, 0.0524, 0.3339, 0.008)
    >>> proportions(2, 2, 0, 2).p_value > 0.05
    True
    """
    counts = (treated, treated_count, holdout, holdout_count)
    if not all(math.isfinite(count) for count in counts) or not _shares(confidence):
        return Estimate()
    if treated_count < 1 or holdout_count < 1 or not (0 <= treated <= treated_count and 0 <= holdout <= holdout_count):
        return Estimate()
    one, other = treated / treated_count, holdout / holdout_count
    low_one, high_one = _wilson(one, treated_count, confidence)
    low_other, high_other = _wilson(other, holdout_count, confidence)
    effect = one - other
    low = effect - math.hypot(one - low_one, high_other - other)
    high = effect + math.hypot(high_one - one, other - low_other)
    pooled = (treated + holdout) / (treated_count + holdout_count)
    error = math.sqrt(pooled * (1 - pooled) * (1 / treated_count + 1 / holdout_count))
    if not error:
        return Estimate(effect, low, high)
    if min(treated_count, holdout_count) * min(pooled, 1 - pooled) < EXPECTED:
        table = [[treated, treated_count - treated], [holdout, holdout_count - holdout]]
        p_value = float(stats.fisher_exact(table).pvalue)
    else:
        p_value = float(2 * special.ndtr(-abs(effect) / error))
    return Estimate(effect, low, high, p_value, error)


def _wilson(share, count, confidence):
    """Wilson's score interval of a share."""
    z = float(special.ndtri((1 + confidence) / 2))
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    # by rounding alone an end may lie on the wrong side of the share
    return min(max(middle - reach, 0.0), share), max(min(middle + reach, 1.0), share)


# -- whether it can be said ------------------------------------------------------------------------------------------


def verdict(estimate, is_over, smallest_arm, worthwhile, confidence=0.95, power=0.8):
    """What may be said of a campaign.

    - ``early``: the measured time is not over. Who looks every day and stops at a fortunate moment finds effects where
      there are none: before its end an interval is provisional, and there is no verdict.
    - ``underpowered``: an arm has fewer than ``SMALLEST_ARM`` customers, or the interval holds 0 and an effect that is
      worth it is not ruled out: whether there is one is not known.
    - ``better``, ``worse``: the interval does not hold 0.
    - ``no_difference``: the interval holds 0 and ends below an effect that is worth it, which would have been found
      with ``power``. The power alone proves nothing: of effects just worth it, one in five is not found, and would be
      denied (Hoenig, Heisey: The abuse of power, The American Statistician 55, 2001).

    :param Estimate estimate: of the outcome
    :param int smallest_arm: customers in the smaller arm
    :param float worthwhile: the effect per customer that it takes to be worth it

    >>> verdict(Estimate.of(12.0, 4.0, 500, 0.95), True, 200, 10.0)
    'better'
    >>> verdict(Estimate.of(12.0, 4.0, 500, 0.95), False, 200, 10.0)
    'early'
    >>> verdict(Estimate.of(2.0, 4.0, 500, 0.95), True, 200, 10.0)
    'underpowered'
    >>> verdict(Estimate.of(2.0, 4.0, 500, 0.95), True, 200, 12.0)
    'no_difference'
    >>> verdict(Estimate.of(6.0, 4.0, 500, 0.95), True, 200, 12.0)
    'underpowered'
    """
    if not is_over:
        return "early"
    if smallest_arm < SMALLEST_ARM or not estimate.is_known:
        return "underpowered"
    if estimate.low > 0:
        return "better"
    if estimate.high < 0:
        return "worse"
    is_ruled_out = estimate.high < worthwhile and estimate.detectable(confidence, power) <= worthwhile
    return "no_difference" if is_ruled_out else "underpowered"


# -- what is known ---------------------------------------------------------------------------------------------------


def _positive(number):
    return math.isfinite(number) and number > 0


def _share(number):
    return math.isfinite(number) and 0 <= number <= 1


def _shares(*numbers):
    """Whether all are inside of 0 and 1."""
    return all(math.isfinite(number) and 0 < number < 1 for number in numbers)


def _enough(*counts):
    """A variance needs two."""
    return all(math.isfinite(count) and count >= 2 for count in counts)


def _student(degrees, probability):
    """Quantile of Student's distribution; a tenth of the time that ``scipy.stats`` takes."""
    return float(special.stdtrit(degrees, probability))


def _unexplained(correlation):
    """Share of the variance that the time before does not explain; all of it where the correlation is not known."""
    return max(1 - correlation**2, 0.0) if math.isfinite(correlation) else 1.0
