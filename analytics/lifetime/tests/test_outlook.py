"""What is stored of each customer's future, and how rows travel."""

import io

import numpy as np
import pytest

from analytics.lifetime.amounts import GammaGamma
from analytics.lifetime.collecting import CHUNK, ORDERS, _Received, pack_rows
from analytics.lifetime.forecasting import CONTESTANTS, Known, expected_amount, learn
from analytics.lifetime.outlook import Terms, look_ahead, next_order_days
from analytics.lifetime.purchasing import Ahead, MbgNbd, discounted, discounted_if_active

from .cdnow_rows import END, known_and_came

TERMS = Terms(months=24, rate=0.1, keep_share=0.25)
LEARNED = {"mbg": [0.5, 6.0, 0.9, 1.6], "amounts": [6.0, 3.7, 15.0], "retention": 0.8, "weeks": 26.0}


def customers(*rows):
    """Each (purchases after the first, weeks to the last, weeks to today), 50 a purchase."""
    x, t_x, T = np.array(rows, float).T
    paid = x + 1
    return Known(x, t_x, T, paid, 50 * paid, np.full(len(x), 50.0), np.zeros(len(x)), 50 * paid)


def test_what_the_parts_are():
    known = customers((5, 40.0, 45.0), (0, 0.0, 45.0))
    found = look_ahead("mbg", LEARNED, known, np.array([0.4, 0.2]), TERMS)
    model = MbgNbd(LEARNED["mbg"])
    np.testing.assert_allclose(found.p_active, model.p_active(known.x, known.t_x, known.T))
    weeks = 24 * 365.25 / 7 / 12
    np.testing.assert_allclose(found.orders_ahead, discounted(model, weeks, 0.1, known.x, known.t_x, known.T))
    orders = model.expected(365.25 / 7, known.x, known.t_x, known.T)
    np.testing.assert_allclose(found.expected_orders, orders)
    np.testing.assert_allclose(found.expected_margin, orders * found.order_amount * found.margin_rate)
    np.testing.assert_allclose(found.expected_margin, found.active_margin * found.p_active)


def test_most_to_spend():
    """Least for those who are certainly active, and for those who have certainly left."""
    known = customers(*((20, 100.0, 100.0 + silent) for silent in (0, 10, 20, 40, 80, 200)))
    found = look_ahead("mbg", LEARNED, known, np.full(len(known), 0.4), TERMS)
    assert (np.diff(found.p_active) < 0).all()
    best = int(found.keep_budget.argmax())
    assert 0 < best < len(known) - 1
    current = found.orders_ahead * found.order_amount * found.margin_rate
    np.testing.assert_allclose(found.keep_budget, current * (1 - found.p_active) * 0.25)


def test_nothing_is_spent_on_customers_at_a_loss():
    found = look_ahead("mbg", LEARNED, customers((5, 40.0, 45.0)), np.array([-0.1]), TERMS)
    assert found.expected_margin < 0
    assert found.keep_budget == 0


def test_next_order():
    """A usual gap after the last one; later for those who are late; none where they have probably left."""
    known = customers((10, 100.0, 101.0), (10, 100.0, 115.0), (10, 100.0, 200.0))
    found = look_ahead("mbg", LEARNED, known, np.full(3, 0.4), TERMS)
    gap = MbgNbd(LEARNED["mbg"]).usual_gap
    assert found.next_days[[0, 2]].tolist() == [np.ceil((gap(10, 101.0) - 1) * 7), -1]
    assert found.next_days[1] > np.log(2) * gap(10, 115.0) * 7


@pytest.mark.parametrize("x", [1, 4, 30])
def test_half_of_those_who_are_late(x):
    """Their rates are drawn as the model has them of customers who have not left: by that day, half have bought."""
    model = MbgNbd(LEARNED["mbg"])
    rng, T = np.random.default_rng(2), 60.0
    waits = rng.exponential(1 / rng.gamma(0.5 + x, 1 / (6.0 + T), 400000))
    assert float(model.median_wait(x, T)) == pytest.approx(float(np.median(waits)), rel=0.01)
    late = customers((x, 60.0 - model.usual_gap(x, T) * 1.001, T))
    assert next_order_days(model, late, np.array([0.9]))[0] == pytest.approx(np.median(waits) * 7, abs=1.5, rel=0.01)
    # there is a day, however seldom somebody may buy
    assert np.isfinite(MbgNbd((1e-4, 6.0, 0.9, 1.6)).median_wait(0, 5000.0))


def test_usual_probability():
    """Those who are on time have at least that, those who are late less."""
    known = customers((10, 100.0, 100.0), (10, 100.0, 109.0), (10, 100.0, 140.0))
    found = look_ahead("mbg", LEARNED, known, np.full(3, 0.4), TERMS)
    assert found.p_active[0] > found.p_usual[0]
    assert found.p_active[2] < found.p_usual[2]
    assert found.p_usual[0] == pytest.approx(found.p_usual[2])


@pytest.mark.parametrize("champion", CONTESTANTS)
def test_everybody(champion):
    """On real customers, whichever contestant forecasts: finite, none below zero, and the product of the factors."""
    known, _came = known_and_came("sample", END, END + 182)
    rate = np.full(len(known), 0.35)
    found = look_ahead(champion, learn(known, 26), known, rate, TERMS)
    for name, values in vars(found).items():
        assert np.isfinite(values).all(), name
        assert (values >= (-1 if name == "next_days" else 0)).all(), name
    revenue = found.orders_ahead * found.order_amount
    assert revenue.sum() > 0
    assert (found.p_active <= 1).all()
    assert (found.keep_budget <= revenue * 0.35 * 0.25 + 1e-9).all()


def test_without_a_mean_of_the_model_everybody_gets_the_same():
    """Who has paid nothing yet is taken as the mean of all that was learned from, alone as among others; also where the
    model has a mean that the few largest have made.
    """
    learned = LEARNED | {"amounts": [1.0, 1.01, 50.0], "paid": 42.0}
    assert GammaGamma(*learned["amounts"]).mean > 4000
    known = Known(*(np.array(values, float) for values in ([0, 3], [0, 9], [9, 9], [0, 4], [0, 400], *[[0, 0]] * 3)))
    assert expected_amount(learned, known)[0] == 42.0
    assert expected_amount(learned, known[:1])[0] == 42.0


# -- rows --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, CHUNK, 2 * CHUNK + 3])
def test_rows_come_as_they_were_sent(count):
    rng = np.random.default_rng(1)
    rows = [
        {
            "int4": rng.integers(-5, 10**6, count).astype(np.int32),
            "float8": rng.normal(0, 1e6, count),
            "bool": rng.random(count) < 0.5,
        }[type_]
        for _name, type_, _kind in ORDERS
    ]
    sent = io.BytesIO(pack_rows(ORDERS, rows))
    received = _Received(ORDERS)
    while part := sent.read(70001):
        received.write(part[:1000])
        received.write(part[1000:])
    found = received.rows()
    for (name, _type, _kind), values in zip(ORDERS, rows, strict=True):
        np.testing.assert_array_equal(found[name], values)


def test_asked_again():
    """What was asked before is remembered, and what is asked beside it is not mixed up with it."""
    model, draw = MbgNbd(LEARNED["mbg"]), np.random.default_rng(4)
    ahead = Ahead(model, 104.0, 0.1)
    for _attempt in range(5):
        x, T = draw.integers(0, 6, 50).astype(float), draw.integers(1, 40, 50) / 7
        np.testing.assert_array_equal(ahead(x, T), discounted_if_active(model, 104.0, 0.1, x, T))
