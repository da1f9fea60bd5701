"""Rows that parallel workers read as well, and that nobody finds afterwards."""

from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import OperationalError

from ...models.core.shared_rows import drop_rows, sample_rows, share_rows
from .race_case import RaceCase

NAME = "customer_value_given"
MANY = SQL("SELECT number, number %% 7 AS rest FROM generate_series(1, 20000) number")


@tagged("post_install", "-at_install")
class TestSharedRows(RaceCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.clear)

    def clear(self):
        with db_connect(self.env.cr.dbname).cursor() as cr:
            drop_rows(cr, NAME)

    def rows_of(self, cr):
        cr.execute(SQL("SELECT * FROM %s ORDER BY 1", SQL.identifier(NAME)))
        return cr.fetchall()

    def find(self, cr=None):
        """Names of what there is, as a transaction sees it that begins now, or as that of ``cr`` does."""
        query = "SELECT relname FROM pg_class WHERE starts_with(relname, %s)"
        if cr:
            cr.execute(query, [NAME])
            return cr.fetchall()
        with db_connect(self.env.cr.dbname).cursor() as cr:
            return self.find(cr)

    def test_rows_are_read_until_they_are_dropped(self):
        cr = self.open().cr
        share_rows(cr, NAME, MANY)
        self.assertEqual(self.rows_of(cr), [(number, number % 7) for number in range(1, 20001)])
        share_rows(cr, NAME, SQL("SELECT 'another' AS text"))
        self.assertEqual(self.rows_of(cr), [("another",)])
        drop_rows(cr, NAME)
        self.assertFalse(self.find(cr))
        # nothing to drop
        drop_rows(cr, NAME)
        self.assertFalse(self.find(cr))

    def test_a_table_that_is_filled_later(self):
        cr = self.open().cr
        table = share_rows(cr, NAME, MANY, data=False)
        self.assertEqual(self.rows_of(cr), [])
        cr.execute(SQL("INSERT INTO %s VALUES (3, 3)", table))
        self.assertEqual(self.rows_of(cr), [(3, 3)])

    def test_a_temporary_table_of_the_name_is_dropped(self):
        cr = self.open().cr
        cr.execute(SQL("CREATE TEMPORARY TABLE %s AS SELECT 1 AS number", SQL.identifier(NAME)))
        drop_rows(cr, NAME)
        self.assertFalse(self.find(cr))

    def test_workers_read_them(self):
        cr = self.open().cr
        table = share_rows(cr, NAME, MANY)
        sample_rows(cr, table, "number", "rest")
        cr.execute("SELECT attname, n_distinct FROM pg_stats WHERE tablename = %s ORDER BY 1", [table.code.strip('"')])
        self.assertEqual(cr.fetchall(), [("number", -1), ("rest", 7)])
        cr.execute("SET LOCAL parallel_setup_cost = 0")
        cr.execute("SET LOCAL parallel_tuple_cost = 0")
        query = SQL("SELECT rest, count(*) FROM %s GROUP BY rest ORDER BY rest", SQL.identifier(NAME))
        cr.execute(SQL("EXPLAIN %s", query))
        self.assertIn("Parallel Seq Scan", str(cr.fetchall()))
        cr.execute(query)
        self.assertEqual(cr.fetchall(), [(rest, len(range(rest or 7, 20001, 7))) for rest in range(7)])

    def test_transactions_do_not_meet(self):
        """Neither waits for the other, or sees its rows, or drops them."""
        one, other = self.open().cr, self.open().cr
        for number, cr in enumerate((one, other)):
            cr.execute("SET LOCAL lock_timeout = '2s'")
            share_rows(cr, NAME, SQL("SELECT %s AS number", number))
        self.assertEqual([self.rows_of(one), self.rows_of(other)], [[(0,)], [(1,)]])
        drop_rows(one, NAME)
        one.commit()
        self.assertEqual(self.rows_of(other), [(1,)])
        drop_rows(other, NAME)
        other.commit()
        self.assertFalse(self.find())

    def test_nothing_is_left_of_what_is_undone(self):
        cr = self.open().cr
        with self.assertRaises(ZeroDivisionError), cr.savepoint(flush=False):
            share_rows(cr, NAME, MANY)
            raise ZeroDivisionError
        self.assertFalse(self.find(cr))
        share_rows(cr, NAME, MANY)
        self.assertFalse(self.find())
        cr.rollback()
        self.assertFalse(self.find(cr))

    @mute_logger("odoo.sql_db")
    def test_nothing_is_left_by_a_session_that_is_killed(self):
        cr = self.open().cr
        share_rows(cr, NAME, MANY)
        self.env.cr.execute("SELECT pg_terminate_backend(%s, 5000)", [cr.connection.get_backend_pid()])
        with self.assertRaises(OperationalError):
            cr.execute("SELECT 1")
        self.cursors.remove(cr)
        cr.close()
        self.assertFalse(self.find())

    def test_what_was_forgotten_is_dropped_by_the_next(self):
        """By any session, also where it shares rows itself."""
        forgetful, cr = self.open().cr, self.open().cr
        share_rows(forgetful, NAME, MANY)
        forgetful.commit()
        self.assertTrue(self.find())
        share_rows(cr, NAME, SQL("SELECT 1 AS number"))
        self.assertEqual(self.rows_of(cr), [(1,)])
        drop_rows(cr, NAME)
        self.assertFalse(self.find(cr))
        # so that what was forgotten can be dropped by the test
        cr.rollback()
