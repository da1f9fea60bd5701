"""The home page in a browser, and the work of every day in three clicks from there."""

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ONE_TO_ONE, ValueCase


@tagged("post_install", "-at_install")
class TestHomeTours(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(
            cls.env,
            "home_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager,"
            "customer_value.group_complaint_manager",
            name="Boss",
            email="home_tour@example.com",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def fill(self):
        """Somebody who is late, somebody who lost a tier, and somebody who cost more than they brought."""
        today = fields.Date.today()
        self.make_policy(
            ONE_TO_ONE, {"Top": {"entry_score": 80, "keep_score": 80, "grace_days": 0}, "Base": 0}, window_months=0
        )
        late, fallen, dear = (self.customer(f"Tour {name}") for name in ("Late", "Fallen", "Dear"))
        late.user_id = self.boss
        for number in range(4):
            self.order(late, today - timedelta(days=25 + 10 * number), 20, cost=10)
        self.invoice(fallen, today - timedelta(days=40), 90)
        self.run_policy(as_of=today - timedelta(days=30))
        self.credit_note(fallen, today - timedelta(days=20), 70)
        # gaps that long are usual here, so that nobody counts as lost yet
        for days in (0, 300):
            self.order(dear, today - timedelta(days=days))
        self.company.retention_ticket_cost = 500
        closed = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        self.ticket(dear).stage_id = closed
        self.run_policy(as_of=today)
        self.env["customer.retention.risk"]._refresh(self.company)

    def tour(self, name):
        self.start_tour("/odoo", f"customer_home_{name}", login=self.boss.login, timeout=120)
        self.env.invalidate_all()

    def test_walk(self):
        self.fill()
        self.tour("walk")

    def test_empty(self):
        self.tour("empty")

    def test_who_is_at_risk_and_what_to_do(self):
        self.fill()
        self.tour("at_risk")

    def test_why_a_tier_was_lost(self):
        self.fill()
        self.tour("lost_tier")

    def test_which_customers_cost_more_than_they_bring(self):
        self.fill()
        self.tour("losing")

    def test_everything_about_one_customer(self):
        self.fill()
        self.tour("customer")

    def test_answer_a_complaint(self):
        partner = self.customer("Tour Complainer", email="tour@example.com")
        complaint = self.ticket(partner, is_complaint=True, name="Late again").sudo()
        complaint.write(
            {
                "complaint_type_id": self.env.ref("customer_value.complaint_type_late").id,
                "complaint_severity": "2",
                "complaint_fault": "ours",
                "complaint_fault_kind": "late",
                "complaint_assessment": "The van broke down.",
                "complaint_answer": "<p>We are sorry.</p>",
                "complaint_cause_id": self.env.ref("customer_value.complaint_cause_transport").id,
                "complaint_done": "Delivered again.",
                "complaint_change": "A second van.",
                "user_id": self.boss.id,
            }
        )
        for step in ("assess", "investigate"):
            complaint.with_user(self.boss)._take_complaint_step(step)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET complaint_answer_due = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=1), complaint.id],
        )
        self.env.invalidate_all()
        self.tour("complaint")
        self.assertEqual(complaint.complaint_state, "answered")
