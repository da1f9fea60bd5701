"""What is read on a replica: methods that say they only read, and rows that another server sends.

The other server is here the same one: what only a second one can show is shown by `make test-replica`.
"""

import re
from contextlib import closing, contextmanager
from pathlib import Path
from unittest.mock import patch

import psycopg2
from odoo.exceptions import ValidationError
from odoo.sql_db import connection_info_for
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import SQL, config, mute_logger
from psycopg2.errors import ReadOnlySqlTransaction

from ...models.core import replica
from ...models.core.ir_config_parameter import REPLICA_WAIT, SORT_MEMORY
from .value_case import ValueCase

ROOT = Path(__file__).resolve().parents[2]
NAME = "customer_value_copied"
TABLE = SQL.identifier(NAME)
MANY = SQL("SELECT number, number / 7.0 AS share, 'text ' || number AS text FROM generate_series(1, 50000) number")


@contextmanager
def told_of_replica(**options):
    """Odoo is told of a replica, which is this very server unless ``options`` of its configuration say otherwise."""
    own = {name: config[name.replace("replica_", "")] for name in ("db_replica_host", "db_replica_port")}
    with patch.dict(config._runtime_options, own | options):
        yield


@tagged("post_install", "-at_install")
class TestReadingOnly(ValueCase):
    def test_each_method_that_only_reads_is_tested(self):
        """Somewhere among the tests it is called where the database refuses to write."""
        marked = {
            name
            for folder in ("models", "wizards", "reports")
            for path in (ROOT / folder).glob("*/*.py")
            for name in re.findall(r"@api\.readonly\n(?: *@.*\n)* *def (\w+)\(", path.read_text())
        }
        self.assertIn("get_desk", marked)
        read = set()
        for path in (ROOT / "tests").glob("*/*.py"):
            for line in re.findall(r"with self\.reading_only\(\):\n(.*)", path.read_text()):
                read.update(re.findall(r"\.(\w+)\(", line))
        self.assertEqual(marked - read, set())

    def test_the_database_refuses_meanwhile(self):
        partner = self.customer()
        with self.assertRaises(ReadOnlySqlTransaction), mute_logger("odoo.sql_db"), self.reading_only():
            partner.name = "Another"
        self.env.invalidate_all(flush=False)
        partner.name = "Written"
        self.env.flush_all()
        self.assertEqual(partner.name, "Written")


@tagged("post_install", "-at_install")
class TestReplica(TransactionCase):
    def copied(self):
        self.env.cr.execute(SQL("SELECT * FROM %s ORDER BY 1", TABLE))
        return self.env.cr.fetchall()

    def connect(self):
        connection = psycopg2.connect(**connection_info_for(self.env.cr.dbname)[1])
        connection.set_session(readonly=True, autocommit=True)
        return closing(connection)

    def stream(self, query):
        with self.connect() as connection, self.env.cr.savepoint(flush=False):
            self.env.cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s WITH NO DATA", TABLE, query))
            replica._stream(self.env.cr, connection, query, TABLE)

    def has_table(self):
        self.env.cr.execute("SELECT to_regclass('customer_value_copied')")
        return bool(self.env.cr.fetchone()[0])

    def test_all_rows_arrive(self):
        self.env.cr.execute(SQL("%s ORDER BY 1", MANY))
        rows = self.env.cr.fetchall()
        self.stream(MANY)
        self.assertEqual(self.copied(), rows)
        self.assertEqual(len(rows), 50000)

    def test_no_rows_arrive(self):
        self.stream(SQL("SELECT 1 AS number WHERE FALSE"))
        self.assertEqual(self.copied(), [])

    def test_percent_signs_and_values_arrive(self):
        self.stream(SQL("SELECT %s AS text, 7 %% 4 AS number", "100% of 'it'"))
        self.assertEqual(self.copied(), [("100% of 'it'", 3)])

    @mute_logger("odoo.sql_db")
    def test_a_replica_that_breaks_off(self):
        """Whether it has sent rows already or not, nothing is left of it."""
        for last in (1, 50000):
            with self.subTest(last=last), self.assertRaises(replica.ReplicaError) as raised:
                self.stream(SQL("SELECT 1 / (%s - number) AS number FROM generate_series(1, 50000) number", last))
            self.assertEqual(raised.exception.reason, "failed")
            self.assertIn("division by zero", str(raised.exception))
            self.assertFalse(self.has_table())

    @mute_logger("odoo.sql_db")
    def test_a_primary_that_breaks_off(self):
        """That is an error of the run, and the replica does not go on for nobody."""
        slow = SQL("SELECT number, pg_sleep(0.001)::text AS text FROM generate_series(1, 600000) number")
        with self.connect() as connection:
            pid = connection.get_backend_pid()
            with (
                patch.object(replica, "_pause", side_effect=ZeroDivisionError("stopped")),
                self.assertRaises(ZeroDivisionError),
            ):
                replica._stream(self.env.cr, connection, slow, TABLE)
            self.env.cr.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid])
            self.assertNotEqual(self.env.cr.fetchone()[0], "active")

    def test_the_same_server_is_no_replica(self):
        with told_of_replica(db_replica_host=config["db_host"] or "localhost"):
            with self.assertRaises(replica.ReplicaError) as raised:
                replica.copy_from_replica(self.env.cr, MANY, NAME, 2)
        self.assertEqual(raised.exception.reason, "unsuitable")
        self.assertFalse(self.has_table())

    def test_a_server_that_is_not_there(self):
        with told_of_replica(db_replica_host="127.0.0.1", db_replica_port=1):
            with self.assertRaises(replica.ReplicaError) as raised:
                replica.copy_from_replica(self.env.cr, MANY, NAME, 2)
        self.assertEqual(raised.exception.reason, "failed")

    def test_what_this_transaction_has_changed(self):
        partners = SQL("SELECT count(*) FROM res_partner p JOIN res_country c ON c.id = p.country_id")
        self.env.flush_all()
        self.env["res.currency"].search([], limit=1).symbol = "¤"
        self.env.flush_all()
        self.assertFalse(replica.has_changed(self.env.cr, partners))
        self.env["res.country"].search([], limit=1).name = "Elsewhere"
        self.env.flush_all()
        self.assertTrue(replica.has_changed(self.env.cr, partners))
        self.assertFalse(replica.has_changed(self.env.cr, SQL("SELECT 1 FROM res_groups")))


@tagged("post_install", "-at_install")
class TestLimits(TransactionCase):
    def work_mem(self):
        self.env.cr.execute("SHOW work_mem")
        return self.env.cr.fetchone()[0]

    def test_the_memory_of_sorts_is_a_setting(self):
        before = self.work_mem()
        with self.env.cr.savepoint():
            self.env["ir.config_parameter"]._use_sort_memory()
            self.assertEqual(self.work_mem(), "256MB")
            self.env["ir.config_parameter"].set_param(SORT_MEMORY, 48)
            self.env["ir.config_parameter"]._use_sort_memory()
            self.assertEqual(self.work_mem(), "48MB")
            self.env.cr.execute("RESET work_mem")
        self.assertEqual(self.work_mem(), before)

    def test_settings_show_and_keep_it(self):
        settings = Form(self.env["res.config.settings"])
        self.assertEqual((settings.value_sort_memory, settings.value_replica_wait), (256, 30))
        settings.value_sort_memory = 512
        with told_of_replica(db_replica_host="replica"):
            with Form(self.env["res.config.settings"]) as told:
                told.value_replica_wait = 90
                told.value_sort_memory = 512
        told.record.execute()
        Parameter = self.env["ir.config_parameter"]
        self.assertEqual(Parameter._get_value_whole(SORT_MEMORY), 512)
        self.assertEqual(Parameter._get_value_whole(REPLICA_WAIT), 90)

    def test_numbers_beyond_the_limits(self):
        for number in (0, 3, 4097, -256):
            settings = self.env["res.config.settings"].create({"value_sort_memory": number})
            with (
                self.subTest(number=number),
                self.assertRaisesRegex(ValidationError, r"Sort Memory \(MB\): .*from 4 to 4096"),
            ):
                settings.execute()
        for number in (4, 4096):
            self.env["res.config.settings"].create({"value_sort_memory": number}).execute()
            self.assertEqual(self.env["ir.config_parameter"]._get_value_whole(SORT_MEMORY), number)

    def test_what_is_no_number(self):
        Parameter = self.env["ir.config_parameter"]
        for text in ("256MB", "much", "1e3", "2.5", "²"):
            with self.subTest(text=text), self.assertRaises(ValidationError):
                Parameter.set_param(SORT_MEMORY, text)
                Parameter.flush_model()
        Parameter.set_param("customer_value.another", "much")
