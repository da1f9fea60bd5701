"""Statements whose plans a connection keeps: they find what they would find otherwise, whatever happens in between."""

from datetime import date, datetime
from decimal import Decimal
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2.errors import DivisionByZero
from psycopg2.extras import Json

from ...analytics.core.handing import Handed, hand_sql
from ...models.core import kept_plans
from ...models.core.kept_plans import PREFIX, execute_kept, fetch_kept
from .race_case import RaceCase

VALUES = (
    0, -7, 2**31 - 1, -(2**31) + 1, 2**31, -(2**40), 10**12, 1.5, -0.1, 1e-9, 1e300, float("inf"), Decimal("12.340"),
    date(2024, 2, 29), datetime(2024, 2, 29, 13, 14, 15, 678901), True, False, None, "text", "it's 100%",
    [1, 2, 3], [1, None], [1, 2**40], [1, 2.5], [date(2024, 1, 1)], [datetime(2024, 1, 1)], ["a", "b"], [True, False],
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestKeptPlans(RaceCase):
    def fresh(self):
        """An environment whose connection has kept nothing yet."""
        env = self.open()
        env.cr.execute("DEALLOCATE ALL")
        return env

    def names(self, cr):
        cr.execute(
            "SELECT name FROM pg_prepared_statements WHERE starts_with(name, %s) ORDER BY prepare_time", [PREFIX]
        )
        return [name for (name,) in cr.fetchall()]

    def test_values_are_what_they_would_be(self):
        """Their types, and all of their digits."""
        for value in VALUES:
            with self.subTest(value=value):
                query = SQL("SELECT pg_typeof(x)::text, x::text FROM (SELECT %s AS x) given", value)
                self.env.cr.execute(query)
                expected = self.env.cr.fetchall()
                self.assertEqual(fetch_kept(self.env.cr, query), expected)

    def test_lists_in_brackets(self):
        numbers = SQL("SELECT number FROM generate_series(1, %s) number", 9)
        for operator, found in (("IN", [2, 3]), ("NOT IN", [1, 4, 5, 6, 7, 8, 9])):
            query = SQL(f"SELECT number FROM (%s) n WHERE number {operator} %s", numbers, (2, 3))
            self.assertEqual([row for (row,) in fetch_kept(self.env.cr, query)], found)
        texts = SQL("SELECT 1 WHERE 'a' IN %s AND 'c' NOT IN %s", ("a", "b"), ("a", "b"))
        self.assertEqual(fetch_kept(self.env.cr, texts), [(1,)])

    def test_signs_of_percent_and_json(self):
        query = SQL("SELECT 'a%%s' LIKE 'a%%', 7 %% %s, (%s::json)->>'a'", 4, Json({"a": "it's 100% %s"}))
        self.assertEqual(fetch_kept(self.env.cr, query), [(True, 3, "it's 100% %s")])

    def test_one_statement_for_all_values(self):
        cr = self.fresh().cr
        for number in range(7):
            query = SQL(
                "SELECT id FROM res_partner WHERE id = ANY(%s) AND create_date < %s AND id IN %s LIMIT %s",
                [number, number + 1],
                datetime(2024, 1, 1 + number),
                (number,),
                3,
            )
            execute_kept(cr, query)
        [name] = self.names(cr)
        cr.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = %s", [name])
        self.assertEqual(cr.fetchall(), [(7, 0)])

    def test_a_long_list_is_one_parameter(self):
        """However often it is asked for: it is read once, and other lists are parameters of their own."""
        env = self.fresh()
        cr = env.cr
        # a plan is made anew where a session gets its first temporary table
        cr.execute("CREATE TEMPORARY TABLE customer_value_test_first (number int)")
        env.cr.commit()
        for number in range(5):
            some, others = list(range(number, number + 30)), list(range(number, number + 31))
            query = SQL(
                "SELECT n FROM generate_series(1, 99) n WHERE n = ANY(%s) AND n = ANY(%s) AND n <> ALL(%s) AND n > %s",
                list(some), some, others[:5] + others[6:], 2,
            )  # fmt: skip
            expected = [(found,) for found in (number + 5,) if found > 2]
            self.assertEqual(fetch_kept(cr, query), expected)
            execute_kept(cr, query, "customer_value_test_kept")
            cr.execute("SELECT * FROM customer_value_test_kept")
            self.assertEqual(cr.fetchall(), expected)
            env.cr.commit()
        cr.execute("SELECT parameter_types::text, generic_plans FROM pg_prepared_statements ORDER BY prepare_time")
        self.assertEqual(cr.fetchall(), [("{integer[],integer[],integer}", 5), ("{integer[],integer[]}", 5)])

    def test_how_many_rows_are_asked_for_is_part_of_the_statement(self):
        cr = self.fresh().cr
        for limit in (1, 2):
            self.assertEqual(len(fetch_kept(cr, SQL("SELECT id FROM res_partner LIMIT %s", limit))), limit)
        self.assertEqual(len(self.names(cr)), 2)

    def test_query_that_does_not_stand_still(self):
        """A statement takes one query, prepared or not; the first one of a transaction asks what is there."""
        cr = self.fresh().cr
        counts = []
        for number in range(3):
            before = cr.sql_log_count
            fetch_kept(cr, SQL("SELECT %s", number))
            counts.append(cr.sql_log_count - before)
        self.assertEqual(counts, [2, 1, 1])

    def test_rollback(self):
        """What was prepared in a transaction that is rolled back is there, and so is what runs asked before it."""
        cr = self.fresh().cr
        query = SQL("SELECT %s + 1", 1)
        fetch_kept(cr, query)
        cr.rollback()
        self.assertEqual(len(self.names(cr)), 1)
        self.assertEqual(fetch_kept(cr, query), [(2,)])
        with self.assertRaises(ZeroDivisionError), cr.savepoint():
            fetch_kept(cr, SQL("SELECT %s + 2", 1))
            raise ZeroDivisionError
        self.assertEqual(fetch_kept(cr, SQL("SELECT %s + 2", 5)), [(7,)])
        # the setting went with the savepoint
        with self.assertRaises(ZeroDivisionError), cr.savepoint():
            fetch_kept(cr, query)
            raise ZeroDivisionError
        self.assertEqual(fetch_kept(cr, query), [(2,)])
        cr.execute("SELECT sum(custom_plans) FROM pg_prepared_statements WHERE starts_with(name, %s)", [PREFIX])
        self.assertEqual(cr.fetchall(), [(0,)])

    def test_statement_that_fails(self):
        """It was prepared, though nothing came of it."""
        cr = self.fresh().cr

        def divide(number):
            return fetch_kept(cr, SQL("SELECT 12 / %s", number))

        with self.assertRaises(DivisionByZero), mute_logger("odoo.sql_db"), cr.savepoint():
            divide(0)
        self.assertEqual(divide(4), [(3,)])
        self.assertEqual(len(self.names(cr)), 1)

    def test_statement_that_is_gone(self):
        """Between two transactions a pooler may give another connection, or empty this one."""
        env = self.fresh()
        cr = env.cr
        query = SQL("SELECT %s + 3", 1)
        fetch_kept(cr, query)
        for _number in range(2):
            env.cr.commit()
            cr.execute("DEALLOCATE ALL")
            env.cr.commit()
            self.assertEqual(fetch_kept(cr, query), [(4,)])

    def test_statement_of_somebody_else(self):
        """Another process has prepared it on the connection that a pooler gives this one."""
        cr = self.fresh().cr
        query = SQL("SELECT %s + 4", 1)
        fetch_kept(cr, query)
        cr.rollback()
        kept_plans._known.pop(cr._obj, None)
        self.assertEqual(fetch_kept(cr, query), [(5,)])
        self.assertEqual(len(self.names(cr)), 1)

    def test_connection_goes_from_cursor_to_cursor(self):
        """Odoo's pool resets it: nothing of the one before is left, but plans."""
        env = self.fresh()
        cr = env.cr
        query = SQL("SELECT %s + 5", 1)
        fetch_kept(cr, query)
        backend = self.backend(cr)
        cr.execute('PREPARE "of another, 1" AS SELECT 1')
        cr.execute("SET work_mem = '7MB'")
        cr.execute("SET datestyle = 'German'")
        cr.execute("CREATE TEMPORARY TABLE customer_value_test_left (number int)")
        cr.execute("SELECT pg_advisory_lock(20010101)")
        cr.execute("DECLARE customer_value_test_cursor CURSOR WITH HOLD FOR SELECT 1")
        env.cr.commit()
        kept = self.names(cr)
        self.close_all()
        others = [self.open().cr for _number in range(3)]
        same = next(other for other in others if self.backend(other) == backend)
        self.assertEqual(self.names(same), kept)
        self.assertEqual(fetch_kept(same, query), [(6,)])
        for look in (
            "SELECT FROM pg_prepared_statements WHERE name LIKE 'of another%%'",
            "SELECT FROM pg_class WHERE relname = 'customer_value_test_left'",
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 20010101 AND pid = pg_backend_pid()",
            "SELECT FROM pg_cursors WHERE name = 'customer_value_test_cursor'",
            "SELECT FROM pg_settings WHERE name = 'work_mem' AND source = 'session'",
        ):
            same.execute(SQL(look))
            self.assertFalse(same.fetchall(), look)
        same.execute("SHOW transaction_isolation")
        self.assertEqual(same.fetchall(), [("repeatable read",)])
        same.execute("SELECT DATE '2024-02-29'::text")
        self.assertEqual(same.fetchall(), [("2024-02-29",)])

    def test_connection_that_broke_goes_to_nobody(self):
        cr = self.fresh().cr
        fetch_kept(cr, SQL("SELECT %s + 7", 1))
        broken = self.backend(cr)
        self.close_all()
        self.env.cr.execute("SELECT pg_terminate_backend(%s, 5000)", broken[0])
        for _number in range(3):
            self.assertNotEqual(self.backend(self.open().cr), broken)

    def backend(self, cr):
        cr.execute("SELECT pg_backend_pid()")
        return cr.fetchall()

    def test_tables_change_in_between(self):
        """The server plans anew. Where a column of the result gets another type, modules have been updated before."""
        cr = self.fresh().cr
        cr.execute("CREATE TEMPORARY TABLE customer_value_test_plan (number int, label varchar) ON COMMIT DROP")
        cr.execute("INSERT INTO customer_value_test_plan VALUES (1, 'one'), (2, 'two')")
        query = SQL("SELECT number, label FROM customer_value_test_plan WHERE number >= %s ORDER BY number", 2)
        self.assertEqual(fetch_kept(cr, query), [(2, "two")])
        cr.execute("ALTER TABLE customer_value_test_plan ADD COLUMN other int")
        cr.execute("CREATE INDEX ON customer_value_test_plan (number)")
        cr.execute("ANALYZE customer_value_test_plan")
        self.assertEqual(fetch_kept(cr, query), [(2, "two")])
        cr.execute("DROP TABLE customer_value_test_plan")
        cr.execute("CREATE TEMPORARY TABLE customer_value_test_plan (number int, label varchar) ON COMMIT DROP")
        self.assertEqual(fetch_kept(cr, query), [])
        cr.execute("ALTER TABLE customer_value_test_plan ALTER COLUMN number TYPE bigint")
        cr.execute("INSERT INTO customer_value_test_plan VALUES (3, 'three')")
        with patch.object(self.registry, "registry_sequence", self.registry.registry_sequence + 1):
            self.assertEqual(fetch_kept(cr, query), [(3, "three")])
            self.assertEqual(len(self.names(cr)), 1, "those of the registry before are gone")

    def test_statements_are_bounded(self):
        cr = self.fresh().cr
        queries = [SQL(f"SELECT %s + {number} AS {'x' * 50}", 1) for number in range(4)]
        with patch.object(kept_plans, "KEPT", 240):
            for query in queries:
                fetch_kept(cr, query)
            kept = self.names(cr)
            self.assertEqual(len(kept), 3)
            cr.rollback()
            # the server counts the words that prepare a statement, too
            self.assertEqual(fetch_kept(cr, queries[0]), [(1,)])
            self.assertEqual(len(self.names(cr)), 1)
            self.assertNotIn(self.names(cr)[0], kept)
        fetch_kept(cr, queries[0])
        self.assertEqual(len(self.names(cr)), 1)

    def test_what_is_used_stays(self):
        """Of several statements of one piece of work, none makes room for another of them."""
        cr = self.fresh().cr
        first, second, third = (SQL(f"SELECT %s + {number} AS {'x' * 50}", 1) for number in range(3))
        with patch.object(kept_plans, "KEPT", 160):
            fetch_kept(cr, first)
            [used] = self.names(cr)
            for query in (second, first, third):
                fetch_kept(cr, query)
            kept = self.names(cr)
        self.assertEqual(len(kept), 2)
        self.assertIn(used, kept)

    def test_it_reads_on_a_replica(self):
        cr = self.fresh().cr
        cr.execute("SET TRANSACTION READ ONLY")
        self.assertEqual(fetch_kept(cr, SQL("SELECT %s + 6", 1)), [(7,)])

    def test_rows_are_handed_on_as_they_are(self):
        """Types and all digits, of no rows as well, before a statement with expressions of its own and without."""
        names = ("day", "exact", "inexact", "large", "label", "nothing")
        looks = (
            SQL("SELECT to_jsonb(found)::text, pg_typeof(exact)::text, pg_typeof(nothing)::text FROM found"),
            SQL("WITH more AS (SELECT * FROM found) SELECT to_jsonb(more)::text, pg_typeof(large)::text, '' FROM more"),
        )
        for wanted in (1, 0):
            query = SQL(
                """SELECT * FROM (VALUES (DATE '2024-02-29', 1.50::numeric, 0.1::float8 + 0.2, 2::bigint << 40,
                                          'it''s 100%%', NULL::int)) rows (day, exact, inexact, large, label, nothing)
                    WHERE %s = 1""",
                wanted,
            )
            [row] = fetch_kept(self.env.cr, hand_sql(names, query))
            handed = Handed.make("found", names, row)
            for look in looks:
                with self.subTest(rows=wanted, look=look.code):
                    expressions = look.code.startswith("WITH ")
                    start = SQL("WITH found AS (%s)%s ", query, SQL("," if expressions else ""))
                    self.env.cr.execute(SQL("%s%s", start, SQL(look.code.removeprefix("WITH "))))
                    expected = self.env.cr.fetchall()
                    self.assertEqual(len(expected), wanted)
                    self.assertEqual(fetch_kept(self.env.cr, handed.before(look)), expected)
