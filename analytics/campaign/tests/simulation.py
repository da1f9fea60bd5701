"""Campaigns made up: margins with many zeros, a long tail, and a past that resembles them."""

import numpy as np
from scipy import stats

from analytics.campaign.arms import Arm


def margins(rng, campaigns, customers, correlation=0.7, zeros=0.5, sigma=1.0):
    """Margins before and after, each of shape (campaigns, customers).

    Both are the same function of normal numbers with ``correlation``: none with probability ``zeros``, else lognormal
    around 50.
    """
    shared = rng.standard_normal((campaigns, customers))
    own = rng.standard_normal((campaigns, customers))
    after = correlation * shared + np.sqrt(1 - correlation**2) * own

    def margin(normal):
        rank = np.clip((stats.norm.cdf(normal) - zeros) / (1 - zeros), 0, 1)
        bought = rank > 0
        amount = np.zeros_like(normal)
        amount[bought] = 50 * np.exp(sigma * stats.norm.ppf(np.clip(rank[bought], 1e-12, 1 - 1e-12)))
        return amount

    return margin(shared), margin(after)


def draw(rng, count, share, strata=None):
    """Which customers are in the control group: the share of each stratum, rounded, by chance."""
    strata = np.zeros(count, dtype=int) if strata is None else strata
    holdout = np.zeros(count, dtype=bool)
    for stratum in np.unique(strata):
        members = rng.permutation(np.flatnonzero(strata == stratum))
        holdout[members[: round(len(members) * share)]] = True
    return holdout


def arm(after, before):
    count = len(after)
    if count < 2:
        return Arm.of(count, after[0] if count else None, None, before[0] if count else None, None, None)
    mean, mean_before = after.mean(), before.mean()
    apart, apart_before = after - mean, before - mean_before
    squares = apart @ apart, apart_before @ apart_before, apart @ apart_before
    variance, variance_before, covariance = (square / (count - 1) for square in squares)
    return Arm.of(count, mean, variance, mean_before, variance_before, covariance)


def strata_of(before, after, holdout, strata=None):
    """Pairs of arms, one a stratum."""
    strata = np.zeros(len(before), dtype=int) if strata is None else strata
    pairs = []
    for stratum in np.unique(strata):
        there = strata == stratum
        pairs.append(tuple(arm(after[there & side], before[there & side]) for side in (~holdout, holdout)))
    return pairs


def binomial_range(trials, share, certainty=0.999):
    """How many of ``trials`` succeed, with ``certainty``, if each does with probability ``share``."""
    return stats.binom.interval(certainty, trials, share)


# A lognormal margin with this sigma has a mean of 7.4 times its median, and a skewness of 414.
TAIL = 2.0


def long_tailed(rng, count, zeros, offer):
    """Margins of customers without and with an offer, and the effect on all such customers.

    Without it they are none with probability ``zeros``, else lognormal around 50 with sigma ``TAIL``.

    :param str offer: ``none``, or ``adds`` three tenths of the mean to every customer, ``multiplies`` margins by 1.5,
        ``halves`` them, or brings half as many ``buyers`` again
    """
    mean = 50 * np.exp(TAIL**2 / 2) * (1 - zeros)

    def bought(share):
        return (rng.random(count) < share) * 50 * np.exp(TAIL * rng.standard_normal(count))

    without = bought(1 - zeros)
    if offer == "buyers":
        new = 0.5 * (1 - zeros) / zeros if zeros else 0.0
        with_offer = np.where(without == 0, bought(new), without)
        return without, with_offer, 0.5 * mean if zeros else 0.0
    factor = {"multiplies": 1.5, "halves": 0.5}.get(offer, 1.0)
    added = 0.3 * mean if offer == "adds" else 0.0
    return without, factor * without + added, (factor - 1) * mean + added


def most_of(trials, share, certainty=0.999):
    """How many of ``trials`` may fail, with ``certainty``, if each does with no more than probability ``share``."""
    return stats.binom.ppf(certainty, trials, share)
