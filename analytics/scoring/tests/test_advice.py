"""Proposed weights, against all weights there are."""

import doctest
import itertools

import numpy as np
import pytest

from analytics.scoring import advice, backtest
from analytics.scoring.advice import STEP, judge, propose, round_up_to_hundred


def test_examples_of_the_docstrings():
    assert doctest.testmod(advice).failed == 0


@pytest.fixture
def customers():
    """Three dimensions: two say something about what customers bring, one says nothing."""
    chance = np.random.default_rng(5)
    wealth, habit = chance.gamma(0.5, 1, 3000), chance.gamma(0.5, 1, 3000)
    brought = (2 * wealth + habit) * chance.gamma(0.7, 1, 3000)

    def rank(numbers):
        return 100 * np.argsort(np.argsort(numbers)) / (len(numbers) - 1)

    points = np.column_stack([rank(wealth), rank(habit), rank(chance.normal(size=3000))])
    return points, brought, brought > 0.5


def every_weight(dimensions):
    for weights in itertools.product(range(0, 101, STEP), repeat=dimensions):
        if sum(weights) == 100:
            yield np.array(weights)


def test_nearly_the_best_of_all_weights(customers):
    points, brought, bought = customers
    most = backtest.Ranking(brought).measure(brought, bought)
    found = propose(points, [1, 1, 8], brought, bought)
    assert sum(found) == 100
    assert min(found) >= 0
    assert found[2] == 0
    assert found[0] > found[1]
    best = max(judge(points @ weights, brought, bought, most) for weights in every_weight(3))
    # each step is worth something: where none is, what is left to gain is small
    assert judge(points @ np.array(found), brought, bought, most) > best - 3 * advice.LEAST_GAIN


def test_what_tells_nobody_apart_is_left_out(customers):
    """The same points for everybody change no order, whatever their weight: it goes to dimensions that do."""
    points, brought, bought = customers
    alike = np.column_stack([points, np.full(len(points), 70.0), np.zeros(len(points))])
    found = propose(alike, [1, 1, 8, 50, 40], brought, bought)
    assert sum(found) == 100
    assert found[2:] == [0, 0, 0]


def test_few_points_beside_what_tells_nobody_apart(customers):
    """Weights that are small only because another one is large are not lost by rounding."""
    points, brought, bought = customers
    alike = np.column_stack([points, np.zeros(len(points))])
    found = propose(alike, [0, 0, 0, 100], brought, bought)
    assert sum(found) == 100
    assert found[3] == 0
    assert min(found[:2]) > 0


def test_what_is_left_out_costs_nearly_nothing(customers):
    points, brought, bought = customers
    most = backtest.Ranking(brought).measure(brought, bought)

    def worth(units):
        return judge(points @ units, brought, bought, most)

    units = np.array([40, 30, 30])
    fewer = advice.leave_out(units, worth)
    assert fewer.sum() == 100
    assert worth(fewer) > worth(units) - advice.LEAST_GAIN
    assert advice.leave_out(np.array([0, 0, 100]), worth).tolist() == [0, 0, 100]


def test_good_weights_stay(customers):
    points, brought, bought = customers
    once = propose(points, [1, 1, 1], brought, bought)
    assert propose(points, once, brought, bought) == once


def test_nothing_to_learn_from(customers):
    """Where what customers brought has nothing to do with any dimension, the present weights stay or nearly so."""
    points, brought, bought = customers
    chance = np.random.default_rng(9)
    shuffled = chance.permutation(len(brought))
    found = propose(points, [50, 30, 20], brought[shuffled], bought[shuffled])
    assert sum(found) == 100


def test_large_companies_are_sampled(customers, monkeypatch):
    points, brought, bought = customers
    monkeypatch.setattr(advice, "MOST_CUSTOMERS", 1000)
    assert propose(points, [1, 1, 1], brought, bought) == propose(points[::3], [1, 1, 1], brought[::3], bought[::3])


@pytest.mark.parametrize("weights", [[30, 25, 15, 20, 5, 5], [1, 0], [3], [0.1, 0.7, 0.2], [7, 7, 7, 7, 7, 7, 7]])
def test_rounded_weights(weights):
    rounded = round_up_to_hundred(weights)
    assert rounded.sum() == 100
    exact = np.array(weights) / sum(weights) * 100
    assert np.abs(rounded - exact).max() < STEP
