"""Tills in rooms that look at what customers buy in ways of their own, each against what was entered by hand."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.tests import new_test_user, tagged

from ...analytics.selling import association
from ...models.scoring.customer_value_source import Scope
from ..core.value_case import AS_OF
from ..scoring.till_case import TillCase

NOON = datetime(2025, 6, 30, 12)


@tagged("post_install", "-at_install")
class TestTillsElsewhere(TillCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(freeze_time(NOON))
        cls.lamp, cls.desk, cls.rug = cls.env["product.product"].create(
            [{"name": name, "type": "consu", "taxes_id": [Command.clear()]} for name in ("Lamp", "Desk", "Rug")]
        )
        cls.manager = cls.make_user("elsewhere_manager", "point_of_sale.group_pos_user")
        cls.without = cls.make_user("elsewhere_without", "base.group_user")

    @classmethod
    def make_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager," + groups,
            company_id=cls.company.id,
            company_ids=cls.company.ids,
            tz="UTC",
        )

    def look(self, model, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        user = user or self.manager
        return self.env[model].with_user(user).with_context(allowed_company_ids=self.company.ids)

    # -- the page of the customer --------------------------------------------------------------------------------------

    def test_products_of_the_page(self):
        """Days of both, the last price, and what came back at the till."""
        dozen = self.env.ref("uom.product_uom_dozen")
        line = {"price_unit": 120.0, "product_uom_qty": 1, "product_uom_id": dozen.id}
        self.order(self.partner, NOON - timedelta(days=60), lines=[line])
        self.sold(self.partner, NOON - timedelta(days=30), 9, 5)
        self.sold(self.partner, NOON - timedelta(days=30, hours=1), 8, 5)
        self.sold(self.partner, NOON - timedelta(days=10), 9, 5, refund=True)
        self.sold(self.partner, NOON - timedelta(days=5), 0, 5)
        self.sold(self.partner, NOON - timedelta(days=3), 20, 5, product_id=self.lamp.id)
        self.sold(self.customer("Somebody else"), NOON, 20, 5, product_id=self.rug.id)
        with self.reading_only():
            lamp, thing = self.look("customer.page").get_products(self.partner.id)["products"]
        self.assertEqual((lamp["id"], lamp["days"], lamp["quantity"]), (self.lamp.id, 1, 1))
        self.assertEqual((thing["id"], thing["days"]), (self.product.id, 2))
        self.assertEqual((thing["quantity"], thing["returned"]), (12 + 1 + 1, 1))
        self.assertIn("9.00", thing["price"])
        # who may not open tills sees what sales orders say
        [thing] = self.look("customer.page", self.without).get_products(self.partner.id)["products"]
        self.assertEqual((thing["days"], thing["quantity"], thing["returned"]), (1, 12, 0))

    # -- what goes with what -------------------------------------------------------------------------------------------

    def baskets(self):
        self.env.flush_all()
        scope = Scope.make(self.company, AS_OF, 12)
        query = association.basket_sql(
            scope, self.company._get_product_companies(), False, self.Source._till_goods_sql(scope)
        )
        return {(row[0], row[1]): float(row[2]) for row in self.env.execute_query(query)}

    def test_baskets(self):
        """What was bought and kept, wherever it was bought and taken back."""
        both, back, partly, free, old = self.customers(5)
        lamp, thing = self.lamp.product_tmpl_id.id, self.product.product_tmpl_id.id
        self.order(both, AS_OF - timedelta(days=40), 50, cost=20)
        self.sold(both, AS_OF - timedelta(days=30), 100, 60)
        self.sold(both, AS_OF - timedelta(days=30), 70, 20, product_id=self.lamp.id)
        self.order(back, AS_OF - timedelta(days=40), 100, cost=60)
        self.sold(back, AS_OF - timedelta(days=20), 100, 60, refund=True)
        self.sold(partly, AS_OF - timedelta(days=30), 100, 60)
        self.sold(partly, AS_OF - timedelta(days=20), 30, 10, refund=True)
        self.sold(free, AS_OF - timedelta(days=20), 0, 10)
        self.sold(old, AS_OF - timedelta(days=400), 100, 60)
        expected = {(both.id, thing): 30 + 40, (both.id, lamp): 50, (partly.id, thing): 40 - 20}
        self.assertEqual(self.baskets(), expected)

    def test_never_bought(self):
        """Nobody is asked to buy for the first time what they bring home from the shop."""
        self.sold(self.partner, AS_OF - timedelta(days=400), 70, 20, product_id=self.lamp.id)
        ordered, stranger = self.customers(2)
        self.order(ordered, AS_OF - timedelta(days=400), lines=[{"product_id": self.lamp.id, "price_unit": 10.0}])
        lamp = self.lamp.product_tmpl_id
        Partner = self.look("res.partner")
        everybody = [("id", "in", (self.partner | ordered | stranger).ids)]
        self.assertEqual(Partner.search([*everybody, ("retention_lacks_product_id", "=", lamp.id)]), stranger)
        self.assertFalse(Partner.search([*everybody, ("retention_buys_product_id", "=", lamp.id)]))
        self.sold(stranger, AS_OF - timedelta(days=4), 70, 20, product_id=self.lamp.id)
        Partner = self.look("res.partner")
        self.assertEqual(Partner.search([*everybody, ("retention_buys_product_id", "=", lamp.id)]), stranger)

    # -- the dashboard -------------------------------------------------------------------------------------------------

    def test_what_was_done(self):
        self.partner.user_id = self.manager
        order = self.sold(self.partner, NOON - timedelta(hours=5), 100, 60)
        self.sold(self.partner, NOON - timedelta(hours=5), 30, 10, refund=True)
        self.sold(self.partner, NOON - timedelta(days=400), 100, 60)
        self.sold(self.customer("Somebody else"), NOON, 100, 60)
        log = self.look("customer.retention.desk").get_desk()["log"]
        [count] = [count for count in log["counts"] if count["kind"] == "till"]
        self.assertEqual((count["value"], count["action"]["domain"]), (1, [("id", "in", order.ids)]))
        entries = [entry for day in log["days"] for entry in day["entries"] if entry["kind"] == "till"]
        self.assertEqual([(entry["model"], entry["res_id"]) for entry in entries], [("pos.order", order.id)])
        self.assertIn("100.00", entries[0]["what"])
        self.partner.user_id = self.without
        log = self.look("customer.retention.desk", self.without).get_desk()["log"]
        self.assertNotIn("till", [count["kind"] for count in log["counts"]])

    # -- diagnosis, and before and after -------------------------------------------------------------------------------

    def found(self, code):
        self.env.flush_all()
        self.env.invalidate_all()
        self.env["customer.diagnosis"]._diagnose(self.company)
        Finding = self.env["customer.diagnosis.finding"].with_context(active_test=False)
        [finding] = Finding.search([("company_id", "=", self.company.id), ("code", "=", code)])
        action = finding.action_view_records()
        return self.env[action["res_model"]].with_context(**action["context"]).search(action["domain"])

    def test_a_quotation_followed_at_the_till(self):
        partners = self.customers(4, "Asked")
        for partner in partners:
            self.order(partner, NOON - timedelta(days=30), 100)
        silent, bought, before, back = (self.order(p, NOON - timedelta(days=20), 100, confirm=False) for p in partners)
        self.sold(bought.partner_id, NOON - timedelta(days=19))
        self.sold(before.partner_id, NOON - timedelta(days=21))
        self.sold(back.partner_id, NOON - timedelta(days=19), refund=True)
        self.assertEqual(self.found("silent_quotations"), silent | before | back)

    def test_a_sale_is_a_contact(self):
        partners = quiet, bought, long_ago = self.customers(3, "Known")
        for partner in partners:
            self.order(partner, NOON - timedelta(days=300), 100)
        self.sold(bought, NOON - timedelta(days=10))
        self.sold(long_ago, NOON - timedelta(days=250))
        self.assertEqual(self.found("no_contact"), quiet | long_ago)

    def test_since_when_orders_are_known(self):
        Measure, Effect = self.env["customer.effect.measure"], self.env["customer.effect"]

        def known():
            self.env.flush_all()
            [[day]] = self.env.execute_query(Measure._get_beginnings(self.company)["orders"])
            effect = Effect.new({"company_id": self.company.id, "date": date(2025, 3, 1), "months": "3"})
            return day, effect.comparison

        self.assertEqual(known(), (None, "adjacent"))
        self.order(self.partner, date(2025, 1, 10))
        self.assertEqual(known(), (date(2025, 1, 10), "adjacent"))
        self.sold(self.env["res.partner"], date(2022, 1, 1))
        self.sold(self.partner, date(2023, 1, 1), state="draft")
        self.assertEqual(known(), (date(2025, 1, 10), "adjacent"))
        self.sold(self.partner, date(2023, 11, 10))
        self.assertEqual(known(), (date(2023, 11, 10), "season"))

    def test_what_a_coupon_is_worth_at_first(self):
        """A part of what is bought on average, wherever it is bought."""
        self.assertEqual(self.company._get_retention_coupon_amount(), 10)
        self.sold(self.partner, NOON - timedelta(days=10), 900)
        self.sold(self.partner, NOON - timedelta(days=10), 700, refund=True)
        self.sold(self.partner, NOON - timedelta(days=400), 90000)
        self.assertEqual(self.company._get_retention_coupon_amount(), 40)
        self.order(self.partner, NOON - timedelta(days=10), 300)
        self.env.flush_all()
        self.assertEqual(self.company._get_retention_coupon_amount(), 30)
