"""Totals of facts by what they are grouped by most, kept in line with each statement that writes facts, as SQL.

They are a ledger: whoever writes facts adds what these bring and takes off what the earlier ones brought, without
looking at what is there. So nobody waits for anybody; rows that add up to nothing are taken out now and then.

There are two: one by what a customer was at the end of a month, and one that tells account managers apart as well.
These are no part of a fact: they are those of today, and whoever gives a customer another one takes all their facts
along.
"""

from dataclasses import dataclass

from odoo.tools import SQL

from .monthly import AMOUNTS, COUNTS, names

FACTS = "customer_value_fact"

# What facts are told apart by.
KEYS = ("company_id", "month", "is_closed", "origin", "tier_id", "segment_id", "lifecycle", "risk_level")

# What is summed of those who have it, and of how many.
AVERAGED = ("score", "lifetime_value", "lifetime_historical", "lifetime_current", "lifetime_potential")
SUMMED = (*AMOUNTS, *COUNTS)
NUMBERS = (*SUMMED, *AVERAGED, *(f"{name}_known" for name in AVERAGED), "facts")

_FOLLOW = SQL.identifier("customer_value_fact_total_follow")
_HAND_OVER = SQL.identifier("customer_value_fact_total_hand_over")


@dataclass(frozen=True)
class Ledger:
    """:param str table: of the totals
    :param bool by_user: whether account managers are told apart
    """

    table: str
    by_user: bool = False

    @property
    def keys(self):
        return (*KEYS, "user_id") if self.by_user else KEYS

    def totals_sql(self, facts, sign, user=None):
        """What ``facts`` bring, or took away.

        :param SQL facts: for ``FROM``, with an alias ``fact``
        :param int sign: 1 or -1
        :param SQL user: the account manager of all of them; that of each customer if not given
        :return: SQL of ``keys`` and ``NUMBERS``
        """
        columns = {name: SQL.identifier("fact", name) for name in KEYS}
        if self.by_user:
            columns["user_id"] = user or SQL("rp.user_id")
            facts = facts if user else SQL("%s LEFT JOIN res_partner rp ON rp.id = fact.partner_id", facts)
        return SQL(
            "SELECT %(keys)s, %(sums)s, %(averaged)s, %(known)s, %(sign)s * count(*) AS facts"
            " FROM %(facts)s GROUP BY %(groups)s",
            keys=SQL(", ").join(SQL("%s AS %s", column, SQL.identifier(name)) for name, column in columns.items()),
            sums=SQL(", ").join(
                SQL("%s * sum(%s) AS %s", sign, SQL.identifier("fact", name), SQL.identifier(name)) for name in SUMMED
            ),
            averaged=SQL(", ").join(
                SQL("%s * COALESCE(sum(%s), 0) AS %s", sign, SQL.identifier("fact", name), SQL.identifier(name))
                for name in AVERAGED
            ),
            known=SQL(", ").join(
                SQL("%s * count(%s) AS %s", sign, SQL.identifier("fact", name), SQL.identifier(f"{name}_known"))
                for name in AVERAGED
            ),
            sign=sign,
            facts=facts,
            groups=SQL(", ").join(columns.values()),
        )

    def insert_sql(self, totals):
        """:param SQL totals: query of ``keys`` and ``NUMBERS``"""
        return SQL("INSERT INTO %s (%s, %s) %s", SQL.identifier(self.table), names(self.keys), names(NUMBERS), totals)

    def count_sql(self):
        """Statements that count the totals anew from all facts."""
        yield SQL("DELETE FROM %s", SQL.identifier(self.table))
        yield self.insert_sql(self.totals_sql(SQL("%s fact", SQL.identifier(FACTS)), 1))

    def settle_sql(self, company_id, month):
        """Statement that adds what the totals of a month lack, or have too much.

        :param date month: its first day
        """
        among = SQL("WHERE %s = %s AND %s = %s", SQL.identifier("fact", "company_id"), company_id,
                    SQL.identifier("fact", "month"), month)  # fmt: skip
        counted = SQL("(SELECT * FROM %s fact %s) fact", SQL.identifier(FACTS), among)
        differences = [SQL("sum(%s)", SQL.identifier(name)) for name in NUMBERS]
        return self.insert_sql(
            SQL(
                """
                SELECT %(keys)s, %(sums)s
                  FROM (%(counted)s
                         UNION ALL
                        SELECT %(keys)s, %(taken)s FROM %(table)s fact %(among)s) told
                 GROUP BY %(keys)s HAVING %(any)s
                """,
                keys=names(self.keys),
                sums=SQL(", ").join(differences),
                counted=self.totals_sql(counted, 1),
                taken=SQL(", ").join(SQL("-%s", SQL.identifier(name)) for name in NUMBERS),
                table=SQL.identifier(self.table),
                among=among,
                any=SQL(" OR ").join(SQL("%s <> 0", difference) for difference in differences),
            )
        )

    def compact_sql(self, company_id):
        """Statement that leaves one row for each of ``keys`` of a company, and none that adds up to nothing."""
        return SQL(
            """
            WITH gone AS (
                DELETE FROM %(table)s WHERE ctid = ANY(ARRAY(
                    SELECT unnest(array_agg(ctid)) FROM %(table)s WHERE company_id = %(company)s
                     GROUP BY %(keys)s HAVING count(*) > 1 OR sum(facts) = 0)) RETURNING *
            )
            INSERT INTO %(table)s (%(keys)s, %(numbers)s)
            SELECT %(keys)s, %(sums)s FROM gone GROUP BY %(keys)s HAVING sum(facts) <> 0
            """,
            table=SQL.identifier(self.table),
            company=company_id,
            keys=names(self.keys),
            numbers=names(NUMBERS),
            sums=SQL(", ").join(SQL("sum(%s)", SQL.identifier(name)) for name in NUMBERS),
        )


PLAIN = Ledger("customer_value_fact_total")
BY_USER = Ledger("customer_value_fact_total_user", by_user=True)
LEDGERS = (PLAIN, BY_USER)


def follow_sql():
    """Statements that have the totals follow the facts, and the account managers of customers.

    Triggers, because facts are also written by foreign keys, of customers and tiers that are deleted, and account
    managers by whoever writes partners.
    """
    inserts = {
        table: SQL("; ").join(
            ledger.insert_sql(ledger.totals_sql(SQL("%s fact", SQL.identifier(table)), sign)) for ledger in LEDGERS
        )
        for table, sign in (("before_it", -1), ("after_it", 1))
    }
    yield SQL(
        """
        CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN %s; END IF;
            IF TG_OP <> 'DELETE' THEN %s; END IF;
            RETURN NULL;
        END $$
        """,
        _FOLLOW,
        inserts["before_it"],
        inserts["after_it"],
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
            _FOLLOW,
        )
    yield from _hand_over_sql()


def _hand_over_sql():
    """Statements that have the facts of a customer go along with them to another account manager.

    Of a customer who is deleted nobody is the account manager before: when the facts follow them, they are gone.
    """
    theirs = SQL("%s fact WHERE fact.partner_id = OLD.id", SQL.identifier(FACTS))
    yield SQL(
        """
        CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE successor integer := CASE WHEN TG_OP = 'UPDATE' THEN NEW.user_id END;
        BEGIN
            %s;
            %s;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$
        """,
        _HAND_OVER,
        BY_USER.insert_sql(BY_USER.totals_sql(theirs, -1, SQL("OLD.user_id"))),
        BY_USER.insert_sql(BY_USER.totals_sql(theirs, 1, SQL("successor"))),
    )
    conditions = {
        "update": "AFTER UPDATE OF user_id ON res_partner FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id)",
        "delete": "BEFORE DELETE ON res_partner FOR EACH ROW WHEN (OLD.user_id IS NOT NULL)",
    }
    for event, condition in conditions.items():
        trigger = SQL.identifier(f"customer_value_fact_total_hand_over_{event}")
        yield SQL("DROP TRIGGER IF EXISTS %s ON res_partner", trigger)
        yield SQL("CREATE TRIGGER %s %s EXECUTE FUNCTION %s()", trigger, SQL(condition), _HAND_OVER)


def drop_sql():
    """Statements that have nothing follow the facts any more."""
    for function in (_FOLLOW, _HAND_OVER):
        yield SQL("DROP FUNCTION IF EXISTS %s() CASCADE", function)
