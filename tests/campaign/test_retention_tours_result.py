from datetime import datetime

from freezegun import freeze_time
from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .retention_result_case import TODAY, UNTIL, ResultCase

# when the tests were loaded: the clock of the browser
NOW = datetime.now()


@tagged("post_install", "-at_install")
class TestResultTour(BrowserCase, ResultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.group_ids |= cls.env.ref("sales_team.group_sale_salesman_all_leads")
        partners, rng = cls.shoppers(120)
        cls.campaign_under_test = campaign = cls.started(
            partners, name="Tour of the result", holdout_percent=40.0, date_end=TODAY, measure_until=UNTIL
        )
        treated = cls.members(campaign, ("arm", "=", "treatment")).partner_id
        cls.shop(treated, rng, TODAY, UNTIL, 300.0)
        cls.shop(partners - treated, rng, TODAY, UNTIL)

    def test_result(self):
        """A manager measures a campaign whose time is over, reads the result, and looks at what is behind it."""
        # a clock that stands still would keep the browser waiting: let it run again
        with freeze_time(NOW, tick=True):
            self.start_tour("/odoo", "customer_retention_result", login=self.manager.login, timeout=180)
        self.campaign_under_test.invalidate_recordset()
        self.assertEqual(self.campaign_under_test.result_state, "better")
        self.assertTrue(self.campaign_under_test.checkpoint_ids)
