"""Competitors and wallets, in a browser."""

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestCompetitionTours(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rival = cls.customer(
            "Tour Rival", is_company=True, is_competitor=True, competitor_how_to_win="Show the service."
        )
        cls.buyer = cls.customer("Tour Buyer")
        cls.user = new_test_user(
            cls.env,
            "competition_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_user",
            name="Seller",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def open(self, action, record, tour):
        self.start_tour(f"/odoo/{action}/{record.id}" if record else f"/odoo/{action}", tour, login=self.user.login)
        self.env.invalidate_all()

    def test_lost(self):
        lead = self.lead(self.buyer, user_id=self.user.id)
        self.open("crm.lead", lead, "customer_competition_lost")
        self.assertRecordValues(
            lead.competition_line_ids,
            [{"competitor_id": self.rival.id, "price": 750.0, "is_winner": True, "outcome": "lost"}],
        )

    def test_won(self):
        lead = self.lead(self.buyer, user_id=self.user.id)
        self.open("crm.lead", lead, "customer_competition_won")
        self.assertEqual(lead.won_status, "won")

    def test_quotation(self):
        order = self.order(self.buyer, fields.Date.today(), confirm=False)
        self.env["customer.competition.line"].create({"order_id": order.id, "competitor_id": self.rival.id})
        self.open("sale.order", order, "customer_competition_quotation")

    def test_competitor(self):
        self.open("competitors", None, "customer_competitor")

    def test_wallet(self):
        self.invoice(self.buyer, fields.Date.today(), 1000.0)
        self.env["customer.wallet"]._refresh(self.company)
        self.open("share-of-wallet", None, "customer_wallet")
        wallet = self.env["customer.wallet"].search([("partner_id", "=", self.buyer.id)])
        self.assertRecordValues(wallet, [{"budget": 4000.0, "share": 25.0}])
