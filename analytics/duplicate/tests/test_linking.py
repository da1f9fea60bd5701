"""The model of Fellegi and Sunter against pairs that are drawn by its own rules."""

import numpy as np
import pytest

from analytics.duplicate import linking
from analytics.duplicate.linking import CLOSE, DIFFERENT, EXACT, LEVELS, MISSING, learn

SAME = np.array([0, 0.1, 0, 0.2, 0.7])
OTHER = np.array([0, 0.95, 0, 0.04, 0.01])
TERMS = tuple((place,) for place in range(5))


def drawn_levels(draw, shares, count, fields=5):
    return draw.choice(LEVELS, (count, fields), p=shares).astype(np.uint8)


@pytest.fixture(scope="module")
def learned():
    """2,000 records, of whose 1,999,000 pairs 1,000 are duplicates. Candidates are all that agree in two fields.

    :return: the model, levels of all pairs, of which the first 1,000 are the same
    """
    draw = np.random.default_rng(5)
    levels = np.concatenate([drawn_levels(draw, SAME, 1000), drawn_levels(draw, OTHER, 1_998_000)])
    candidates = levels[(levels >= CLOSE).sum(axis=1) >= 2]
    return learn(TERMS, candidates, levels[draw.integers(0, len(levels), 300_000)], 2000), levels


def test_what_pairs_were_drawn_by_is_found(learned):
    model, _levels = learned
    for m, u in zip(model.m, model.u, strict=True):
        np.testing.assert_allclose(m[[DIFFERENT, CLOSE, EXACT]], SAME[[DIFFERENT, CLOSE, EXACT]], atol=0.05)
        np.testing.assert_allclose(u[[DIFFERENT, CLOSE, EXACT]], OTHER[[DIFFERENT, CLOSE, EXACT]], rtol=0.15)
    assert model.prior * 2000 * 1999 / 2 == pytest.approx(1000, rel=0.05)


def test_bits_add_up_to_the_probability(learned):
    model, levels = learned
    total = model.prior_bits + model.evidence(levels).sum(axis=1)
    np.testing.assert_allclose(model.probability(levels), 2**total / (1 + 2**total))
    row = levels[:1]
    by_hand = model.prior / (1 - model.prior)
    for place, level in enumerate(row[0]):
        by_hand *= model.m[place][level] / model.u[place][level]
    assert model.probability(row)[0] == pytest.approx(by_hand / (1 + by_hand))


def test_probabilities_are_shares(learned):
    """Of pairs with a probability of about p, about p are the same."""
    model, levels = learned
    probability, same = model.probability(levels), np.arange(len(levels)) < 1000
    for low, high in ((0.0, 0.02), (0.02, 0.5), (0.5, 0.98), (0.98, 1.0)):
        within = (probability >= low) & (probability <= high)
        assert same[within].mean() == pytest.approx(probability[within].mean(), abs=0.1)


def test_what_is_missing_says_nothing(learned):
    model, _levels = learned
    unknown = np.full((1, 5), MISSING, np.uint8)
    assert model.evidence(unknown).tolist() == [[0.0] * 5]
    assert model.probability(unknown)[0] == pytest.approx(model.prior)
    for bits in model.bits:
        assert bits[DIFFERENT] < 0 < bits[CLOSE] < bits[EXACT]


def test_two_fields_that_depend_on_each_other():
    """City and postcode of different customers go together: to share both says hardly more than to share one."""
    draw = np.random.default_rng(2)
    name = draw.choice([DIFFERENT, EXACT], 300_000, p=[0.999, 0.001])
    city = draw.choice([DIFFERENT, EXACT], 300_000, p=[0.98, 0.02])
    random_levels = np.stack([name, city, city], axis=1).astype(np.uint8)
    levels = np.concatenate([np.full((300, 3), EXACT), random_levels[:5000]]).astype(np.uint8)
    apart = learn(((0,), (1,), (2,)), levels, random_levels, 3000)
    together = learn(((0,), (1, 2)), levels, random_levels, 3000)
    row = np.full((1, 3), EXACT, np.uint8)
    one = apart.evidence(row)[0, 1]
    assert apart.evidence(row)[0, 1:].sum() == pytest.approx(2 * one, rel=0.1)
    assert together.evidence(row)[0, 1] == pytest.approx(one, abs=1)
    # where one of the two is missing, the other speaks for itself
    row[0, 2] = MISSING
    assert together.evidence(row)[0, 1] == pytest.approx(one, abs=0.3)


def test_nothing_to_learn_from():
    none = np.zeros((0, 5), np.uint8)
    model = learn(TERMS, none, none, 0)
    assert all(np.isfinite(bits).all() for bits in model.bits)
    assert 0 < model.prior <= 0.5
    assert model.probability(none).tolist() == []


def test_random_pairs():
    one, other = linking.draw_pairs(50, 100_000, seed=3)
    assert (one < other).all()
    assert other.max() < 50
    counts = np.bincount(one * 50 + other, minlength=2500)[one[:1] * 50 + other[:1]]
    assert counts == pytest.approx(100_000 / 1225, rel=0.5)
    assert [len(part) for part in linking.draw_pairs(1, 10)] == [0, 0]
