"""Candidates: each once, all of a small block, the nearest of a large one, and what was left out."""

import itertools

import numpy as np

from analytics.duplicate import blocking, comparing


def columns_of(names, postcodes):
    return {"name": comparing.name_column(names), "postcode": comparing.code_column(postcodes)}


def test_each_pair_once():
    columns = columns_of(["Weber Print", "Print Weber", "Holm", "Weber"], ["1", "1", "1", "2"])
    passes = [blocking.whole("name"), blocking.whole("postcode"), blocking.words("name")]
    one, other, teaches, oversized = blocking.find_pairs(columns, passes)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3)]
    assert teaches.all()
    assert not oversized


def test_missing_values_share_nothing():
    columns = columns_of(["Weber", "Holm", "Timber"], ["", "", ""])
    assert len(blocking.find_pairs(columns, [blocking.whole("postcode")])[0]) == 0


def test_a_large_block():
    """Each is compared with those next in the order of names, and the rest is reported."""
    names = [f"Customer {chr(97 + number)}" for number in range(10)]
    draw = np.random.default_rng(1)
    order = draw.permutation(10)
    columns = columns_of([names[place] for place in order], ["1"] * 10)
    one = blocking.Pass("postcode", blocking.whole("postcode").keys, most=9, followers=2)
    a, b, _teaches, [block] = blocking.find_pairs(columns, [one])
    assert set(np.abs(order[a] - order[b])) == {1, 2}
    assert len(a) == block.compared == 17
    assert (block.title, block.key, block.records, block.left_out) == ("postcode", "1", 10, 45 - 17)


def test_against_all_pairs():
    """With blocks of any size, candidates are the pairs with a key in common."""
    draw = np.random.default_rng(4)
    names = [f"{first} {second}" for first, second in draw.choice(["weber", "holm", "timber", "print"], (60, 2))]
    columns = columns_of(names, draw.choice(["1", "2", "3"], 60).tolist())
    passes = [blocking.Pass("name", blocking.words("name").keys, most=60)]
    one, other, _teaches, oversized = blocking.find_pairs(columns, passes)
    expected = {
        (i, j) for i, j in itertools.combinations(range(60), 2) if set(names[i].split()) & set(names[j].split())
    }
    assert set(zip(one.tolist(), other.tolist(), strict=True)) == expected
    assert not oversized


def test_what_the_model_may_learn_from():
    columns = columns_of(["Weber", "Holm", "Weber"], ["1", "1", "2"])
    house = blocking.Pass("postcode", blocking.whole("postcode").keys, teaches=False)
    one, other, teaches, _oversized = blocking.find_pairs(columns, [house, blocking.whole("name")])
    assert list(zip(one.tolist(), other.tolist(), teaches.tolist(), strict=True)) == [(0, 1, False), (0, 2, True)]
