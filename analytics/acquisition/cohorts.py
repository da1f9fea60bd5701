"""Where customers came from, and what they brought month by month since their first order, as SQL.

A *month* of a customer is counted from their first order: month 1 begins with that day and ends before the same day of
the next calendar month (or before its last day, where it has no such day). A *cohort* are the customers of a company
whose first order was in the same calendar month, named by the first day of it. A month of a cohort is complete once it
is over for a customer who came on the last day.
"""

from odoo.tools import SQL

# After so many months margins are compared with costs.
HORIZONS = (3, 12, 24)

# Cohorts are followed no longer: what comes later is not told from chance any more, and no cost is paid back by it.
LAST_MONTH = 60


def months_sql(first, day):
    """How many whole months have passed from ``first`` to ``day``, both dates.

    The month that follows January 31 begins on the last day of February, as PostgreSQL adds months.
    """
    return SQL(
        """(%(calendar)s - CASE WHEN %(day)s < (%(first)s + make_interval(months => %(calendar)s))::date
                                THEN 1 ELSE 0 END)""",
        calendar=SQL(
            "((EXTRACT(YEAR FROM %(day)s) - EXTRACT(YEAR FROM %(first)s)) * 12"
            " + EXTRACT(MONTH FROM %(day)s) - EXTRACT(MONTH FROM %(first)s))::int",
            first=first,
            day=day,
        ),
        first=first,
        day=day,
    )


def complete_sql(cohort, as_of):
    """How many months of a cohort are over when the day ``as_of`` begins: those of its youngest customer."""
    return SQL(
        "GREATEST(%s, 0)",
        months_sql(SQL("(%s + interval '1 month - 1 day')::date", cohort), SQL("%s::date", as_of)),
    )


def channel_sql(source, medium):
    """The channel of a source and a medium (ids or null): that of the source comes first.

    Whatever belongs to no channel is *Other*; where neither is known it is *Unknown*.
    """
    return SQL(
        """COALESCE(
            (SELECT rel.channel_id FROM customer_acquisition_channel_source_rel rel WHERE rel.source_id = %(source)s),
            (SELECT rel.channel_id FROM customer_acquisition_channel_medium_rel rel WHERE rel.medium_id = %(medium)s),
            (SELECT channel.id FROM customer_acquisition_channel channel
              WHERE channel.role = CASE WHEN %(source)s IS NULL AND %(medium)s IS NULL THEN 'unknown' ELSE 'other' END))
        """,
        source=source,
        medium=medium,
    )


def customers_sql(trade, orders, leads, customer):
    """Every customer with the day of their first order, and where they came from.

    :param SQL trade: table of ``partner_id``, ``day``, ``is_order``
    :param SQL orders: query of ``partner_id``, ``day``, ``moment``, ``order_id``, ``lead_id``, ``source_id``,
        ``medium_id`` of the confirmed orders
    :param SQL leads: query of ``partner_id`` (commercial entity), ``lead_id``, ``created_on`` (day), ``closed``
        (moment), ``source_id``, ``medium_id``, ``revenue`` of leads that were won
    :param SQL customer: condition on ``res_partner rp``
    :return: SQL of ``partner_id``, ``first_order``, ``cohort``, ``origin``, ``channel_id``, ``source_id``,
        ``medium_id``, ``lead_id``, ``order_id`` and ``revenue``, what was expected of the lead (null: no lead)
    """
    tells = "{0}.source_id IS NOT NULL OR {0}.medium_id IS NOT NULL"
    cases = {
        column: SQL(
            f"CASE WHEN {tells.format('led')} THEN led.{column} WHEN {tells.format('won')} THEN won.{column}"
            f" ELSE bought.{column} END"
        )
        for column in ("source_id", "medium_id")
    }
    return SQL(
        """
        WITH first AS MATERIALIZED (
            -- by the id of partners, of which the planner knows how many there are: it would take these for 200
            SELECT rp.id AS partner_id, min(trade.day) AS first_order
              FROM %(trade)s trade
              JOIN res_partner rp ON rp.id = trade.partner_id AND %(customer)s
             WHERE trade.is_order
             GROUP BY rp.id
        ), bought AS MATERIALIZED (
            SELECT DISTINCT ON (o.partner_id) o.*
              FROM (%(orders)s) o
              JOIN first ON first.partner_id = o.partner_id AND first.first_order = o.day
             ORDER BY o.partner_id, o.moment, o.order_id
        ), won AS MATERIALIZED (
            SELECT DISTINCT ON (l.partner_id) l.*
              FROM (%(leads)s) l
              JOIN first ON first.partner_id = l.partner_id AND l.created_on <= first.first_order
             ORDER BY l.partner_id, l.closed, l.lead_id
        )
        SELECT told.*, %(channel)s AS channel_id
          FROM (
                SELECT first.partner_id, first.first_order, date_trunc('month', first.first_order)::date AS cohort,
                       %(origin)s AS origin, %(source)s AS source_id, %(medium)s AS medium_id,
                       COALESCE(bought.lead_id, won.lead_id) AS lead_id, bought.order_id,
                       NULLIF(COALESCE(led.expected_revenue, won.revenue), 0) AS revenue
                  FROM first
                  LEFT JOIN bought ON bought.partner_id = first.partner_id
                  LEFT JOIN crm_lead led ON led.id = bought.lead_id
                  LEFT JOIN won ON won.partner_id = first.partner_id
               ) told
        """,
        origin=SQL(
            f"CASE WHEN {tells.format('led')} THEN 'first_lead' WHEN {tells.format('won')} THEN 'won_lead'"
            f" WHEN {tells.format('bought')} THEN 'order' ELSE 'unknown' END"
        ),
        source=cases["source_id"],
        medium=cases["medium_id"],
        channel=channel_sql(SQL("told.source_id"), SQL("told.medium_id")),
        trade=trade,
        customer=customer,
        orders=orders,
        leads=leads,
    )


def _month_sql():
    """The month of a ``customer`` in which a row of their ``trade`` is; what came before counts as the first."""
    return SQL("GREATEST(%s, 0) + 1", months_sql(SQL("customer.first_order"), SQL("trade.day")))


def earned_sql():
    """What each customer brought, of the tables ``customer`` and ``trade``.

    Margins of months that are not over say what is known of them.

    :return: SQL of ``partner_id``, ``margin`` and ``margin_<months>``, not rounded, and ``order_months``: a number of
        which a bit is set for each month with an order, see ``ordered_sql``
    """
    return SQL(
        """
        SELECT rp.id AS partner_id, sum(earned.margin) AS margin, %(margins)s,
               COALESCE(bit_or(1::bigint << earned.month) FILTER (WHERE earned.is_order AND earned.month <= %(last)s),
                        0) AS order_months
          -- each month is worked out once, and not for each margin
          FROM (SELECT customer.partner_id, trade.margin, trade.is_order, %(month)s AS month
                  FROM customer JOIN trade ON trade.partner_id = customer.partner_id OFFSET 0) earned
          JOIN res_partner rp ON rp.id = earned.partner_id
         GROUP BY rp.id
        """,
        margins=SQL(", ").join(
            SQL(
                "sum(earned.margin) FILTER (WHERE earned.month <= %s) AS %s",
                months,
                SQL.identifier(f"margin_{months}"),
            )
            for months in HORIZONS
        ),
        last=LAST_MONTH,
        month=_month_sql(),
    )


def ordered_sql(order_months, month):
    """Whether a customer ordered in a month.

    :param SQL order_months: as of ``earned_sql``
    :param int month: up to ``LAST_MONTH``
    """
    return SQL("(%s & %s::bigint) <> 0", order_months, 1 << month)


def cells_sql():
    """What each cohort brought in each month: ``channel_id``, ``cohort``, ``month`` and ``margin``, not rounded.

    Reads ``customer`` and ``trade``.
    """
    return SQL(
        """
        SELECT cell.channel_id, cell.cohort, cell.month, sum(cell.margin) AS margin
          FROM (SELECT customer.channel_id, customer.cohort, trade.margin, %s AS month
                  FROM customer JOIN trade ON trade.partner_id = customer.partner_id OFFSET 0) cell
         GROUP BY cell.channel_id, cell.cohort, cell.month
        """,
        _month_sql(),
    )


def report_sql(costs, leads, lifetimes, as_of, digits):
    """A row for each channel and month: what it cost, whom it won, and what they brought.

    Reads ``customer`` (``partner_id``, ``channel_id``, ``cohort``) and ``cell`` (see ``cells_sql``).

    :param SQL costs: query of ``channel_id``, ``date``, ``amount``
    :param SQL leads: query of ``channel_id``, ``created_on`` (day), a row for each lead
    :param SQL lifetimes: query of ``partner_id``, ``lifetime_value``
    :param SQL as_of: the day with whose beginning months are over
    :return: SQL that begins with a further common table expression: ``channel_id``, ``cohort``, ``months`` (complete
        ones), ``cost``, ``leads``, ``customers``, ``lifetime_value``, ``margin``,
        ``margin_<months>`` and ``cost_<months>`` (null where a cohort is younger), and ``curve``: the margin up to the
        end of each complete month
    """
    return SQL(
        """
        , counted AS (
            SELECT part.channel_id, part.cohort, sum(part.cost) AS cost, sum(part.leads)::int AS leads,
                   sum(part.customers)::int AS customers, sum(part.lifetime_value) AS lifetime_value
              FROM (SELECT cost.channel_id, date_trunc('month', cost.date)::date AS cohort, cost.amount AS cost,
                           0 AS leads, 0 AS customers, 0::numeric AS lifetime_value
                      FROM (%(costs)s) cost
                     UNION ALL
                    SELECT lead.channel_id, date_trunc('month', lead.created_on)::date, 0, 1, 0, 0 FROM (%(leads)s) lead
                     UNION ALL
                    SELECT customer.channel_id, customer.cohort, 0, 0, 1, COALESCE(lifetime.lifetime_value, 0)
                      FROM customer
                      LEFT JOIN (%(lifetimes)s) lifetime ON lifetime.partner_id = customer.partner_id) part
             GROUP BY part.channel_id, part.cohort
        )
        SELECT line.*, %(known)s
          FROM (SELECT counted.*, %(complete)s AS months FROM counted) line
         CROSS JOIN LATERAL (
                SELECT round(COALESCE(sum(cell.margin), 0), %(digits)s) AS margin, %(margins)s
                  FROM cell WHERE cell.channel_id = line.channel_id AND cell.cohort = line.cohort
               ) earned
         CROSS JOIN LATERAL (
                SELECT array_agg(round(month.margin, %(digits)s) ORDER BY month.number) AS curve
                  FROM (SELECT number, sum(COALESCE(cell.margin, 0)) OVER (ORDER BY number) AS margin
                          FROM generate_series(1, LEAST(line.months, %(last)s)) number
                          LEFT JOIN cell ON cell.channel_id = line.channel_id AND cell.cohort = line.cohort
                                        AND cell.month = number) month
               ) curve
        """,
        costs=costs,
        leads=leads,
        lifetimes=lifetimes,
        complete=complete_sql(SQL("counted.cohort"), as_of),
        digits=digits,
        last=LAST_MONTH,
        known=SQL(
            "earned.margin, curve.curve, %s",
            SQL(", ").join(
                SQL(
                    "CASE WHEN line.months >= %(months)s THEN %(margin)s END AS %(margin_name)s,"
                    " CASE WHEN line.months >= %(months)s THEN line.cost END AS %(cost_name)s",
                    months=months,
                    margin=SQL.identifier("earned", f"margin_{months}"),
                    margin_name=SQL.identifier(f"margin_{months}"),
                    cost_name=SQL.identifier(f"cost_{months}"),
                )
                for months in HORIZONS
            ),
        ),
        margins=SQL(", ").join(
            SQL(
                "round(COALESCE(sum(cell.margin) FILTER (WHERE cell.month <= %s), 0), %s) AS %s",
                months,
                digits,
                SQL.identifier(f"margin_{months}"),
            )
            for months in HORIZONS
        ),
    )


def payback_sql(cohorts):
    """The first month at whose end cohorts have brought what they cost; null where none has, or nothing was spent.

    Several cohorts are taken together: each month is judged by those for which it is over.

    :param SQL cohorts: set of rows ``cost``, ``curve``, for ``FROM``, named ``cohort``
    """
    return SQL(
        """(SELECT min(paid.number)
              FROM (SELECT number
                      FROM %s
                     CROSS JOIN LATERAL unnest(cohort.curve) WITH ORDINALITY AS month(margin, number)
                     GROUP BY number
                    HAVING sum(month.margin) >= sum(cohort.cost) AND sum(cohort.cost) > 0) paid)""",
        cohorts,
    )
