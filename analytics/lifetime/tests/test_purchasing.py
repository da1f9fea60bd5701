"""The models of buying, held against what is printed about CDNOW, against another implementation, and against what
customers do who are drawn as the models say.
"""

import itertools

import lifetimes
import numpy as np
import pytest
from scipy import stats

from analytics.lifetime import purchasing
from analytics.lifetime.purchasing import BgNbd, Customers, MbgNbd, ParetoNbd, discounted

from .cdnow_rows import CUT, END, purchases, rows

EVERY = pytest.mark.parametrize("model", [MbgNbd, ParetoNbd, BgNbd])
# Their parameters from the sample, for what needs none of its own.
PARAMS = {
    MbgNbd: (0.5248, 6.1831, 0.8914, 1.614),
    ParetoNbd: (0.553, 10.578, 0.606, 11.669),
    BgNbd: (0.243, 4.414, 0.793, 2.426),
}


# -- what is printed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "name", "params", "digits", "likelihood"),
    [
        (BgNbd, "sample", (0.243, 4.414, 0.793, 2.426), 3, -9582.43),
        (MbgNbd, "sample", (0.5248, 6.1831, 0.8914, 1.6140), 4, -9582.14),
        (ParetoNbd, "sample", (0.553, 10.578, 0.606, 11.669), 3, -9594.98),
        (MbgNbd, "master", (0.6371, 7.3103, 0.8075, 1.2284), 4, -95336.96),
        (ParetoNbd, "master", (0.5974, 11.5857, 0.5222, 8.8278), 4, -95415.12),
    ],
)
def test_parameters(model, name, params, digits, likelihood):
    customers = Customers.make(*rows(name))
    fitted = model.fit(customers)
    assert tuple(round(value, digits) for value in fitted.params) == params
    assert round(fitted.log_likelihood(customers), 2) == likelihood


@pytest.mark.parametrize(("model", "expected"), [(BgNbd, 1.226), (MbgNbd, 1.26267), (ParetoNbd, 1.4551)])
def test_one_customer(model, expected):
    """Two repeat purchases, the last after 30.43 of 38.86 weeks: how many in the next 39?"""
    fitted = model.fit(Customers.make(*rows("sample")))
    digits = len(str(expected).partition(".")[2])
    assert round(float(fitted.expected(39, 2, 30.43, 38.86)), digits) == expected


@pytest.mark.parametrize(("model", "expected"), [(ParetoNbd, 1665.5), (MbgNbd, 1576.7), (BgNbd, 1653.4)])
def test_all_customers(model, expected):
    """1,882 came."""
    fitted = model.fit(Customers.make(*rows("sample")))
    assert round(float(fitted.expected(39, *rows("sample")).sum()), 1) == expected
    came = sum(1 for days in purchases("sample").values() for day in days if CUT < day <= END)
    assert came == 1882


# -- another implementation --------------------------------------------------------------------------------------------

OTHERS = {
    MbgNbd: (lifetimes.ModifiedBetaGeoFitter, ("r", "alpha", "a", "b")),
    BgNbd: (lifetimes.BetaGeoFitter, ("r", "alpha", "a", "b")),
    ParetoNbd: (lifetimes.ParetoNBDFitter, ("r", "alpha", "s", "beta")),
}


@EVERY
def test_each_customer_as_elsewhere(model):
    fitter, names = OTHERS[model]
    other = fitter()
    other.params_ = dict(zip(names, PARAMS[model], strict=True))
    x, t_x, T = rows("sample")
    ours = model(PARAMS[model])
    np.testing.assert_allclose(ours.p_active(x, t_x, T), other.conditional_probability_alive(x, t_x, T), rtol=1e-8)
    theirs = other.conditional_expected_number_of_purchases_up_to_time(39, x, t_x, T)
    np.testing.assert_allclose(ours.expected(39, x, t_x, T), theirs, rtol=1e-8)


# -- customers drawn as the models say ---------------------------------------------------------------------------------


def draw(model, params, count, weeks, rng):
    """Purchases of customers over ``weeks`` after their first: list of arrays of moments."""
    r, alpha, first, second = params
    rate = rng.gamma(r, 1 / alpha, count)
    found = []
    for number in range(count):
        moments = np.cumsum(rng.exponential(1 / rate[number], rng.poisson(rate[number] * weeks) * 3 + 20))
        if model is ParetoNbd:
            moments = moments[moments <= rng.exponential(1 / rng.gamma(first, 1 / second))]
        else:
            dropout = rng.beta(first, second)
            stays = rng.random(len(moments) + 1) >= dropout
            if model is BgNbd:
                stays[0] = True
            gone = np.flatnonzero(~stays)
            moments = moments[: gone[0]] if len(gone) else moments
        found.append(moments[moments <= weeks])
    return found


@EVERY
def test_parameters_of_drawn_customers(model):
    """What customers are drawn by is found again, and so is what they do afterwards."""
    params = {MbgNbd: (0.9, 6.0, 0.8, 2.5), ParetoNbd: (0.9, 6.0, 0.7, 12.0), BgNbd: (0.9, 6.0, 0.8, 2.5)}[model]
    rng = np.random.default_rng(8)
    known, ahead = 60.0, 40.0
    drawn = draw(model, params, 12000, known + ahead, rng)
    past = [moments[moments <= known] for moments in drawn]
    x = np.array([len(moments) for moments in past])
    t_x = np.array([moments[-1] if len(moments) else 0.0 for moments in past])
    came = np.array([len(moments) for moments in drawn]) - x
    fitted = model.fit(Customers.make(x, t_x, np.full(len(x), known)))
    assert fitted.params[:2] == pytest.approx(params[:2], rel=0.12)
    expected = fitted.expected(ahead, x, t_x, known)
    assert expected.sum() == pytest.approx(came.sum(), rel=0.05)
    for group in np.array_split(np.argsort(expected), 5):
        assert expected[group].mean() == pytest.approx(came[group].mean(), rel=0.15, abs=0.05)


# -- what ends in infinity elsewhere -----------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("x", [0, 1, 10, 170, 1087, 4000])
@pytest.mark.parametrize("weeks", [(0, 0), (0, 1), (1, 1), (52, 53), (500, 1000)])
def test_finite(model, x, weeks):
    t_x, T = weeks
    fitted = model(PARAMS[model])
    row = Customers.make([x], [t_x if x else 0], [T])
    assert np.isfinite(fitted.log_likelihood(row))
    active = float(fitted.p_active(x, t_x if x else 0, T))
    assert 0 <= active <= 1
    expected = float(fitted.expected(52, x, t_x if x else 0, T))
    assert 0 <= expected < 52 * (x + 5)
    assert np.isfinite(fitted.usual_gap(x, T))


@EVERY
def test_fit_beside_one_of_1087_purchases(model):
    """A reseller who buys almost daily neither ends the fit nor is expected to stop."""
    x, t_x, T = (np.append(values, more) for values, more in zip(rows("sample"), (1087, 220, 220), strict=True))
    fitted = model.fit(Customers.make(x, t_x, T))
    assert np.isfinite(fitted.params).all()
    assert fitted.p_active(1087, 220, 220) > 0.97
    assert 0.8 < fitted.expected(52, 1087, 220, 220) / (1087 / 220 * 52) < 1


@EVERY
@pytest.mark.parametrize("what", ["nobody again", "all alike", "one customer"])
def test_fit_where_there_is_no_best_value(model, what):
    customers = {
        "nobody again": Customers.make(np.zeros(200), np.zeros(200), np.full(200, 30.0)),
        "all alike": Customers.make(np.full(200, 5), np.full(200, 25.0), np.full(200, 30.0)),
        "one customer": Customers.make([3], [10.0], [12.0]),
    }[what]
    fitted = model.fit(customers)
    assert all(np.isfinite(value) and value > 0 for value in fitted.params)
    found = fitted.expected(52, customers.x, customers.t_x, customers.T)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    if what == "nobody again":
        assert found.max() < 0.1


@EVERY
def test_the_hole_in_the_formula(model):
    """Where the third parameter is one."""
    r, alpha, _one, last = PARAMS[model]
    at = [
        float(model((r, alpha, third, last)).expected(39, 2, 30.0, 38.0)) for third in (1 - 1e-4, 1 - 1e-9, 1, 1 + 1e-4)
    ]
    assert at == sorted(at, reverse=True) or at == sorted(at)
    assert at[1] == pytest.approx(at[2], rel=1e-4)


# -- what one can say without any formula ------------------------------------------------------------------------------


def test_who_bought_once():
    """By the BG/NBD model they are alive for certain, and stand first; most of them have left."""
    x, t_x, T = rows("sample")
    days = [key for key in purchases("sample").values() if min(key) <= CUT]
    stayed = np.array([any(day > CUT for day in key) for key in days])

    def auc(value):
        ranks, count = stats.rankdata(value), stayed.sum()
        return (ranks[stayed].sum() - count * (count + 1) / 2) / (count * (len(stayed) - count))

    active = {model: model(PARAMS[model]).p_active(x, t_x, T) for model in (BgNbd, MbgNbd, ParetoNbd)}
    assert (active[BgNbd][x == 0] == 1).all()
    assert auc(active[BgNbd]) < 0.35
    assert (active[MbgNbd][x == 0] < 0.75).all()
    assert auc(active[MbgNbd]) > 0.68
    assert auc(active[ParetoNbd]) > 0.68


@EVERY
def test_the_longer_silent_the_less_active(model):
    fitted = model(PARAMS[model])
    for x in (1, 3, 20, 400):
        active = fitted.p_active(x, 20.0, np.arange(20.0, 120.0, 5.0))
        assert (np.diff(active) < 0).all()
    assert (np.diff(fitted.expected(np.arange(0.0, 200.0, 10.0), 3, 20.0, 25.0)) > 0).all()
    assert fitted.expected(0, 3, 20.0, 25.0) == pytest.approx(0, abs=1e-12)


@EVERY
def test_in_days_or_in_weeks(model):
    """A unit is a unit: seven times the numbers give the same customers, and rates in days."""
    x, t_x, T = rows("sample")
    weeks, days = model.fit(Customers.make(x, t_x, T)), model.fit(Customers.make(x, 7 * t_x, 7 * T))
    units = (1, 7, 1, 7) if model is ParetoNbd else (1, 7, 1, 1)
    assert days.params == pytest.approx([a * unit for a, unit in zip(weeks.params, units, strict=True)], rel=1e-3)
    np.testing.assert_allclose(days.expected(273, x, 7 * t_x, 7 * T), weeks.expected(39, x, t_x, T), rtol=1e-3)


@EVERY
def test_discounting(model):
    """Week by week, each at its middle, comes to the same."""
    x, t_x, T = (values[::50] for values in rows("sample"))
    fitted = model(PARAMS[model])
    for weeks in (52, 104, 157):
        ends = fitted.expected(np.arange(weeks + 1.0)[:, None], x, t_x, T)
        worth = 1.1 ** (-(np.arange(weeks) + 0.5) * 7 / 365.25)
        summed = (np.diff(ends, axis=0) * worth[:, None]).sum(axis=0)
        np.testing.assert_allclose(discounted(fitted, weeks, 0.1, x, t_x, T), summed, rtol=1e-4)
        np.testing.assert_allclose(discounted(fitted, weeks, 0, x, t_x, T), ends[-1], rtol=1e-12)
    with pytest.raises(ValueError, match="not negative"):
        discounted(fitted, 52, -0.1, x, t_x, T)


# -- customers ---------------------------------------------------------------------------------------------------------


def test_equal_customers_are_one_row():
    x, t_x, T = rows("sample")
    once = Customers.make(x, t_x, T)
    assert once.count == len(x) > len(once.x)
    twice = Customers.make(np.tile(x, 2), np.tile(t_x, 2), np.tile(T, 2))
    assert len(twice.x) == len(once.x)
    assert MbgNbd.fit(twice).params == pytest.approx(MbgNbd.fit(once).params, rel=1e-9)
    assert twice.count == 2 * once.count


def test_too_many_different_customers_are_rounded(monkeypatch):
    x, t_x, T = rows("master")
    exact = MbgNbd.fit(Customers.make(x, t_x, T))
    monkeypatch.setattr(purchasing, "MOST", 1000)
    rough = MbgNbd.fit(Customers.make(x, t_x, T))
    assert rough.params != exact.params
    np.testing.assert_allclose(rough.expected(39, x, t_x, T), exact.expected(39, x, t_x, T), rtol=0.02, atol=1e-3)


def test_a_sample_is_always_the_same(monkeypatch):
    customers = Customers.make(*rows("sample"))
    first, again = customers.sample(500, 3), customers.sample(500, 3)
    assert first.count == again.count == 500
    np.testing.assert_array_equal(first.weight, again.weight)
    assert not np.array_equal(customers.sample(500, 4).weight, first.weight)
    monkeypatch.setattr(purchasing, "SAMPLE", 1500)
    part = ParetoNbd.fit(customers)
    assert part.params == ParetoNbd.fit(customers).params
    assert part.params != ParetoNbd.fit(Customers.make(*rows("master"))).params


@pytest.mark.parametrize(
    ("x", "t_x", "T"), [([-1], [0], [1]), ([1], [3], [2]), ([1], [np.nan], [2]), ([0], [0], [np.inf])]
)
def test_what_cannot_be(x, t_x, T):
    with pytest.raises(ValueError, match="not negative"):
        Customers.make(x, t_x, T)


def test_nobody_and_nothing():
    with pytest.raises(ValueError, match="no customers"):
        MbgNbd.fit(Customers.make([], [], []))
    for params in ((1, 2, 3), (1, 2, 3, 0), (1, 2, 3, np.inf)):
        with pytest.raises(ValueError, match="positive numbers for r, alpha, a, b"):
            MbgNbd(params)


@EVERY
def test_finite_whatever_the_parameters(model):
    """Wherever a fit may end: probabilities are such, and more weeks bring no fewer purchases."""
    rng = np.random.default_rng(3)
    for _number in range(200):
        fitted = model(np.exp(rng.uniform(-9, 9, 4)))
        T = rng.uniform(0, 1000, 12)
        x = rng.integers(0, 4000, 12) * (rng.random(12) < 0.7)
        t_x = np.where(x > 0, T * rng.random(12), 0)
        with np.errstate(all="raise", under="ignore"):
            active = fitted.p_active(x, t_x, T)
            ahead = fitted.expected_if_active(np.array([[0.0], [10.0], [40.0], [150.0]]), x, T)
        assert ((active >= 0) & (active <= 1)).all()
        assert (ahead >= -1e-9).all()
        if model is not BgNbd or fitted.params[2] + fitted.params[3] > 1:
            assert (np.diff(ahead, axis=0) >= -1e-6 * ahead[1:]).all()


@pytest.mark.parametrize(
    ("b", "c", "z", "expected"),
    [
        # with fifty digits
        (1000.001, 1001.002, 0.9999, 2012.6619970474655),
        (4000.001, 4006.001, 0.99, 87.32059145011877),
        (3.001, 104.001, 0.9999, 1.0300068777299087),
        (8001, 8004.001, 0.9999, 2569.742516084347),
        (0.5, 2.0, 0.0, 1.0),
    ],
)
def test_hypergeometric_function(b, c, z, expected):
    """Where the usual implementation gives up."""
    assert float(purchasing._series(b, c, z)) == pytest.approx(expected, rel=1e-9)


def test_when_one_may_have_left(monkeypatch):
    """By the formula and by its meaning, wherever the formula can be computed."""
    monkeypatch.setattr(purchasing, "LARGE", np.inf)
    monkeypatch.setattr(purchasing, "APART", np.inf)
    rng = np.random.default_rng(11)
    for _number in range(200):
        params = np.exp(rng.uniform((-3, -2, -3, -2), (3.9, 5, 3.9, 6)))
        T = rng.uniform(0, 1500, 20)
        x = rng.integers(0, 200, 20) * (rng.random(20) < 0.6)
        t_x = np.where(x > 0, T * rng.random(20), 0)
        [formula] = ParetoNbd._log_gone([params], x, t_x, T)
        [meaning] = purchasing._log_gone_by_integral([params], x, t_x, T)
        np.testing.assert_allclose(meaning, formula, rtol=1e-9, atol=1e-8)


def test_several_parameters_at_once(monkeypatch):
    """What they have in common is taken once: of each, the same as alone, to the last bit."""
    monkeypatch.setattr(purchasing, "BLOCK", 64)
    rng = np.random.default_rng(12)
    T = rng.integers(0, 300, 200) / 7
    x = rng.integers(0, 60, 200) * (rng.random(200) < 0.6)
    t_x = np.where(x > 0, T * rng.random(200), 0)
    several = [np.array(params) for params in itertools.product((0.6, 0.7), (13.0, 14.0), (3.0, 900.0), (8.0, 8000.0))]
    together = ParetoNbd._log_gone(several, x, t_x, T)
    for params, found in zip(several, together, strict=True):
        np.testing.assert_array_equal(found, ParetoNbd._log_gone([params], x, t_x, T)[0])


@pytest.mark.parametrize("logs", [(0.0, 1.5, -0.2, 0.9), (9.0, -9.0, 8.9999, -8.9999)])
def test_slopes_are_differences(logs):
    """Those of a function of which they are known, within bounds and at them, which no point is beyond."""
    asked = []

    def losses(points):
        asked.extend(points)
        return [float(np.sin(point / 4) @ (1, 2, 3, 4)) for point in points]

    value, slopes = purchasing._with_slopes(losses, np.array(logs))
    assert value == float(np.sin(np.array(logs) / 4) @ (1, 2, 3, 4))
    np.testing.assert_allclose(slopes, np.cos(np.array(logs) / 4) / 4 * (1, 2, 3, 4), rtol=1e-8)
    assert np.abs(asked).max() <= purchasing.BOUND


def test_asked_once():
    """What was asked before is not asked again; weeks that are no whole days are, and all have the right answer."""
    asked = []
    remembered = purchasing.Remembered(lambda x, weeks: asked.append(x.size) or x + weeks / 100)

    def ask(x, weeks):
        np.testing.assert_array_equal(remembered(x, weeks), x + weeks / 100)
        return asked

    x, weeks = np.array([2.0, 0, 2, 1]), np.array([3.0, 5, 3, 9]) / 7
    assert ask(x, weeks) == [3]
    assert ask(x[::-1], weeks[::-1]) == [3]
    assert ask(2.0, 3 / 7) == [3]
    assert ask(x, weeks[0]) == [3, 2]
    assert ask(x, weeks + 0.01) == [3, 2, 4]
    assert ask(x + 0.5, weeks) == [3, 2, 4, 4]
    assert ask(np.array([2.0**40]), np.array([1.0])) == [3, 2, 4, 4, 1]


@pytest.mark.parametrize("seed", range(3))
def test_fit_where_nobody_seems_to_leave(monkeypatch, seed):
    """Customers who buy evenly: the slow formula is not asked where its argument is close to one."""
    arguments = []
    series = purchasing._series
    monkeypatch.setattr(purchasing, "_series", lambda b, c, z: arguments.append(np.max(z)) or series(b, c, z))
    rng = np.random.default_rng(seed)
    T = rng.integers(0, 730, 2000) / 7
    x = np.floor(-2 * np.log(1 - rng.random(2000)))
    t_x = np.where(x > 0, T * rng.random(2000) ** (1 / np.maximum(x, 1)), 0)
    fitted = ParetoNbd.fit(Customers.make(x, t_x, T))
    assert np.isfinite(fitted.params).all()
    assert max(arguments) <= 1 - 1 / purchasing.APART


def test_fit_where_everybody_left_long_ago(monkeypatch):
    """The sample as of thirty years later, in few steps."""
    asked = []
    values = ParetoNbd._values.__func__
    monkeypatch.setattr(
        ParetoNbd,
        "_values",
        classmethod(lambda cls, several, known: asked.extend(several) or values(cls, several, known)),
    )
    x, t_x, T = rows("sample", END)
    later = T + 1500
    fitted = ParetoNbd.fit(Customers.make(x, t_x, later))
    assert len(asked) < 1000
    assert fitted.params[2] > purchasing.LARGE
    assert fitted.p_active(x, t_x, later).max() < 1e-6
    assert fitted.log_likelihood(Customers.make(x, t_x, later)) > MbgNbd.fit(
        Customers.make(x, t_x, later)
    ).log_likelihood(Customers.make(x, t_x, later))


@pytest.mark.parametrize(
    ("params", "x", "weeks", "expected"),
    [((2, 10, 100, 300), 0, 1, 3.674137322249549), ((0.3, 2, 1000, 8000), 3, 50, 4.359752276713405)],
)
def test_large_parameters(params, x, weeks, expected):
    """Held against fifty digits."""
    assert float(MbgNbd(params).expected_if_active(104, x, weeks)) == pytest.approx(expected, rel=1e-5)
