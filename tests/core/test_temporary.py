"""What holds within a transaction: its tables, how its statements are planned, and what others see of its progress."""

from contextlib import closing

from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.core.planning import planning
from ...models.core.progress import ask_sessions, read_progress, report_progress
from ...models.core.temporary import drop_temporary, make_temporary
from .value_case import ValueCase

TABLE = "customer_value_test_temporary"


@tagged("post_install", "-at_install")
class TestTemporary(ValueCase):
    def rows(self):
        return self.env.execute_query(SQL("SELECT * FROM %s ORDER BY 1", SQL.identifier(TABLE)))

    def test_table_takes_the_place_of_one_that_is_left(self):
        make_temporary(self.env.cr, TABLE, SQL("SELECT 1 AS first"))
        make_temporary(self.env.cr, TABLE, SQL("SELECT * FROM unnest(%s) AS other", [2, 3]))
        self.assertEqual(self.rows(), [(2,), (3,)])

    def test_the_planner_knows_its_rows(self):
        make_temporary(self.env.cr, TABLE, SQL("SELECT * FROM generate_series(1, 700) AS number"))
        [[rows]] = self.env.execute_query(SQL("SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)", TABLE))
        self.assertEqual(rows, 700)

    def test_tables_of_the_database_are_never_dropped(self):
        self.env.cr.execute(SQL("CREATE TABLE %s AS SELECT 1 AS first", SQL.identifier(TABLE)))
        drop_temporary(self.env.cr, TABLE, f"{TABLE}_other")
        self.assertEqual(self.rows(), [(1,)])
        make_temporary(self.env.cr, TABLE, SQL("SELECT 2 AS first"))
        self.assertEqual(self.rows(), [(2,)])
        drop_temporary(self.env.cr, TABLE)
        self.assertEqual(self.rows(), [(1,)])

    def test_planning(self):
        names = ["enable_mergejoin", "random_page_cost", "work_mem"]

        def settings():
            query = SQL("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", names)
            return dict(self.env.execute_query(query))

        self.env.cr.execute("SET LOCAL random_page_cost = 3; SET LOCAL work_mem = '12MB'")
        before = settings()
        with planning(self.env.cr, {"enable_mergejoin": "off", "random_page_cost": "1.1", "work_mem": "5MB"}):
            self.assertEqual(settings(), dict(zip(names, ("off", "1.1", "5120"), strict=True)))
        self.assertEqual(settings(), before)
        self.assertEqual(before["work_mem"], "12288")

    def read_progress(self, name, record_id):
        """Within a transaction, the database shows other sessions as they were at first."""
        self.env.cr.execute("SELECT pg_stat_clear_snapshot()")
        return read_progress(self.env, name, record_id)

    def test_progress_is_seen_by_others_while_it_lasts(self):
        with closing(db_connect(self.env.cr.dbname).cursor()) as other:
            report_progress(other, "customer_value_test", 12, "some step", 40)
            self.assertEqual(self.read_progress("customer_value_test", 12), ["some step", "40"])
            self.assertIsNone(self.read_progress("customer_value_test", 1))
            self.assertIsNone(self.read_progress("customer_value", 12))
            other.execute("SELECT pg_backend_pid()")
            self.assertEqual(
                ask_sessions(self.env, "customer_value_test", 12, SQL("pid")), [pid for [pid] in other.fetchall()]
            )
            other.rollback()
            self.assertIsNone(self.read_progress("customer_value_test", 12))

    def test_progress_is_not_that_of_who_asks(self):
        report_progress(self.env.cr, "customer_value_test", 12, "some step", 40)
        self.assertIsNone(self.read_progress("customer_value_test", 12))
