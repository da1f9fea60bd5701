"""What is stored of each customer's future: plain Python.

Money is margin, in company currency. *Ahead* is the horizon, in which later margin is worth less by the discount rate;
*year* the next twelve months, where it is not: for numbers that are compared with those of a year.
"""

from dataclasses import dataclass

import numpy as np

from .forecasting import expected_amount, forecast
from .purchasing import MODELS, WEEK, Ahead, Remembered

WEEKS_OF_YEAR = 365.25 / WEEK
# Weeks of a month, on average.
WEEKS_OF_MONTH = WEEKS_OF_YEAR / 12
# Nobody is told a day for an order that is less likely to come at all.
LIKELY = 0.5


@dataclass(frozen=True)
class Terms:
    """How the future is valued.

    :param int months: of the horizon
    :param float rate: yearly interest, 0..
    :param float keep_share: 0..1, how much of what would be lost may be spent on keeping a customer
    """

    months: int
    rate: float
    keep_share: float

    @property
    def weeks(self):
        return self.months * WEEKS_OF_MONTH


@dataclass(frozen=True)
class Outlook:
    """Arrays of one length; money in company currency.

    ``p_active`` 0..1, and ``p_usual``, what it is when a usual gap has passed since the last order; ``orders_ahead``
    (discounted), ``order_amount`` and ``margin_rate`` of the next purchases, whose product is the current value;
    ``expected_orders`` and ``expected_margin`` of the year, and ``active_margin``, the latter if the customer were
    active for certain; ``keep_budget``; ``next_days`` from today to the next order, -1 where none is likely.
    """

    p_active: np.ndarray
    p_usual: np.ndarray
    orders_ahead: np.ndarray
    order_amount: np.ndarray
    margin_rate: np.ndarray
    expected_orders: np.ndarray
    expected_margin: np.ndarray
    active_margin: np.ndarray
    keep_budget: np.ndarray
    next_days: np.ndarray


def look_ahead(champion, learned, known, margin_rate, terms):
    """See ``Lookout``, for once."""
    return Lookout(champion, learned, terms).look_ahead(known, margin_rate)


class Lookout:
    """Looks ahead for some customers after others.

    :param str champion: contestant that forecasts
    :param dict learned: see ``forecasting.learn``
    :param Terms terms: how the future is valued
    """

    def __init__(self, champion, learned, terms):
        self.champion, self.learned, self.terms = champion, learned, terms
        # a rule says nothing of when customers order, and whether they still do: then the model ``mbg`` does
        name = champion if champion in MODELS else "mbg"
        self._model = MODELS[name](learned[name])
        self._ahead = Ahead(self._model, terms.weeks, terms.rate)
        self._year = Ahead(self._model, WEEKS_OF_YEAR, 0.0)
        self._usual = Remembered(self._p_usual)

    def look_ahead(self, known, margin_rate):
        """:param Known known: what is known today
        :param margin_rate: of each customer
        :return: Outlook
        """
        learned, model = self.learned, self._model
        ahead = forecast(self.champion, learned, known, self.terms.weeks, self.terms.rate, self._ahead)
        year = forecast(self.champion, learned, known, WEEKS_OF_YEAR, ahead=self._year, active=ahead.active)
        # a rule is about money, and takes what a purchase brought so far
        amount = expected_amount(learned, known) if self.champion in MODELS else known.mean
        # of those who have left for certain nothing is expected, and of those who have not for certain nothing is in
        # danger
        lost = np.maximum(ahead.revenue * margin_rate, 0) * (1 - ahead.active)
        return Outlook(
            p_active=ahead.active,
            p_usual=self._usual(known.x, known.t_x),
            orders_ahead=ahead.orders,
            order_amount=amount,
            margin_rate=margin_rate,
            expected_orders=year.orders,
            expected_margin=year.revenue * margin_rate,
            active_margin=year.if_active * margin_rate,
            keep_budget=lost * self.terms.keep_share,
            next_days=next_order_days(model, known, ahead.active),
        )

    def _p_usual(self, x, t_x):
        return self._model.p_active(x, t_x, t_x + self._model.usual_gap(x, t_x))


def next_order_days(model, known, active):
    """Days from today to the next order: a usual gap after the last one; for those who are late, the day by which half
    of the customers like them will have ordered, if they have not left.

    :return: array of whole numbers, at least 1; -1 where it is more likely that the customer has left
    """
    gap = model.usual_gap(known.x, known.T)
    silent = known.T - known.t_x
    weeks = np.where(silent < gap, gap - silent, model.median_wait(known.x, known.T))
    days = np.clip(np.ceil(weeks * WEEK), 1, 3650)
    return np.where(active >= LIKELY, days, -1).astype(np.int32)
