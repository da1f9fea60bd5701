from odoo import Command
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from .lifetime_case import LifetimeCase


@tagged("post_install", "-at_install")
class TestLifetimeTour(BrowserCase, LifetimeCase):
    def test_forecast(self):
        """How good it is, calibrate again, then a customer's value and the documents behind it."""
        manager = new_test_user(
            self.env,
            "lifetime_tour",
            "base.group_user,sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.start_tour("/odoo", "customer_lifetime", login=manager.login, timeout=120)
        latest = self.Calibration._get_latest(self.company)
        self.assertEqual(latest.as_of, self.company._get_value_today())
