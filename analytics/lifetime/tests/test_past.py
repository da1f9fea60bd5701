"""What is known of customers, against orders looked through one by one in plain Python, in decimals."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from analytics.lifetime import amounts, purchasing, seen
from analytics.lifetime import past as past_of
from analytics.lifetime.forecasting import Known
from analytics.lifetime.past import EPOCH, KNOWN, Past, to_number

TODAY, WEEKS = date(2024, 5, 31), 10
ORDERS = [("partner_id", "i4"), ("day", "i4"), ("amount", "f8"), ("margin", "f8"), ("is_order", "?")]
CHANGES = [("partner_id", "i4"), ("margin", "f8")]


def make(orders, changes=(), customers=None):
    """:param orders: list of (customer, day, amount, margin, is_order), amounts as text"""
    rows = [
        (who, to_number(day), float(amount), float(margin), is_order) for who, day, amount, margin, is_order in orders
    ]
    return Past.make(columns(rows, ORDERS), columns(list(changes), CHANGES), customers)


def columns(rows, kinds):
    found = np.array(rows, kinds)
    return {name: found[name].copy() for name in found.dtype.names}


def some_orders(seed=1, count=2000, customers=300):
    draw = np.random.default_rng(seed)
    return [
        (
            int(draw.integers(1, customers)),
            TODAY - timedelta(days=int(draw.integers(0, 500) // 7 * 7)),
            f"{draw.integers(-200, 20000) / 100:.2f}",
            f"{draw.integers(-500, 5000) / 100:.2f}",
            bool(draw.random() > 0.05),
        )
        for _number in range(count)
    ]


def expected(orders, cut):
    days, kept = defaultdict(lambda: defaultdict(lambda: [Decimal(0), Decimal(0)])), defaultdict(Decimal)
    for who, day, amount, margin, is_order in orders:
        kept[who] += Decimal(margin)
        if is_order:
            days[who][day][0] += Decimal(amount)
            days[who][day][1] += Decimal(margin)
    found = {}
    for who, bought in days.items():
        until = {day: sums for day, sums in bought.items() if day <= cut}
        if not until:
            continue
        paid = [sums for sums in until.values() if sums[0] > 0]

        def between(after, last, bought=bought):
            return sum(sums[0] for day, sums in bought.items() if after < day <= last)

        span = timedelta(weeks=WEEKS)
        found[who] = {
            "x": len(until) - 1,
            "gap": (max(until) - min(until)).days,
            "age": (cut - min(until)).days,
            "paid": len(paid),
            "paid_sum": sum(amount for amount, _margin in paid),
            "paid_margin": sum(margin for _amount, margin in paid),
            "squares": sum(margin**2 / amount for amount, margin in paid),
            "recent": between(cut - span, cut),
            "before": between(cut - 2 * span, cut - span),
            "year": between(cut - timedelta(days=365), cut),
            "came": between(cut, date.max),
            "margin": kept[who],
        }
    return found


@pytest.mark.parametrize("cut", [TODAY, TODAY - timedelta(weeks=WEEKS), TODAY - timedelta(days=400)])
def test_each_customer(cut):
    orders = some_orders()
    known = make(orders).known(cut, WEEKS)
    wanted = expected(orders, cut)
    assert sorted(known["partner_id"].tolist()) == sorted(wanted)
    for row in known:
        for name, value in wanted[row["partner_id"]].items():
            assert float(row[name]) == pytest.approx(float(value), abs=1e-9), (row["partner_id"], name)


def test_order_of_rows_changes_nothing():
    orders = some_orders()
    mixed = [orders[place] for place in np.random.default_rng(2).permutation(len(orders))]
    first, second = make(orders).known(TODAY, WEEKS), make(mixed).known(TODAY, WEEKS)
    for name in KNOWN.names:
        np.testing.assert_allclose(first[name], second[name], rtol=1e-12, atol=1e-9, err_msg=name)


def test_customers_are_in_no_order_that_says_something():
    """Numbers are given one after the other, so that whoever came first has the least."""
    numbers = make([(who, TODAY, "1", "1", True) for who in range(1, 20001)]).partner_id
    assert abs(np.corrcoef(numbers, np.arange(len(numbers)))[0, 1]) < 0.02
    thirds = [part.mean() / 10000.5 for part in np.array_split(numbers, 3)]
    assert thirds == pytest.approx([1, 1, 1], abs=0.02)


def test_what_cancels_out_is_nothing():
    """Three tenths less two and one are no purchase that was paid for."""
    known = make([(7, TODAY, amount, "0", True) for amount in ("0.1", "0.2", "-0.3")]).known(TODAY, WEEKS)
    assert (known["x"].item(), known["paid"].item()) == (0, 0)


def test_margins_beside_orders():
    """They are added to those of orders; whoever has no order is there apart, also one who only gave something back."""
    orders = [(1, TODAY, "10", "4", True), (1, TODAY, "0", "-1", False), (2, TODAY, "0", "-3", False)]
    past = make(orders, [(1, -2.0), (2, 1.0), (3, 0.0)])
    assert past.known(TODAY, WEEKS)[["partner_id", "margin"]].tolist() == [(1, 1.0)]
    assert dict(zip(past.other_id.tolist(), past.other_kept.tolist(), strict=True)) == {2: -2.0, 3: 0.0}


def test_others_than_customers():
    """Nothing is kept of them, whether their numbers are below, between or beyond those of customers."""
    orders = [(who, TODAY, "10", "4", True) for who in range(1, 10)]
    customers = {"partner_id": np.array([3, 12, 7, 5], "i4"), "is_archived": np.zeros(4, bool)}
    past = make(orders, [(who, 1.0) for who in range(1, 20)], customers)
    assert sorted(past.partner_id.tolist()) == [3, 5, 7]
    assert past.kept.tolist() == [5.0] * 3
    assert past.other_id.tolist() == [12]
    nobody = make(orders, [(4, 1.0)], {name: values[:0] for name, values in customers.items()})
    assert (len(nobody.partner_id), len(nobody.other_id), nobody.first) == (0, 0, None)


@pytest.mark.parametrize("some", [slice(20, 90), slice(0, 0), slice(250, 1000), [5, 5, 0, 280], []])
def test_some_as_among_all(some):
    past = make(some_orders())
    some = some if isinstance(some, slice) else np.array(some, int)
    rows = past.known(TODAY, WEEKS)
    assert len(rows) == len(past.partner_id)
    for name in KNOWN.names:
        assert past.take(some).known(TODAY, WEEKS)[name].tolist() == rows[some][name].tolist(), name


@pytest.mark.parametrize("chunk", [1, 7, 281])
def test_sums_of_some_after_others(chunk, monkeypatch):
    orders = some_orders()
    wanted = make(orders, [(3, 1.5), (999, 2.0)])
    monkeypatch.setattr(past_of, "CHUNK", chunk)
    for name, values in vars(make(orders, [(3, 1.5), (999, 2.0)])).items():
        assert values.tolist() == getattr(wanted, name).tolist(), name


def test_archived():
    """They are learned from as everybody is, and others than customers are not."""
    orders, changes = some_orders(), [(who, 2.5) for who in (3, 400, 401)]
    everybody = make(orders, changes)
    customers = {"partner_id": np.arange(1, 402, dtype="i4"), "is_archived": np.arange(1, 402) % 3 == 0}
    found = make(orders, changes, customers)
    assert found.known(TODAY, WEEKS).tolist() == everybody.known(TODAY, WEEKS).tolist()
    assert set(found.archived.tolist()) == {who for who in range(1, 402) if who % 3 == 0}
    some = {name: values[:200] for name, values in customers.items()}
    assert make(orders, changes, some).partner_id.max() == 200


def test_nobody():
    past = make([], [(5, 1.0)])
    assert past.first is None
    assert len(past.known(TODAY, WEEKS)) == 0
    assert past.other_id.tolist() == [5]


def test_days_before_the_epoch():
    past = make([(1, EPOCH - timedelta(days=3000), "1", "1", True), (1, TODAY, "1", "1", True)])
    assert past.first == EPOCH - timedelta(days=3000)
    assert past.known(TODAY, WEEKS)["x"].tolist() == [1]


@pytest.mark.parametrize("cut", [TODAY, TODAY - timedelta(days=400)])
def test_seen_as_known(cut, monkeypatch):
    """What is learned from is the same, whether all is put together at once or for some after others."""
    monkeypatch.setattr(seen, "CHUNK", 70)
    past = make(some_orders())
    rows, found = past.known(cut, WEEKS), seen.Seen(past, cut, WEEKS)
    assert len(found) == len(rows)
    known = Known.of(rows)
    assert found.came.tolist() == rows["came"].tolist()
    assert (found.retention, found.paid_mean) == (known.retention, known.paid_mean)
    assert found.payers == len(found.amounts[0]) == (known.paid > 0).sum()
    for values, wanted in zip(found.amounts, known.amounts, strict=True):
        assert values.tolist() == wanted.tolist()
    figures = (rows[name] for name in ("paid", "paid_sum", "paid_margin", "squares", "margin"))
    assert found.margins == amounts.MarginRate.fit(*figures)
    for name, values in vars(known.customers).items():
        assert getattr(found.customers, name).tolist() == values.tolist(), name
    drawn = np.array([3, 50, 51])
    for name, values in vars(known[drawn]).items():
        assert getattr(found[drawn], name).tolist() == values.tolist(), name


def test_too_many_to_fit(monkeypatch):
    """Weeks are rounded at once, as they would be before a fit."""
    monkeypatch.setattr(purchasing, "MOST", 50)
    # of all days of the week
    orders = some_orders(count=900)
    past = make([(who, day - timedelta(days=place % 7), *rest) for place, (who, day, *rest) in enumerate(orders)])
    known, found = Known.of(past.known(TODAY, WEEKS)), seen.Seen(past, TODAY, WEEKS)
    wanted = known.customers.rounded()
    assert 50 < len(wanted.x) < len(known.customers.x)
    for name, values in vars(wanted).items():
        assert getattr(found.customers, name).tolist() == values.tolist(), name
        assert getattr(found.customers.rounded(), name).tolist() == values.tolist(), name


def test_samples_do_not_depend_on_the_order_of_rows(monkeypatch):
    """Amounts are learned from some customers where there are many: the same ones, wherever their rows are stored."""
    monkeypatch.setattr(amounts, "SAMPLE", 50)
    orders = some_orders()
    learned = []
    for seed in (3, 4):
        mixed = [orders[place] for place in np.random.default_rng(seed).permutation(len(orders))]
        known = make(mixed).known(TODAY, WEEKS)
        known = known[known["paid"] > 0]
        fitted = amounts.GammaGamma.fit(known["paid"], known["paid_sum"] / known["paid"])
        learned.append((fitted.p, fitted.q, fitted.v))
    assert learned[0] == pytest.approx(learned[1], rel=1e-6)
