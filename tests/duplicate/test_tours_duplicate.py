"""Duplicates are reviewed in a browser."""

from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from .duplicate_case import DuplicateCase


@tagged("post_install", "-at_install")
class TestDuplicateTours(BrowserCase, DuplicateCase):
    def test_review(self):
        one, other = self.twins("Tour Print", 1)
        third, fourth = self.twins("Tour Timber", 2)
        manager = new_test_user(
            self.env,
            "duplicate_tour",
            "customer_value.group_customer_value_manager,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.look()
        self.start_tour("/odoo/duplicates", "customer_duplicate_review", login=manager.login)
        self.env.invalidate_all()
        self.assertEqual(len((one | other).exists()), 1)
        self.assertEqual(self.pair(third, fourth).state, "apart")
