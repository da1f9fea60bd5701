"""Decimals on the wire, taken apart by hand, and rounding against Python's decimals."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from analytics.lifetime.numerics import groups_of, multiply, to_units, to_wire


def read(sent):
    """A ``numeric`` as the server reads it."""
    count, weight, sign, places = (int(part) for part in sent["head"])
    assert len(sent["groups"]) == count
    value = sum(Decimal(int(group)) * Decimal(10000) ** (weight - place) for place, group in enumerate(sent["groups"]))
    return (-value if sign else value).quantize(Decimal(1).scaleb(-places))


@pytest.mark.parametrize("places", [0, 2, 3, 4, 6])
def test_every_digit_arrives(places):
    draw = np.random.default_rng(places)
    units = np.concatenate(
        [
            [0, 1, -1, 9999, 10000, -(10**14), 10**14],
            draw.integers(-(10**12), 10**12, 200),
            draw.integers(-500, 500, 200),
        ]
    )
    for part in np.split(units, [3, 5, 7, 207]):
        sent = np.empty(len(part), groups_of(part, places))
        to_wire(sent, part, places)
        assert [read(row) for row in sent] == [Decimal(int(unit)).scaleb(-places) for unit in part]


@pytest.mark.parametrize("places", [0, 2, 4])
def test_halves_are_rounded_as_the_server_does(places):
    """A binary fraction stands for the decimal of fifteen digits that it is shown as."""
    draw = np.random.default_rng(places)
    texts = [f"{number / 10 ** (places + 1):.{places + 1}f}" for number in draw.integers(-(10**7), 10**7, 5000)]
    wanted = [int(Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP).scaleb(places)) for text in texts]
    assert to_units(np.array(texts, float), places).tolist() == wanted


@pytest.mark.parametrize("most", [10**4, 10**9, 10**13])
def test_products_are_exact(most):
    draw = np.random.default_rng(3)
    first, second = draw.integers(0, most, 500), draw.integers(-most, most, 500)
    third = draw.integers(-(10**7), 10**7, 500)
    # half of them end in a half
    first[::2], second[::2], third[::2] = first[::2] // 10 * 10 + 5, 10**9 // 10, 10
    wanted = [
        int((Decimal(a) * Decimal(b) * Decimal(c)).scaleb(-10).quantize(Decimal(1), ROUND_HALF_UP))
        for a, b, c in zip(first.tolist(), second.tolist(), third.tolist(), strict=True)
        if abs(a * b * c) < 9 * 10**27
    ]
    possible = [
        abs(a * b * c) < 9 * 10**27 for a, b, c in zip(first.tolist(), second.tolist(), third.tolist(), strict=True)
    ]
    assert multiply(first[possible], second[possible], third[possible], 10**10).tolist() == wanted
