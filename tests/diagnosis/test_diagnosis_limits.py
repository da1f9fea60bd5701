"""Each limit that a company sets changes what is found, and what the finding says."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .diagnosis_case import NOON, TODAY, DiagnosisCase


@tagged("post_install", "-at_install")
class TestDiagnosisLimits(DiagnosisCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = cls.env["res.partner"].union(*(cls.sound(f"Good {number}", seller=number) for number in range(4)))

    def assertLimit(self, code, name, values, found):
        """With the first value ``found[0]`` records are found, with the second ``found[1]``; the finding says which."""
        for value, records in zip(values, found, strict=True):
            self.company[name] = value
            self.diagnose()
            self.assertFound(code, records)
            self.assertIn(f"{value:g}", self.finding(code).name, (code, value))

    def test_tickets(self):
        ticket = self.ticket(self.good[0], TODAY - timedelta(days=5))
        self.assertLimit("unanswered_tickets", "diagnosis_answer_days", (3, 7), (ticket, ticket.browse()))

    def test_quotations(self):
        buyer = self.sound("Asks")
        self.env["sale.order"].search([("partner_id", "=", buyer.id)]).date_order = datetime(2025, 6, 1)
        quotation = self.order(buyer, TODAY - timedelta(days=10), confirm=False)
        self.assertLimit("silent_quotations", "diagnosis_follow_days", (14, 7), (quotation.browse(), quotation))

    def test_contact(self):
        # all have ordered eleven days ago
        self.assertLimit("no_contact", "diagnosis_contact_days", (180, 10), (self.good.browse(), self.good))

    def test_contact_by_tier(self):
        """The customers of a tier with a limit of its own are judged by that."""
        scale = {"scale": "linear", "floor": 0.0, "cap": 200.0}
        policy = self.make_policy({"revenue": scale}, tiers={"Top": 80.0, "Base": 0.0})
        top, base = policy.tier_ids.sorted("entry_score", reverse=True)
        self.invoice(self.good[0], date(2025, 6, 25), 5000.0)
        self.run_policy(TODAY)
        self.env.invalidate_all()
        best = self.good.filtered(lambda partner: self.score(partner).tier_id == top)
        self.assertTrue(best)
        self.assertTrue(self.good - best)
        self.diagnose()
        self.assertFound("no_contact", best.browse())
        top.diagnosis_contact_days = 10
        self.diagnose()
        self.assertFound("no_contact", best)
        self.assertIn("180 days, or the days of their tier (10 to 10)", self.finding("no_contact").name)
        # a tier may also ask for less
        self.company.diagnosis_contact_days = 5
        top.diagnosis_contact_days, base.diagnosis_contact_days = 90, 0
        self.diagnose()
        self.assertFound("no_contact", self.good - best)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            base.diagnosis_contact_days = -1
            self.env.flush_all()

    def test_data(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = %s WHERE id = %s", [NOON - timedelta(days=400), self.good[0].id]
        )
        self.assertLimit("old_facts", "diagnosis_data_months", (24, 12), (self.good.browse(), self.good[0]))

    def test_load(self):
        for number in range(2):
            self.sound(f"More {number}", seller=0)
        self.assertLimit(
            "many_customers", "diagnosis_load_factor", (2, 1.5), (self.sellers[0].browse(), self.sellers[0])
        )
        for number in range(4):
            for _number in range(3 if not number else 1):
                self.lead(self.good[number], user_id=self.sellers[number].id)
        self.assertLimit("many_matters", "diagnosis_load_factor", (2, 1.5), (self.sellers[0].browse(), self.sellers[0]))

    def test_scores(self):
        self.run_policy(TODAY - timedelta(days=5))
        self.diagnose()
        self.assertFalse(self.finding("ready_scoring").active)
        self.company.diagnosis_score_days = 3
        self.diagnose()
        self.assertTrue(self.finding("ready_scoring").active)
        self.assertIn("3 days", self.finding("ready_scoring").figures)
        self.company.diagnosis_score_days = 35
        self.sound("Newer")
        self.diagnose()
        self.assertTrue(self.finding("ready_scoring").active)
        self.company.diagnosis_scored_percent = 80
        self.diagnose()
        self.assertFalse(self.finding("ready_scoring").active)

    def test_pricelists(self):
        """Tiers with a pricelist grant nothing while pricelists are switched off in the sales settings."""
        self.run_policy(TODAY - timedelta(days=5))
        users, feature = (self.env.ref(name) for name in ("base.group_user", "product.group_product_pricelist"))
        tier = self.env["customer.value.policy"]._get_active(self.company).tier_ids[0]
        tier.pricelist_id = self.env["product.pricelist"].create({"name": "Dear", "company_id": self.company.id})
        users.implied_ids -= feature
        self.env.invalidate_all()
        self.assertTrue(tier.pricelists_off)
        self.diagnose()
        self.assertTrue(self.finding("ready_scoring").active)
        self.assertIn(tier.name, self.finding("ready_scoring").figures)
        users.implied_ids |= feature
        self.env.invalidate_all()
        self.assertFalse(tier.pricelists_off)
        self.diagnose()
        self.assertFalse(self.finding("ready_scoring").active)

    def test_wallets(self):
        self.env["customer.wallet"].create(
            {"partner_id": self.good[0].id, "company_id": self.company.id, "budget": 500.0}
        )
        self.diagnose()
        self.assertFalse(self.finding("ready_wallet").active)
        self.company.diagnosis_wallet_percent = 50
        self.diagnose()
        self.assertTrue(self.finding("ready_wallet").active)
        self.assertIn("50% are needed", self.finding("ready_wallet").figures)

    def test_severity(self):
        self.good[0].email = False
        for limits, severity in (
            ((25, 15, 5, 3), "high"),
            ((26, 26, 5, 3), "medium"),
            ((26, 25, 5, 3), "high"),
            ((90, 90, 26, 25), "medium"),
            ((90, 90, 26, 26), "low"),
        ):
            names = ("high_share", "high_revenue", "medium_share", "medium_revenue")
            self.company.write({f"diagnosis_{name}": limit for name, limit in zip(names, limits, strict=True)})
            self.diagnose()
            self.assertEqual(self.finding("no_email").severity, severity, limits)

    def test_what_cannot_be_set(self):
        for name, value, message in (
            ("answer_days", 0, "from 1 to 3650"),
            ("follow_days", -1, "from 1 to 3650"),
            ("contact_days", 4000, "from 1 to 3650"),
            ("score_days", 0, "from 1 to 3650"),
            ("data_months", 0, "from 1 to 120"),
            ("load_factor", 1.0, "more than 1"),
            ("scored_percent", 101, "from 0 to 100"),
            ("wallet_percent", -1, "from 0 to 100"),
            ("medium_share", 30, "Medium From"),
            ("high_revenue", 2, "Medium From"),
        ):
            with self.assertRaises(ValidationError) as refused:
                self.company[f"diagnosis_{name}"] = value
            self.assertIn(message, str(refused.exception), name)

    def test_settings(self):
        """The settings write them for the company, and another company keeps its own."""
        other = self.make_company("Other Company", "USD")
        self.env["res.config.settings"].create({"diagnosis_answer_days": 9}).execute()
        self.assertEqual(self.company.diagnosis_answer_days, 9)
        self.assertEqual(other.diagnosis_answer_days, 3)

    def test_words_are_those_of_the_day(self):
        """A limit that is changed says nothing of what was found before."""
        self.ticket(self.good[0], TODAY - timedelta(days=9))
        earlier = self.diagnose()
        self.company.diagnosis_answer_days = 7
        self.assertIn("after 3 days", self.finding("unanswered_tickets").name)
        with freeze_time(NOON + timedelta(days=1)):
            self.diagnose()
        self.env.invalidate_all()
        self.assertIn("after 7 days", self.finding("unanswered_tickets").name)
        page = self.env["report.customer_value.report_diagnosis"]._get_page(earlier)
        names = [finding["name"] for pillar in page["pillars"] for finding in pillar["findings"]]
        self.assertIn("Tickets without an answer after 3 days", names)
