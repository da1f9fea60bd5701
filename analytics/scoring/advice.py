"""Weights that would have foretold best what customers brought.

A search, not a regression: what counts is the order of customers, and a few large ones would decide a regression. From
the present weights on, ``STEP`` points at a time go from one dimension to another, as long as that is worth
``LEAST_GAIN``. Where something was gained, dimensions without which the order is as good lose their weight. So weights
are never negative, add up to 100, are few, and stay as they are where nothing is to be gained.
"""

import numpy as np

from .backtest import Ranking

STEP = 5

# Of a measure of 0 to 1. A step that gains less may owe it to the customers it was looked for among.
LEAST_GAIN = 0.001

# More customers tell no more; those taken are evenly spread over the ids.
MOST_CUSTOMERS = 50_000


def propose(points, weights, brought, bought):
    """Weights that put customers in a better order.

    :param points: array (customers x dimensions) of 0 to 100
    :param weights: of the dimensions, not negative; any sum above zero
    :param brought: array of amounts; their sum is positive
    :param bought: array of bool, whether a customer bought again
    :return: list of int, multiples of ``STEP`` that add up to 100
    """
    spread = -(-len(brought) // MOST_CUSTOMERS)
    points, brought, bought = points[::spread], brought[::spread], bought[::spread]
    most = Ranking(brought).measure(brought, bought)
    found = units = round_up_to_hundred(weights)
    taking = np.ones(len(units), dtype=bool)

    def worth(units):
        return judge(points @ units, brought, bought, most)

    while True:
        climbed = climb(units, taking, worth)
        if np.array_equal(climbed, found):
            return [int(unit) for unit in found]
        found, units = climbed, leave_out(climbed, worth)
        if np.array_equal(units, found):
            return [int(unit) for unit in found]
        # what has been left out stays out, or both steps could go in a circle
        found, taking = units, units > 0


def climb(units, taking, worth):
    """Move points from one dimension to another, the most useful move first, as long as that is worth it.

    :param units: array of weights
    :param taking: array of bool: the dimensions that may be given more
    :param worth: how good weights are
    :return: array of weights
    """
    present = worth(units)
    while True:
        moves = [
            (worth(moved), tuple(moved))
            for giver in range(len(units))
            for taker in range(len(units))
            if giver != taker and units[giver] >= STEP and taking[taker]
            for moved in [move(units, giver, taker)]
        ]
        best = max(moves, default=(present, None))
        if best[0] < present + LEAST_GAIN:
            return units
        present, units = best[0], np.array(best[1])


def leave_out(units, worth):
    """Take their weight from dimensions, and give it to the others in proportion, where the order loses nothing by it.

    :return: array of weights; all that was left out costs less than ``LEAST_GAIN``, but for rounding to ``STEP``
    """
    kept, least = units, worth(units) - LEAST_GAIN
    while np.count_nonzero(kept) > 1:
        # the order does not depend on the sum of weights, and much on rounding where few points are left
        fewer = [np.where(np.arange(len(kept)) == place, 0, kept) for place in np.flatnonzero(kept)]
        best = max(fewer, key=worth)
        if worth(best) <= least:
            break
        kept = best
    return units if kept is units else round_up_to_hundred(kept)


def judge(score, brought, bought, most):
    """How good an order is: 0 by chance, 1 for the best one possible. The best tenth counts as much as the whole."""
    # equal sums of products may differ in their last digits
    found = Ranking(np.round(score, 6)).measure(brought, bought)
    top = (found["top10"] - 0.1) / (most["top10"] - 0.1) if most["top10"] > 0.1 else 0
    return (found["gini"] / most["gini"] + top) / 2 if most["gini"] > 0 else 0.0


def move(units, giver, taker):
    moved = units.copy()
    moved[giver] -= STEP
    moved[taker] += STEP
    return moved


def round_up_to_hundred(weights):
    """Weights as multiples of ``STEP`` that add up to 100: by the largest remainders.

    >>> round_up_to_hundred([1, 1, 1]).tolist()
    [35, 35, 30]
    """
    exact = np.asarray(weights, dtype=float) / np.sum(weights) * 100 / STEP
    whole = np.floor(exact)
    missing = round(100 / STEP - whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    return (whole * STEP).astype(int)
