"""Statistics of an experiment: what its size can detect, what came out, and whether that can be said already.

One arm gets the offer (*treated*), the other is left alone (*holdout*). The outcome is one number a customer, with many
zeros and a long tail, and the same number from before the start. Everything is computed from sufficient statistics
(counts, means, variances, covariances), which the database aggregates: nothing here is as long as the customers.

Numbers are floats: money per customer, or shares from 0 to 1. ``confidence`` and ``power`` are shares, too. What cannot
be known is ``math.inf`` or an interval without ends, never an error and never a finding.

Sources:

- Deng, Xu, Kohavi, Walker: Improving the sensitivity of online controlled experiments by utilizing pre-experiment data,
  WSDM 2013 (CUPED).
- Welch: The generalization of Student's problem when several different population variances are involved,
  Biometrika 34, 1947.
- Fleiss, Levin, Paik: Statistical methods for rates and proportions, 3rd edition, chapter 4 (size for two proportions).
"""

import math

from scipy import optimize, stats

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
    quantiles = stats.t.ppf((1 + confidence) / 2, degrees) + stats.t.ppf(power, degrees)
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
    alpha, beta = stats.norm.ppf((1 + confidence) / 2), stats.norm.ppf(power)

    def surplus(change):
        """Convex in ``change`` and not above 0 at 0: it has one root, or none."""
        raised = min(rate + change, 1.0)
        pooled = (treated * raised + holdout * rate) / (treated + holdout)
        by_chance = math.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / holdout))
        by_itself = math.sqrt(raised * (1 - raised) / treated + rate * (1 - rate) / holdout)
        return change - alpha * by_chance - beta * by_itself

    # where nobody orders, the least rise is that at which the root leaves 0
    least, most = 1e-9, 1 - rate
    if most <= least or surplus(most) < 0:
        return math.inf
    if surplus(least) >= 0:
        return least
    return float(optimize.brentq(surplus, least, most))


def needed_size(effect, deviation, holdout_share=0.2, confidence=0.95, power=0.8, correlation=0.0):
    """How many customers in both arms together are needed to find ``effect`` with probability ``power``.

    :param float effect: money per customer; its sign does not matter
    :param float holdout_share: of the customers, 0 to 1
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


def _unexplained(correlation):
    """Share of the variance that the time before does not explain; all of it where the correlation is not known."""
    return max(1 - correlation**2, 0.0) if math.isfinite(correlation) else 1.0
