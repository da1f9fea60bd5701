"""The measures of a backtest against other definitions of the same, and against published figures."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.scoring.backtest import MEASURES, Difference, Ranking, compare, thin

# Hanley and McNeil, Radiology 143 (1982), table I: how 109 images were rated from 1 (definitely normal) to 5, and how
# many of each rating were normal and abnormal. The area that they compute by Wilcoxon's statistic is .893.
RATINGS = {1: (33, 3), 2: (6, 2), 3: (6, 2), 4: (11, 11), 5: (2, 33)}

ordered = st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 20), st.booleans()), min_size=3, max_size=7).filter(
    lambda rows: sum(amount for _value, amount, _bought in rows) > 0
)


def read(rows):
    values, brought, bought = (np.array(column) for column in zip(*rows, strict=True))
    return values.astype(float), brought.astype(float), bought


def orders(values):
    """All orders, best first, in which customers with these values can stand."""
    for order in itertools.permutations(range(len(values))):
        if all(values[one] >= values[other] for one, other in itertools.pairwise(order)):
            yield order


def count_found(brought, order, share):
    """What the first ``share`` of customers in this order bring; the last of them counts in part."""
    left, found = share * len(order), 0.0
    for customer in order:
        found += min(1.0, max(0.0, left)) * brought[customer]
        left -= 1
    return found / brought.sum()


@given(ordered)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_equal_customers_are_the_mean_of_all_orders(rows):
    values, brought, bought = read(rows)
    found = Ranking(values).measure(brought, bought)
    every = list(orders(values))
    areas, tops, before = [], [], []
    for order in every:
        up = np.concatenate(([0], np.cumsum(brought[list(order)]))) / brought.sum()
        areas.append(np.mean(up[1:] + up[:-1]) - 1)
        tops.append(count_found(brought, order, 0.20))
        pairs = [
            place_one < place_other
            for place_one, one in enumerate(order)
            for place_other, other in enumerate(order)
            if bought[one] and not bought[other]
        ]
        before.append(np.mean(pairs) if pairs else None)
    assert found["gini"] == pytest.approx(np.mean(areas))
    assert found["top20"] == pytest.approx(np.mean(tops))
    assert found["auc"] == (None if before[0] is None else pytest.approx(np.mean(before)))


@given(ordered, st.randoms(use_true_random=False))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_order_of_rows_does_not_matter(rows, chance):
    shuffled = rows[:]
    chance.shuffle(shuffled)
    one, other = (Ranking(read(known)[0]).measure(*read(known)[1:]) for known in (rows, shuffled))
    assert one == pytest.approx(other)


def test_gini_is_the_covariance_with_the_place():
    chance = np.random.default_rng(4)
    values, brought = chance.integers(0, 30, 500).astype(float), chance.gamma(0.3, 100, 500)
    places = np.array([(values < value).sum() + ((values == value).sum() + 1) / 2 for value in values])
    covariance = np.mean((places - places.mean()) * (brought - brought.mean()))
    expected = 2 * covariance / (len(values) * brought.mean())
    assert Ranking(values).measure(brought, brought > 1)["gini"] == pytest.approx(expected)


def test_gini_of_the_first_whole_numbers():
    """(n - 1) / 3n, where each brings as much as its number."""
    numbers = np.arange(1, 31, dtype=float)
    assert Ranking(numbers).measure(numbers, numbers > 3)["gini"] == pytest.approx(29 / 90)


def test_area_published_for_ratings():
    values, bought = [], []
    for rating, (normal, abnormal) in RATINGS.items():
        values += [float(rating)] * (normal + abnormal)
        bought += [False] * normal + [True] * abnormal
    bought = np.array(bought)
    assert round(Ranking(values).measure(bought.astype(float), bought)["auc"], 3) == 0.893


def test_one_number_for_everybody_is_chance():
    brought = np.array([0, 0, 10, 0, 90.0])
    found = Ranking(np.ones(5)).measure(brought, brought > 0)
    assert found == pytest.approx({"gini": 0, "top5": 0.05, "top10": 0.10, "top20": 0.20, "auc": 0.5})


def test_customers_without_a_number_come_last_and_alike():
    brought = np.array([50, 30, 20, 0.0])
    with_gaps = Ranking([9, np.nan, np.nan, 1.0]).measure(brought, brought > 0)
    filled = Ranking([9, -5, -5, 1.0]).measure(brought, brought > 0)
    assert with_gaps == filled


def test_all_bought_again():
    found = Ranking([1.0, 2]).measure(np.array([1.0, 2]), np.array([True, True]))
    assert found["auc"] is None


def test_groups_of_ten():
    values = np.array([5.0] * 5 + [4, 3, 2, 1, 0])
    brought = np.arange(10, 0, -1, dtype=float)
    tenths = Ranking(values).share_out(brought)
    # the five equal ones bring 40 together: 8 in each of the first tenths
    assert tenths == pytest.approx([8, 8, 8, 8, 8, 5, 4, 3, 2, 1])
    assert Ranking(values).share_out(brought, 4).sum() == pytest.approx(55)


def test_picture_of_a_curve():
    across, up = Ranking(np.array([2.0, 1])).curve(np.array([3.0, 1]))
    assert thin(across, up, 4) == [(0, 0), (0.25, 0.375), (0.5, 0.75), (0.75, 0.875), (1, 1)]


class TestDifference:
    def make(self, noise, seed=0, count=3000):
        chance = np.random.default_rng(seed)
        wealth = chance.gamma(0.5, 1, count)
        brought = wealth * chance.gamma(0.5, 2, count)
        return Ranking(wealth), Ranking(wealth + noise * chance.normal(size=count)), brought, brought > 0.05

    def test_same_order(self):
        ranking, _rival, brought, bought = self.make(0)
        for difference in compare(ranking, ranking, brought, bought).values():
            assert difference == Difference(0, 0, 0)
            assert difference.verdict == 0

    def test_worse_rival(self):
        ranking, rival, brought, bought = self.make(3)
        one, other = ranking.measure(brought, bought), rival.measure(brought, bought)
        found = compare(ranking, rival, brought, bought)
        assert set(found) == set(MEASURES)
        for name, difference in found.items():
            assert difference.value == pytest.approx(one[name] - other[name])
            assert difference.low < difference.value < difference.high
            assert difference.verdict == 1
        turned = compare(rival, ranking, brought, bought)
        assert {name: difference.verdict for name, difference in turned.items()} == dict.fromkeys(MEASURES, -1)

    def test_interval_covers_as_often_as_it_says(self):
        """The true difference of two orders that are equally bad is zero."""
        missed = 0
        for seed in range(200):
            chance = np.random.default_rng(seed)
            wealth = chance.gamma(0.5, 1, 400)
            one, other = (Ranking(wealth + chance.normal(size=400)) for _number in range(2))
            difference = compare(one, other, wealth, wealth > 0.2)["gini"]
            missed += not difference.low <= 0 <= difference.high
        assert 2 <= missed <= 20
