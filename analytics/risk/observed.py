"""SQL that reads what ``staying_away`` learns from, and applies what it has learned.

The expression is that of ``staying_away.probability``; tests hold one against the other.
"""

from odoo.tools import SQL

from ..scoring.customers import is_customer_sql
from ..scoring.scoring import commas
from .staying_away import CERTAIN, LIMIT, WEEK

# Learning from more customers than these takes longer and finds the same.
MOST = 20000


def first_day_sql(days):
    """One row: the first day with an order in the company; null where there is none.

    :param SQL days: query of ``partner_id`` (commercial entity) and ``day`` of every order
    """
    return SQL("SELECT min(day) FROM (%s) bought", days)


def observe_sql(days, as_of, horizon, cut_offs):
    """Up to ``MOST`` customers, one row each: days with orders, days since the last and since the first of them, on
    ``as_of`` and then on each cut-off, where also whether no order came in the days of the horizon; null before their
    first order.

    The customers are drawn by a hash of their number: it is the same ones every day.

    :param SQL days: see ``first_day_sql``
    :param cut_offs: days ago
    """

    def facts(ago):
        day = SQL("(%s::date - %s)", as_of, ago)
        known = SQL("FILTER (WHERE day <= %s)", day)
        return [
            SQL("NULLIF(count(*) %s, 0)", known),
            SQL("%s - max(day) %s", day, known),
            SQL("%s - min(day) %s", day, known),
        ]

    def outcome(ago):
        day = SQL("(%s::date - %s)", as_of, ago)
        return SQL("(count(*) FILTER (WHERE day > %s AND day <= %s + %s) = 0)::int", day, day, horizon)

    columns = [*facts(0), *(column for ago in cut_offs for column in [*facts(ago), outcome(ago)])]
    return SQL(
        """
        SELECT %(columns)s
          FROM (SELECT DISTINCT partner_id, day FROM (%(days)s) bought) visit
          JOIN res_partner rp ON rp.id = visit.partner_id AND %(customer)s
         GROUP BY rp.id
         ORDER BY hashint4(rp.id), rp.id
         LIMIT %(most)s
        """,
        columns=commas(columns),
        days=days,
        # those who were archived have left, and belong to the past
        customer=is_customer_sql("rp", archived=True),
        most=MOST,
    )


def split(rows, cut_offs, lost_days):
    """What ``staying_away.learn`` takes, from the rows of ``observe_sql``.

    :return: rows of today, and for each cut-off those of the customers not lost then

    >>> split([(3, 10, 90, 2, 5, 60, 0), (1, 5, 5, None, None, None, 0)], [40], 50)
    ([(3, 10, 90), (1, 5, 5)], [[(2, 5, 60, 0)]])
    """
    past = []
    for number in range(len(cut_offs)):
        start = 3 + 4 * number
        known = (row[start : start + 4] for row in rows)
        past.append([row for row in known if row[0] and row[1] <= lost_days])
    return [row[:3] for row in rows], past


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
