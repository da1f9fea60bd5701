"""The Complete Journey as orders: what is loaded is what the files say."""

from datetime import timedelta

import pandas as pd
from odoo.tests import tagged

from ..core.value_case import ValueCase
from ..selling.journey import JourneyError, read
from ..selling.journey_loader import load_journey


@tagged("post_install", "-at_install")
class TestJourneyLoader(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners, cls.products = load_journey(cls.env, cls.company, households=60, shift_days=7)
        rows = read("transactions", households=cls.partners)
        cls.rows = rows.merge(read("products"), on="product_id", how="left")
        cls.rows["kind"] = cls.rows["product_category"].fillna("OTHER")

    def test_amounts(self):
        """Each household has the orders and the dollars of the file, a week later."""
        self.assertEqual(len(self.partners), 60)
        paid = self.rows.groupby("basket_id").agg(
            household=("household_id", "first"), paid=("sales_value", "sum"), day=("transaction_timestamp", "min")
        )
        paid = paid[paid["paid"] > 0.001]
        orders = self.env["sale.order"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(orders), len(paid))
        expected = {
            (
                self.partners[row.household],
                (row.day.floor("s") + timedelta(days=7)).to_pydatetime(),
                round(row.paid, 2),
            )
            for row in paid.itertuples()
        }
        found = {(order.partner_id.id, order.date_order, order.amount_untaxed) for order in orders}
        self.assertEqual(found, expected)

    def test_lines(self):
        """Lines are what was bought of a kind; sums of orders are those of their lines, also for the ORM."""
        expected = self.rows.groupby("kind")["sales_value"].sum().round(2)
        expected = expected[expected > 0]
        found = {
            product.id: amount
            for product, amount in self.env["sale.order.line"]._read_group(
                [("company_id", "=", self.company.id)], ["product_id"], ["price_subtotal:sum"]
            )
        }
        self.assertEqual({self.products[kind] for kind in expected.index}, set(found))
        for kind, amount in expected.items():
            self.assertAlmostEqual(found[self.products[kind]], amount, 2)
        order = self.env["sale.order"].search([("company_id", "=", self.company.id)], order="margin desc", limit=1)
        self.assertGreater(len(order.order_line), 1)
        before = (order.amount_untaxed, order.margin, sum(order.order_line.mapped("margin")))
        order.order_line._compute_amount()
        order.order_line._compute_margin()
        order._compute_amounts()
        order._compute_margin()
        after = (order.amount_untaxed, order.margin, sum(order.order_line.mapped("margin")))
        for one, other in zip(before, after, strict=True):
            self.assertAlmostEqual(one, other, 2)

    def test_score(self):
        """The households are customers as any others."""
        last = pd.Timestamp(self.rows["transaction_timestamp"].max()).date() + timedelta(days=7)
        run = self.run_policy(as_of=last)
        self.assertEqual(run.customer_count, 60)

    def test_bad_choice(self):
        with self.assertRaises(JourneyError):
            load_journey(self.env, self.company, households=3000)
