"""Limits of tiers by share, against a search through all limits."""

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.scoring import shares
from analytics.scoring.shares import TOP_SCORE, find_limit, put_in_order

QUICK = settings(derandomize=True, deadline=None, max_examples=200)

scores = st.dictionaries(st.integers(0, TOP_SCORE), st.integers(0, 50), min_size=1, max_size=30).filter(
    lambda found: any(found.values())
)


def test_examples_of_the_docstrings():
    assert doctest.testmod(shares).failed == 0


def part(amounts, limit):
    return sum(amount for score, amount in amounts if score >= limit) / sum(amount for _score, amount in amounts)


@given(scores, st.floats(0.001, 1))
@QUICK
def test_nothing_comes_nearer(found, share):
    amounts = sorted(found.items(), reverse=True)
    limit = find_limit(amounts, share)
    possible = [score for score, _amount in amounts] + [min(amounts[0][0] + 1, TOP_SCORE)]
    assert limit in possible
    nearest = min(abs(part(amounts, score) - share) for score in possible)
    assert abs(part(amounts, limit) - share) == pytest.approx(nearest)


@given(scores, st.floats(0.001, 1), st.floats(0.001, 1))
@QUICK
def test_larger_shares_reach_further_down(found, one, other):
    amounts = sorted(found.items(), reverse=True)
    small, large = sorted((one, other))
    assert find_limit(amounts, large) <= find_limit(amounts, small)


def test_equal_customers_are_in_or_out_together():
    # 40% share the highest score: nobody is nearer to 15% than they are, all of them are nearer to 25%
    amounts = [(9000, 4), (5000, 6)]
    assert find_limit(amounts, 0.15) == 9001
    assert find_limit(amounts, 0.25) == 9000
    assert find_limit(amounts, 1) == 5000


def test_nobody_has_an_amount():
    assert find_limit([(9000, 0)], 0.5) is None


limits = st.lists(
    st.tuples(st.integers(0, TOP_SCORE), st.integers(0, TOP_SCORE), st.booleans()), min_size=1, max_size=6
)


@given(limits)
@QUICK
def test_ladder_by_share_rises(found):
    ladder = sorted((entry, min(keep, entry), True) for entry, keep, _by_share in found)
    ordered = put_in_order(ladder)
    for place, (entry, keep) in enumerate(ordered):
        assert 0 <= keep <= entry <= TOP_SCORE
        if place:
            assert ordered[place - 1][0] < entry
            assert keep >= ordered[place - 1][0]


def test_entered_scores_do_not_move():
    ladder = [(0, 0, False), (7000, 6500, True), (6000, 5500, False)]
    assert put_in_order(ladder) == [(0, 0), (5999, 5999), (6000, 5500)]
