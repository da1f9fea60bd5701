"""Totals of facts by what they are grouped by most, kept in line with each statement that writes facts, as SQL.

They are a ledger: whoever writes facts adds what these bring and takes off what the earlier ones brought, without
looking at what is there. So nobody waits for anybody; rows that add up to nothing are taken out now and then.
"""

from odoo.tools import SQL

from .monthly import AMOUNTS, COUNTS, names

FACTS, TOTALS = "customer_value_fact", "customer_value_fact_total"

# What facts are told apart by.
KEYS = ("company_id", "month", "is_closed", "origin", "tier_id", "segment_id", "lifecycle", "risk_level")

# What is summed of those who have it, and of how many.
AVERAGED = ("score", "lifetime_value", "lifetime_historical", "lifetime_current", "lifetime_potential")
SUMMED = (*AMOUNTS, *COUNTS)
NUMBERS = (*SUMMED, *AVERAGED, *(f"{name}_known" for name in AVERAGED), "facts")

_FUNCTION = SQL.identifier("customer_value_fact_total_follow")


def totals_sql(facts, sign):
    """What ``facts`` bring, or took away.

    :param SQL facts: for ``FROM``
    :param int sign: 1 or -1
    :return: SQL of ``KEYS`` and ``NUMBERS``
    """
    return SQL(
        "SELECT %(keys)s, %(sums)s, %(averaged)s, %(known)s, %(sign)s * count(*) AS facts"
        " FROM %(facts)s GROUP BY %(keys)s",
        keys=names(KEYS),
        sums=SQL(", ").join(SQL("%s * sum(%s)", sign, SQL.identifier(name)) for name in SUMMED),
        averaged=SQL(", ").join(SQL("%s * COALESCE(sum(%s), 0)", sign, SQL.identifier(name)) for name in AVERAGED),
        known=SQL(", ").join(SQL("%s * count(%s)", sign, SQL.identifier(name)) for name in AVERAGED),
        sign=sign,
        facts=facts,
    )


def insert_sql(totals):
    """:param SQL totals: query of ``KEYS`` and ``NUMBERS``"""
    return SQL("INSERT INTO %s (%s, %s) %s", SQL.identifier(TOTALS), names(KEYS), names(NUMBERS), totals)


def follow_sql():
    """Statements that have the totals follow the facts.

    Triggers, because facts are also written by foreign keys: of customers and tiers that are deleted.
    """
    yield SQL(
        """
        CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN %s; END IF;
            IF TG_OP <> 'DELETE' THEN %s; END IF;
            RETURN NULL;
        END $$
        """,
        _FUNCTION,
        insert_sql(totals_sql(SQL("before_it"), -1)),
        insert_sql(totals_sql(SQL("after_it"), 1)),
    )
    seen = {
        "INSERT": "NEW TABLE AS after_it",
        "UPDATE": "OLD TABLE AS before_it NEW TABLE AS after_it",
        "DELETE": "OLD TABLE AS before_it",
    }
    for event, tables in seen.items():
        trigger = SQL.identifier(f"customer_value_fact_total_{event.lower()}")
        yield SQL("DROP TRIGGER IF EXISTS %s ON %s", trigger, SQL.identifier(FACTS))
        yield SQL(
            "CREATE TRIGGER %s AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION %s()",
            trigger,
            SQL(event),
            SQL.identifier(FACTS),
            SQL(tables),
            _FUNCTION,
        )


def count_sql():
    """Statements that count the totals anew from all facts."""
    yield SQL("DELETE FROM %s", SQL.identifier(TOTALS))
    yield insert_sql(totals_sql(SQL.identifier(FACTS), 1))


def compact_sql(company_id):
    """Statement that leaves one row for each of ``KEYS`` of a company, and none that adds up to nothing."""
    return SQL(
        """
        WITH gone AS (DELETE FROM %(totals)s WHERE company_id = %(company)s RETURNING *)
        INSERT INTO %(totals)s (%(keys)s, %(numbers)s)
        SELECT %(keys)s, %(sums)s FROM gone GROUP BY %(keys)s HAVING sum(facts) <> 0
        """,
        totals=SQL.identifier(TOTALS),
        company=company_id,
        keys=names(KEYS),
        numbers=names(NUMBERS),
        sums=SQL(", ").join(SQL("sum(%s)", SQL.identifier(name)) for name in NUMBERS),
    )


def drop_sql():
    """Statement that has nothing follow the facts any more."""
    return SQL("DROP FUNCTION IF EXISTS %s() CASCADE", _FUNCTION)
