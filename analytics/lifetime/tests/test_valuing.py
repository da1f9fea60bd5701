"""Values put together for some customers, against sums in decimals, one customer after the other."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from analytics.lifetime.amounts import MarginRate
from analytics.lifetime.outlook import Lookout, Terms
from analytics.lifetime.past import Past, to_number
from analytics.lifetime.valuing import Basis, Kept, Part, fingerprint

TODAY, WEEKS, DIGITS = date(2024, 5, 31), 26, 2
LEARNED = {"mbg": [0.5, 6.0, 0.9, 1.6], "amounts": [6.0, 3.7, 15.0], "retention": 0.8, "weeks": 26.0, "paid": 50.0}
LOOKOUT = Lookout("mbg", LEARNED, Terms(months=24, rate=0.1, keep_share=0.25))
MARGINS = MarginRate(0.345678, 400.0)


def some_past(draw, count=200):
    who = draw.integers(1, count, 3 * count)
    orders = {
        "partner_id": who.astype("i4"),
        "day": (to_number(TODAY) - draw.integers(0, 900, len(who))).astype("i4"),
        "amount": np.round(draw.random(len(who)) * 200, 2),
        "margin": np.round(draw.random(len(who)) * 60 - 10, 2),
        "is_order": np.ones(len(who), bool),
    }
    others = np.arange(count, count + 20, dtype="i4")
    return Past.make(orders, {"partner_id": others, "margin": np.round(draw.normal(0, 30, 20), 3)})


def some_parts(draw, count=240):
    def among(share):
        return np.flatnonzero(draw.random(count) < share).astype("i4") + 1

    parts = {}
    for name, share in (("service", 0.5), ("redress", 0.2)):
        who = among(share)
        parts[name] = Part(True, who, draw.integers(-500, 2000, len(who)))
    for name, share, beyond, is_revenue, is_habit in (
        ("pipeline", 0.3, "current", True, False),
        ("range", 0.5, "potential", False, True),
        ("wallet", 0.4, "potential", True, True),
        ("gift", 0.1, None, False, False),
    ):
        who = among(share)
        amount = np.round(draw.random(len(who)) * 3000, 4)
        parts[name] = Part(False, who, amount, beyond, is_revenue, is_habit)
    return parts


def rounded(amount):
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_customer(seed):
    draw = np.random.default_rng(seed)
    past, parts = some_past(draw), some_parts(draw)
    basis = Basis.make(past, TODAY, parts)
    known = set(past.partner_id.tolist())
    kept = dict(zip(past.partner_id.tolist(), past.kept.tolist(), strict=True))
    kept |= dict(zip(past.other_id.tolist(), past.other_kept.tolist(), strict=True))
    seen = set(kept) | {who for part in parts.values() if not part.is_cost for who in part.partner_id.tolist()}
    assert basis.partner_id.tolist() == sorted(seen)
    values = basis.values(slice(None), LOOKOUT, MARGINS, WEEKS, DIGITS)
    amounts = {
        name: dict(zip(part.partner_id.tolist(), part.amount.tolist(), strict=True)) for name, part in parts.items()
    }
    cents = Decimal("0.01")
    for place, who in enumerate(values.partner_id.tolist()):
        row = {name: int(column[place]) for name, column in values.columns.items()}
        rate = Decimal(row["margin_rate"]).scaleb(-6)
        used = rate if who in known else Decimal(repr(MARGINS.rate))
        active = Decimal(row["p_active"]).scaleb(-4) if who in known else Decimal(1)
        current = rounded(Decimal(row["orders_ahead"]).scaleb(-4) * row["order_amount"] * cents * rate)
        costs = sum(amounts[name].get(who, 0) for name in ("service", "redress"))
        historical = rounded(Decimal(repr(kept.get(who, 0.0)))) - costs * cents
        potential, before = Decimal(0), Decimal(0)
        for name, part in parts.items():
            if part.is_cost:
                continue
            found = Decimal(repr(amounts[name].get(who, 0.0)))
            found = rounded(found * (used if part.is_revenue else 1) * (active if part.is_habit else 1))
            less = {"current": max(current, Decimal(0)), "potential": before, None: Decimal(0)}[part.beyond]
            counted = max(found - less, Decimal(0))
            before += counted
            potential += counted
            assert [int(values.details[name][side][place]) for side in (0, 1)] == [found * 100, counted * 100]
        assert row["lifetime_current"] == current * 100
        assert row["lifetime_potential"] == potential * 100
        assert abs(row["lifetime_historical"] - historical * 100) < Decimal("0.5")
        assert row["lifetime_value"] == sum(row[f"lifetime_{name}"] for name in ("historical", "current", "potential"))


def test_some_as_among_all():
    draw = np.random.default_rng(7)
    basis = Basis.make(some_past(draw), TODAY, some_parts(draw))
    whole = basis.values(slice(None), LOOKOUT, MARGINS, WEEKS, DIGITS)
    for some in (slice(0, 90), slice(90, 180), slice(180, 400)):
        values = basis.values(some, LOOKOUT, MARGINS, WEEKS, DIGITS)
        assert values.fingerprint.tolist() == whole.fingerprint[some].tolist()
        assert values.describe(DIGITS) == whole.describe(DIGITS)[some]


def test_fingerprints_tell_whatever_is_stored():
    """Each column, each part, and which part it is; a part of zero is none, and the day it is looked at is no part."""
    draw = np.random.default_rng(8)
    past, parts = some_past(draw), some_parts(draw)
    basis = Basis.make(past, TODAY, parts)
    values = basis.values(slice(None), LOOKOUT, MARGINS, WEEKS, DIGITS)
    assert len(set(values.fingerprint.tolist())) > 0.9 * len(basis)

    def again(columns=None, details=None, digits=DIGITS):
        return fingerprint(values.columns | (columns or {}), details or values.details, digits)

    assert again().tolist() == values.fingerprint.tolist()
    for name, column in values.columns.items():
        assert (again({name: column + 1}) != values.fingerprint).all(), name
        assert (again({name: -column}) != values.fingerprint)[column != 0].all(), name
    for name, amounts in values.details.items():
        has = amounts[0] != 0
        for side in range(len(amounts)):
            other = tuple(amount + (place == side) * has for place, amount in enumerate(amounts))
            changed = again(details=values.details | {name: other}) != values.fingerprint
            assert changed.tolist() == (has & (other[0] != 0) | has & (side == 0)).tolist()
    nothing = (np.zeros(len(basis), np.int64),)
    assert again(details=values.details | {"nothing": nothing}).tolist() == values.fingerprint.tolist()
    renamed = {f"{name}_": amounts for name, amounts in values.details.items()}
    has = np.logical_or.reduce([amounts[0] != 0 for amounts in values.details.values()])
    assert (again(details=renamed) != values.fingerprint).tolist() == has.tolist()
    assert (again(digits=3) != values.fingerprint).all()


def test_nobody():
    empty = {name: np.empty(0, kind) for name, kind in (("partner_id", "i4"), ("day", "i4"), ("amount", "f8"))}
    orders = empty | {"margin": np.empty(0), "is_order": np.empty(0, bool)}
    past = Past.make(orders, {"partner_id": np.empty(0, "i4"), "margin": np.empty(0)})
    values = Basis.make(past, TODAY - timedelta(days=1), {}).values(slice(None), LOOKOUT, MARGINS, WEEKS, DIGITS)
    assert (len(values), values.describe(DIGITS)) == (0, [])


def test_who_has_a_row_already():
    rows = {
        "partner_id": np.array([3, 5, 9], np.int32),
        "place": np.array([b"three", b"five", b"nine"]),
        "fingerprint": np.array([33, 55, 99]),
    }
    kept = Kept.compare(np.array([1, 3, 7, 9], np.int32), rows)
    assert kept.is_new.tolist() == [True, False, True, False]
    assert kept.at.tolist() == [1, 3]
    assert kept.place.tolist() == [b"three", b"nine"]
    assert kept.fingerprint.tolist() == [33, 99]
    assert kept.gone.tolist() == [b"five"]
    assert not rows


def test_no_values_of_those_who_were_archived():
    """Neither of those with orders nor of others; what the others have is the same."""
    past, parts = some_past(np.random.default_rng(4)), some_parts(np.random.default_rng(5))
    gone = np.array([13, 17, 100, 203], "i4")
    assert np.isin(gone, past.partner_id).tolist() == [True, True, True, False]
    assert gone[3] in past.other_id
    parts = {
        name: replace(part, partner_id=part.partner_id[stays], amount=part.amount[stays])
        for name, part in parts.items()
        for stays in [~np.isin(part.partner_id, gone)]
    }
    wanted = Basis.make(past, TODAY, parts).values(slice(None), LOOKOUT, MARGINS, WEEKS, DIGITS)
    found = Basis.make(replace(past, archived=gone), TODAY, parts).values(slice(None), LOOKOUT, MARGINS, WEEKS, DIGITS)
    stays = ~np.isin(wanted.partner_id, gone)
    assert found.partner_id.tolist() == wanted.partner_id[stays].tolist()
    assert found.fingerprint.tolist() == wanted.fingerprint[stays].tolist()
