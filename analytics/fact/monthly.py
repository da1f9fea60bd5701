"""Facts of one month: what customers were at its end, and what it brought, as SQL."""

from odoo.tools import SQL

# What a customer is at the end of a month.
STATE = (
    "tier_id",
    "segment_id",
    "lifecycle",
    "score",
    "lifetime_value",
    "lifetime_historical",
    "lifetime_current",
    "lifetime_potential",
    "risk_level",
)

# What a month brought: in company currency, and numbers.
AMOUNTS = ("revenue", "margin", "service_cost")
COUNTS = ("order_count", "complaint_count")

STORED = ("is_closed", "origin", *STATE, *AMOUNTS, *COUNTS)


def names(columns, alias=None):
    """:return: SQL of the columns, those of ``alias`` if given, divided by commas"""
    return SQL(", ").join(SQL.identifier(alias, name) if alias else SQL.identifier(name) for name in columns)


def found_sql(month, amounts, state, is_closed, origin):
    """The facts of a month, of everybody who had a state at its end or of whom something happened in it.

    :param date month: its first day
    :param SQL amounts: query of ``partner_id`` and ``AMOUNTS`` and ``COUNTS``
    :param SQL state: query of ``partner_id``, ``origin`` and ``STATE``
    :param bool is_closed: whether the month is over
    :param str origin: of those without a state
    :return: SQL of ``month``, ``partner_id`` and ``STORED``
    """
    numbers = (*AMOUNTS, *COUNTS)
    return SQL(
        """
        SELECT %(month)s::date AS month, partner_id, %(is_closed)s AS is_closed,
               COALESCE(state.origin, %(origin)s) AS origin, %(state_columns)s, %(numbers)s
          FROM (SELECT * FROM (%(amounts)s) every WHERE %(any)s) amounts
          FULL JOIN (%(state)s) state USING (partner_id)
        """,
        month=month,
        is_closed=is_closed,
        origin=origin,
        state_columns=names(STATE, "state"),
        numbers=SQL(", ").join(
            SQL("COALESCE(%s, 0) AS %s", SQL.identifier("amounts", name), SQL.identifier(name)) for name in numbers
        ),
        amounts=amounts,
        any=SQL(" OR ").join(SQL("%s <> 0", SQL.identifier(name)) for name in numbers),
        state=state,
    )


def unite_sql(partner_ids, into):
    """Of several customers' facts of one month in one company, leave one with the sum of what the month brought.

    It is that of the customer ``into`` if they have one, else that of the highest score. Lifetime values add up as
    well: those of both are the value of the one customer.

    :param partner_ids: customers who become one
    :param int into: id of one of them
    :return: SQL of a statement
    """
    summed = (*AMOUNTS, *COUNTS, *(name for name in STATE if name.startswith("lifetime_")))
    return SQL(
        """
        WITH placed AS MATERIALIZED (
            SELECT fact.*, row_number() OVER (PARTITION BY company_id, month
                                              ORDER BY (partner_id = %(into)s) DESC, score DESC NULLS LAST, id) AS place
              FROM customer_value_fact fact WHERE partner_id = ANY(%(ids)s)
        ), total AS (
            SELECT company_id, month, %(sums)s FROM placed GROUP BY company_id, month HAVING count(*) > 1
        ), gone AS (
            DELETE FROM customer_value_fact fact USING placed WHERE fact.id = placed.id AND placed.place > 1
        )
        UPDATE customer_value_fact kept SET (%(columns)s) = ROW(%(totals)s)
          FROM placed JOIN total USING (company_id, month)
         WHERE kept.id = placed.id AND placed.place = 1
        """,
        into=into,
        ids=list(partner_ids),
        sums=SQL(", ").join(SQL("sum(%s) AS %s", SQL.identifier(name), SQL.identifier(name)) for name in summed),
        columns=names(summed),
        totals=names(summed, "total"),
    )
