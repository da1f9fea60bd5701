from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ONE_TO_ONE, ValueCase


@tagged("post_install", "-at_install")
class TestCareTour(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "care_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            name="Manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        cls.make_policy(ONE_TO_ONE)
        cls.tier("Base").is_club = True
        # the browser's calendar opens at today
        today = fields.Date.today()
        cls.firm = cls.customer("Tour Firm", user_id=cls.manager.id)
        cls.person = cls.customer("Tour Person", parent_id=cls.firm.id, value_birthday=today - relativedelta(years=30))
        cls.invoice(cls.firm, today - timedelta(days=1), 10)
        cls.run_policy(as_of=today)

    def test_care(self):
        """A manager makes a rule, plans, sees the birthday in the calendar, postpones and skips it."""
        self.start_tour("/odoo", "customer_value_care", login=self.manager.login, timeout=120)
        self.env.invalidate_all()
        care = self.env["customer.value.care"].search([("partner_id", "=", self.person.id)])
        self.assertRecordValues(
            care, [{"state": "cancelled", "reason": "skipped", "postponed": True, "user_id": self.manager.id}]
        )
