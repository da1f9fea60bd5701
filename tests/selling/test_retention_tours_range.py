"""Cross-sell and win-back, in a browser."""

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from .association_case import AssociationCase


class CrossSellTourCase(BrowserCase, AssociationCase):
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

    def attribute(self, template, name, create_variant, *values, custom=False):
        """An attribute of ``template`` with these values, of which the last one may be the customer's own words."""
        attribute = self.env["product.attribute"].create(
            {
                "name": name,
                "create_variant": create_variant,
                "value_ids": [
                    Command.create({"name": value, "is_custom": custom and value == values[-1]}) for value in values
                ],
            }
        )
        template.attribute_line_ids = [
            Command.create({"attribute_id": attribute.id, "value_ids": [Command.set(attribute.value_ids.ids)]})
        ]


@tagged("post_install", "-at_install")
class TestCrossSellTours(CrossSellTourCase):
    def test_suggestion_becomes_a_line(self):
        """In a quotation that is not saved yet; what is in it is not suggested again."""
        self.start_tour("/odoo", "customer_retention_quotation", login=self.user.login, timeout=120)
        order = self.env["sale.order"].search([("partner_id", "=", self.firm.id), ("state", "=", "draft")])
        self.assertEqual(order.order_line.product_template_id, self.chair + self.lamp)
        self.assertEqual(order.order_line.mapped("price_unit"), [100, 100])
        advices = self.env["customer.value.advice"].search([("partner_id", "=", self.firm.id)])
        self.assertEqual(advices.product_tmpl_id, self.chair + self.lamp)
        self.assertEqual(set(advices.mapped("kind")), {"product"})
        self.assertEqual(advices.user_id, self.user)

    def test_suggestion_with_a_choice(self):
        """Variants, values that make no variant, own words, variants made when chosen, optional products."""
        table, rug, shelf, cloth = self.goods("Tour Table", "Tour Rug", "Tour Shelf", "Tour Cloth")
        for partner in self.customers(3):
            self.buy(partner, self.desk, table, rug, shelf, day=self.today)
        self.buy(self.firm, self.chair, self.lamp, day=self.today)
        self.attribute(table, "Tour Size", "always", "Small", "Large")
        self.attribute(table, "Tour Engraving", "no_variant", "None", "Own words", custom=True)
        self.attribute(rug, "Tour Colour", "no_variant", "Blue", "Red")
        self.attribute(shelf, "Tour Wood", "dynamic", "Pine", "Oak")
        table.optional_product_ids = cloth
        self.Association._refresh(self.company, self.today)
        self.start_tour("/odoo", "customer_retention_configurator", login=self.user.login, timeout=180)
        order = self.env["sale.order"].search([("partner_id", "=", self.firm.id), ("state", "=", "draft")])
        self.assertRecordValues(
            order.order_line,
            [
                {"product_template_id": table.id, "product_uom_qty": 2, "price_unit": 100},
                {"product_template_id": cloth.id, "product_uom_qty": 1, "price_unit": 100},
                {"product_template_id": rug.id, "product_uom_qty": 1, "price_unit": 100},
                {"product_template_id": shelf.id, "product_uom_qty": 1, "price_unit": 100},
            ],
        )
        first, _cloth, third, fourth = order.order_line
        self.assertEqual(first.product_id.product_template_attribute_value_ids.name, "Large")
        self.assertEqual(first.product_no_variant_attribute_value_ids.mapped("name"), ["Own words"])
        self.assertEqual(first.product_custom_attribute_value_ids.custom_value, "For Anna")
        self.assertEqual(third.product_no_variant_attribute_value_ids.mapped("name"), ["Red"])
        self.assertEqual(fourth.product_id.product_template_attribute_value_ids.name, "Oak")

    def test_suggestion_beside_a_combo(self):
        """The parts of a combo tell what goes with them; it stays as it was when a suggestion is added."""
        combo = self.env["product.combo"].create(
            {"name": "Tour Part", "combo_item_ids": [Command.create({"product_id": self.desk.product_variant_id.id})]}
        )
        [product] = self.goods("Tour Set", type="combo", combo_ids=[Command.set(combo.ids)])
        order = self.order(
            self.customer("Combo Buyer"), confirm=False, lines=[{"product_id": product.product_variant_id.id}]
        )
        order.order_line = [
            Command.create(
                {
                    "product_id": self.desk.product_variant_id.id,
                    "combo_item_id": combo.combo_item_ids.id,
                    "linked_line_id": order.order_line.id,
                }
            )
        ]
        before = order.order_line
        self.start_tour(
            f"/odoo/sales/{order.id}", "customer_retention_beside_combo", login=self.user.login, timeout=120
        )
        self.assertEqual(order.order_line.product_template_id, product + self.desk + self.chair)
        self.assertEqual((order.order_line & before).linked_line_id, before[:1])
        advice = self.env["customer.value.advice"].search([("order_id", "=", order.id)])
        self.assertEqual(advice.product_tmpl_id, self.chair)

    def test_associations(self):
        self.start_tour("/odoo", "customer_retention_associations", login=self.user.login, timeout=120)


@tagged("post_install", "-at_install")
class TestCrossSellTelephone(CrossSellTourCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_suggestion_with_a_choice(self):
        """Lines are cards here, and keep what was chosen all the same."""
        [table] = self.goods("Tour Table")
        for partner in self.customers(3):
            self.buy(partner, self.desk, table, self.lamp, day=self.today)
        self.attribute(table, "Tour Size", "always", "Small", "Large")
        self.attribute(table, "Tour Engraving", "no_variant", "None", "Own words", custom=True)
        self.Association._refresh(self.company, self.today)
        order = self.order(self.firm, confirm=False, lines=[{"product_id": self.chair.product_variant_id.id}])
        self.start_tour(f"/odoo/sales/{order.id}", "customer_retention_telephone", login=self.user.login, timeout=120)
        _chair, first, second = order.order_line
        self.assertEqual((first.product_template_id, second.product_template_id), (table, self.lamp))
        self.assertEqual(first.product_id.product_template_attribute_value_ids.name, "Large")
        self.assertEqual(first.product_custom_attribute_value_ids.custom_value, "For Anna")
        self.assertEqual((first.price_unit, second.price_unit), (100, 100))
