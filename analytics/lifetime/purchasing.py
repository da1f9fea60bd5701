"""How often customers buy, and whether they still do: models of buying until one stops, as plain Python.

A customer buys at random at a rate of their own until they leave for good, which nobody sees. What is known of them
are three numbers, in weeks: ``x`` purchases after the first, the last of them ``t_x`` after the first, and ``T`` since
the first. A purchase is a day with orders: several on one day are one.

- *MBG/NBD*: leaving is possible after each purchase, the first included (Batislam, Denizel, Filiztekin, International
  Journal of Research in Marketing 24, 2007; Hoppe, Wagner, Marketing JRM 2007). Those who bought once may have left.
- *BG/NBD*: the same, but nobody leaves before the second purchase (Fader, Hardie, Lee, Marketing Science 24, 2005): who
  bought once is alive for certain. It is here for comparison, and no contestant.
- *Pareto/NBD*: leaving comes at any time (Schmittlein, Morrison, Colombo, Management Science 33, 1987).

Everything is computed in logarithms. The hypergeometric functions of the publications have arguments that grow with the
number of purchases and end in infinity for some hundred; Euler's transformation leaves small ones, times a power. Where
they are not small either, because of a parameter, an integral or a continued fraction takes their place.
"""

from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import compress

import numpy as np
from scipy import optimize, special

# Logarithms of parameters lie within these bounds: where nobody leaves, or all buy alike, there is no best value.
BOUND = 9.0
STARTS = ((-1.0, 1.5, -0.2, 0.9), (0.0, 2.0, 0.0, 1.0))
# What slopes are differences over, for each unit of a logarithm.
STEP = np.finfo(float).eps ** (1 / 3)
# Beyond so many different customers, weeks are rounded for the fit (not for what is said of a customer).
MOST = 20000
# The Pareto/NBD model is slow: it is fitted to no more customers than these, drawn by this seed.
SAMPLE, SEED = 25000, 20050
# Its fit begins with so many of them.
FEW = 4000
WEEK = 7
# Whole numbers of a customer take so many bits.
KEY_BITS = 21
KEY_MASK = (1 << KEY_BITS) - 1
# Of a year with leap days; its inverse turns a yearly interest into a weekly one.
WEEKS_A_YEAR = 7 / 365.25
# Above it, the formula for expected purchases loses its digits, and an integral over as many points takes its place.
LARGE, POINTS = 50.0, 64
# With alpha and beta further apart than so many times, the functions of Pareto/NBD take seconds.
APART = 10.0
# Points of the integral over when a customer may have left, and customers it is taken of at a time, so that what it
# needs stays near the processor.
LEAVING, BLOCK = 40, 4096
# No continued fraction has more steps.
STEPS = 4000


@dataclass(frozen=True)
class Customers:
    """What is known of customers: arrays of one length, weeks.

    ``weight`` says how many customers each row stands for.
    """

    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    weight: np.ndarray

    @classmethod
    def make(cls, x, t_x, T, weight=None):
        """Of equal customers one row is made.

        :raise ValueError: arrays of several lengths, a negative number, or a last purchase after the end

        >>> Customers.make([0, 0, 2], [0, 0, 5], [9, 9, 9]).weight
        array([2., 1.])
        """
        columns = [np.asarray(values, float) for values in (x, t_x, T)]
        if len({values.shape for values in columns}) > 1:
            raise ValueError("There are as many purchases as weeks.")
        if any(not np.isfinite(values).all() or (values < 0).any() for values in columns) or (
            (columns[1] > columns[2]).any()
        ):
            raise ValueError("Purchases and weeks are not negative, and the last purchase is not after the end.")
        return cls(*_distinct(columns, None if weight is None else np.asarray(weight, float)))

    @classmethod
    def of_days(cls, x, gap, age, to_fit=False):
        """The same of whole numbers: ``x`` purchases after the first, the last ``gap`` days after it, and ``age`` days
        since the first.

        :param bool to_fit: as ``rounded`` has them, without the many who are different by a day
        """
        found = _distinct_whole([x, gap, age], most=MOST if to_fit else None)
        if found is None:
            # a week has no half of whole days
            return cls(*_distinct_whole([x, *((days + WEEK // 2) // WEEK for days in (gap, age))]))
        x, gap, age, weight = found
        return cls(x, gap / WEEK, age / WEEK, weight)

    @property
    def count(self):
        return float(self.weight.sum())

    def rounded(self):
        """The same with whole weeks, where there are too many different customers for a fit."""
        if len(self.x) <= MOST:
            return self
        return Customers(*_distinct([np.round(values) for values in (self.x, self.t_x, self.T)], self.weight))

    def sample(self, most, seed):
        """``most`` customers at random, the same ones for the same seed; all if there are no more."""
        if self.count <= most:
            return self
        drawn = np.random.default_rng(seed).multivariate_hypergeometric(
            self.weight.astype(np.int64), most, method="marginals"
        )
        kept = drawn > 0
        return Customers(self.x[kept], self.t_x[kept], self.T[kept], drawn[kept].astype(float))


def _distinct(columns, weight):
    """Rows that are equal as one, in the order of their numbers.

    :param weight: of each row; None: one
    :return: list of the columns, and of the weights
    """
    if all(values.max(initial=0) < 1 << KEY_BITS and (values == np.rint(values)).all() for values in columns):
        return _distinct_whole([values.astype(np.int64) for values in columns], weight)
    order = np.lexsort(columns[::-1])
    columns = [values[order] for values in columns]
    opens = np.ones(len(order), bool)
    opens[1:] = np.logical_or.reduce([values[1:] != values[:-1] for values in columns])
    return [*(values[opens] for values in columns), _weights(opens, order, weight)]


def _distinct_whole(columns, weight=None, most=None):
    """The same of whole numbers, which fit into one number together: that one is sorted in no time.

    :param int most: None is returned where more than so many are different
    """
    keys = columns[0].astype(np.int64)
    for values in columns[1:]:
        keys <<= KEY_BITS
        keys |= values
    order = None
    if weight is None:
        keys.sort()
    else:
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
    opens = np.ones(len(keys), bool)
    opens[1:] = keys[1:] != keys[:-1]
    if most is not None and np.count_nonzero(opens) > most:
        return None
    keys = keys[opens]
    found = [(keys >> (KEY_BITS * place) & KEY_MASK).astype(float) for place in range(len(columns) - 1, -1, -1)]
    return [*found, _weights(opens, order, weight)]


def _weights(opens, order, weight):
    """What rows weigh together from each where one ``opens`` to the next."""
    starts = np.flatnonzero(opens)
    if weight is None:
        return np.diff(starts, append=len(opens)).astype(float)
    return np.add.reduceat(weight[order], starts) if len(starts) else weight


class PurchaseModel:
    """Four positive parameters, fitted to customers by maximum likelihood."""

    names = ()

    def __init__(self, params):
        """:raise ValueError: not four positive numbers"""
        self.params = tuple(float(value) for value in params)
        if len(self.params) != len(self.names) or not all(0 < value < np.inf for value in self.params):
            raise ValueError(f"{type(self).__name__} needs positive numbers for {', '.join(self.names)}.")

    @classmethod
    def fit(cls, customers):
        """:param Customers customers: at least one
        :raise ValueError: nobody
        """
        if not len(customers.x):
            raise ValueError("There are no customers to learn from.")
        return cls(np.exp(cls._search(customers.rounded())))

    @classmethod
    def _search(cls, customers):
        """:return: logarithms of the parameters"""
        prepared = _Prepared(customers)

        def loss(logs):
            values, slopes = cls._likelihood(np.exp(logs), prepared)
            mean = customers.weight / customers.count
            return -(mean * values).sum(), -np.array([(mean * slope).sum() for slope in slopes]) * np.exp(logs)

        found = [
            optimize.minimize(
                loss, start, jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 4,
                options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500},
            )
            for start in STARTS
        ]  # fmt: skip
        return min(found, key=lambda result: result.fun).x

    def usual_gap(self, x, T):
        """Weeks between the purchases of a customer who has not left: one over the rate expected of them."""
        r, alpha, *_leaving = self.params
        return (alpha + np.asarray(T, float)) / (r + np.asarray(x, float))

    def median_wait(self, x, T):
        """Weeks from now on after which half of the customers have bought who have not left. At a rate that is known it
        would be log(2) times the gap; it is not known, and the less so the longer half of them take.
        """
        r, alpha, *_leaving = self.params
        return (alpha + np.asarray(T, float)) * np.expm1(np.minimum(np.log(2) / (r + np.asarray(x, float)), 600.0))

    def log_likelihood(self, customers):
        """The logarithm of the probability of what all customers did, in total."""
        values, _slopes = self._likelihood(self.params, _Prepared(customers))
        return float((customers.weight * values).sum())


class _Prepared:
    """Customers with the few different values of each number apart, so that functions are asked once for each."""

    def __init__(self, customers):
        self.x, self._x_at = np.unique(customers.x, return_inverse=True)
        self.t_x, self._t_x_at = np.unique(customers.t_x, return_inverse=True)
        self.T, self._T_at = np.unique(customers.T, return_inverse=True)
        self.again = customers.x
        self.rows = customers

    @cached_property
    def pairs(self):
        """Where ``t_x`` and where ``T`` stand with the same ``x``: tuple of the places of one of each, and for each row
        which of them it is, for both.
        """
        found = []
        for place in (self._t_x_at, self._T_at):
            _pair, first, at = np.unique(
                self._x_at * (place.max(initial=0) + 1) + place, return_index=True, return_inverse=True
            )
            found.append((first, at))
        return found

    def by_x(self, values):
        return values[self._x_at]

    def by_t_x(self, values):
        return values[self._t_x_at]

    def by_T(self, values):
        return values[self._T_at]


class _BetaGeometric(PurchaseModel):
    """Shared by both models in which one leaves after a purchase; ``FIRST``: the first one counts as such."""

    names = ("r", "alpha", "a", "b")
    FIRST = 0

    @classmethod
    def _likelihood(cls, params, known):
        r, alpha, a, b = params
        x, first = known.x, cls.FIRST
        log_T, log_t = known.by_T(np.log(alpha + known.T)), known.by_t_x(np.log(alpha + known.t_x))
        common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
        common = common + special.betaln(a, b + x) - special.betaln(a, b)
        slope_a, slope_b = special.psi(a + b) - special.psi(a + b + x), special.psi(b + x) - special.psi(b)
        slope_b = slope_b + slope_a
        if first:
            common, slope_a, slope_b = (
                common - np.log(a + b + x),
                slope_a - 1 / (a + b + x),
                slope_b - 1 / (a + b + x),
            )
        power = r + known.again
        stays = (known.by_x(np.log(b + x)) if first else 0.0) - power * log_T
        left = known.by_x(np.log(a) - (0.0 if first else np.log(b + np.maximum(x, 1) - 1)) + np.zeros(len(x)))
        leaves = left - power * log_t
        if not first:
            leaves = np.where(known.again > 0, leaves, -np.inf)
        both = np.logaddexp(stays, leaves)
        in_, out = np.exp(stays - both), np.exp(leaves - both)
        slopes = (
            known.by_x(special.psi(r + x) - special.psi(r) + np.log(alpha)) - in_ * log_T - out * log_t,
            r / alpha - power * (in_ * known.by_T(1 / (alpha + known.T)) + out * known.by_t_x(1 / (alpha + known.t_x))),
            known.by_x(slope_a) + out / a,
            known.by_x(slope_b)
            + (in_ * known.by_x(1 / (b + x)) if first else -out * known.by_x(1 / (b + np.maximum(x, 1) - 1))),
        )
        return known.by_x(common) + both, slopes

    def _log_odds_of_having_left(self, x, t_x, T):
        r, alpha, a, b = self.params
        x, t_x, T = (np.asarray(values, float) for values in (x, t_x, T))
        odds = (r + x) * (np.log(alpha + T) - np.log(alpha + t_x))
        if self.FIRST:
            return odds + np.log(a) - np.log(b + x)
        return np.where(x > 0, odds + np.log(a) - np.log(b + np.maximum(x, 1) - 1), -np.inf)

    def p_active(self, x, t_x, T):
        """Probability that a customer has not left, 0..1; arrays or numbers."""
        return special.expit(-self._log_odds_of_having_left(x, t_x, T))

    def expected(self, weeks, x, t_x, T):
        """Purchases expected in the next ``weeks``; arrays or numbers, which combine as arrays of numpy do."""
        return self.expected_if_active(weeks, x, T) * self.p_active(x, t_x, T)

    def expected_if_active(self, weeks, x, T):
        """The same of a customer who has not left yet."""
        r, alpha, a, b = self.params
        weeks, x, T = np.broadcast_arrays(*(np.asarray(values, float) for values in (weeks, x, T)))
        if max(a, b) > LARGE:
            return self._integrate(weeks, x, T)
        if abs(a - 1) < 1e-6:
            # the two sides of a hole in the formula
            sides = (type(self)((r, alpha, a + side, b)).expected_if_active(weeks, x, T) for side in (-1e-5, 1e-5))
            return sum(sides) / 2
        whole = a + b + x + self.FIRST - 1
        share = weeks / (alpha + T + weeks)
        with np.errstate(all="ignore"):
            series = special.hyp2f1(a + b - r + self.FIRST - 1, a - 1, whole, share)
            expected = whole / (a - 1) * (1 - np.exp((a - 1) * np.log1p(-share)) * series)
        lost = ~np.isfinite(expected)
        if lost.any():
            expected = np.where(lost, self._integrate(weeks, x, T), expected)
        return expected

    def _integrate(self, weeks, x, T):
        """The same by its meaning: the mean over what may be the customer's probability of leaving after a purchase."""
        r, alpha, a, b = self.params
        nodes, weights = _nodes(POINTS)
        counts, place = np.unique(x, return_inverse=True)
        leaving = special.betaincinv(a, b + counts[:, None] + self.FIRST, (nodes + 1) / 2)[place.reshape(x.shape)]
        leaving = np.maximum(leaving, 1e-12)
        power, share = (r + x)[..., None], (weeks / (alpha + T))[..., None]
        return (weights / 2 * -np.expm1(-power * np.log1p(leaving * share)) / leaving).sum(axis=-1)


class MbgNbd(_BetaGeometric):
    """Leaving is possible after each purchase, the first included."""

    FIRST = 1


class BgNbd(_BetaGeometric):
    """Nobody leaves before the second purchase."""


class ParetoNbd(PurchaseModel):
    """Leaving comes at any time, at a rate of the customer's own."""

    names = ("r", "alpha", "s", "beta")

    @classmethod
    def _search(cls, customers):
        customers = customers.sample(SAMPLE, SEED)
        starts = ((-0.6, 2.4, -0.6, 2.4), (0.0, 2.0, -1.0, 3.0))
        if customers.count > FEW:
            # only the last few steps need everybody
            starts = (cls._climb(customers.sample(FEW, SEED), starts),)
        return cls._climb(customers, starts)

    @classmethod
    def _climb(cls, customers, starts):
        prepared = _Prepared(customers)

        def losses(points):
            several = cls._values([np.exp(logs) for logs in points], prepared)
            return [-(customers.weight * values).sum() / customers.count for values in several]

        # slopes are differences, of fewer digits than a closed form has: more exact ends only take time
        found = [
            optimize.minimize(
                partial(_with_slopes, losses), start, jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 4,
                options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 100},
            )
            for start in starts
        ]  # fmt: skip
        return min(found, key=lambda result: result.fun).x

    @classmethod
    def _likelihood(cls, params, known):
        return cls._values([params], known)[0], ()

    @classmethod
    def _values(cls, several, known):
        """:param several: parameters, four each
        :return: list of arrays: the logarithm of the likelihood of each customer, with each of them
        """
        x, found = known.x, []
        for params, gone in zip(several, cls._log_gone(several, *_columns(known.rows), known), strict=True):
            r, alpha, s, beta = params
            common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
            power = r + known.again
            stays = -power * known.by_T(np.log(alpha + known.T)) - known.by_T(s * np.log(beta + known.T))
            left = np.log(s) - np.log(power + s) + gone
            found.append(known.by_x(common) + np.logaddexp(stays, left))
        return found

    @classmethod
    def _log_gone(cls, several, x, t_x, T, known=None):
        """Logarithm of ``A0`` of the publication: the integral over when one may have left.

        :param several: parameters, four each
        :param _Prepared known: of the same customers, where there is one
        :return: list of arrays, with each of them
        """
        is_integral = [
            max(r, s) > LARGE or max(alpha, beta) > APART * min(alpha, beta) for r, alpha, s, beta in several
        ]
        integrals = iter(_log_gone_by_integral(list(compress(several, is_integral)), x, t_x, T))
        return [
            next(integrals) if one else cls._log_gone_by_series(params, x, t_x, T, known)
            for params, one in zip(several, is_integral, strict=True)
        ]

    @staticmethod
    def _log_gone_by_series(params, x, t_x, T, known):
        r, alpha, s, beta = params

        def log_end(x, weeks):
            whole = r + s + x + 1
            if alpha >= beta:
                value = np.log(_series(r + x, whole, (alpha - beta) / (alpha + weeks)))
            else:
                value = np.log(_series(s + 1, whole, (beta - alpha) / (beta + weeks)))
                value += np.log((alpha + weeks) / (beta + weeks))
            return value - (r + x) * np.log(alpha + weeks) - s * np.log(beta + weeks)

        if known is None:
            start, end = log_end(x, t_x), log_end(x, T)
        else:
            start, end = (
                log_end(x[first], weeks[first])[at] for weeks, (first, at) in zip((t_x, T), known.pairs, strict=True)
            )
        with np.errstate(divide="ignore"):
            return start + np.log(-np.expm1(np.minimum(end - start, 0.0)))

    def p_active(self, x, t_x, T):
        """Probability that a customer has not left, 0..1; arrays or numbers."""
        r, alpha, s, beta = self.params
        x, t_x, T = np.broadcast_arrays(*(np.asarray(values, float) for values in (x, t_x, T)))
        [gone] = self._log_gone([self.params], x, t_x, T)
        gone = gone + np.log(s) - np.log(r + s + x)
        return special.expit(-(gone + (r + x) * np.log(alpha + T) + s * np.log(beta + T)))

    def expected(self, weeks, x, t_x, T):
        """Purchases expected in the next ``weeks``; arrays or numbers, which combine as arrays of numpy do."""
        return self.expected_if_active(weeks, x, T) * self.p_active(x, t_x, T)

    def expected_if_active(self, weeks, x, T):
        """The same of a customer who has not left yet."""
        r, alpha, s, beta = self.params
        weeks, x, T = (np.asarray(values, float) for values in (weeks, x, T))
        longer = np.log1p(weeks / (beta + T))
        # the limit of the quotient where s is one
        staying = longer if abs(s - 1) < 1e-9 else -np.expm1(-(s - 1) * longer) / (s - 1)
        return (r + x) * (beta + T) / (alpha + T) * staying


MODELS = {"mbg": MbgNbd, "pareto": ParetoNbd, "bg": BgNbd}


@cache
def _nodes(points):
    """:return: tuple of nodes and weights of Gauss and Legendre on -1..1. A fit asks for the same ones at each step."""
    return np.polynomial.legendre.leggauss(points)


def _columns(customers):
    return customers.x, customers.t_x, customers.T


def _with_slopes(function, logs):
    """A function and its slopes, which are differences: over a step to both sides, or where a bound is nearer than a
    step, over two away from it.

    :param function: of a list of points; gives its values there
    :return: tuple of the value, and of an array
    """
    moves = []
    for value in logs:
        step = STEP * max(1.0, abs(value))
        inwards = -np.sign(value) * step
        moves.append((-step, step) if abs(value) + step <= BOUND else (inwards, 2 * inwards))
    points = [logs]
    for place, pair in enumerate(moves):
        for move in pair:
            point = np.array(logs)
            point[place] += move
            points.append(point)
    here, *values = function(points)
    slopes = np.empty(len(logs))
    for place, value in enumerate(logs):
        first, second = (point[place] for point in points[1 + 2 * place : 3 + 2 * place])
        low, high = values[2 * place : 2 * place + 2]
        if moves[place][0] == -moves[place][1]:
            slopes[place] = (high - low) / (second - first)
        else:
            slopes[place] = (4 * low - 3 * here - high) / (second - value)
    return here, slopes


class _Span:
    """Of some customers, the time in which they may have left, on the scale of the integral."""

    def __init__(self, least, end, t_x):
        self.least, self.end = least, end
        self.start = least + t_x
        self.log = np.log1p(end / self.start)


def _log_gone_by_integral(several, x, t_x, T):
    """``ParetoNbd._log_gone`` by its meaning. The functions of the formula take seconds where a rate hardly differs
    between customers, which is where the fit ends if everybody left long ago, or nobody seems to leave.

    Slopes are differences of parameters of which one is another: what depends on others is the same, and taken once.
    """
    x, t_x, T = np.broadcast_arrays(x, t_x, T)
    if several and x.ndim == 1 and len(x) > BLOCK:
        blocks = (slice(first, first + BLOCK) for first in range(0, len(x), BLOCK))
        found = zip(*(_log_gone_by_integral(several, x[rows], t_x[rows], T[rows]) for rows in blocks), strict=True)
        return [np.concatenate(parts) for parts in found]
    spans, falls, jobs = [], {}, []
    with np.errstate(over="ignore", divide="ignore"):
        for r, alpha, s, beta in several:
            again, least = np.maximum(r + x, 1e-9), min(alpha, beta)
            # beyond it, less than e^-40 is left
            end = np.minimum(T - t_x, (alpha + t_x) * np.expm1(np.minimum(40 / again, 700.0)))
            end = np.minimum(end, (beta + t_x) * np.expm1(40 / (s + 1)))
            same = (at for at, span in enumerate(spans) if span.least == least and np.array_equal(span.end, end))
            place = next(same, len(spans))
            if place == len(spans):
                spans.append(_Span(least, end, t_x))
            for rate in (alpha, beta):
                if (place, rate) not in falls:
                    falls[place, rate] = rate + t_x, np.empty(x.shape)
            jobs.append((place, again, falls[place, alpha][1], s + 1, falls[place, beta][1], np.zeros(x.shape)))
        steps, passed = ([np.empty(x.shape) for _span in spans] for _kind in range(2))
        fall, more = np.empty(x.shape), np.empty(x.shape)
        for node, weight in zip(*_nodes(LEAVING), strict=True):
            for span, step, gone in zip(spans, steps, passed, strict=True):
                np.multiply(span.log, (node + 1) / 2, out=step)
                np.expm1(step, out=gone)
                gone *= span.start
            for (place, _rate), (start, log) in falls.items():
                np.log1p(np.divide(passed[place], start, out=log), out=log)
            for place, again, by_alpha, times, by_beta, whole in jobs:
                np.multiply(by_alpha, again, out=fall)
                fall += np.multiply(by_beta, times, out=more)
                np.exp(np.subtract(steps[place], fall, out=fall), out=fall)
                fall *= weight / 2
                whole += fall
        found = []
        for (place, *_parts, whole), (r, alpha, s, beta) in zip(jobs, several, strict=True):
            log = np.log(whole) + np.log(spans[place].log)
            log += np.log(spans[place].start) - (r + x) * np.log(alpha + t_x) - (s + 1) * np.log(beta + t_x)
            found.append(log + np.log(r + s + x))
    return found


def _series(b, c, z):
    """The hypergeometric function 2F1(1, b; c; z) for c > b > 0 and 0 <= z < 1: between 1 and 1 / (1 - z)."""
    b, c, z = np.broadcast_arrays(*(np.asarray(values, float) for values in (b, c, z)))
    with np.errstate(all="ignore"):
        found = np.array(special.hyp2f1(1.0, b, c, z))
        lost = ~((found >= 1 - 1e-9) & (found * (1 - z) <= 1 + 1e-9))
    if lost.any():
        found[lost] = _fraction(b[lost], c[lost], z[lost])
    return found


def _fraction(b, c, z):
    """The same by the continued fraction of Gauss, whose steps are all positive."""
    root = np.sqrt(1 - z.max())
    steps = min(STEPS, int(40 / max(np.log((1 + root) / (1 - root)), 1e-9)) + 2)
    value = np.ones(b.shape)
    for step in range(steps, 0, -1):
        k = step // 2
        if step % 2:
            share = (b + k) * (c + k - 1) / ((c + 2 * k - 1) * (c + 2 * k))
        else:
            share = k * (c - b + k - 1) / ((c + 2 * k - 2) * (c + 2 * k - 1))
        value = 1 - share * z / value
    return 1 / value


def discounted(model, weeks, rate, x, t_x, T):
    """Purchases expected in the next ``weeks``, each worth the less the later it comes.

    The integral of the discount over the increase of ``expected``, by parts and with five points of Gauss and Legendre.
    They stand the closer the sooner, as most is expected at first: what is left out is less than a thousandth, and
    mostly less than a millionth.

    :param float rate: yearly interest, 0 or more
    :return: array
    :raise ValueError: negative interest
    """
    return discounted_if_active(model, weeks, rate, x, T) * model.p_active(x, t_x, T)


def discounted_if_active(model, weeks, rate, x, T):
    """The same of customers who have not left yet; arrays of one length, or numbers.

    When the last purchase was no longer matters then, so that many customers have the same answer.
    """
    return Ahead(model, weeks, rate)(x, T)


class Remembered:
    """A function of purchases and weeks, for some customers after others: the same are asked for again and again, and
    what was asked before is remembered. Weeks that are no whole days are not.
    """

    def __init__(self, function):
        """:param function: of arrays of purchases and of weeks; gives an array"""
        self._function = function
        self._pairs, self._values = np.empty(0, np.int64), np.empty(0)

    def __call__(self, x, weeks):
        x, weeks = np.broadcast_arrays(*(np.asarray(values, float) for values in (x, weeks)))
        asked = _pairs(x, weeks)
        if asked is None:
            return self._function(x, weeks)
        pairs, place = np.unique(asked.ravel(), return_inverse=True)
        at = np.searchsorted(self._pairs, pairs)
        new = np.ones(len(pairs), bool)
        inside = at < len(self._pairs)
        new[inside] = self._pairs[at[inside]] != pairs[inside]
        if new.any():
            found = pairs[new]
            values = self._function((found >> KEY_BITS).astype(float), (found & KEY_MASK) / WEEK)
            self._values = np.insert(self._values, at[new], values)
            self._pairs = np.insert(self._pairs, at[new], found)
            at = np.searchsorted(self._pairs, pairs)
        return self._values[at][place].reshape(asked.shape)


def _pairs(x, weeks):
    """A whole number for each pair of purchases and weeks; None where some are none, or too great for it."""
    days = np.rint(weeks * WEEK)
    fits = (days / WEEK == weeks) & (days <= KEY_MASK) & (np.rint(x) == x) & (x <= KEY_MASK)
    return x.astype(np.int64) << KEY_BITS | days.astype(np.int64) if fits.all() else None


class Ahead(Remembered):
    """``discounted_if_active`` for some customers after others.

    :raise ValueError: negative interest
    """

    def __init__(self, model, weeks, rate):
        if rate < 0:
            raise ValueError("The discount rate is not negative.")
        super().__init__(self._discounted)
        self.model, self.weeks, self.rate = model, weeks, rate

    def _discounted(self, x, T):
        force = np.log1p(self.rate) * WEEKS_A_YEAR
        total = np.exp(-force * self.weeks) * self.model.expected_if_active(self.weeks, x, T)
        if force:
            for node, weight in zip(*_nodes(5), strict=True):
                root = (node + 1) / 2
                moment = self.weeks * root**2
                share = force * weight * self.weeks * root * np.exp(-force * moment)
                total = total + share * self.model.expected_if_active(moment, x, T)
        return total
