"""Cross-sell and win-back, in a browser."""

from odoo import fields
from odoo.tests import new_test_user, tagged

from .association_case import AssociationCase
from .browser_case import BrowserCase


@tagged("post_install", "-at_install")
class TestCrossSellTours(BrowserCase, AssociationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.desk, cls.chair, cls.lamp = cls.goods("Tour Desk", "Tour Chair", "Tour Lamp")
        for index, partner in enumerate(cls.customers(6)):
            # a third of them have neither: so that the rest says something
            if index < 4:
                cls.buy(partner, cls.desk, cls.chair, *([cls.lamp] if index < 3 else []), day=cls.today)
            else:
                cls.order(partner, cls.today)
        cls.firm = cls.customer("Tour Buyer")
        cls.buy(cls.firm, cls.desk, day=cls.today)
        cls.Association._refresh(cls.company, cls.today)
        cls.user = new_test_user(
            cls.env,
            "cross_sell_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            name="Manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def test_suggestion_becomes_a_line(self):
        """In a quotation that is not saved yet; what is in it is not suggested again."""
        self.start_tour("/odoo", "customer_retention_quotation", login=self.user.login, timeout=120)
        order = self.env["sale.order"].search([("partner_id", "=", self.firm.id), ("state", "=", "draft")])
        self.assertEqual(order.order_line.product_template_id, self.chair + self.lamp)
        self.assertEqual(order.order_line.mapped("price_unit"), [100, 100])

    def test_associations(self):
        self.start_tour("/odoo", "customer_retention_associations", login=self.user.login, timeout=120)
