"""The parts of the lifetime value put together, each rounded, so that they add up to the cent: plain Python.

Amounts are whole numbers of units of the last place of a column (``numerics``): their sums are exact.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np

from .forecasting import Known
from .numerics import Numeric, multiply, to_units
from .past import Past, to_number

# No day.
NO_DAY = -(2**31)
# Numbers are spread by these: the mixing steps of splitmix64.
SPREAD = tuple(np.uint64(value) for value in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def value_columns(digits):
    """What is stored of a customer, besides customer, company, and since when: name, type in PostgreSQL and in numpy.

    :param int digits: of the company's currency
    """
    money = ("numeric", Numeric(digits))
    return (
        ("purchases", "int4", ">i4"),
        ("p_active", "numeric", Numeric(4)),
        ("p_usual", "numeric", Numeric(4)),
        ("orders_ahead", "numeric", Numeric(4)),
        ("order_amount", *money),
        ("margin_rate", "numeric", Numeric(6)),
        ("lifetime_historical", *money),
        ("lifetime_current", *money),
        ("lifetime_potential", *money),
        ("lifetime_value", *money),
        ("expected_orders", "numeric", Numeric(2)),
        ("expected_margin", *money),
        ("active_margin", *money),
        ("next_order_date", "date", ">i4"),
        ("keep_budget", *money),
    )


# Columns of the table that are written: those, and these.
STORED = (*(name for name, *_types in value_columns(2)), "details", "fingerprint")


@dataclass(frozen=True)
class Part:
    """What one of the parts is about, see ``customer.lifetime.part``.

    Arrays: ``partner_id``, in ascending order and each once; ``amount``, of a cost in units, of a potential in company
    currency.
    """

    is_cost: bool
    partner_id: np.ndarray
    amount: np.ndarray
    beyond: str | None = None
    is_revenue: bool = False
    is_habit: bool = False

    def of(self, partner_ids):
        """:return: the amount of each; zero where there is none"""
        if not len(self.partner_id):
            return np.zeros(len(partner_ids), self.amount.dtype)
        at = np.minimum(np.searchsorted(self.partner_id, partner_ids), len(self.partner_id) - 1)
        return np.where(self.partner_id[at] == partner_ids, self.amount[at], 0)


@dataclass(frozen=True)
class Values:
    """What is to be stored of customers: their ids, ``columns`` by name in units, ``details`` as ``{name: arrays}``,
    of a cost one and of a potential two, what was found and what of it counts; and the ``fingerprint`` of all that.
    """

    partner_id: np.ndarray
    columns: dict
    details: dict
    fingerprint: np.ndarray

    def __getitem__(self, some):
        return Values(
            self.partner_id[some],
            {name: values[some] for name, values in self.columns.items()},
            {name: tuple(values[some] for values in amounts) for name, amounts in self.details.items()},
            self.fingerprint[some],
        )

    def __len__(self):
        return len(self.partner_id)

    def describe(self, digits):
        """The details of each customer as JSON, None where there are none.

        :param int digits: of the company's currency
        """
        texts, unit = [None] * len(self), 10**digits
        for name, amounts in self.details.items():
            places = np.flatnonzero(amounts[0])
            form = f'"{name}": %.{digits}f' if len(amounts) == 1 else f'"{name}": [%.{digits}f, %.{digits}f]'
            said = zip(*((values[places] / unit).tolist() for values in amounts), strict=True)
            for place, amount in zip(places.tolist(), said, strict=True):
                text = form % amount
                texts[place] = text if texts[place] is None else f"{texts[place]}, {text}"
        return [text and f"{{{text}}}" for text in texts]


@dataclass(frozen=True)
class Basis:
    """Of whom there are values, and what these consist of beside the forecast. Arrays of one length.

    ``partner_id`` in ascending order; ``place`` of their orders in ``past``, -1 where they have none; ``kept``, the
    margin so far.
    """

    past: Past
    as_of: date
    parts: dict
    partner_id: np.ndarray
    place: np.ndarray
    kept: np.ndarray

    @classmethod
    def make(cls, past, as_of, parts):
        """:param Past past: of the customers up to the day; those who were archived have no values
        :param date as_of: today
        :param dict parts: ``Part`` by name; potentials in the order in which they count
        """
        is_active = ~np.isin(past.partner_id, past.archived)
        place = np.flatnonzero(is_active & (past.day[past.start] <= to_number(as_of)))
        known = past.partner_id[place]
        is_active = ~np.isin(past.other_id, past.archived)
        other_id, other_kept = past.other_id[is_active], past.other_kept[is_active]
        others = [part.partner_id for part in parts.values() if not part.is_cost]
        partner_id = np.unique(np.concatenate([known, other_id, *others]))
        # those looked for in order are near to each other
        order, at = np.argsort(known), np.empty(len(known), np.int32)
        at[order] = np.searchsorted(partner_id, known[order])
        found = np.full(len(partner_id), -1, np.int32)
        found[at] = place
        kept = np.zeros(len(partner_id))
        kept[np.searchsorted(partner_id, other_id)] = other_kept
        kept[at] = past.kept[place]
        return cls(past, as_of, parts, partner_id, found, kept)

    def __len__(self):
        return len(self.partner_id)

    def values(self, some, lookout, margins, weeks, digits):
        """The values of some of the customers.

        :param slice some: their places
        :param Lookout lookout: forecasts
        :param MarginRate margins: what they bring of the revenue
        :param int weeks: see ``Past.known``
        :param int digits: of the company's currency
        :return: Values
        """
        place = self.place[some]
        has = place >= 0
        rows = self.past.take(place[has]).known(self.as_of, weeks)
        outlook = lookout.look_ahead(Known.of(rows), margins.expected(rows["paid_sum"], rows["margin"]))
        kinds = {name: kind for name, _type, kind in value_columns(digits)}

        def everybody(values, missing=0):
            found = np.full(len(place), missing, values.dtype)
            found[has] = values
            return found

        # of customers without orders nothing is expected, and their margin rate is that of all
        missing = {"margin_rate": int(to_units(np.array([margins.rate]), kinds["margin_rate"].places)[0])}
        columns = {"purchases": everybody(rows["x"] + 1)} | {
            name: everybody(to_units(getattr(outlook, name), kind.places), missing.get(name, 0))
            for name, kind in kinds.items()
            if hasattr(outlook, name)
        }
        days = everybody(outlook.next_days, -1).astype(np.int64)
        columns["next_order_date"] = np.where(days > 0, to_number(self.as_of) + days, NO_DAY)
        # of the rounded factors, so that whoever multiplies them finds the same
        factors = ("orders_ahead", "order_amount", "margin_rate")
        beyond = sum(kinds[name].places for name in factors) - digits
        columns["lifetime_current"] = multiply(*(columns[name] for name in factors), 10**beyond)
        # whether customers without orders are active is not known
        rate = np.where(has, columns["margin_rate"] / 10 ** kinds["margin_rate"].places, margins.rate)
        active = np.where(has, columns["p_active"] / 10 ** kinds["p_active"].places, 1.0)
        details = _add_up(self, some, columns, rate, active, digits)
        return Values(self.partner_id[some], columns, details, fingerprint(columns, details, digits))


@dataclass(frozen=True)
class Kept:
    """Which of the customers have a row already. Arrays: ``is_new`` for each customer; of those who have one, in their
    order, ``at`` (their place among the customers), ``place`` (that of the row in the table) and ``fingerprint``; and
    ``gone``, the places of rows of nobody among them.
    """

    is_new: np.ndarray
    at: np.ndarray
    place: np.ndarray
    fingerprint: np.ndarray
    gone: np.ndarray

    @classmethod
    def compare(cls, partner_id, rows):
        """:param partner_id: of the customers, in ascending order
        :param dict rows: arrays of ``partner_id``, in ascending order, ``place`` and ``fingerprint``; it is emptied
        """
        owner = rows.pop("partner_id")
        at = np.searchsorted(partner_id, owner)
        is_found = np.append(partner_id, np.int32(-1))[at] == owner
        at = at[is_found]
        is_new = np.ones(len(partner_id), bool)
        is_new[at] = False
        place = rows.pop("place")
        return cls(is_new, at, place[is_found], rows.pop("fingerprint")[is_found], place[~is_found])


def _add_up(basis, some, columns, rate, active, digits):
    """Add the parts to ``columns``, and return the details."""
    current, potential, details = columns["lifetime_current"], np.zeros(len(rate), np.int64), {}
    historical = to_units(basis.kept[some], digits)
    for name, part in basis.parts.items():
        amount = part.of(basis.partner_id[some])
        if part.is_cost:
            historical = historical - amount
            details[name] = (amount,)
            continue
        if part.is_revenue:
            amount = amount * np.maximum(rate, 0)
        if part.is_habit:
            amount = amount * active
        found = to_units(amount, digits)
        # as far as it goes beyond what it may have in common with others
        less = {"current": np.maximum(current, 0), "potential": potential, None: 0}[part.beyond]
        counted = np.maximum(found - less, 0)
        potential = potential + counted
        details[name] = (found, counted)
    columns["lifetime_historical"], columns["lifetime_potential"] = historical, potential
    columns["lifetime_value"] = historical + current + potential
    return details


def fingerprint(columns, details, digits):
    """One number of 64 bits for all that is stored of a customer: rows with the same are taken to be equal.

    A part of the details that is zero is as one that is not there.
    """
    known = value_columns(digits)
    mixed = np.full(len(columns["purchases"]), _seed(known))
    for name, _type, _kind in known:
        mixed = _mix(mixed ^ columns[name].astype(np.int64).view(np.uint64))
    for name, amounts in details.items():
        own = np.full(len(mixed), _seed(name))
        for values in amounts:
            own = _mix(own ^ values.astype(np.int64).view(np.uint64))
        mixed = mixed + np.where(amounts[0] != 0, own, np.uint64(0))
    return _mix(mixed).view(np.int64)


def _seed(what):
    return np.uint64(int.from_bytes(hashlib.blake2b(repr(what).encode(), digest_size=8).digest()))


def _mix(values):
    """A step of splitmix64, by which each bit depends on each."""
    first, second, third = SPREAD
    values = values + first
    values = (values ^ (values >> np.uint64(30))) * second
    values = (values ^ (values >> np.uint64(27))) * third
    return values ^ (values >> np.uint64(31))
