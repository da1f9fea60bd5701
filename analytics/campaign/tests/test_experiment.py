"""The statistics of campaigns against closed forms, other implementations, and campaigns made up.

What counts how often something happens is compared with a range that the binomial distribution leaves with a certainty
of one in a thousand if the share is right; seeds are fixed, so that a test that passes goes on passing.
"""

import functools
import math

import numpy as np
import pytest
from scipy import integrate, stats

from analytics.campaign import experiment
from analytics.campaign.arms import Arm, cells_of, correlation, slope
from analytics.campaign.experiment import Estimate, adjusted_difference, difference, proportions, verdict

from .simulation import arm, binomial_range, draw, margins, strata_of

CAMPAIGNS, CUSTOMERS, HOLDOUT = 1000, 1000, 0.2

# -- 1,000 campaigns -------------------------------------------------------------------------------------------------


@functools.cache
def simulate(seed, effect=0.0, sigma=1.0, zeros=0.5, customers=CUSTOMERS, share=HOLDOUT):
    """Estimates of campaigns with a known effect: adjusted, by stratum, and plain; strata as campaigns draw them."""
    rng = np.random.default_rng(seed)
    before, after = margins(rng, CAMPAIGNS, customers, sigma=sigma, zeros=zeros)
    tiers = rng.integers(0, 2, before.shape)
    found = {"adjusted": [], "stratified": [], "plain": []}
    for past, outcome, tier in zip(before, after, tiers, strict=True):
        strata = np.searchsorted(np.quantile(past, [0.5, 0.8]), past) + 3 * tier
        holdout = draw(rng, customers, share, strata)
        outcome = outcome + np.where(holdout, 0.0, effect)
        [whole] = strata_of(past, outcome, holdout)
        found["adjusted"].append(adjusted_difference([whole]))
        found["stratified"].append(adjusted_difference(strata_of(past, outcome, holdout, strata)))
        found["plain"].append(difference(*whole))
    return found


@pytest.fixture(scope="module")
def no_effect():
    return simulate(1)


@pytest.fixture(scope="module")
def known_effect():
    return simulate(2, effect=12.0)


def within(count, share):
    low, high = binomial_range(CAMPAIGNS, share)
    return low <= count <= high


@pytest.mark.parametrize("kind", ["adjusted", "stratified"])
def test_without_effect_one_in_twenty_is_significant(no_effect, kind):
    estimates = no_effect[kind]
    assert within(sum(found.p_value < 0.05 for found in estimates), 0.05)
    assert within(sum(not found.low <= 0 <= found.high for found in estimates), 0.05)
    words = [verdict(found, True, 200, math.inf) for found in estimates]
    assert within(words.count("better") + words.count("worse"), 0.05)
    assert words.count("better") <= binomial_range(CAMPAIGNS, 0.025)[1]


@pytest.mark.parametrize("kind", ["adjusted", "stratified"])
@pytest.mark.parametrize(("sigma", "zeros", "customers", "share"), [(1.4, 0.8, 1000, 0.2), (1.0, 0.5, 300, 0.2)])
def test_long_tails_and_small_holdouts_are_not_called_better_more_often(kind, sigma, zeros, customers, share):
    estimates = simulate(3, 0.0, sigma, zeros, customers, share)[kind]
    assert sum(found.p_value < 0.05 for found in estimates) <= binomial_range(CAMPAIGNS, 0.05)[1]
    assert sum(found.low > 0 for found in estimates) <= binomial_range(CAMPAIGNS, 0.025)[1]


@pytest.mark.parametrize("kind", ["adjusted", "stratified"])
def test_a_known_effect_is_inside_the_interval(known_effect, kind):
    assert within(sum(found.low <= 12.0 <= found.high for found in known_effect[kind]), 0.95)
    effects = [found.effect for found in known_effect[kind]]
    # without bias: the mean is within four of its own standard errors
    assert abs(np.mean(effects) - 12.0) < 4 * np.std(effects) / math.sqrt(CAMPAIGNS)


def test_the_stated_error_is_the_true_one(no_effect):
    for kind in ("adjusted", "stratified"):
        stated = math.sqrt(np.mean([found.error**2 for found in no_effect[kind]]))
        true = np.std([found.effect for found in no_effect[kind]])
        assert stated == pytest.approx(true, rel=0.1)


def test_the_past_narrows_the_interval(no_effect):
    """By √(1 - ρ²), with the correlation of the margins, not of the normal numbers they are made of."""
    width = {kind: np.mean([found.high - found.low for found in estimates]) for kind, estimates in no_effect.items()}
    before, after = margins(np.random.default_rng(1), CAMPAIGNS, CUSTOMERS)
    rho = np.corrcoef(before.ravel(), after.ravel())[0, 1]
    assert width["adjusted"] / width["plain"] == pytest.approx(math.sqrt(1 - rho**2), rel=0.05)
    assert width["stratified"] <= width["adjusted"] * 1.02


def test_a_past_that_says_nothing_costs_nothing():
    rng = np.random.default_rng(4)
    before, after = margins(rng, 50, CUSTOMERS, correlation=0.0)
    for past, outcome in zip(before, after, strict=True):
        [pair] = strata_of(past, outcome, draw(rng, CUSTOMERS, HOLDOUT))
        [unaware] = strata_of(np.zeros(CUSTOMERS), outcome, draw(np.random.default_rng(5), CUSTOMERS, HOLDOUT))
        assert adjusted_difference([pair]).error <= 1.01 * adjusted_difference([unaware]).error


def test_power_is_that_of_simulated_campaigns():
    """An effect as large as the smallest detectable one is found in 80% of campaigns."""
    before, after = margins(np.random.default_rng(6), 200, CUSTOMERS)
    deviation, rho = after.std(), np.corrcoef(before.ravel(), after.ravel())[0, 1]
    effect = experiment.minimum_detectable_effect(800, 200, deviation, correlation=rho)
    found = simulate(7, effect)["adjusted"]
    # the deviation is itself an estimate of a long tail: two points beside chance
    low, high = binomial_range(CAMPAIGNS, 0.80)
    assert low - 20 <= sum(one.low > 0 for one in found) <= high + 20


@pytest.mark.parametrize(("treated", "holdout"), [(800, 200), (30, 30), (12, 5)])
def test_power_of_normal_numbers(treated, holdout):
    """Against the exact power of Student's test: the distribution of t under the alternative."""
    effect = experiment.minimum_detectable_effect(treated, holdout, 10.0)
    degrees, shift = treated + holdout - 2, effect / 10.0 / math.sqrt(1 / treated + 1 / holdout)
    limit = stats.t.ppf(0.975, degrees)
    power = stats.nct.sf(limit, degrees, shift) + stats.nct.cdf(-limit, degrees, shift)
    assert power == pytest.approx(0.8, abs=0.01)


def test_shares():
    rng = np.random.default_rng(8)
    for rate, change in ((0.6, 0.0), (0.6, 0.1), (0.1, 0.05)):
        treated, holdout = rng.binomial(800, rate + change, 1000), rng.binomial(200, rate, 1000)
        found = [proportions(int(one), 800, int(other), 200) for one, other in zip(treated, holdout, strict=True)]
        assert within(sum(one.low <= change <= one.high for one in found), 0.95)
        if not change:
            assert within(sum(one.p_value < 0.05 for one in found), 0.05)


@pytest.mark.parametrize(("treated", "holdout", "rate"), [(800, 200, 0.6), (400, 400, 0.2), (3000, 300, 0.9)])
def test_a_detectable_change_of_shares_is_found(treated, holdout, rate):
    rng = np.random.default_rng(9)
    change = experiment.minimum_detectable_change(treated, holdout, rate)
    one, other = rng.binomial(treated, rate + change, 2000), rng.binomial(holdout, rate, 2000)
    found = sum(
        proportions(int(yes), treated, int(no), holdout).p_value < 0.05 for yes, no in zip(one, other, strict=True)
    )
    # the formula is normal, shares near 0 or 1 are not quite: three points beside chance
    assert found / 2000 == pytest.approx(0.8, abs=0.03 + 3 * math.sqrt(0.8 * 0.2 / 2000))


# -- other implementations -------------------------------------------------------------------------------------------


def sample(seed=10, treated=90, holdout=40):
    rng = np.random.default_rng(seed)
    before, after = margins(rng, 1, treated + holdout)
    return before[0], after[0], np.arange(treated + holdout) >= treated


def test_difference_is_that_of_scipy():
    before, after, holdout = sample()
    found = difference(arm(after[~holdout], before[~holdout]), arm(after[holdout], before[holdout]), 0.9)
    theirs = stats.ttest_ind(after[~holdout], after[holdout], equal_var=False)
    interval = theirs.confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert found.degrees == pytest.approx(theirs.df)


def test_adjusted_difference_is_that_of_a_regression():
    """With one stratum: the coefficient of the arm in a regression on arm and past; θ is the one of the past."""
    before, after, holdout = sample()
    design = np.column_stack([np.ones(len(after)), ~holdout, before])
    coefficients = np.linalg.lstsq(design, after, rcond=None)[0]
    pairs = strata_of(before, after, holdout)
    assert slope(pairs) == pytest.approx(coefficients[2])
    assert adjusted_difference(pairs).effect == pytest.approx(coefficients[1])
    residuals = after - design @ coefficients
    spread = residuals @ residuals / (len(after) - 2)
    assert adjusted_difference(pairs).error == pytest.approx(math.sqrt(spread * (1 / 90 + 1 / 40)))


def test_strata_are_weighted_by_their_customers():
    rng = np.random.default_rng(11)
    before, after = (numbers[0] for numbers in margins(rng, 1, 600))
    strata = np.repeat([0, 1, 2], [300, 200, 100])
    # of different shares: the plain difference would mix levels up with the effect
    holdout = np.concatenate([draw(rng, count, share) for count, share in ((300, 0.1), (200, 0.4), (100, 0.5))])
    after = after + 500.0 * strata
    pairs = strata_of(before, after, holdout, strata)
    flat = [after[strata == k] - slope(pairs) * before[strata == k] for k in range(3)]
    expected = sum(
        len(level) / 600 * (level[~holdout[strata == k]].mean() - level[holdout[strata == k]].mean())
        for k, level in enumerate(flat)
    )
    assert adjusted_difference(pairs).effect == pytest.approx(expected)
    assert abs(adjusted_difference(pairs).effect) < 60 < abs(difference(*strata_of(before, after, holdout)[0]).effect)


def test_small_strata_are_taken_together():
    rng = np.random.default_rng(12)
    before, after = (numbers[0] for numbers in margins(rng, 1, 500))
    strata = np.minimum(np.arange(500) // 40, 5)
    holdout = draw(rng, 500, 0.2, strata)
    pairs = strata_of(before, after, holdout, strata)
    cells = cells_of(pairs)
    # 300 customers in one stratum, five of 40 with 8 in the control group
    assert sorted(treated.count + left.count for treated, left in cells) == [200, 300]
    together = strata_of(before[:200], after[:200], holdout[:200])
    for mine, theirs in zip(next(pair for pair in cells if pair[1].count == 40), together[0], strict=True):
        assert (mine.count, mine.mean, mine.variance, mine.covariance) == pytest.approx(
            (theirs.count, theirs.mean, theirs.variance, theirs.covariance)
        )
    assert len(cells_of(strata_of(before[:40], after[:40], holdout[:40]))) == 1


def test_correlation_is_that_within_arms():
    before, after, holdout = sample()
    shifted = np.where(holdout, after, after + 1e4)
    centred = [
        (numbers - np.where(holdout, numbers[holdout].mean(), numbers[~holdout].mean())) for numbers in (before, after)
    ]
    assert correlation(strata_of(before, shifted, holdout)) == pytest.approx(np.corrcoef(*centred)[0, 1])


def test_shares_against_scipy():
    found = proportions(130, 800, 21, 200)
    theirs = stats.chi2_contingency([[130, 670], [21, 179]], correction=False)
    assert found.p_value == pytest.approx(theirs.pvalue)
    one = stats.binomtest(130, 800).proportion_ci(method="wilson")
    other = stats.binomtest(21, 200).proportion_ci(method="wilson")
    effect = 130 / 800 - 21 / 200
    assert found.low == pytest.approx(effect - math.hypot(130 / 800 - one.low, other.high - 21 / 200))
    assert found.high == pytest.approx(effect + math.hypot(one.high - 130 / 800, 21 / 200 - other.low))


@pytest.mark.parametrize(
    ("numbers", "interval"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
    ],
)
def test_newcombes_own_examples(numbers, interval):
    """Table II of his article, method 10."""
    found = proportions(*numbers)
    assert (found.low, found.high) == pytest.approx(interval, abs=6e-5)


def test_detectable_change_by_numbers():
    """The normal power of the test at the change found, by integration."""
    for treated, holdout, rate in ((800, 200, 0.6), (100, 100, 0.05), (5000, 50, 0.5)):
        raised = rate + experiment.minimum_detectable_change(treated, holdout, rate)
        pooled = (treated * raised + holdout * rate) / (treated + holdout)
        limit = stats.norm.ppf(0.975) * math.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / holdout))
        error = math.sqrt(raised * (1 - raised) / treated + rate * (1 - rate) / holdout)
        found = stats.norm(raised - rate, error)
        power, _rest = integrate.quad(found.pdf, limit, limit + 12 * error)
        assert power == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize(("effect", "share", "rho"), [(5.0, 0.2, 0.0), (20.0, 0.5, 0.7), (80.0, 0.1, 0.3)])
def test_needed_size_is_the_smallest(effect, share, rho):
    size = experiment.needed_size(effect, 100.0, share, correlation=rho)

    def detectable(number):
        holdout = round(number * share)
        return experiment.minimum_detectable_effect(number - holdout, holdout, 100.0, correlation=rho)

    assert detectable(size) <= effect
    # rounding the control group moves the limit by a few customers
    assert detectable(size - max(2, math.ceil(1 / share))) > effect


# -- what cannot be known --------------------------------------------------------------------------------------------

NAN = math.nan

EMPTY, ONE = Arm(), Arm.of(1, 40.0, None, 10.0, None, None)

TWO, ALIKE = Arm(2, 40.0, 50.0, 10.0, 2.0, 10.0), Arm(500, 40.0, 0.0, 10.0, 0.0, 0.0)

MANY, UNKNOWN = Arm(500, 10.0, 100.0, 10.0, 100.0, 50.0), Arm.of(500, None, None, None, None, None)

ODD = (EMPTY, ONE, TWO, ALIKE, MANY, UNKNOWN, Arm(500, NAN, 1.0), Arm(500, math.inf, math.inf))


@pytest.mark.parametrize("treated", ODD)
@pytest.mark.parametrize("holdout", ODD)
def test_nothing_fails_and_nothing_is_made_up(treated, holdout):
    for found in (
        difference(treated, holdout),
        adjusted_difference([(treated, holdout)]),
        adjusted_difference([(treated, holdout), (EMPTY, ONE), (TWO, EMPTY)]),
    ):
        assert math.isfinite(found.effect)
        assert 0 <= found.p_value <= 1
        assert found.low <= found.high
        assert found.is_known == math.isfinite(found.high) == math.isfinite(found.low)
        smallest = min(treated.count, holdout.count)
        if smallest < experiment.SMALLEST_ARM:
            assert verdict(found, True, smallest, 1.0) == "underpowered"
        if not found.is_known:
            assert verdict(found, True, 500, math.inf) == "underpowered"
            assert found.detectable() == math.inf


def test_alike_customers_prove_nothing():
    assert not difference(ALIKE, Arm(500, 30.0, 0.0)).is_known
    assert not adjusted_difference([(ALIKE, Arm(500, 30.0, 0.0))]).is_known
    # a control group without orders is no proof that none of them would order
    nobody = Arm(3, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert difference(Arm(1000, 10.0, 2500.0), nobody).p_value > 0.05
    assert adjusted_difference([(Arm(1000, 10.0, 2500.0), nobody)]).p_value > 0.05


def test_a_perfect_fit_is_no_variance():
    """All margins are twice those of before: rounding leaves some 1e-13, from which nothing follows."""
    before = np.random.default_rng(13).lognormal(3, 1, 100)
    pairs = strata_of(before, 2 * before, np.arange(100) >= 70)
    assert not adjusted_difference(pairs).is_known


@pytest.mark.parametrize("count", [0, 1, 2])
def test_shares_of_few(count):
    found = proportions(count, count, 0, count)
    assert found.p_value > 0.05
    assert -1 <= found.low <= found.high <= 1 or not math.isfinite(found.low)


@pytest.mark.parametrize("numbers", [(0, 50, 0, 50), (50, 50, 50, 50), (3, 2, 0, 5), (-1, 2, 0, 5), (NAN, 5, 1, 5)])
def test_shares_without_chance(numbers):
    assert proportions(*numbers).p_value == 1


@pytest.mark.parametrize(
    "arguments", [(0, 9, 1.0), (9, 1, 1.0), (9, 9, 0.0), (9, 9, NAN), (9, 9, math.inf), (9, 9, 1.0, 1.0), (NAN, 9, 1.0)]
)
def test_no_effect_is_detectable(arguments):
    assert experiment.minimum_detectable_effect(*arguments) == math.inf
    assert experiment.needed_size(0.0, 5.0) == experiment.needed_size(5.0, NAN) == math.inf


@pytest.mark.parametrize("arguments", [(1, 9, 0.5), (9, 0, 0.5), (9, 9, 1.0), (9, 9, -0.1), (9, 9, NAN), (9, 9, 0.9)])
def test_no_change_is_detectable(arguments):
    assert experiment.minimum_detectable_change(*arguments) == math.inf


def test_where_nobody_orders_a_change_is_detectable():
    assert 0 < experiment.minimum_detectable_change(800, 200, 0.0) < 0.05


def test_no_verdict_before_the_end():
    clear = Estimate.of(50.0, 1.0, 900, 0.95)
    assert verdict(clear, False, 200, 1.0) == "early"
    assert verdict(clear, True, 200, 1.0) == "better"
    assert verdict(Estimate.of(-50.0, 1.0, 900, 0.95), True, 200, 1.0) == "worse"
    assert verdict(clear, True, experiment.SMALLEST_ARM - 1, 1.0) == "underpowered"


def test_no_difference_is_a_finding_of_its_own():
    """It is said only where an effect that is worth it would have been found: power counts, not just the interval."""
    found = Estimate.of(0.5, 1.0, 900, 0.95)
    detectable = found.detectable(0.95, 0.8)
    assert detectable == pytest.approx(stats.norm.ppf(0.975) + stats.norm.ppf(0.8), rel=2e-3)
    assert verdict(found, True, 200, detectable * 1.01) == "no_difference"
    assert verdict(found, True, 200, detectable * 0.99) == "underpowered"
    assert verdict(found, True, 200, detectable * 1.01, power=0.9) == "underpowered"


def test_effects_that_are_worth_it_are_hardly_ever_denied():
    """Of campaigns whose effect is just worth it and just detectable, power alone would deny one in five."""
    worthwhile = Estimate.of(0.0, 1.0, 900, 0.95).detectable(0.95, 0.8)
    rng, count = np.random.default_rng(17), 4000
    found = [Estimate.of(effect, 1.0, 900, 0.95) for effect in rng.normal(worthwhile * 1.0001, 1.0, count)]
    said = [verdict(estimate, True, 200, worthwhile * 1.0001) for estimate in found]
    assert said.count("better") / count == pytest.approx(0.8, abs=0.03)
    assert said.count("no_difference") / count < 0.035
    # without any effect, most are denied
    found = [Estimate.of(effect, 1.0, 900, 0.95) for effect in rng.normal(0.0, 1.0, count)]
    said = [verdict(estimate, True, 200, worthwhile * 1.0001) for estimate in found]
    assert said.count("no_difference") / count > 0.7
