"""CDNOW as the models see it: of each customer the days with purchases, and what they spent on each."""

import datetime
import functools

import cdnow
import numpy as np

from analytics.lifetime.forecasting import Known

# The first 39 weeks teach, the others judge: as in the publications.
CUT = datetime.date(1997, 9, 30).toordinal()
END = cdnow.readers.LAST_DAY.toordinal()
WEEKS = (END - CUT) / 7


@functools.cache
def purchases(name):
    """``{customer: {day: dollars}}`` of the file ``sample`` or ``master``, days ascending."""
    read = {"sample": cdnow.read_sample, "master": cdnow.read_master}[name]
    customers = {}
    for purchase in read():
        days = customers.setdefault(purchase.customer, {})
        day = purchase.date.toordinal()
        days[day] = days.get(day, 0) + purchase.cents / 100
    return {customer: dict(sorted(days.items())) for customer, days in customers.items()}


@functools.cache
def rows(name, day=CUT):
    """x, t_x and T of who has bought by ``day``, weeks; arrays."""
    known = [[key for key in days if key <= day] for days in purchases(name).values()]
    return np.array([(len(days) - 1, (days[-1] - days[0]) / 7, (day - days[0]) / 7) for days in known if days]).T


@functools.cache
def repeated(name, day=CUT):
    """Number and mean of the amounts after the first purchase, of customers who have any above zero; arrays."""
    found = []
    for days in purchases(name).values():
        amounts = [amount for key, amount in days.items() if key <= day][1:]
        if sum(amounts) > 0:
            found.append((len(amounts), sum(amounts) / len(amounts)))
    return np.array(found).T


@functools.cache
def known_and_came(name, day=CUT, until=END):
    """``Known`` on a day, and what the same customers brought from then until the other day."""
    weeks = until - day
    lines, came = [], []
    for days in purchases(name).values():
        past = {key: amount for key, amount in days.items() if key <= day}
        if not past:
            continue
        first, last = min(past), max(past)
        paid = [amount for amount in past.values() if amount > 0]
        recent = sum(amount for key, amount in past.items() if key > day - weeks)
        before = sum(amount for key, amount in past.items() if day - 2 * weeks < key <= day - weeks)
        year = sum(amount for key, amount in past.items() if key > day - 365)
        lines.append((len(past) - 1, (last - first) / 7, (day - first) / 7, len(paid), sum(paid), recent, before, year))
        came.append(sum(amount for key, amount in days.items() if day < key <= until))
    return Known(*np.array(lines, float).T), np.array(came)
