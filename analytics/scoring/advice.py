"""Weights that would have foretold best what customers brought.

A search, not a regression: what counts is the order of customers, and a few large ones would decide a regression. From
the present weights on, ``STEP`` points at a time go from one dimension to another, as long as that is worth
``LEAST_GAIN``. So weights are never negative, add up to 100, and stay as they are where nothing is to be gained;
dimensions that foretell nothing end at zero.
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
    units = round_up_to_hundred(weights)
    worth = judge(points @ units, brought, bought, most)
    while True:
        moves = [
            (judge(points @ moved, brought, bought, most), tuple(moved))
            for giver in range(len(units))
            for taker in range(len(units))
            if giver != taker and units[giver] >= STEP
            for moved in [move(units, giver, taker)]
        ]
        best = max(moves, default=(worth, None))
        if best[0] < worth + LEAST_GAIN:
            return [int(unit) for unit in units]
        worth, units = best[0], np.array(best[1])


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
