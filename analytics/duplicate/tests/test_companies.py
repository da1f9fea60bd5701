"""Companies whose duplicates are known, among branches, tenants of one house and clients of one bookkeeper."""

import collections

import numpy as np
import pytest

from analytics.duplicate import matching

from .companies import Companies


@pytest.fixture(scope="module", params=[1, 2, 3])
def looked_at(request):
    companies = Companies(2000, seed=request.param)
    found = matching.find(companies.texts)
    return companies, found, set(zip(found.one.tolist(), found.other.tolist(), strict=True))


def test_precision_and_recall(looked_at):
    companies, _found, pairs = looked_at
    same = companies.pairs
    assert len(pairs & same) / len(pairs) >= 0.94
    assert len(pairs & same) / len(same) >= 0.96


def test_neighbours_that_are_no_duplicates(looked_at):
    """Of each kind hardly a pair is taken for a duplicate."""
    companies, found, pairs = looked_at
    wrong = collections.Counter(
        kind for pair in pairs - companies.pairs for kind in {companies.kinds[position] for position in pair}
    )
    counts = collections.Counter(companies.kinds)
    assert wrong["branch"] <= 0.03 * counts["branch"]
    assert wrong["mailbox"] <= 0.05 * counts["mailbox"]
    # there are 15 pairs in each house
    assert wrong["same address"] <= 0.05 * 3 * counts["same address"]
    assert found.candidates < 0.01 * len(companies.rows) ** 2


def test_the_certain_come_first(looked_at):
    companies, found, _pairs = looked_at
    assert (np.diff(found.probability) <= 0).all()
    certain = found.probability >= 0.999
    same = companies.pairs
    right = [pair in same for pair in zip(found.one[certain].tolist(), found.other[certain].tolist(), strict=True)]
    assert np.mean(right) >= 0.98


def test_evidence_adds_up(looked_at):
    _companies, found, _pairs = looked_at
    bits = found.model.prior_bits + found.evidence.sum(axis=1)
    np.testing.assert_allclose(found.probability, 2**bits / (1 + 2**bits))


def test_hardly_anybody():
    for count in (0, 1, 2):
        texts = {field: ["Weber Print"] * count for field in matching.FIELDS}
        found = matching.find(texts)
        assert len(found.one) <= 1
