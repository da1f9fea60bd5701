"""What was known of all customers on a day, no more of it than is learned from: plain Python."""

import numpy as np

from ..core.memory import give_back
from .amounts import GammaGamma, MarginRate
from .forecasting import Known
from .past import to_number
from .purchasing import Customers

# Customers that are looked at at a time.
CHUNK = 20000
# What is needed of each of them for a moment.
WHEN = {"x": "i4", "gap": "i4", "age": "i4"}
PAID = {"paid": "i4", "paid_sum": "f8"}
MARGINS = {"paid_margin": "f8", "squares": "f8", "margin": "f8"}
CAME = {"came": "f8"}


class Seen:
    """What forecasts are made of is put together for some customers at a time, whenever it is asked for: that of all of
    them takes several times the memory. What is learned from is taken out of all at once, and nothing else is kept.

    ``customers`` (in whole weeks, if there are too many different ones for a fit), ``amounts``, ``paid_mean`` and
    ``retention`` are those of ``Known``; ``payers`` is the number of customers who have paid something. Where it was
    asked for, ``margins`` is the ``MarginRate`` of these, and ``came`` an array of what all brought on later days.
    """

    def __init__(self, past, cut, weeks, margins=True, came=True):
        """:param Past past: of all customers
        :param date cut: the day
        :param int weeks: length of the spans of ``Past.known``
        :param bool margins: learn ``margins`` as well; ``came``: keep it
        :raise ValueError: nobody has bought anything that a margin could be learned from
        """
        self._past, self._cut, self._weeks = past, cut, weeks
        self._places = np.flatnonzero(past.day[past.start] <= to_number(cut)).astype(np.int32)
        self._learn(margins, came)
        # each thread takes from a heap of its own: what one has left is of no use to another
        give_back()

    def _learn(self, margins, came):
        count = len(self._places)
        when, paid, margin, later = (
            {name: np.empty(count, kind) for name, kind in kinds.items()}
            for kinds in (WHEN, PAID, MARGINS if margins else {}, CAME if came else {})
        )
        before = stayed = 0
        for first in range(0, count, CHUNK):
            part = slice(first, first + CHUNK)
            rows = self.rows(part)
            for name, values in (when | paid | margin | later).items():
                values[part] = rows[name]
            seen = rows["before"] > 0
            before += int(seen.sum())
            stayed += int((rows["recent"][seen] > 0).sum())
        self.came = later.get("came")
        self.retention = stayed / before if before else 1.0
        self.customers = Customers.of_days(**when, to_fit=True)
        del when
        has_paid = paid["paid"] > 0
        self.payers = int(has_paid.sum())
        self.paid_mean = float(paid["paid_sum"].sum() / paid["paid"].sum()) if self.payers else 0.0
        if self.payers < count:
            for figures in (paid, margin):
                for name in figures:
                    figures[name] = figures[name][has_paid]
        drawn, sums = GammaGamma.draw(paid["paid"], paid["paid_sum"])
        self.amounts = drawn, sums / drawn
        self.margins = MarginRate.fit(*paid.values(), *margin.values()) if margins else None

    def __len__(self):
        return len(self._places)

    def rows(self, some):
        """:param some: places of customers, an array or a slice
        :return: array of ``past.KNOWN``
        """
        return self._past.take(self._places[some]).known(self._cut, self._weeks)

    def __getitem__(self, some):
        return Known.of(self.rows(some))
