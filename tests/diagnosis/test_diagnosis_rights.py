"""Only managers see a diagnosis, and each company only its own records."""

import threading
from contextlib import closing
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2.errors import QueryCanceled

from ...models.core.locking import LOCK_DIAGNOSIS
from .diagnosis_case import DiagnosisCase


@tagged("post_install", "-at_install")
class TestDiagnosisRights(DiagnosisCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.make_company("Foreign Company", "USD")
        group = "customer_value.group_customer_value_manager,sales_team.group_sale_salesman_all_leads"
        cls.boss = cls.make_user("diagnosis_boss", group)
        cls.stranger = cls.make_user("diagnosis_stranger", group, cls.foreign)
        cls.reader = cls.make_user(
            "diagnosis_reader", "sales_team.group_sale_manager,customer_value.group_customer_value_user"
        )
        cls.ours = cls.sound("Ours", email=False)

    def of(self, model, user):
        return self.env[model].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def test_roles(self):
        self.diagnose()
        finding = self.finding("no_email")
        for name in ("get_page", "get_progress", "action_diagnose", "action_cancel"):
            with self.assertRaises(AccessError, msg=name):
                getattr(self.of("customer.diagnosis", self.reader), name)()
        for model in ("customer.diagnosis", "customer.diagnosis.finding", "customer.diagnosis.record"):
            with self.assertRaises(AccessError, msg=model):
                self.of(model, self.reader).search([])
        with self.assertRaises(AccessError):
            self.of("res.partner", self.reader).search(finding._get_subjects_domain())
        boss = self.of("customer.diagnosis", self.boss)
        self.assertTrue(boss.action_diagnose())
        self.assertIn("no_email", [row["code"] for row in boss.get_page()["findings"]])
        mine = finding.with_user(self.boss)
        action = mine.action_view_records()
        self.assertEqual(self.of("res.partner", self.boss).search_count(action["domain"]), mine.count)
        mine.user_id = self.boss
        with self.assertRaises(AccessError):
            mine.count = 0

    def look(self, diagnosis):
        """The progress; within a transaction, the database shows other sessions as they were at first."""
        self.env.cr.execute("SELECT pg_stat_clear_snapshot()")
        return diagnosis.get_progress()

    def test_two_at_once(self):
        """Who comes second is told, and sees how far the first one is."""
        boss, company = self.of("customer.diagnosis", self.boss), self.company.id
        with closing(db_connect(self.env.cr.dbname).cursor()) as other:
            other.execute(
                "SELECT pg_advisory_xact_lock(%s, %s), set_config('application_name', %s, true)",
                [LOCK_DIAGNOSIS, company, f"customer_diagnosis/{company}/57"],
            )
            self.assertEqual(self.look(boss), 57)
            with self.assertRaisesRegex(UserError, "A diagnosis of .* is in progress. Wait until it has finished"):
                boss.action_diagnose()
            other.rollback()
        self.assertIs(self.look(boss), False)
        self.assertTrue(boss.action_diagnose())

    def test_cancel(self):
        """A manager cancels what runs for the company, whoever has started it; of another company nothing."""
        boss, company = self.of("customer.diagnosis", self.boss), self.company.id
        self.assertFalse(boss.action_cancel(), "nothing runs")
        ended = []

        def work(cr):
            try:
                cr.execute("SELECT pg_sleep(60)")
            except QueryCanceled:
                ended.append(True)

        with closing(db_connect(self.env.cr.dbname).cursor()) as other, mute_logger("odoo.sql_db"):
            other.execute("SELECT set_config('application_name', %s, true)", [f"customer_diagnosis/{company}/40"])
            session = threading.Thread(target=work, args=[other])
            session.start()
            self.env.cr.execute("SELECT pg_stat_clear_snapshot()")
            self.assertFalse(self.of("customer.diagnosis", self.stranger).action_cancel())
            for _try in range(50):
                self.env.cr.execute("SELECT pg_stat_clear_snapshot()")
                self.assertTrue(boss.action_cancel())
                session.join(0.1)
                if not session.is_alive():
                    break
            self.assertEqual(ended, [True])
            other.rollback()

    def test_told_that_it_was_canceled(self):
        boss = self.of("customer.diagnosis", self.boss)
        self.diagnose()
        found = self.finding("no_email").read()
        with mute_logger("odoo.sql_db"), self.env.cr.savepoint() as savepoint:
            with (
                patch.object(self.registry["customer.diagnosis"], "_measure_check", self.canceled),
                self.assertRaisesRegex(UserError, "The diagnosis was canceled. Nothing was changed."),
            ):
                boss.action_diagnose()
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(self.finding("no_email").read(), found)

    @staticmethod
    def canceled(diagnosis, *args):
        """As somebody cancels the session amid a check."""
        diagnosis.env.cr.execute("SET LOCAL statement_timeout = 1")
        diagnosis.env.cr.execute("SELECT pg_sleep(5)")

    def test_a_check_that_fails(self):
        """It is named, its finding stays, the others go on; once it is mended nothing is said any more."""
        self.ours.email = False
        self.diagnose()
        known = self.finding("no_email")
        count, total = known.count, known.total
        Check = self.registry["customer.diagnosis.check"]
        broken = SQL("SELECT id, partner_id, nowhere AS faulty FROM res_partner")
        self.ours.phone = False
        boss = self.of("customer.diagnosis", self.boss)
        log = "odoo.addons.customer_value.models.diagnosis.customer_diagnosis"
        with (
            patch.object(Check, "_population_no_email", lambda self, scope: broken),
            self.assertLogs(log, "ERROR") as logged,
            mute_logger("odoo.sql_db"),
        ):
            diagnosis = self.Diagnosis.browse(boss.action_diagnose())
        self.assertIn("no_email", logged.output[0])
        self.assertEqual(diagnosis.failures, ["no_email"])
        self.assertNotIn("no_email", diagnosis.figures)
        self.assertEqual((known.count, known.total, known.active), (count, total, True))
        self.assertTrue(self.finding("no_phone").active, "the others go on")
        said = boss.get_page()["failures"]
        self.assertIn("Customers without an email address", said)
        self.env["ir.actions.report"].with_user(self.boss)._render_qweb_html(
            "customer_value.report_diagnosis", diagnosis.ids
        )
        boss.action_diagnose()
        self.assertEqual(boss.get_page()["failures"], "")

    def test_two_companies(self):
        """Customers of another company are neither counted nor listed, also where they are shared by all."""
        theirs = self.sound("Theirs")
        private = self.customer("Private", company_id=self.foreign.id)
        for partner in (theirs, private):
            self.order(partner, date(2025, 6, 20), company=self.foreign)
        theirs.email = False
        self.env["sale.order"].search(
            [("partner_id", "=", theirs.id), ("company_id", "=", self.company.id)]
        )._action_cancel()
        self.diagnose()
        self.diagnose(self.foreign)
        invoiced = self.ours | theirs
        self.assertFound("no_email", invoiced, 2)
        finding = self.finding("no_email", self.foreign)
        self.assertEqual(set(self.listed(finding).ids), {theirs.id, private.id})
        stranger = self.of("res.partner", self.stranger)
        ours = self.finding("no_email")
        self.assertEqual(stranger.search_count(ours._get_subjects_domain()), 0)
        self.assertEqual(stranger.search_count(finding._get_subjects_domain()), 2)
        self.assertFalse(self.of("customer.diagnosis.finding", self.stranger).search([("id", "in", ours.ids)]))
        self.assertFalse(self.of("customer.diagnosis.record", self.stranger).search([("finding_id", "=", ours.id)]))
        page = self.of("customer.diagnosis", self.stranger).get_page()
        self.assertEqual(page["company"], self.foreign.name)

    def test_nightly_job(self):
        self.diagnose()
        self.ours.email = "ours@example.com"
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_customer_diagnosis").method_direct_trigger()
        self.assertFalse(self.finding("no_email").active)

    def test_print(self):
        for lang in ("en_US",):
            diagnosis = self.diagnose().with_context(lang=lang)
            html, _kind = (
                self.env["ir.actions.report"]
                .with_user(self.boss)
                ._render_qweb_html("customer_value.report_diagnosis", diagnosis.ids)
            )
            self.assertIn(b"Customers without an email address", html)
            plan = self.env["customer.plan"]._draw(diagnosis)
            html, _kind = (
                self.env["ir.actions.report"]
                .with_user(self.boss)
                ._render_qweb_html("customer_value.report_plan", plan.ids)
            )
            self.assertIn(b"<svg", html)
