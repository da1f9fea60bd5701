"""How well a number given to customers on a past day foretold what they brought afterwards.

Customers are put in order by the number, the highest first, and it is counted how soon what they brought is found.
Customers with equal numbers are in no order: each measure is the mean over all orders in which they could stand, so
that the order of rows never matters, and a number that is the same for everybody is worth as much as chance.

Whether two numbers differ is judged by a jackknife over groups of customers (Efron and Tibshirani, *An Introduction to
the Bootstrap*, chapter 11): what few large customers do weighs on both numbers, and groups leave them out of both.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

# The best customers looked at, as shares of all.
TOPS = (0.05, 0.10, 0.20)

# Customers left out together when the error of a difference is estimated: one of so many groups.
GROUPS = 40

MEASURES = ("gini", *(f"top{top * 100:.0f}" for top in TOPS), "auc")


@dataclass(frozen=True)
class Difference:
    """How much higher a measure of one number is than that of another.

    :param float low: :param float high: ends of the interval that covers the true difference 19 times in 20
    """

    value: float
    low: float
    high: float

    @property
    def verdict(self):
        """1 if it is surely above zero, -1 if it is surely below, 0 if chance alone may have made it."""
        return int(self.low > 0) - int(self.high < 0)


class Ranking:
    """Customers in the order of a number, the highest first.

    :param values: array of a number for each customer; those without one (NaN) come last, all alike
    """

    def __init__(self, values):
        values = np.asarray(values, dtype=float)
        worst_last = np.where(np.isnan(values), np.inf, -values)
        distinct, self._places = np.unique(worst_last, return_inverse=True)
        self._size = len(distinct)

    def _add_up(self, amounts=None, kept=None):
        """Sums of ``amounts`` (of ones if not given) from the best place down, starting with zero."""
        places = self._places if kept is None else self._places[kept]
        if amounts is not None and kept is not None:
            amounts = amounts[kept]
        return np.concatenate(([0.0], np.cumsum(np.bincount(places, amounts, self._size))))

    def curve(self, amounts):
        """:return: two arrays from 0 to 1: share of customers, and share of ``amounts`` that they account for"""
        customers, found = self._add_up(), self._add_up(amounts)
        return customers / customers[-1], found / found[-1]

    def measure(self, brought, bought, kept=None):
        """What the order is worth.

        :param brought: array of amounts, in any currency; single ones may be negative, their sum is positive
        :param bought: array of bool, whether a customer bought again
        :param kept: array of bool, to look at these customers only
        :return: dict of ``MEASURES``: ``gini`` (0 by chance, negative if worse), ``top5`` and so on (share of what was
            brought by so many per cent of customers), ``auc`` (how often a customer who bought again stands before one
            who did not; 0.5 by chance, None where all or none bought again)
        """
        customers, found = self._add_up(None, kept), self._add_up(brought, kept)
        across, up = customers / customers[-1], found / found[-1]
        measures = {"gini": float(np.sum(np.diff(across) * (up[1:] + up[:-1])) - 1)}
        for name, top in zip(MEASURES[1:], TOPS, strict=False):
            measures[name] = float(np.interp(top, across, up))
        buyers = self._add_up(bought.astype(float), kept)
        others = customers - buyers
        pairs = buyers[-1] * others[-1]
        before = np.sum(np.diff(others) * (buyers[1:] + buyers[:-1]) / 2)
        measures["auc"] = float(before / pairs) if pairs else None
        return measures

    def share_out(self, amounts, groups=10):
        """Sums of ``amounts`` in equally large groups of customers, the best first; equal customers are shared out."""
        customers = self._add_up()
        ends = np.linspace(0, customers[-1], groups + 1)
        return np.diff(np.interp(ends, customers, self._add_up(amounts)))


def compare(ranking, rival, brought, bought):
    """By how much one order of the same customers beats another.

    Customers belong to the groups of the jackknife by their place in the arrays: these should be sorted by something
    that has nothing to do with what customers bring, such as their ids.

    :param Ranking ranking: :param Ranking rival: of the same customers
    :return: dict of ``Difference`` for each measure that both have
    """
    whole, other = ranking.measure(brought, bought), rival.measure(brought, bought)
    count = min(GROUPS, len(brought))
    group = np.arange(len(brought)) % count
    without = []
    for number in range(count):
        kept = group != number
        if brought[kept].sum() <= 0:
            continue
        mine, theirs = ranking.measure(brought, bought, kept), rival.measure(brought, bought, kept)
        without.append([_less(mine[name], theirs[name]) for name in MEASURES])
    left = np.array(without, dtype=float)
    error = np.sqrt((len(left) - 1) / len(left) * np.sum((left - left.mean(axis=0)) ** 2, axis=0))
    reach = stats.t.ppf(0.975, len(left) - 1) * error
    differences = {}
    for place, name in enumerate(MEASURES):
        if whole[name] is not None and other[name] is not None:
            value = whole[name] - other[name]
            differences[name] = Difference(value, float(value - reach[place]), float(value + reach[place]))
    return differences


def _less(one, other):
    return np.nan if one is None or other is None else one - other


def thin(across, up, steps=100):
    """A curve at ``steps + 1`` equally distant places, for a picture.

    :return: list of (share of customers, share of what was brought)
    """
    places = np.linspace(0, 1, steps + 1)
    return list(zip(places.tolist(), np.interp(places, across, up).tolist(), strict=True))
