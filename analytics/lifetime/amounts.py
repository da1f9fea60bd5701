"""How much a purchase of a customer brings: the Gamma-Gamma model of amounts, and a margin rate that is drawn to that
of all, as plain Python.

Fader, Hardie: The Gamma-Gamma model of monetary value, 2013. Amounts of one customer vary at random around a mean of
their own; what is expected of them lies between their mean and that of all, the closer to theirs the more they have
bought. Amounts of zero or less say nothing of what a purchase brings, and are left out by the caller.

Margins may be negative, so the model cannot be fitted to them. What is expected is revenue, times a margin rate by
Bühlmann and Straub (Glaubwürdigkeit für Schadensätze, 1970): the customer's own, with the weight that the differences
between customers deserve beside those between the purchases of one.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

# Logarithms of p, q, v.
BOUNDS = ((-12.0, 12.0), (0.0, 12.0), (-12.0, 12.0))
# Fitted to no more customers than these, drawn by this seed.
SAMPLE, SEED = 50000, 20130
# From so many customers with amounts on there is something to fit.
LEAST = 10


@dataclass(frozen=True)
class GammaGamma:
    """``p``, ``q``, ``v``; ``v`` in the currency of the amounts."""

    p: float
    q: float
    v: float

    @classmethod
    def fit(cls, count, mean):
        """By maximum likelihood, with ``q`` no less than 1: below it, what is expected of a customer has a pole, near
        which a single purchase is multiplied a hundredfold.

        :param count: purchases with an amount above zero, of each customer; ``mean`` their mean amount, above zero
        :raise ValueError: arrays of several lengths, fewer than ten customers, or numbers that are not above zero
        """
        count, mean = np.asarray(count, float), np.asarray(mean, float)
        if count.shape != mean.shape or len(count) < LEAST:
            raise ValueError(f"Purchases and mean amounts of at least {LEAST} customers are needed.")
        if not (np.isfinite(mean).all() and (mean > 0).all() and (count > 0).all()):
            raise ValueError("Amounts and numbers of purchases are above zero.")
        count, mean = cls.draw(count, mean)
        # in units of the geometric mean, so that the result does not depend on the currency
        unit = float(np.exp(np.log(mean).mean()))
        mean = mean / unit
        known = _prepare(count, mean)

        def loss(logs):
            value, slope = _likelihood(np.exp(logs), *known)
            return -value / len(count), -slope * np.exp(logs) / len(count)

        found = [
            optimize.minimize(
                loss, start, jac=True, method="L-BFGS-B", bounds=BOUNDS,
                options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
            )
            for start in ((1.8, 1.3, -0.7), (0.0, 1.0, 0.0))
        ]  # fmt: skip
        p, q, v = np.exp(min(found, key=lambda result: result.fun).x)
        return cls(float(p), float(q), float(v * unit))

    @staticmethod
    def draw(count, mean):
        """As many of the customers as are fitted to, the same ones each time.

        :return: tuple of ``count`` and ``mean`` of them
        """
        if len(count) <= SAMPLE:
            return count, mean
        drawn = np.random.default_rng(SEED).choice(len(count), SAMPLE, replace=False)
        return count[drawn], mean[drawn]

    def log_likelihood(self, count, mean):
        known = _prepare(np.asarray(count, float), np.asarray(mean, float))
        value, _slope = _likelihood((self.p, self.q, self.v), *known)
        return float(value)

    @property
    def mean(self):
        """Mean amount of a purchase over all customers; where the model has none (q is 1 or less), see ``expected``."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else np.inf

    def expected(self, count, mean):
        """Mean amount of the next purchases of customers; those with no amount yet get that of all.

        :param count: purchases with an amount above zero; ``mean`` their mean amount (anything where there are none)
        :return: array; infinite for those without amounts where the model has no mean
        """
        count, mean = np.asarray(count, float), np.where(np.asarray(count) > 0, mean, 0.0).astype(float)
        below = self.p * count + self.q - 1
        with np.errstate(divide="ignore"):
            return np.where(below > 0, self.p * (self.v + count * mean) / np.where(below > 0, below, 1.0), np.inf)


def _prepare(n, m):
    """What follows from purchases and mean amounts alone. Of numbers of purchases, there are few."""
    return (n, n * m, np.log(n), np.log(m), *np.unique(n, return_inverse=True))


def _likelihood(params, n, whole, log_n, log_m, few, place):
    """:return: tuple of the logarithm of the likelihood, and its slopes"""
    p, q, v = params
    k, few, total = p * n, p * few, v + whole
    log_total = np.log(total)
    value = (special.gammaln(few + q) - special.gammaln(few) - special.gammaln(q))[place]
    value = value + q * np.log(v) + (k - 1) * log_m + k * log_n - (k + q) * log_total
    psi, own = special.psi(few + q)[place], special.psi(few)[place]
    slopes = (
        n * (psi - own + log_m + log_n - log_total),
        psi - special.psi(q) + np.log(v) - log_total,
        q / v - (k + q) / total,
    )
    return value.sum(), np.array([slope.sum() for slope in slopes])


@dataclass(frozen=True)
class MarginRate:
    """What margin a unit of revenue brings: ``rate`` of all customers, net of credit notes as that of each, and
    ``prior``, the revenue (company currency) with which it weighs against that of a customer; infinite where customers
    do not differ.
    """

    rate: float
    prior: float

    @classmethod
    def fit(cls, count, revenue, margin, squares, kept):
        """:param count: purchases of each customer with revenue above zero; ``revenue`` and ``margin`` their sums;
            ``squares`` the sum of margin² / revenue over them; ``kept`` what is left of the margin after credit notes,
            of which it is not known what purchase they take from
        :raise ValueError: nobody has bought anything
        """
        count = np.asarray(count)
        revenue, margin, squares, kept = (np.asarray(values, float) for values in (revenue, margin, squares, kept))
        known = (count > 0) & (revenue > 0)
        if not known.all():
            count, revenue, margin, squares, kept = (
                values[known] for values in (count, revenue, margin, squares, kept)
            )
        if not len(count):
            raise ValueError("Nobody has bought anything yet.")
        whole = revenue.sum()
        rate = float(kept.sum() / whole)
        spare = count.sum() - len(count)
        if spare <= 0:
            return cls(rate, np.inf)
        # in one array for all steps: of very many customers, each takes as much as all that is known of them
        each = margin**2
        each /= revenue
        within = max(np.subtract(squares, each, out=each).sum(), 0.0) / spare
        np.divide(margin, revenue, out=each)
        each -= margin.sum() / whole
        each **= 2
        each *= revenue
        between = each.sum() - (len(count) - 1) * within
        between /= max(whole - np.square(revenue, out=each).sum() / whole, 1e-300)
        return cls(rate, float(within / between) if between > 0 else np.inf)

    def expected(self, revenue, margin):
        """Margin rate of the next purchases.

        :param revenue: of all purchases so far; ``margin`` kept of them, less what was credited

        >>> MarginRate(0.3, 1000.0).expected([0.0, 1000.0], [0.0, 500.0])
        array([0.3, 0.4])
        """
        revenue, margin = np.maximum(np.asarray(revenue, float), 0.0), np.asarray(margin, float)
        if not np.isfinite(self.prior):
            return np.full(revenue.shape, self.rate)
        whole = revenue + self.prior
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(whole > 0, (margin + self.prior * self.rate) / whole, self.rate)
