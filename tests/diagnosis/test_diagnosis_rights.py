"""Only managers see a diagnosis, and each company only its own records."""

from contextlib import closing
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import tagged

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
        for name in ("get_page", "get_progress", "action_diagnose"):
            with self.assertRaises(AccessError, msg=name):
                getattr(self.of("customer.diagnosis", self.reader), name)()
        for model in ("customer.diagnosis", "customer.diagnosis.finding", "customer.diagnosis.record"):
            with self.assertRaises(AccessError, msg=model):
                self.of(model, self.reader).search([])
        with self.assertRaises(AccessError):
            self.of("res.partner", self.reader).search([("diagnosis_finding_id", "in", finding.ids)])
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
        self.assertEqual(stranger.search_count([("diagnosis_finding_id", "in", ours.ids)]), 0)
        self.assertEqual(stranger.search_count([("diagnosis_finding_id", "in", finding.ids)]), 2)
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
