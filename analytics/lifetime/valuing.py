"""SQL that puts the parts of the lifetime value together, and rounds each, so that they add up to the cent."""

from dataclasses import dataclass, field

from odoo.tools import SQL

from ..scoring.customers import is_customer_sql
from .numerics import Numeric


def outlook_columns(digits):
    """What Python says of each customer: name, type in PostgreSQL and in numpy.

    :param int digits: of the company's currency
    """
    money = ("numeric", Numeric(digits))
    return (
        ("partner_id", "int4", ">i4"),
        ("purchases", "int4", ">i4"),
        ("p_active", "numeric", Numeric(4)),
        ("p_usual", "numeric", Numeric(4)),
        ("orders_ahead", "numeric", Numeric(4)),
        ("order_amount", *money),
        ("margin_rate", "numeric", Numeric(6)),
        ("expected_orders", "numeric", Numeric(2)),
        ("expected_margin", *money),
        ("active_margin", *money),
        ("keep_budget", *money),
        ("next_days", "int4", ">i4"),
        ("margin", *money),
        ("current_margin", *money),
    )


def others_columns(digits):
    """What was kept of customers who have no orders."""
    return ("partner_id", "int4", ">i4"), ("margin", "numeric", Numeric(digits))


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
    """:param SQL others: table of ``others_columns``
    :param SQL joins: of parts on ``rp.id``
    :param SQL evidence: what follows conditions that the customer was seen; empty, or begins with ``OR``
    :param costs: names of the joined parts that are deducted
    :param dict potentials: those that are added, by name and in their order, each with ``beyond``, ``is_revenue`` and
        ``is_habit``: see ``customer.lifetime.part``
    :param float margin_rate: of customers who have bought nothing yet
    :param int digits: of the company's currency
    """

    others: SQL
    joins: SQL
    evidence: SQL
    costs: tuple
    potentials: dict
    margin_rate: float
    digits: int
    among: SQL = field(default_factory=lambda: SQL("TRUE"))


def value_sql(outlook, as_of, parts):
    """One row for each customer: ``partner_id`` and the columns of ``STORED``.

    ``details`` holds each amount that is not zero: costs by name, and potentials by name with what was found and what
    of it counts. The net margin is what the historical value and its costs add up to.

    :param SQL outlook: table of ``outlook_columns``
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
               past.margin AS lifetime_historical, current_margin AS lifetime_current,
               past.potential AS lifetime_potential,
               past.margin + current_margin + past.potential AS lifetime_value,
               expected_orders, expected_margin, active_margin, next_order_date, keep_budget,
               CASE WHEN %(has_details)s THEN jsonb_strip_nulls(jsonb_build_object(%(details)s)) END AS details
          FROM (SELECT rp.id AS partner_id, COALESCE(o.purchases, 0) AS purchases, %(numbers)s,
                       CASE WHEN o.next_days > 0 THEN %(as_of)s::date + o.next_days END AS next_order_date,
                       COALESCE(o.margin, other.margin, %(nothing)s) AS kept_margin %(columns)s
                  FROM res_partner rp
                  LEFT JOIN %(outlook)s o ON o.partner_id = rp.id
                  LEFT JOIN %(others)s other ON other.partner_id = rp.id
                  %(joins)s
                 WHERE %(customer)s AND %(among)s
                   AND (o.partner_id IS NOT NULL OR other.partner_id IS NOT NULL %(evidence)s)
                 -- keeps each amount from being computed again wherever it is used
                OFFSET 0) found
          %(counted)s
         CROSS JOIN LATERAL (SELECT %(historical)s AS margin, %(potential)s AS potential OFFSET 0) past
        """,
        historical=SQL(" - ").join([SQL("kept_margin"), *(SQL.identifier("found", f"cost_{name}") for name in costs)]),
        potential=_sum(SQL.identifier(f"counted_{name}", "amount") for name in found),
        has_details=SQL(" OR ").join(
            [SQL("FALSE"), *(SQL("%s <> 0", SQL.identifier("found", name)) for name in _named(costs, found))]
        ),
        details=_details(costs, found),
        nothing=_zero(digits),
        numbers=SQL(", ").join(
            SQL(
                "COALESCE(%s, %s) AS %s",
                SQL.identifier("o", name),
                _zero(kind.places, name, parts),
                SQL.identifier(name),
            )
            for name, _type, kind in outlook_columns(digits)
            if isinstance(kind, Numeric) and name != "margin"
        ),
        as_of=as_of,
        columns=SQL().join(
            SQL(", %s AS %s", amount, SQL.identifier(name)) for name, amount in _named(costs, found).items()
        ),
        outlook=outlook,
        others=parts.others,
        joins=parts.joins,
        customer=is_customer_sql("rp"),
        among=parts.among,
        evidence=parts.evidence,
        counted=_counted(parts.potentials),
    )


def _named(costs, found):
    return {f"cost_{name}": amount for name, amount in costs.items()} | {
        f"found_{name}": amount for name, amount in found.items()
    }


def _zero(places, name=None, parts=None):
    """What is said of a customer without orders: nothing, but the margin rate of all."""
    return SQL("round(%s::numeric, %s)", parts.margin_rate if name == "margin_rate" else 0, places)


def _potential(name, part, margin_rate):
    """What a potential would bring in margin; of customers without orders it is not known whether they are active."""
    factors = [SQL("GREATEST(%s, 0)", SQL.identifier(name, "amount"))]
    if part.is_revenue:
        factors.append(SQL("GREATEST(COALESCE(o.margin_rate, %s), 0)", margin_rate))
    if part.is_habit:
        factors.append(SQL("COALESCE(o.p_active, 1)"))
    return SQL(" * ").join(factors)


def _rounded(amount, digits):
    return SQL("COALESCE(round((%s)::numeric, %s), %s)", amount, digits, _zero(digits))


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
    pairs = [SQL("%s::text, NULLIF(%s, 0)", name, SQL.identifier("found", f"cost_{name}")) for name in costs]
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
