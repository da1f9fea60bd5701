"""What customers will bring, by each of the models and rules that contend: plain Python.

A *contestant* learns from what was known on a day (``Known``) and forecasts the revenue of some weeks after it. Two are
models (``purchasing``, with amounts of ``amounts``), three are rules of thumb that any model has to beat:

What a first purchase was worth counts among the amounts, unlike in the publications: on CDNOW, customers are put in
better order with it.

- *same again*: what a customer brought in the weeks before, as many as are held out;
- *average*: the mean revenue a month since the first purchase, kept by the share of customers who come back from one
  such span of weeks to the next;
- *window*: the revenue of the last twelve months, pro rata.
"""

from dataclasses import dataclass, fields

import numpy as np

from .amounts import GammaGamma
from .purchasing import MODELS, WEEK, WEEKS_A_YEAR, Ahead, Customers

CONTESTANTS = ("mbg", "pareto", "same", "average", "window")


@dataclass(frozen=True)
class Known:
    """What is known of customers on a day: arrays of one length; money in company currency, untaxed.

    ``x``, ``t_x``, ``T`` as in ``purchasing``, weeks; ``paid`` purchases with an amount above zero, and ``paid_sum`` of
    these; ``recent``, ``before`` and ``year``: amounts of the weeks that a backtest holds out, counted back from the
    day, of as many weeks before these, and of the last twelve months.
    """

    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    paid: np.ndarray
    paid_sum: np.ndarray
    recent: np.ndarray
    before: np.ndarray
    year: np.ndarray

    @classmethod
    def of(cls, rows):
        """:param rows: array of ``past.KNOWN``"""
        names = ("paid_sum", "recent", "before", "year")
        return cls(
            x=rows["x"].astype(float),
            t_x=rows["gap"] / WEEK,
            T=rows["age"] / WEEK,
            paid=rows["paid"].astype(float),
            **{name: rows[name] for name in names},
        )

    @property
    def mean(self):
        return np.where(self.paid > 0, self.paid_sum / np.maximum(self.paid, 1), 0.0)

    @property
    def customers(self):
        return Customers.make(self.x, self.t_x, self.T)

    @property
    def amounts(self):
        """Tuple of the number of purchases with an amount, and their mean amount, of customers who have any: of as many
        as ``GammaGamma`` is fitted to.
        """
        paid = self.paid > 0
        return GammaGamma.draw(self.paid[paid], self.mean[paid])

    @property
    def paid_mean(self):
        """The mean amount of a purchase that was paid for; 0 if there is none."""
        paid = self.paid.sum()
        return float(self.paid_sum.sum() / paid) if paid else 0.0

    @property
    def retention(self):
        """Share of customers with revenue in the span ``before`` who had some in ``recent``; 1 if there are none."""
        stayed = self.before > 0
        return float((self.recent[stayed] > 0).mean()) if stayed.any() else 1.0

    def __len__(self):
        return len(self.x)

    def __getitem__(self, rows):
        return Known(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Forecast:
    """``active`` (0..1); ``orders`` and ``revenue`` of the weeks ahead, both discounted where that was asked; and
    ``if_active``, the revenue if the customer were active for certain (of a rule, which asks for no such thing, the
    same as ``revenue``).
    """

    active: np.ndarray
    orders: np.ndarray
    revenue: np.ndarray
    if_active: np.ndarray


def learn(known, weeks):
    """What all contestants need, learned from ``known``.

    :param known: ``Known``, or ``Seen`` of all customers
    :param float weeks: as many as ``recent`` and ``before`` are about
    :return: dict for storing as JSON: the parameters of each model and ``amounts``; ``paid``, the mean amount of a
        purchase that was paid for; and ``retention``, the share of customers with revenue in the span ``before`` who
        had some in ``recent``
    :raise ValueError: too little is known to learn from
    """
    customers = known.customers
    learned = {name: list(MODELS[name].fit(customers).params) for name in ("mbg", "pareto")}
    amounts = GammaGamma.fit(*known.amounts)
    return learned | {
        "amounts": [amounts.p, amounts.q, amounts.v],
        "paid": known.paid_mean,
        "retention": known.retention,
        "weeks": float(weeks),
    }


def forecast(name, learned, known, weeks, rate=0.0, ahead=None, active=None):
    """What contestant ``name`` expects of each customer in the next ``weeks``.

    :param dict learned: see ``learn``
    :param float rate: yearly interest by which later purchases are worth less
    :param ahead: ``Ahead`` of these weeks and this rate, where there is one that remembers
    :param active: that of another forecast of the same customers by the same contestant, where there is one
    :return: Forecast. Rules say nothing of whether a customer is active: then it is the share by the model ``mbg``
    """
    if name in MODELS:
        model = MODELS[name](learned[name])
        active = model.p_active(known.x, known.t_x, known.T) if active is None else active
        orders = (ahead or Ahead(model, weeks, rate))(known.x, known.T)
        if_active = orders * expected_amount(learned, known)
        return Forecast(active, active * orders, active * if_active, if_active)
    if active is None:
        active = MODELS["mbg"](learned["mbg"]).p_active(known.x, known.t_x, known.T)
    revenue = _RULES[name](learned, known, weeks) * annuity(weeks, rate)
    # the rules are about money: orders follow from what one brings
    orders = np.maximum(revenue, 0) / np.where(known.paid > 0, known.mean, np.inf)
    return Forecast(active, orders, revenue, revenue)


def expected_amount(learned, known):
    """What the next purchase of each customer brings; one who has paid nothing yet is taken as the mean of all
    purchases, as the mean of the model is of customers, and has no end where the largest are far from the others.
    """
    amount = GammaGamma(*learned["amounts"]).expected(known.paid, known.mean)
    # what earlier versions have learned says nothing of the mean, and may be infinite for others as well
    return np.where((known.paid > 0) & np.isfinite(amount), amount, learned.get("paid", known.paid_mean))


def annuity(weeks, rate):
    """What one unit of money is worth that comes evenly over ``weeks``.

    >>> annuity(52, 0.0)
    1.0
    >>> round(annuity(52.178571, 0.1), 4)
    0.9538
    """
    force = np.log1p(rate) * WEEKS_A_YEAR * weeks
    return float(-np.expm1(-force) / force) if force > 1e-12 else 1.0


def _same(learned, known, weeks):
    return known.recent * (weeks / learned["weeks"])


def _average(learned, known, weeks):
    per_week = known.paid_sum / np.maximum(known.T, 1.0)
    spans, kept = weeks / learned["weeks"], learned["retention"]
    whole = int(spans)
    kept_spans = sum(kept ** (span + 1) for span in range(whole)) + (spans - whole) * kept ** (whole + 1)
    return per_week * learned["weeks"] * kept_spans


def _window(learned, known, weeks):
    return known.year * (weeks * WEEKS_A_YEAR)


_RULES = {"same": _same, "average": _average, "window": _window}
