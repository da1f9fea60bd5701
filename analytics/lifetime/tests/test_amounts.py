"""Amounts and margin rates, held against what is printed about CDNOW, against another implementation, and against
customers drawn as the models say.
"""

import lifetimes
import numpy as np
import pytest

from analytics.lifetime import amounts
from analytics.lifetime.amounts import GammaGamma, MarginRate

from .cdnow_rows import repeated


@pytest.mark.parametrize(
    ("name", "params", "digits"), [("sample", (6.25, 3.74, 15.44), 2), ("master", (6.2754, 3.6244, 14.9837), 4)]
)
def test_parameters(name, params, digits):
    fitted = GammaGamma.fit(*repeated(name))
    assert (fitted.p, fitted.q, fitted.v) == pytest.approx(params, abs=0.6 * 10**-digits)


def test_each_customer_as_elsewhere():
    count, mean = repeated("sample")
    other = lifetimes.GammaGammaFitter()
    other.params_ = {"p": 6.25, "q": 3.74, "v": 15.44}
    ours = GammaGamma(6.25, 3.74, 15.44)
    np.testing.assert_allclose(
        ours.expected(count, mean), other.conditional_expected_average_profit(count, mean), rtol=1e-12
    )


def test_currency_changes_nothing_but_the_unit():
    count, mean = repeated("sample")
    dollars, yen = GammaGamma.fit(count, mean), GammaGamma.fit(count, 150 * mean)
    assert (yen.p, yen.q, yen.v) == pytest.approx((dollars.p, dollars.q, 150 * dollars.v), rel=1e-4)


def test_between_their_mean_and_that_of_all():
    fitted = GammaGamma.fit(*repeated("sample"))
    for mean in (fitted.mean / 5, fitted.mean * 5):
        expected = fitted.expected([0, 1, 5, 50, 5000], np.full(5, mean))
        assert expected[0] == pytest.approx(fitted.mean)
        assert (np.diff(np.abs(expected - mean)) < 0).all()
        assert expected[-1] == pytest.approx(mean, rel=0.01)


def test_amounts_of_zero_are_refused():
    count, mean = repeated("sample")
    for wrong in (np.zeros(len(mean)), -mean, np.full(len(mean), np.nan)):
        with pytest.raises(ValueError, match="above zero"):
            GammaGamma.fit(count, wrong)
    with pytest.raises(ValueError, match="at least 10"):
        GammaGamma.fit(count[:9], mean[:9])


def test_all_pay_the_same():
    """There is nothing to learn of differences, and the mean is the price."""
    fitted = GammaGamma.fit(np.arange(1, 101), np.full(100, 25.0))
    assert fitted.expected([0, 1, 10], [0, 25.0, 25.0]) == pytest.approx([25.0, 25.0, 25.0], rel=0.01)


@pytest.mark.parametrize(("between", "within"), [(2.0, 1.0), (2.5, 0.2), (1.0, 2.0)])
def test_amounts_that_are_very_far_apart(between, within):
    """Customers whose purchases differ a hundredfold: what is expected of all of them is near to what they bring. With
    a free ``q`` it was up to eighteen times as much.
    """
    rng = np.random.default_rng(1)
    count = 1 + rng.poisson(rng.gamma(0.4, 3, 3000))
    own = rng.lognormal(3, between, len(count))
    mean = np.array([own_mean * rng.lognormal(0, within, n).mean() for own_mean, n in zip(own, count, strict=True)])
    fitted = GammaGamma.fit(count, mean)
    expected = fitted.expected(count, mean)
    assert fitted.q >= 1
    # no purchase tells more than what it was, and what is known of all
    assert (expected <= mean + fitted.v / count + 1e-6).all()
    assert 0.9 < expected.sum() / (own * np.exp(within**2 / 2)).sum() < 1.3


def test_many_customers_are_sampled(monkeypatch):
    count, mean = repeated("master")
    whole = GammaGamma.fit(count, mean)
    monkeypatch.setattr(amounts, "SAMPLE", 5000)
    part = GammaGamma.fit(count, mean)
    assert part == GammaGamma.fit(count, mean) != whole
    assert part.mean == pytest.approx(whole.mean, rel=0.05)


def test_finite_for_very_many_purchases():
    fitted = GammaGamma(6.25, 3.74, 15.44)
    assert np.isfinite(fitted.log_likelihood(np.array([4000, 1087, 1]), np.array([1e6, 0.01, 35.0])))
    assert fitted.expected([4000], [1e6])[0] == pytest.approx(1e6, rel=1e-3)


# -- margin rates ------------------------------------------------------------------------------------------------------


def drawn(spread, noise, rng, count=3000):
    """Customers with rates of their own around .3: numbers, sums and squares as ``fit`` takes them."""
    numbers = rng.integers(1, 12, count)
    rates = rng.normal(0.3, spread, count)
    rows = []
    for number, rate in zip(numbers, rates, strict=True):
        revenue = rng.gamma(4, 25, number)
        margin = revenue * rate + np.sqrt(revenue) * rng.normal(0, noise, number)
        rows.append((number, revenue.sum(), margin.sum(), (margin**2 / revenue).sum()))
    return np.array(rows).T, rates


def test_rates_differ():
    rng = np.random.default_rng(5)
    (count, revenue, margin, squares), rates = drawn(0.1, 1.0, rng)
    fitted = MarginRate.fit(count, revenue, margin, squares, margin)
    assert fitted.rate == pytest.approx(0.3, abs=0.01)
    # the variance of one unit of revenue over that between customers
    assert fitted.prior == pytest.approx(1.0 / 0.1**2, rel=0.2)
    expected = fitted.expected(revenue, margin)
    for worse in (margin / revenue, np.full(len(rates), fitted.rate)):
        assert ((expected - rates) ** 2).mean() < ((worse - rates) ** 2).mean()


def test_rates_do_not_differ():
    (count, revenue, margin, squares), _rates = drawn(0.0, 3.0, np.random.default_rng(6))
    fitted = MarginRate.fit(count, revenue, margin, squares, margin)
    assert fitted.expected(revenue, margin) == pytest.approx(np.full(len(count), 0.3), abs=0.05)


def test_rates_are_certain():
    """Where the purchases of a customer all earn the same, theirs is theirs."""
    fitted = MarginRate.fit([2, 2], [100.0, 100.0], [20.0, 40.0], [4.0, 16.0], [20.0, 40.0])
    assert fitted.prior == 0
    assert fitted.expected([100.0, 0.0], [20.0, 0.0]) == pytest.approx([0.2, 0.3])


@pytest.mark.parametrize("credited", [0.05, 0.4])
def test_credit_notes(credited):
    """They take from what is expected of all as they do from what each brought: together, customers are expected to
    keep what they kept, however much is credited, and to whomever.
    """
    rng = np.random.default_rng(7)
    (count, revenue, margin, squares), _rates = drawn(0.1, 1.0, rng)
    kept = margin - revenue * rng.binomial(1, 0.2, len(revenue)) * credited * 5 * 0.3
    fitted = MarginRate.fit(count, revenue, margin, squares, kept)
    assert fitted.rate == pytest.approx(0.3 * (1 - credited), abs=0.02)
    # how much customers differ is not told by what was credited
    assert fitted.prior == MarginRate.fit(count, revenue, margin, squares, margin).prior
    assert (fitted.expected(revenue, kept) * revenue).sum() == pytest.approx(kept.sum(), rel=0.01)
    assert fitted.expected([0.0], [0.0])[0] == fitted.rate


def test_one_purchase_each():
    fitted = MarginRate.fit([1, 1], [100.0, 50.0], [20.0, 40.0], [4.0, 32.0], [20.0, 40.0])
    assert (fitted.rate, fitted.prior) == (0.4, np.inf)
    assert fitted.expected([100.0], [20.0]) == pytest.approx([0.4])


def test_nobody_has_bought():
    with pytest.raises(ValueError, match="bought anything"):
        MarginRate.fit([0], [0.0], [0.0], [0.0], [0.0])
