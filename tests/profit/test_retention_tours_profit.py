from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .retention_profit_case import ProfitCase


@tagged("post_install", "-at_install")
class TestProfitTour(BrowserCase, ProfitCase):
    """The page as its user sees it. The browser's calendar opens at today, so the documents are of last quarter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user(
            "profit_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager,"
            "customer_value.group_complaint_manager",
        )
        cls.company.write({"retention_ticket_cost": 12.5, "retention_letter_cost": 1.5})
        first = fields.Date.start_of(fields.Date.today(), "quarter") - relativedelta(months=3)
        cls.first = first

        def moment(day):
            return datetime.combine(first + timedelta(days=day), time(4))

        top, _middle, base = cls.policy.tier_ids.sorted("entry_score", reverse=True)[:3]
        campaign = cls.campaign()
        other = cls.env["product.product"].create({"name": "Novelty"})
        for number in range(14):
            partner = cls.customer(f"Tour Firm {number:02}")
            cls.tier_entry(partner, first - timedelta(days=300), top if number % 3 else base, "entered")
            for day in (-250, -150 + 3 * number, -40):
                cls.order(partner, moment(day), 300.0 + 40 * number, cost=180.0)
            if number % 4:
                cls.order(partner, moment(20 + number), 420.0, cost=200.0)
            if number < 9:
                cls.closed_ticket(partner, moment(10))
            if number % 2:
                product = other if number % 3 else cls.product
                cls.order(
                    partner,
                    moment(40 + number),
                    lines=[{"product_id": product.id, "price_unit": 500.0, "purchase_price": 260.0}],
                )
            if number > 9:
                cls.offered(campaign, partner, moment(15), cost=20.0, face_value=50.0)
                cls.care(partner, moment(30).date())
        for number in range(3):
            cls.order(cls.customer(f"Newcomer {number}"), moment(50), 200.0, cost=120.0)
        dear = cls.customer("Dear Firm")
        cls.order(dear, moment(5), 10.0, cost=9.0)
        cls.closed_ticket(dear, moment(12))
        complaint = cls.closed_complaint(partner, moment(30))
        credit = cls.credit_note(partner, moment(31).date(), 80.0, post=False)
        cls.redress(complaint, moment(31), 80.0, move_id=credit)

    def test_profit_center(self):
        """Another period, what is behind a figure and back, and the PDF is asked for."""
        self.start_tour("/odoo", "customer_retention_profit", login=self.manager.login, timeout=120)
        document = self.env["customer.retention.profit.print"].search([], order="id desc", limit=1)
        self.assertEqual(document.create_uid, self.manager)
        self.assertEqual(document.date_from, self.first)
