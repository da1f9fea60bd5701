from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .hand_over_case import HandOverCase


@tagged("post_install", "-at_install")
class TestHandOverTour(BrowserCase, HandOverCase):
    def test_hand_over(self):
        """A manager gives the best customer of a leaving colleague to another, and sees the record of it."""
        self.start_tour("/odoo", "customer_value_hand_over", login=self.manager.login, timeout=120)
        self.env.invalidate_all()
        self.assertEqual((self.top.user_id, self.middle.user_id), (self.anna, self.leaver))
        done = self.HandOver.search([("from_user_id", "=", self.leaver.id)])
        self.assertRecordValues(done, [{"user_id": self.manager.id, "customer_count": 1, "is_partial": True}])
