"""SQL that judges purchases which have not been made: would the tier be kept?"""

from odoo.tools import SQL

from .scoring import commas, result_sql

# Columns of ``customer_value_metric`` besides metrics, and their types.
DATES = {
    "first_order": "date",
    "last_order": "date",
    "previous_order": "date",
    "order_days": "int",
    "sales_recent": "numeric",
    "sales_earlier": "numeric",
}


def base_sql(moments, ever, metrics, basis, standing):
    """One row of JSON records: the customer's metrics at each moment, as ``after_sql`` takes them.

    :param moments: list of (day, ages, SQL of the metrics on that day); one record for each age
    :param SQL ever: metrics of the customer's whole history
    :param metrics: codes
    :param basis: names of further columns, among them ``sales`` and ``sales_margin``
    :param standing: codes of metrics that keep their value of the first day
    """
    days = SQL(" UNION ALL ").join(
        SQL(
            "SELECT %s::date AS day, age, m.* FROM unnest(%s::int[]) age LEFT JOIN (%s) m ON TRUE", day, ages, collected
        )
        for day, ages, collected in moments
    )
    standing_columns = [
        SQL("first_value(%(name)s) OVER (ORDER BY day) AS %(name)s", name=SQL.identifier(code)) for code in standing
    ]
    moving = [SQL.identifier(name) for name in (*DATES, *metrics, *basis) if name not in standing]
    # the recent margin as of the first day; without recent orders, that of all orders of the customer
    return SQL(
        """
        SELECT jsonb_agg(to_jsonb(known))::text
          FROM (SELECT day, age, %(columns)s,
                       COALESCE(first_value(sales_margin / NULLIF(sales, 0)) OVER (ORDER BY day),
                                (SELECT sales_margin / NULLIF(sales, 0) FROM (%(ever)s) ever), 0) AS margin_rate
                  FROM (%(days)s) days) known
        """,
        columns=commas([*moving, *standing_columns]),
        days=days,
        ever=ever,
    )


def after_sql(plan, base, partner_id, amounts, columns, basis):
    """What becomes of the customer's tier after one purchase of each of ``amounts``; 0 is no purchase.

    :param Plan plan: as of the day on which it is asked
    :param str base: from ``base_sql``
    :param amounts: untaxed, company currency
    :param dict columns: metric: SQL of its value after the purchase
    :return: SQL; a row for each amount, ascending: amount, whether it keeps the tier at every moment, the lowest score
        (hundredths), the gate that allows at most a lower tier at some moment (id or null)
    """
    types = DATES | dict.fromkeys((*plan.metrics, *basis, "margin_rate"), "numeric")
    record = commas(SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in types.items())
    return SQL(
        """
        WITH customer_value_metric AS (
            SELECT %(partner)s::int AS partner_id, c.amount, %(dates)s, %(columns)s
              FROM jsonb_to_recordset(%(base)s::jsonb) AS b (day date, age int, %(record)s)
             CROSS JOIN unnest(%(amounts)s::numeric[]) AS c (amount)
        )
        SELECT amount, bool_and(tier_rank >= prev_rank AND outcome IN ('computed', 'kept')), min(score),
               min(gate_id) FILTER (WHERE cap_rank < prev_rank)
          FROM (%(result)s) judged
         GROUP BY amount
         ORDER BY amount
        """,
        partner=partner_id,
        dates=commas(SQL.identifier("b", name) for name in DATES),
        columns=commas(SQL("%s AS %s", value, SQL.identifier(code)) for code, value in columns.items()),
        base=base,
        record=record,
        amounts=list(amounts),
        result=result_sql(plan),
    )
