from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestDeskTour(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "desk_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_user",
            name="Account Manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        # the browser's desk is that of today
        today = fields.Date.today()
        cls.firm = cls.customer("Tour Firm", is_company=True, user_id=cls.manager.id)
        others = cls.customers(2, "Somebody else")
        for days in (45, 55, 65, 75):
            cls.order(cls.firm, today - timedelta(days=days), 100, cost=40)
        for partner in others:
            for days in (0, 300):
                cls.order(partner, today - timedelta(days=days), 100)
        cls.run_policy(as_of=today)
        cls.env["customer.retention.risk"]._refresh(cls.company)
        cls.firm.activity_schedule(
            "mail.mail_activity_data_call", today, summary="Ask about the delivery", user_id=cls.manager.id
        )

    def test_desk(self):
        """The user logs a call, completes what is due, postpones the rest, and opens the customers at risk."""
        self.start_tour("/odoo", "customer_retention_desk", login=self.manager.login, timeout=120)
        self.env.invalidate_all()
        messages = self.firm.message_ids.filtered("mail_activity_type_id")
        self.assertEqual(messages.author_id, self.manager.partner_id)
        self.assertEqual(len(messages), 2)
        offer = self.firm.activity_ids.filtered(lambda activity: activity.summary == "Send the offer")
        self.assertRecordValues(offer, [{"user_id": self.manager.id}])
        self.assertGreater(offer.date_deadline, fields.Date.today())
        step = self.firm._get_next_steps(self.company)[self.firm.id]
        self.assertEqual((self.firm.activity_ids - offer).summary, step["title"])
        self.assertRecordValues(
            self.env["customer.value.advice"].search([("partner_id", "=", self.firm.id)]),
            [{"kind": "risk", "promise": step["sentence"], "user_id": self.manager.id}],
        )
