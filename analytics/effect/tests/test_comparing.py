"""Intervals hold the true change about as often as they say; windows are equal and do not overlap."""

import math
import random
import statistics
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from .. import comparing, windows

DRAWS = 400
# of 400 intervals with 95% confidence, fewer than this hold the truth once in more than a million times
LEAST_HELD = 357


def cover(draw, compare, truth):
    """How many intervals of ``DRAWS`` experiments hold the true change."""
    held = 0
    for _number in range(DRAWS):
        found = compare(draw(0), draw(1))
        held += found.low <= truth <= found.high
    return held


def test_medians_of_times():
    """Times have a long tail: the formula must not lean on the normal distribution."""
    dice = random.Random("medians")

    def draw(side):
        return sorted(dice.expovariate(1 / (10, 16)[side]) for _number in range(41))

    assert cover(draw, comparing.compare_medians, 6 * math.log(2)) >= LEAST_HELD


def test_ratios_of_customers():
    """Numerator and denominator go together, as the revenue of some and that of all do."""
    dice = random.Random("ratios")
    shares = (0.3, 0.5)

    def draw(side):
        x = [dice.lognormvariate(3, 0.5) for _number in range(200)]
        y = [amount * (dice.random() < shares[side]) for amount in x]
        return comparing.Sums(
            200,
            sum(y),
            sum(x),
            sum(one * one for one in y),
            sum(one * one for one in x),
            sum(one * other for one, other in zip(x, y, strict=True)),
            200,
        )

    assert cover(draw, comparing.compare_ratios, 0.2) >= LEAST_HELD


def test_gains_with_uneven_intervals():
    """Each side misses the truth as seldom as the other, though the intervals of the gains reach farther up."""
    rng, count = random.Random("gains"), 8
    shares = [0.025, 0.975]
    up, down = (2 * count / stats.chi2.ppf(share, 2 * count) for share in shares)
    above = below = 0
    for _number in range(DRAWS * 5):
        before, after = (rng.gammavariate(count, gain / count) for gain in (10.0, 16.0))
        found = comparing.compare_gains(*([(gain, 2.0, gain * down, gain * up, 0.95)] for gain in (before, after)))
        below += found.high < 3.0
        above += found.low > 3.0
    assert max(below, above) <= 0.04 * DRAWS * 5


def test_gains_of_another_confidence():
    """An interval of 80% is stretched to one of 95%."""
    rows = [(100.0, 50.0, 60.0, 180.0, 0.8)]
    stretched = statistics.NormalDist().inv_cdf(0.975) / statistics.NormalDist().inv_cdf(0.9)
    found = comparing.compare_gains([(0.0, 1.0, 0.0, 0.0, 0.95)], rows)
    assert found.low == pytest.approx(2.0 - 0.8 * stretched)
    assert found.high == pytest.approx(2.0 + 1.6 * stretched)


def test_a_mean_is_a_ratio():
    values = [3.0, 5.0, 10.0, 2.0] * 10
    sums = comparing.Sums(40, sum(values), 40, sum(v * v for v in values), 40, sum(values), 40)
    assert sums.ratio == statistics.fmean(values)
    assert sums.error == pytest.approx(statistics.stdev(values) / math.sqrt(40))


@pytest.mark.parametrize(
    ("compare", "one", "other"),
    [
        (comparing.compare_shares, (9, 4), (50, 10)),
        (comparing.compare_shares, (0, 0), (50, 10)),
        (comparing.compare_medians, [1.0] * 9, [2.0] * 50),
        (comparing.compare_medians, [], [2.0] * 50),
        (comparing.compare_ratios, comparing.Sums(), comparing.Sums(40, 40, 40, 40, 40, 40, 40)),
        (comparing.compare_gains, [], [(1, 1, 0, 2, 0.95)]),
        (comparing.compare_levels, [1.0], [2.0]),
    ],
)
def test_too_few_to_say(compare, one, other):
    for found in (compare(one, other), compare(other, one)):
        assert found.low is None
        assert found.judge(True) == found.judge(False) == "few"


@given(
    st.dates(date(2010, 1, 1), date(2030, 12, 31)),
    st.sampled_from([3, 6, 12]),
    st.booleans(),
    st.integers(-40, 500),
)
def test_windows(day, months, season, passed):
    found = windows.find_windows(day, months, season, day + timedelta(days=passed))
    if passed < 1:
        assert found is None
        return
    (first_before, last_before), (first_after, last_after) = found.before, found.after
    assert first_after == day
    assert last_after - first_after == last_before - first_before == timedelta(days=found.days - 1)
    assert last_before < day
    assert last_after < day + timedelta(days=passed)
    assert found.days <= 366
    if season:
        assert (first_before.month, min(first_before.day, 28)) == (day.month, min(day.day, 28))
    else:
        assert last_before == day - timedelta(days=1)
    assert found.full == (found.days >= {3: 89, 6: 181, 12: 365}[months])
