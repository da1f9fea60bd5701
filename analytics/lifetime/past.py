"""What is known of customers on a day, from their orders: plain Python.

Orders come as arrays, in any order. Several on one day are one purchase, whose amounts add up. Days are counted from
``EPOCH``, and money is in company currency, untaxed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

EPOCH = date(2000, 1, 1)
# Days take so many bits. Times the odd number, each number of a customer becomes another one of 32 bits, far from those
# of their neighbors.
DAY_BITS, SPREAD = 20, 2654435769
# Amounts of a day that cancel out add up to less than this, since they are sums of binary fractions.
NOTHING = 1e-6
# Sums that are made at a time.
CHUNK = 50000

# What is known of a customer: see ``Past.known``.
KNOWN = np.dtype(
    [
        ("partner_id", "i4"),
        ("x", "i4"),
        ("gap", "i4"),
        ("age", "i4"),
        ("paid", "i4"),
        ("paid_sum", "f8"),
        ("paid_margin", "f8"),
        ("squares", "f8"),
        ("recent", "f8"),
        ("before", "f8"),
        ("year", "f8"),
        ("came", "f8"),
        ("margin", "f8"),
    ]
)


def to_number(day):
    """Days from ``EPOCH`` to ``day``."""
    return (day - EPOCH).days


@dataclass(frozen=True)
class Past:
    """Days with orders of customers, and what was kept of them.

    Arrays: ``partner_id`` and ``kept``, the margin so far, of each customer with orders; ``start``, the place of their
    first day; of each day ``day``, ``amount`` and ``margin``, those of a customer one after the other. ``other_id`` and
    ``other_kept`` are about customers without orders, of whom something else was seen. ``archived`` are the numbers of
    customers who were archived meanwhile: they are among the others, since they have left, and what is learned from
    those who stayed alone would be that hardly anybody leaves.

    Customers are in an order that depends on their numbers alone, and says nothing of what they bought or since when.
    """

    partner_id: np.ndarray
    kept: np.ndarray
    start: np.ndarray
    day: np.ndarray
    amount: np.ndarray
    margin: np.ndarray
    other_id: np.ndarray
    other_kept: np.ndarray
    archived: np.ndarray

    @classmethod
    def make(cls, orders, changes, customers=None):
        """:param dict orders: arrays of ``partner_id``, ``day``, ``amount``, ``margin`` and ``is_order``; FALSE for
            what was taken back, which changes the margin and is no purchase. The dict is emptied: nothing takes as much
            memory
        :param dict changes: arrays of ``partner_id`` and ``margin``, what was kept or lost beside orders; each customer
            once, those of whom nothing but an invoice was seen with zero
        :param dict customers: arrays of ``partner_id`` and ``is_archived``: of others, nothing is kept; None: everybody
            is a customer
        """
        archived = np.empty(0, np.int32)
        if customers is not None:
            archived = customers["partner_id"][customers["is_archived"]]
            _keep(orders, customers["partner_id"])
            _keep(changes, customers["partner_id"])
        partner_id, start, row = _grouped(orders.pop("partner_id"), orders["day"])
        kept = _sums_of(orders["margin"], row, start)
        is_order = orders.pop("is_order")[row]
        if not is_order.all():
            counts = _sums(is_order, start)
            row = row[is_order]
        else:
            counts = np.diff(start, append=len(row))
        del is_order
        day = orders.pop("day")[row]
        # of customers who have ordered, rows are those of their days from here on
        has = counts > 0
        first = np.zeros(len(day), bool)
        first[(np.cumsum(counts) - counts)[has]] = True
        del counts
        opens = first.copy()
        opens[1:] |= day[1:] != day[:-1]
        start = np.flatnonzero(first[opens]).astype(np.int32)
        del first
        day = day[opens]
        opens = np.flatnonzero(opens).astype(np.int32)
        margin = _sums_of(orders.pop("margin"), row, opens)
        amount = _sums_of(orders.pop("amount"), row, opens)
        amount[np.abs(amount) < NOTHING] = 0.0
        change_id, change = changes["partner_id"], changes["margin"]
        place = _places(partner_id, change_id)
        known = place >= 0
        kept[place[known]] += change[known]
        return cls(
            partner_id=partner_id[has],
            kept=kept[has],
            start=start,
            day=day,
            amount=amount,
            margin=margin,
            other_id=np.concatenate([partner_id[~has], change_id[~known]]),
            other_kept=np.concatenate([kept[~has], change[~known]]),
            archived=archived,
        )

    @property
    def first(self):
        """The first day with an order; None if there is none."""
        return EPOCH + timedelta(days=int(self.day.min())) if len(self.day) else None

    @cached_property
    def _bounds(self):
        """The place of the first day of each customer, and that after the last one."""
        return np.append(self.start, np.int32(len(self.day)))

    def take(self, customers):
        """The same of some customers with orders alone.

        :param customers: their places, a slice or an array
        """
        if isinstance(customers, slice):
            first, last, _step = customers.indices(len(self.start))
            start = self.start[first:last]
            days = slice(*self._bounds[[first, max(first, last)]])
            start = start - days.start
        else:
            first = self.start[customers]
            counts = self._bounds[customers + 1] - first
            start = np.cumsum(counts) - counts
            days = np.repeat(first - start, counts) + np.arange(counts.sum())
        return Past(
            partner_id=self.partner_id[customers],
            kept=self.kept[customers],
            start=start,
            day=self.day[days],
            amount=self.amount[days],
            margin=self.margin[days],
            other_id=self.other_id[:0],
            other_kept=self.other_kept[:0],
            archived=self.archived,
        )

    def known(self, cut, weeks):
        """What was known on the day ``cut``, of each customer who had ordered by then.

        :param int weeks: length of ``recent`` and ``before``
        :return: array of ``KNOWN``: ``x`` purchases after the first, the last of them ``gap`` days after it, which was
            ``age`` days ago; ``paid`` purchases with an amount above zero, with ``paid_sum``, ``paid_margin`` and
            ``squares``, the sum of margin² / amount; amounts of the weeks up to ``cut`` (``recent``), as many before
            them (``before``) and of 365 days (``year``); and ``came``, those of later days. ``margin`` is what was
            kept so far, up to today
        """
        day, start = self.day, self.start
        cut = to_number(cut)
        since = cut - 7 * weeks
        past = day <= cut
        x = _sums(past, start) - 1
        has = x >= 0
        paid = past & (self.amount > 0)
        found = np.empty(int(has.sum()), KNOWN)
        found["partner_id"], found["margin"] = self.partner_id[has], self.kept[has]
        found["x"] = x[has]
        first = day[start[has]]
        found["gap"] = day[start[has] + x[has]] - first
        found["age"] = cut - first
        found["paid"] = _sums(paid, start)[has]
        found["paid_margin"] = self._total(self.margin, paid)[has]
        with np.errstate(divide="ignore", invalid="ignore"):
            found["squares"] = self._total(self.margin**2 / self.amount, paid)[has]
        for name, days in (
            ("paid_sum", paid),
            ("recent", past & (day > since)),
            ("before", (day <= since) & (day > since - 7 * weeks)),
            ("year", past & (day > cut - 365)),
            ("came", ~past),
        ):
            found[name] = self._total(self.amount, days)[has]
        return found

    def _total(self, values, days):
        """Of each customer, what the values of those days add up to."""
        return _sums(np.where(days, values, 0.0), self.start)


def _grouped(partner_id, day):
    """:return: tuple of each customer once, the place of their first row, and rows by customer and day"""
    key = (partner_id.astype(np.uint32) * np.uint32(SPREAD)).astype(np.uint64)
    key <<= np.uint64(DAY_BITS)
    key |= (day + (1 << (DAY_BITS - 1))).view(np.uint32)
    row = np.argsort(key)
    del key
    row = row.astype(np.int32)
    owner = partner_id[row]
    opens = np.ones(len(owner), bool)
    opens[1:] = owner[1:] != owner[:-1]
    start = np.flatnonzero(opens).astype(np.int32)
    return owner[start], start, row


def _keep(rows, customers):
    """Keep those of the rows whose ``partner_id`` is one of the customers."""
    # beside the greatest number stands one for all beyond it
    is_customer = np.zeros(customers.max(initial=0) + 2, bool)
    is_customer[customers] = True
    kept = is_customer[np.minimum(rows["partner_id"], len(is_customer) - 1)]
    if not kept.all():
        for name in rows:
            rows[name] = rows[name][kept]


def _sums(values, start):
    """Of the values from each place in ``start`` to the next."""
    if values.dtype == bool:
        values = values.astype(np.int64)
    return np.add.reduceat(values, start) if len(start) else values[:0]


def _sums_of(values, row, start):
    """The same of ``values[row]``, which is there for some rows at a time only."""
    sums = np.empty(len(start), values.dtype)
    for first in range(0, len(start), CHUNK):
        some = start[first : first + CHUNK]
        end = start[first + CHUNK] if first + CHUNK < len(start) else len(row)
        sums[first : first + CHUNK] = _sums(values[row[some[0] : end]], some - some[0])
    return sums


def _places(partner_id, wanted):
    """Where each of the ``wanted`` numbers is in ``partner_id``, in which none is there twice; -1 where it is not."""
    if not len(partner_id):
        return np.full(len(wanted), -1)
    order = np.argsort(partner_id)
    place = order[np.minimum(np.searchsorted(partner_id[order], wanted), len(order) - 1)]
    return np.where(partner_id[place] == wanted, place, -1)
