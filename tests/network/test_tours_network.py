"""Referrals, in a browser."""

from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from .network_case import NetworkCase


@tagged("post_install", "-at_install")
class TestNetworkTours(BrowserCase, NetworkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.giver, cls.buyer, cls.late = (cls.customer(f"Tour {name}") for name in ("Giver", "Buyer", "Late"))
        cls.user = new_test_user(
            cls.env,
            "network_tour",
            "sales_team.group_sale_salesman_all_leads,base.group_partner_manager,"
            "customer_value.group_customer_value_manager",
            name="Seller",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def open(self, path, tour):
        self.start_tour(f"/odoo/{path}", tour, login=self.user.login)
        self.env.invalidate_all()

    def test_lead(self):
        """The referrer is entered on an opportunity, and is on the customer once it is won."""
        lead = self.lead(self.buyer, user_id=self.user.id)
        self.open(f"crm.lead/{lead.id}", "customer_referral_lead")
        self.assertEqual(self.buyer.referrer_id, self.giver)

    def test_grid(self):
        """From the groups to the list, and from there to the customers behind a value."""
        (self.buyer | self.late).write({"referrer_id": self.giver.id})
        for partner, amount in ((self.giver, 1.0), (self.buyer, 500.0), (self.late, 500.0)):
            self.worth(partner, amount)
        self.refresh()
        self.open("customer-referral-grid", "customer_referral_grid")
