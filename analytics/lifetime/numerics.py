"""Decimals as PostgreSQL keeps them (``numeric``), made of arrays: plain Python.

The server takes longer to make decimals of binary fractions than to store them. A ``numeric`` is sent as groups of four
digits (``numeric_send`` in its sources): how many, the power of 10,000 of the first, the sign, the places after the
point, and the groups.
"""

from dataclasses import dataclass

import numpy as np

GROUP, DIGITS = 10_000, 4
NEGATIVE = 0x4000
# The server rounds by the fifteen digits that a binary fraction has for certain: what differs from a half by less than
# their last one is a half.
NEARLY = 1 + 2.0**-50
# Greater numbers of units are taken for this one. Nobody has so much money.
MOST = 10**14


@dataclass(frozen=True)
class Numeric:
    """The kind of a column: a decimal with so many places after the point."""

    places: int


def to_units(values, places):
    """Whole numbers of units of the last place; halves are rounded away from zero, as PostgreSQL does.

    >>> to_units(np.array([1.005, -0.125, 2.0]), 2).tolist()
    [101, -13, 200]
    """
    if values.dtype.kind in "iu":
        return values.astype(np.int64)
    whole = np.floor(np.abs(values) * (10.0**places * NEARLY) + 0.5)
    return np.copysign(np.minimum(whole, MOST), values).astype(np.int64)


def multiply(first, second, third, divisor):
    """The product of three arrays of whole numbers over a power of ten, with halves rounded away from zero.

    All digits are exact: products of money, counts and rates have more of them than a binary fraction.

    >>> multiply(np.array([123456789012]), np.array([-98765432]), np.array([390000]), 10**10).tolist()
    [-475537260904018]
    """
    product, rate = np.abs(first * 1.0 * second), np.abs(third)
    if product.max(initial=0) > 2.0**62 or rate.max(initial=0) > 2**28:
        exact = first.astype(object) * second.astype(object) * third.astype(object)
        whole = (abs(exact) * 2 + divisor) // (2 * divisor)
        return np.array([-w if e < 0 else w for w, e in zip(whole, exact, strict=True)], np.int64).reshape(first.shape)
    sign = np.sign(first) * np.sign(second) * np.sign(third)
    whole, rest = np.divmod(np.abs(first * second), divisor)
    return sign * (whole * rate + (2 * rest * rate + divisor) // (2 * divisor))


def groups_of(units, places):
    """The form in which ``units`` are sent: as many groups as the longest of them needs.

    :return: dtype
    """
    after = -(-places // DIGITS)
    most = int(np.abs(units).max(initial=0)) // 10**places
    before = 1
    while most >= GROUP**before:
        before += 1
    return np.dtype([("head", ">u2", (4,)), ("groups", ">u2", (before + after,))])


def to_wire(sent, units, places):
    """Write ``units`` to ``sent``, an array of ``groups_of``."""
    after = -(-places // DIGITS)
    count = sent["groups"].shape[1]
    head, groups = sent["head"], sent["groups"]
    head[:, 0], head[:, 1], head[:, 3] = count, count - after - 1, places
    head[:, 2] = np.where(units < 0, NEGATIVE, 0)
    left = np.abs(units)
    if after * DIGITS != places:
        left = left * 10 ** (after * DIGITS - places)
    for place in range(count - 1, -1, -1):
        # a division and its rest take several times as long
        whole = left // GROUP
        groups[:, place] = left - whole * GROUP
        left = whole
