from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ONE_TO_ONE, ValueCase


@tagged("post_install", "-at_install")
class TestRetentionCampaignTour(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "retention_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            name="Manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        cls.make_policy(ONE_TO_ONE)
        # the wizard opens at today
        today = fields.Date.today()
        cls.buyers = cls.customers(12, "Tour Buyer")
        cls.refuser = cls.customer("Tour Refuser", retention_opt_out=True)
        # few and very different: they can show nothing
        for number, partner in enumerate(cls.buyers | cls.refuser):
            cls.order(partner, today - timedelta(days=20), 50 + number**3, cost=50)
            cls.invoice(partner, today - timedelta(days=20), 50 + number)
        cls.run_policy(as_of=today)
        cls.env["customer.retention.offer"].create({"name": "Tour call", "kind": "call", "company_id": cls.company.id})

    def test_from_a_selection_to_the_end(self):
        """A manager selects customers, sees the size, starts, looks at the members, pauses, resumes and cancels."""
        self.start_tour("/odoo", "customer_retention_campaign", login=self.manager.login, timeout=150)
        self.env.invalidate_all()
        campaign = self.env["customer.retention.campaign"].search([("name", "=", "Tour campaign")])
        self.assertRecordValues(campaign, [{"state": "cancelled", "holdout_percent": 25}])
        members = campaign.member_ids
        self.assertEqual(members.partner_id, self.buyers)
        self.assertEqual(len(members.filtered(lambda member: member.arm == "holdout")), 3)
        self.assertEqual(set(members.mapped("state")), {"holdout", "withdrawn"})
