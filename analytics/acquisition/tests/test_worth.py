"""What customers are expected to bring, against pandas and plain Python."""

import numpy as np
import pandas as pd
import pytest

from analytics.acquisition import worth


def draw(seed=7, count=400):
    """Customers of three attributes that go together, some not known."""
    rng = np.random.default_rng(seed)
    industry = rng.integers(0, 8, count)
    # channels that industries prefer: what is counted twice would show
    channel = np.where(rng.random(count) < 0.6, industry % 4, rng.integers(0, 4, count))
    country = rng.integers(0, 3, count)
    margin = 500 + 120 * (industry - 3.5) + 80 * (channel - 1.5) + rng.normal(0, 200, count)

    def sometimes(values, share):
        return [None if hidden else int(value) for value, hidden in zip(values, rng.random(count) < share, strict=True)]

    return margin, {
        "channel": sometimes(channel, 0.1),
        "industry": sometimes(industry, 0.3),
        "country": sometimes(country, 0.0),
    }


def oracle(margin, levels, rounds=3000):
    """Analysis of variance by groupby, then one effect after another until nothing moves any more."""
    frame = pd.DataFrame(levels, dtype=object)
    frame["rest"] = margin - np.mean(margin)
    penalties = {}
    for name in levels:
        known = frame.dropna(subset=[name])
        groups = known.groupby(name)["rest"]
        size, mean = groups.size(), groups.mean()
        number, count = len(known), len(size)
        within = (groups.var(ddof=1).fillna(0) * (size - 1)).sum() / (number - count)
        among = (size * (mean - known["rest"].mean()) ** 2).sum() / (count - 1)
        typical = (number - (size**2).sum() / number) / (count - 1)
        between = (among - within) / typical
        if between > 0:
            penalties[name] = within / between
    effects = {name: dict.fromkeys(frame[name].dropna().unique(), 0.0) for name in penalties}
    for _round in range(rounds):
        for name, penalty in penalties.items():
            others = sum(
                (frame[other].map(effects[other]).fillna(0.0).astype(float) for other in penalties if other != name),
                pd.Series(0.0, index=frame.index),
            )
            groups = (frame["rest"] - others).groupby(frame[name])
            effects[name] = (groups.sum() / (groups.size() + penalty)).to_dict()
    return effects


@pytest.mark.parametrize("seed", range(5))
def test_effects_against_another_implementation(seed):
    margin, levels = draw(seed)
    lesson = worth.learn(margin, levels)
    expected = oracle(margin, levels)
    assert lesson.mean == pytest.approx(margin.mean())
    for name, found in lesson.effects.items():
        theirs = expected.get(name, {})
        assert found.keys() == theirs.keys()
        for level, effect in found.items():
            assert effect == pytest.approx(theirs[level], abs=1e-6)


def test_one_attribute_is_shrunken_as_in_textbooks():
    """n / (n + within / between) of the distance from the mean."""
    margin = np.array([10.0, 12.0, 14.0, 30.0, 34.0, 100.0])
    lesson = worth.learn(margin, {"channel": ["a", "a", "a", "b", "b", "c"]})
    size, mean = np.array([3, 2, 1]), np.array([12.0, 32.0, 100.0])
    within = (8 + 8) / (6 - 3)
    among = (size * (mean - margin.mean()) ** 2).sum() / 2
    between = (among - within) / ((6 - (9 + 4 + 1) / 6) / 2)
    expected = size / (size + within / between) * (mean - margin.mean())
    assert list(lesson.effects["channel"].values()) == pytest.approx(expected)


def test_few_customers_hardly_move_the_mean():
    rng = np.random.default_rng(1)
    margin = np.concatenate([rng.normal(100, 50, 200), rng.normal(140, 50, 200), [600.0]])
    lesson = worth.learn(margin, {"industry": [1] * 200 + [2] * 200 + [3]})
    # the one customer is 480 above the mean, and counts for a part of it
    assert 0 < lesson.effects["industry"][3] < 0.9 * (600 - margin.mean())
    assert lesson.effects["industry"][2] == pytest.approx(margin[200:400].mean() - margin.mean(), rel=0.05)


def test_what_does_not_differ_has_no_effects():
    assert worth.learn([5.0] * 40, {"country": [1, 2] * 20}).effects == {"country": {}}
    alternating = [1.0, 2.0] * 20
    assert worth.learn(alternating, {"country": [1, 1, 2, 2] * 10}).effects == {"country": {}}
    # a single level, and levels of one customer each, say nothing
    assert worth.learn(alternating, {"country": [1] * 40, "city": list(range(40))}).effects == {
        "country": {},
        "city": {},
    }


def test_expected_adds_up_and_passes_over_what_was_never_seen():
    margin, levels = draw()
    lesson = worth.learn(margin, levels)
    expected = lesson.mean + lesson.effects["channel"][2] + lesson.effects["industry"][5]
    assert lesson.expected(channel=2, industry=5, country=99) == pytest.approx(expected)
    assert lesson.expected(channel=None) == lesson.mean


def test_no_customers():
    with pytest.raises(ValueError, match="no customers"):
        worth.learn([], {"channel": []})


def test_bands():
    revenues = [float(value) for value in range(1, 101)]
    edges = worth.band_edges(revenues)
    assert edges == [26.0, 51.0, 76.0]
    assert [worth.band(value, edges) for value in (1, 25, 26, 50.5, 51, 99, 1000)] == [0, 0, 1, 1, 2, 3, 3]
    assert worth.band(0, edges) is None and worth.band(None, edges) is None and worth.band(10, []) is None
    assert worth.band_edges(revenues[:19]) == []
    # equal amounts are no bands
    assert worth.band_edges([10.0] * 50 + [None, 0.0]) == []


def test_odds_as_by_hand():
    decided = [{"team": 1}, {"team": 1}, {"team": 2}, {"team": 2}, {"team": 2}, {"team": None}]
    won = [True, True, True, False, False, False]
    found = worth.odds(decided, won, [{"team": 1}, {"team": 2}, {"team": None}, {"team": 9}])

    def by_hand(won_count, lost_count):
        # of three won, two with team 1 and one with 2; of three lost none and two; 0.1 is added to each
        yes, no = 0.5 * won_count / (2.1 + 1.1), 0.5 * lost_count / (0.1 + 2.1)
        return yes / (yes + no)

    assert found == pytest.approx([by_hand(2.1, 0.1), by_hand(1.1, 2.1), 0.5, 0.5])
    assert worth.odds(decided, [True] * 6, [{"team": 1}]) is None
