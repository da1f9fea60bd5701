from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestRetentionRiskTour(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "risk_tour",
            "base.group_partner_manager,customer_value.group_customer_value_manager,"
            "customer_value.group_complaint_officer",
            name="Manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        # the manager refreshes as of today
        today = fields.Date.today()
        late, complaining = cls.customer("Tour Late"), cls.customer("Tour Complaint")
        for number in range(4):
            cls.order(late, today - timedelta(days=25 + 10 * number), 100, cost=70)
        cls.order(complaining, today - timedelta(days=2))
        cls.ticket(complaining, name="Where is it?", is_complaint=True, user_id=cls.manager.id)
        cls.at_risk = late + complaining

    def test_at_risk(self):
        """A manager refreshes, sees customers at risk by reason, and opens what is behind it."""
        self.start_tour("/odoo", "customer_retention_risk", login=self.manager.login, timeout=120)
        self.env.invalidate_all()
        risks = self.env["customer.retention.risk"].search([("company_id", "=", self.company.id)], order="stake desc")
        self.assertEqual(risks.mapped("level"), ["watch", "watch"])
        self.assertEqual(risks.mapped("reason_id.code"), ["rhythm", "complaint"])

    def test_bulk_call(self):
        """A manager selects all customers of the list, and each is to be called."""
        self.env["customer.retention.risk"]._refresh(self.company)
        self.start_tour("/odoo", "customer_retention_bulk_call", login=self.manager.login, timeout=120)
        self.env.invalidate_all()
        call = self.env.ref("mail.mail_activity_data_call")
        for customer in self.at_risk:
            self.assertRecordValues(customer.activity_ids, [{"summary": "How are you?", "activity_type_id": call.id}])
