"""SQL that puts the parts of the lifetime value together, and rounds each, so that they add up to the cent."""

from dataclasses import dataclass, field

from odoo.tools import SQL

from ..scoring.customers import is_customer_sql

# What Python says of each customer: name, type in PostgreSQL and in numpy.
OUTLOOK = (
    ("partner_id", "int4", ">i4"),
    ("purchases", "int4", ">i4"),
    ("p_active", "float8", ">f8"),
    ("p_usual", "float8", ">f8"),
    ("orders_ahead", "float8", ">f8"),
    ("order_amount", "float8", ">f8"),
    ("margin_rate", "float8", ">f8"),
    ("expected_orders", "float8", ">f8"),
    ("expected_margin", "float8", ">f8"),
    ("active_margin", "float8", ">f8"),
    ("keep_budget", "float8", ">f8"),
    ("next_days", "int4", ">i4"),
)

# What is stored of a customer, besides customer, company, and since when.
STORED = (
    "purchases",
    "p_active",
    "p_usual",
    "orders_ahead",
    "order_amount",
    "margin_rate",
    "lifetime_historical",
    "lifetime_current",
    "lifetime_potential",
    "lifetime_value",
    "expected_orders",
    "expected_margin",
    "active_margin",
    "next_order_date",
    "keep_budget",
    "details",
)


@dataclass(frozen=True)
class Parts:
    """:param SQL margin: kept so far, over the joined sources
    :param SQL joins: of sources and parts on ``rp.id``
    :param SQL evidence: that a source has seen the customer
    :param costs: names of the joined parts that are deducted
    :param dict potentials: those that are added, by name and in their order, each with ``beyond``, ``is_revenue`` and
        ``is_habit``: see ``customer.lifetime.part``
    :param float margin_rate: of customers who have bought nothing yet
    :param int digits: of the company's currency
    """

    margin: SQL
    joins: SQL
    evidence: SQL
    costs: tuple
    potentials: dict
    margin_rate: float
    digits: int
    among: SQL = field(default_factory=lambda: SQL("TRUE"))


def value_sql(outlook, as_of, parts):
    """One row for each customer: ``partner_id`` and the columns of ``STORED``.

    ``details`` holds each amount that is not zero: ``margin``, costs by name, and potentials by name with what was
    found and what of it counts.

    :param SQL outlook: table of the columns of ``OUTLOOK``
    :param date as_of: today
    """
    digits = parts.digits
    costs = {name: _rounded(SQL.identifier(name, "amount"), digits) for name in parts.costs}
    found = {
        name: _rounded(_potential(name, part, parts.margin_rate), digits) for name, part in parts.potentials.items()
    }
    return SQL(
        """
        SELECT partner_id, purchases, p_active, p_usual, orders_ahead, order_amount, margin_rate,
               kept_margin - (%(cost)s) AS lifetime_historical, current_margin AS lifetime_current,
               %(potential)s AS lifetime_potential,
               kept_margin - (%(cost)s) + current_margin + %(potential)s AS lifetime_value,
               expected_orders, expected_margin, active_margin, next_order_date, keep_budget,
               NULLIF(jsonb_strip_nulls(jsonb_build_object(%(details)s)), '{}'::jsonb) AS details
          FROM (SELECT rp.id AS partner_id, COALESCE(o.purchases, 0) AS purchases,
                       round(COALESCE(o.p_active, 0)::numeric, 4) AS p_active,
                       round(COALESCE(o.p_usual, 0)::numeric, 4) AS p_usual,
                       round(COALESCE(o.orders_ahead, 0)::numeric, 4) AS orders_ahead,
                       round(COALESCE(o.order_amount, 0)::numeric, %(digits)s) AS order_amount,
                       round(COALESCE(o.margin_rate, %(rate)s)::numeric, 6) AS margin_rate,
                       -- of the rounded factors, so that whoever multiplies them finds the same
                       round(COALESCE(round(o.orders_ahead::numeric, 4) * round(o.order_amount::numeric, %(digits)s)
                                      * round(o.margin_rate::numeric, 6), 0), %(digits)s) AS current_margin,
                       round(COALESCE(o.expected_orders, 0)::numeric, 2) AS expected_orders,
                       round(COALESCE(o.expected_margin, 0)::numeric, %(digits)s) AS expected_margin,
                       round(COALESCE(o.active_margin, 0)::numeric, %(digits)s) AS active_margin,
                       round(COALESCE(o.keep_budget, 0)::numeric, %(digits)s) AS keep_budget,
                       CASE WHEN o.next_days > 0 THEN %(as_of)s::date + o.next_days END AS next_order_date,
                       %(margin)s AS kept_margin %(columns)s
                  FROM res_partner rp
                  LEFT JOIN %(outlook)s o ON o.partner_id = rp.id
                  %(joins)s
                 WHERE %(customer)s AND %(among)s AND (o.partner_id IS NOT NULL OR %(evidence)s)
                 -- keeps each amount from being computed again wherever it is used
                OFFSET 0) found
          %(counted)s
        """,
        cost=_sum(SQL.identifier("found", f"cost_{name}") for name in costs),
        potential=_sum(SQL.identifier(f"counted_{name}", "amount") for name in found),
        details=_details(costs, found),
        digits=digits,
        rate=parts.margin_rate,
        as_of=as_of,
        margin=_rounded(parts.margin, digits),
        columns=SQL().join(
            SQL(", %s AS %s", amount, SQL.identifier(f"{kind}_{name}"))
            for kind, amounts in (("cost", costs), ("found", found))
            for name, amount in amounts.items()
        ),
        outlook=outlook,
        joins=parts.joins,
        customer=is_customer_sql("rp"),
        among=parts.among,
        evidence=parts.evidence,
        counted=_counted(parts.potentials),
    )


def _potential(name, part, margin_rate):
    """What a potential would bring in margin; of customers without orders it is not known whether they are active."""
    factors = [SQL("GREATEST(%s, 0)", SQL.identifier(name, "amount"))]
    if part.is_revenue:
        factors.append(SQL("GREATEST(COALESCE(o.margin_rate, %s), 0)", margin_rate))
    if part.is_habit:
        factors.append(SQL("COALESCE(o.p_active, 1)"))
    return SQL(" * ").join(factors)


def _rounded(amount, digits):
    return SQL("round(COALESCE(%s, 0)::numeric, %s)", amount, digits)


def _sum(columns):
    return SQL(" + ").join([SQL("0"), *columns])


def _counted(potentials):
    """Each potential counts as far as it goes beyond what it may have in common with others."""
    joins, before = [], []
    for name, part in potentials.items():
        less = {
            "current": SQL("GREATEST(found.current_margin, 0)"),
            "potential": _sum(SQL.identifier(f"counted_{other}", "amount") for other in before),
            None: SQL("0"),
        }[part.beyond]
        joins.append(
            SQL(
                "CROSS JOIN LATERAL (SELECT GREATEST(%s - (%s), 0) AS amount OFFSET 0) %s",
                SQL.identifier("found", f"found_{name}"),
                less,
                SQL.identifier(f"counted_{name}"),
            )
        )
        before.append(name)
    return SQL(" ").join(joins)


def _details(costs, found):
    pairs = [SQL("'margin', NULLIF(kept_margin, 0)")]
    pairs += [SQL("%s::text, NULLIF(%s, 0)", name, SQL.identifier("found", f"cost_{name}")) for name in costs]
    pairs += [
        SQL(
            "%(name)s::text, CASE WHEN %(found)s <> 0 THEN jsonb_build_array(%(found)s, %(counted)s) END",
            name=name,
            found=SQL.identifier("found", f"found_{name}"),
            counted=SQL.identifier(f"counted_{name}", "amount"),
        )
        for name in found
    ]
    return SQL(", ").join(pairs)
