"""What ``staying_away`` learns from, and SQL that reads it and applies what was learned.

The expression of the probability is that of ``staying_away.probability``; tests hold one against the other.
"""

from itertools import chain

import numpy as np
from odoo.tools import SQL

from ..scoring.customers import is_customer_sql
from .staying_away import CERTAIN, LIMIT, WEEK

# Learning from more customers than these takes longer and finds the same.
MOST = 20000


def first_ago_sql(orders):
    """One row: how many days ago the company had its first order; null where there is none.

    :param SQL orders: query of ``partner_id`` (commercial entity) and ``ago``, the days since each day with an order,
        ascending; null where there is none
    """
    return SQL("SELECT max(ago[cardinality(ago)]) FROM (%s) bought", orders)


def visits_sql(orders):
    """``ago`` of up to ``MOST`` customers, one row each.

    They are drawn by a hash of their number: it is the same ones every day.

    :param SQL orders: see ``first_ago_sql``
    """
    return SQL(
        """
        SELECT bought.ago
          FROM (%(orders)s) bought
          JOIN res_partner rp ON rp.id = bought.partner_id AND %(customer)s
         WHERE bought.ago IS NOT NULL
         ORDER BY hashint4(rp.id), rp.id
         LIMIT %(most)s
        """,
        orders=orders,
        # those who were archived have left, and belong to the past
        customer=is_customer_sql("rp", archived=True),
        most=MOST,
    )


def observe(visits, horizon, cut_offs, lost_days):
    """What ``staying_away.learn`` takes: days with orders, days since the last and since the first of them.

    :param visits: list of each customer's days since a day with an order, ascending, at least one
    :param int horizon: days; None where there are no cut-offs
    :param cut_offs: days ago
    :return: rows of today; and for each cut-off those of the customers not lost then, with a fourth column: whether no
        order came in the days of the horizon

    >>> now, [past] = observe([[10, 45, 90], [5]], 30, [40], 50)
    >>> now.tolist(), past.tolist()
    ([[3, 10, 90], [1, 5, 5]], [[2, 5, 50, 0]])
    """
    counts = np.fromiter(map(len, visits), np.int64, len(visits))
    ago = np.fromiter(chain.from_iterable(visits), np.int64)
    ends = np.cumsum(counts)
    starts = ends - counts
    past = []
    for cut_off in cut_offs:
        known = np.add.reduceat(ago >= cut_off, starts, dtype=np.int64)
        later = np.add.reduceat(ago >= cut_off - horizon, starts, dtype=np.int64)
        # the first known one of those who are unknown is that of another customer, and not looked at
        recency = ago[np.minimum(ends - known, len(ago) - 1)] - cut_off
        rows = np.column_stack([known, recency, ago[ends - 1] - cut_off, later == known])
        past.append(rows[(known > 0) & (recency <= lost_days)])
    return np.column_stack([counts, ago[starts], ago[ends - 1]]), past


def probability_sql(learned, orders, recency, age):
    """The probability that a customer stays away, numeric of four digits; null where something is missing.

    :param dict learned: what ``staying_away.learn`` returned, or None
    :param SQL orders: days with orders, at least 1; ``recency`` days since the last, ``age`` days since the first
    """
    if not learned or learned["missing"]:
        return SQL("NULL::numeric")
    r, alpha, a, b = learned["purchases"]
    weights = [SQL("%s::float8", weight) for weight in learned["weights"]]
    return SQL(
        """
        (SELECT round((1 / (1 + exp(-GREATEST(LEAST(%(constant)s::float8 + %(odds)s * c.odds + %(late)s * c.late
                        + %(square)s * c.late ^ 2 + %(often)s * ln(b.orders) + %(since)s * ln(b.recency + 1),
                        %(limit)s::float8), -%(limit)s::float8))))::numeric, 4)
           FROM (SELECT %(orders)s::float8 AS orders, %(recency)s::float8 AS recency, %(age)s::float8 AS age,
                        %(age)s::float8 / %(week)s + %(alpha)s::float8 AS whole) b
          CROSS JOIN LATERAL (
                SELECT CASE WHEN b.orders > 1 THEN exp(GREATEST(LEAST(
                           ln(%(a)s::float8 / (%(b)s::float8 + b.orders - 2))
                           + (%(r)s::float8 + b.orders - 1) * ln(b.whole / (b.whole - b.recency / %(week)s)),
                           %(limit)s::float8), -%(limit)s::float8)) ELSE 0 END AS gone,
                       exp(-LEAST((%(r)s::float8 + b.orders - 1) * ln(1 + %(weeks)s::float8 / b.whole),
                           %(limit)s::float8)) AS later) p
          CROSS JOIN LATERAL (
                SELECT GREATEST(LEAST(ln((p.gone + p.later) / GREATEST(1 - p.later, 1e-12)), %(certain)s::float8),
                                -%(certain)s::float8) AS odds,
                       ln((b.recency + 1) / ((b.age - b.recency + %(gap)s::float8) / b.orders)) AS late) c)
        """,
        constant=learned["constant"],
        odds=weights[0],
        late=weights[1],
        square=weights[2],
        often=weights[3],
        since=weights[4],
        limit=LIMIT,
        certain=CERTAIN,
        week=SQL("%s::float8", WEEK),
        weeks=learned["horizon"] / WEEK,
        gap=learned["gap"],
        orders=orders,
        recency=recency,
        age=age,
        r=r,
        alpha=alpha,
        a=a,
        b=b,
    )
