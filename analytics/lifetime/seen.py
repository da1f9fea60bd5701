"""What was known of all customers on a day, no more of each than is needed to learn from them: plain Python."""

import numpy as np

from .forecasting import Known
from .past import to_number
from .purchasing import Customers

# Customers that are looked at at a time.
CHUNK = 20000
FIGURES = {"paid": "i4", "paid_sum": "f8", "paid_margin": "f8", "squares": "f8", "came": "f8"}


class Seen:
    """What forecasts are made of is put together for some customers at a time, whenever it is asked for: that of all of
    them takes several times the memory.

    ``paid``, ``paid_sum``, ``paid_margin``, ``squares`` and ``came`` are arrays of customers who had ordered, see
    ``Past.known``; ``customers`` and ``retention`` are those of ``Known``.
    """

    def __init__(self, past, cut, weeks, figures=tuple(FIGURES)):
        """:param Past past: of all customers
        :param date cut: the day
        :param int weeks: length of the spans of ``Past.known``
        :param figures: names of the arrays that are needed
        """
        self._past, self._cut, self._weeks = past, cut, weeks
        self._places = np.flatnonzero(past.day[past.start] <= to_number(cut)).astype(np.int32)
        count = len(self._places)
        whole = {name: np.empty(count, "i4") for name in ("x", "gap", "age")}
        figures = {name: np.empty(count, FIGURES[name]) for name in figures}
        before = stayed = 0
        for first in range(0, count, CHUNK):
            part = slice(first, first + CHUNK)
            rows = self.rows(part)
            for name, values in (whole | figures).items():
                values[part] = rows[name]
            seen = rows["before"] > 0
            before += int(seen.sum())
            stayed += int((rows["recent"][seen] > 0).sum())
        self.__dict__.update(figures)
        self.customers = Customers.of_days(**whole)
        self.retention = stayed / before if before else 1.0

    def __len__(self):
        return len(self._places)

    def rows(self, some):
        """:param some: places of customers, an array or a slice
        :return: array of ``past.KNOWN``
        """
        return self._past.take(self._places[some]).known(self._cut, self._weeks)

    def __getitem__(self, some):
        return Known.of(self.rows(some))
