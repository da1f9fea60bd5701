from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestRetentionOffersTour(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "retention_offers_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            name="Manager",
            email="tour_offers@example.com",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        # campaigns start today
        today = fields.Date.today()
        cls.tour_customers = cls.env["res.partner"].create(
            [{"name": f"Tour Customer {number}", "email": f"tour{number}@example.com"} for number in (1, 2)]
        )
        for partner in cls.tour_customers:
            cls.order(partner, today - timedelta(days=20), 300.0, cost=100.0)
        cls.goods = cls.env["product.product"].create(
            {
                "name": "Tour goods",
                "type": "service",
                "list_price": 200.0,
                "standard_price": 100.0,
                "taxes_id": [fields.Command.clear()],
                "company_id": cls.company.id,
            }
        )
        call = cls.env["customer.retention.offer"].search([("company_id", "=", cls.company.id), ("kind", "=", "call")])
        cls.campaign = cls.env["customer.retention.campaign"].create(
            {
                "name": "Tour of offers",
                "company_id": cls.company.id,
                "offer_id": call.id,
                "user_id": cls.manager.id,
                "audience_model": "res.partner",
                "audience_domain": repr([("id", "in", cls.tour_customers.ids)]),
                "holdout_percent": 0,
                "without_holdout": True,
                "budget": 100.0,
            }
        )

    def test_offer_to_order(self):
        """A manager makes an offer, starts a campaign with it, sends the codes, and one of them is used in an order."""
        self.start_tour("/odoo", "customer_retention_offers", login=self.manager.login, timeout=150)
        self.env.invalidate_all()
        self.assertEqual(self.campaign.booked, 80.0)
        members = self.campaign.member_ids
        self.assertEqual(set(members.mapped("state")), {"offered"})
        self.assertEqual(len(members.mail_id), 2)
        used = members.filtered("used_value")
        self.assertEqual((used.partner_id, used.used_value), (self.tour_customers[0], 40.0))
        order = self.env["sale.order"].search([("campaign_id", "=", self.campaign.utm_campaign_id.id)])
        self.assertEqual((order.partner_id, order.amount_total), (self.tour_customers[0], 160.0))
