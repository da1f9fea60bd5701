"""The probability of staying away, judged by what customers did afterwards.

The design (what it looks at, how strongly weights are drawn, the limits of the levels) was chosen on the CDNOW
customers who are not in the sample, in nine groups as large as it, and on rhythms of seeds below 100. It is judged
here on the sample, as of twelve, nine and six months before the end of the file, and on rhythms of another seed: who
placed no order up to the end? The figures of the sample stood beside those of the design while it was chosen, so it is
no blind trial; and the lead over expected purchases is small there (.002 to .006), less than chance alone could make.
In single groups of the design it was behind by up to .007, and ahead in the mean of the nine. The rivals are days
since the last order, and the purchases expected by a BG/NBD model of its own, fitted to the same customers on the same
day. Nobody sees anything of the future of the customers judged.
"""

import datetime
import functools

import cdnow
import numpy as np
import pytest
from scipy import optimize, special, stats

from analytics.risk import staying_away
from analytics.risk.staying_away import find_cut_offs, find_horizon, learn, probability

END = cdnow.readers.LAST_DAY.toordinal()

DATES = {
    "-12": datetime.date(1997, 6, 30).toordinal(),
    "-9": datetime.date(1997, 9, 30).toordinal(),
    "-6": datetime.date(1997, 12, 31).toordinal(),
}

# From where on a customer is on watch, serious, urgent: what a company begins with.
LEVELS = (0.25, 0.5, 0.75)


# -- customers ---------------------------------------------------------------------------------------------------------


@functools.cache
def sample():
    """The days with purchases of each customer of the sample, ascending."""
    days = {}
    for purchase in cdnow.read_sample():
        days.setdefault(purchase.customer, set()).add(purchase.date.toordinal())
    return [np.array(sorted(found)) for found in days.values()]


@functools.cache
def rhythms(seed, count=3000, years=3):
    """Companies that order every so many days, each more or less regularly, until some of them stop."""
    rng = np.random.default_rng(seed)
    span, customers = 365 * years, []
    for _number in range(count):
        mean, shape = np.exp(rng.normal(np.log(30), 0.7)), np.exp(rng.uniform(0, 3))
        first, stop = rng.uniform(0, 0.85 * span), rng.exponential(700)
        days = first + np.cumsum(np.append(0, rng.gamma(shape, mean / shape, 4 * span)))
        days = days[(days <= span) & (days - first <= stop)]
        customers.append(np.unique(END - span + days.astype(int)))
    return customers


def known(customers, day):
    """Who has ordered by the day: index, days with orders, days since the last and since the first."""
    rows = []
    for index, days in enumerate(customers):
        past = days[days <= day]
        if len(past):
            rows.append((index, len(past), day - past[-1], day - past[0]))
    return np.array(rows)


def stayed_away(customers, rows, day, until):
    return np.array([not ((customers[i] > day) & (customers[i] <= until)).any() for i in rows[:, 0]])


def lost_limit(rows):
    """The 95th percentile of the mean gaps, as a policy calibrates it."""
    again = rows[rows[:, 1] > 1]
    return np.ceil(np.percentile((again[:, 3] - again[:, 2]) / (again[:, 1] - 1), 95, method="inverted_cdf"))


@functools.cache
def judged(customers, day):
    """What is judged as of a day: customers not lost then, their probability, and what it was learned from."""
    customers = customers()
    rows = known(customers, day)
    lost = int(lost_limit(rows))
    days = int(day - min(found[0] for found in customers))
    horizon = find_horizon(lost, days)
    past = []
    for ago in find_cut_offs(horizon, days):
        then = known(customers, day - ago)
        away = stayed_away(customers, then, day - ago, day - ago + horizon)
        past.append([(*row[1:], out) for row, out in zip(then, away, strict=True) if row[2] <= lost])
    learned = learn(days, horizon, rows[:, 1:], past)
    present = rows[rows[:, 2] <= lost]
    return rows, present, probability(learned, *present[:, 1:].T), learned


def rhythms_of_another_seed():
    return rhythms(2026)


CASES = [(sample, day) for day in DATES.values()] + [(rhythms_of_another_seed, END - ago) for ago in (365, 274, 182)]

NAMES = [*(f"cdnow{name}" for name in DATES), *(f"rhythms{name}" for name in DATES)]


# -- rivals ------------------------------------------------------------------------------------------------------------


def expected_purchases(rows, present, weeks):
    """Conditional expectation of the BG/NBD model, straight from its publication."""

    def loss(logs):
        if np.abs(logs).max() > 7:
            return 1e12
        r, alpha, a, b = np.exp(logs)
        x, whole, last = rows[:, 1] - 1, rows[:, 3] / 7, (rows[:, 3] - rows[:, 2]) / 7
        first = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
        second = special.betaln(a, b + x) - special.betaln(a, b)
        left = np.where(x > 0, np.log(a / (b + np.maximum(x, 1) - 1)) - (r + x) * np.log(alpha + last), -np.inf)
        return -(first + second + np.logaddexp(-(r + x) * np.log(alpha + whole), left)).sum()

    options = {"maxiter": 4000, "xatol": 1e-5, "fatol": 1e-5}
    found = [optimize.minimize(loss, s, method="Nelder-Mead", options=options) for s in ([-1, 1.5, 0, 1], [0, 2, 0, 1])]
    r, alpha, a, b = np.exp(min(found, key=lambda result: result.fun).x)
    x, whole, last = present[:, 1] - 1, present[:, 3] / 7, (present[:, 3] - present[:, 2]) / 7
    series = special.hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + whole + weeks))
    rise = 1 - ((alpha + whole) / (alpha + whole + weeks)) ** (r + x) * series
    odds = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + whole) / (alpha + last)) ** (r + x), 0)
    return (a + b + x - 1) / (a - 1) * rise / (1 + odds)


def auc(value, away):
    """How often one who stayed away has a higher value than one who did not."""
    ranks, count = stats.rankdata(value), away.sum()
    return (ranks[away].sum() - count * (count + 1) / 2) / (count * (len(away) - count))


# -- judged ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("customers", "day"), CASES, ids=NAMES)
def test_no_worse_than_what_is_simpler(customers, day):
    rows, present, found, _learned = judged(customers, day)
    away = stayed_away(customers(), present, day, END)
    expected = expected_purchases(rows, present, (END - day) / 7)
    assert auc(found, away) >= auc(-expected, away)
    assert auc(found, away) >= auc(present[:, 2], away)


@pytest.mark.parametrize(("customers", "day"), CASES, ids=NAMES)
def test_levels_are_ordered_in_truth(customers, day):
    _rows, present, found, _learned = judged(customers, day)
    away = stayed_away(customers(), present, day, END)
    level = np.digitize(found, LEVELS)
    assert set(level) == {0, 1, 2, 3}
    shares = [away[level == number].mean() for number in range(4)]
    assert shares == sorted(set(shares))


@pytest.mark.parametrize(("customers", "day"), CASES, ids=NAMES)
def test_probability_is_the_share(customers, day):
    """Of eight groups by probability, so many stayed away in the days ahead; six of a hundred off in the mean."""
    _rows, present, found, learned = judged(customers, day)
    away = stayed_away(customers(), present, day, day + learned["horizon"])
    groups = np.array_split(np.argsort(found, kind="stable"), 8)
    off = [abs(found[group].mean() - away[group].mean()) * len(group) for group in groups]
    assert sum(off) / len(found) < 0.06
    assert abs(found.mean() - away.mean()) < 0.05


def test_parameters_are_those_of_the_publication():
    """BG/NBD on the sample, 39 weeks from the first of January: r .243, alpha 4.414, a .793, b 2.426."""
    rows = known(sample(), DATES["-9"])
    assert staying_away.fit_purchases(*rows[:, 1:].T) == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.002)


# -- what it does where little is known --------------------------------------------------------------------------------


def crowd(count, away, seed=7):
    """Customers of a past day of whom so many stayed away, whatever they had done before."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        orders = int(rng.integers(1, 9))
        age = int(rng.integers(40, 300)) if orders > 1 else 20
        rows.append((orders, 20, max(age, 20 + orders), int(number < away)))
    return rows


def test_too_short_a_past():
    assert find_horizon(100, 44) is None
    assert learn(44, None, [], []) == {"days": 44, "horizon": None, "stayed": 0, "returned": 0, "missing": "days"}
    assert find_horizon(100, 45) == 30
    assert find_cut_offs(30, 45) == [30]


def test_too_few_customers():
    enough = crowd(40, 20)
    learned = learn(300, 90, [row[:3] for row in enough], [enough])
    assert (learned["missing"], learned["stayed"], learned["returned"]) == (None, 20, 20)
    for few in (crowd(39, 19), crowd(39, 20), []):
        learned = learn(300, 90, [row[:3] for row in few], [few])
        assert learned["missing"] == "customers"
        assert "weights" not in learned


def test_who_is_little_known_gets_the_share_of_all():
    """Nothing tells these customers apart: all have about the share that stayed away."""
    rows = crowd(60, 24)
    rng = np.random.default_rng(3)
    rows = [(*row[:3], away) for row, away in zip(rows, rng.permutation([row[3] for row in rows]), strict=True)]
    found = probability(learn(300, 90, [row[:3] for row in rows], [rows]), *np.array(rows)[:, :3].T)
    assert found.mean() == pytest.approx(0.4, abs=0.02)
    assert found.std() < 0.1


def test_later_is_likelier():
    """For customers with the same past but for the days since the last order, from the usual gap on."""
    for customers, day in CASES:
        learned = judged(customers, day)[3]
        gaps = np.arange(30, 300, 10)
        for orders in (2, 5, 20):
            found = probability(learned, np.full(len(gaps), orders), gaps, gaps + 30 * (orders - 1))
            assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize("orders", [1, 2, 4000])
@pytest.mark.parametrize("recency", [0, 1, 10000])
def test_finite_at_the_edges(orders, recency):
    learned = judged(sample, DATES["-6"])[3]
    [found] = probability(learned, [orders], [recency], [recency + orders - 1])
    assert 0 <= found <= 1


def test_same_customers_same_answer():
    """In any order, twice the same."""
    rows, past = known(sample(), DATES["-6"])[:, 1:], crowd(200, 80)
    first = learn(364, 182, rows, [past])
    assert learn(364, 182, rows, [past]) == first
    again = learn(364, 182, rows[::-1], [past[::-1]])
    assert again["purchases"] == first["purchases"]
    assert again["weights"] == pytest.approx(first["weights"], rel=1e-6)
