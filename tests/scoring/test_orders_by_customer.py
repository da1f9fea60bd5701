"""What customers have ordered, added up as it comes from the index, against the same written down by hand."""

from dataclasses import replace
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.core.side_by_side import SideBySide
from ...models.scoring.customer_value_source import Scope, Span
from ..core.value_case import AS_OF, ValueCase


@tagged("post_install", "-at_install")
class TestOrdersByCustomer(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # where tills are installed, orders are read with what they sold
        cls.startClassPatcher(patch.object(cls.registry["customer.value.source"], "_has_tills", lambda source: False))
        cls.sent = cls.env["product.product"].create(
            {"name": "Sent", "type": "consu", "taxes_id": [Command.clear()], "invoice_policy": "delivery"}
        )
        cls.spans = (
            Span("late", date(2025, 1, 1), AS_OF),
            Span("early", date(2024, 1, 1), date(2024, 12, 31)),
        )

    def added_up(self, partners=None):
        """Days with orders, number of orders, and margin of both spans, by customer; orders of others are left out."""
        self.env.flush_all()
        scope = Scope.make(self.company, AS_OF, 0, partners)
        scope = replace(scope, window_start=date(2024, 1, 1), spans=self.spans)
        query = self.Source._orders_by_customer_sql(
            scope,
            {
                "days": SQL("count(DISTINCT bought.day) FILTER (WHERE bought.is_order)"),
                "orders": SQL("count(*) FILTER (WHERE bought.is_order)"),
            },
            {span.name: span.holds(SQL("bought.day"), SQL("bought.partner_id")) for span in self.spans},
        )
        rows = self.env.execute_query(
            SQL("SELECT partner_id, days, orders, round(late, 6), round(early, 6) FROM (%s) found", query)
        )
        found = {partner: tuple(None if value is None else float(value) for value in row) for partner, *row in rows}
        self.assertEqual(len(found), len(rows), "one row each")
        return found

    def send(self, partner, day, delivered, **options):
        line = {"product_id": self.sent.id, "product_uom_qty": 4.0, "price_unit": 30.0, "purchase_price": 10.0}
        order = self.order(partner, day, lines=[line], **options)
        order.order_line.qty_delivered = delivered
        return order

    def test_against_hand_and_the_reading_of_some(self):
        euro = self.currency("EUR", d2024_01_01=0.3)
        plain, sent, foreign, parent, contact = self.customers(5)
        # two on one day, and one in each other span; one is ahead, one in no span, one is no order yet
        self.order(plain, "2025-02-01", 100, cost=40)
        self.order(plain, "2025-02-01", 50, cost=20)
        self.order(plain, "2024-05-05", 10, cost=3)
        self.order(plain, "2023-05-05", 1000, cost=3)
        self.order(plain, "2025-07-01", 1000, cost=3)
        self.order(plain, "2025-03-01", 1000, cost=3, confirm=False)
        # goods for nothing cost margin, on no day with an order; what comes to nothing by a discount was bought
        self.order(plain, "2025-03-02", 0, cost=8)
        self.order(parent, "2024-03-02", lines=[{"price_unit": 9, "purchase_price": 2, "discount": 100}])
        self.order(sent, "2025-02-01", lines=[{"price_unit": 9, "purchase_price": 2}, {"price_unit": -9}])
        # 20 apiece for what was delivered
        self.send(sent, "2025-02-01", 3)
        self.send(sent, "2024-02-01", 0)
        self.order(sent, "2025-02-02", 5, cost=4)
        # in euros, at 0.3 for a dollar
        self.order(foreign, "2025-04-01", 1, cost=0, currency=euro)
        order = self.send(foreign, "2025-04-02", 1, currency=euro)
        order.order_line.purchase_price = 10.0
        # became part of a company after it had bought, on a day on which that company did, too
        self.order(contact, "2025-05-01", 70, cost=30)
        self.send(contact, "2024-05-01", 2)
        self.order(parent, "2025-05-01", 7, cost=3)
        contact.parent_id = parent
        expected = {
            plain.id: (3, 4, 90 - 8, 7),
            sent.id: (3, 4, 61 - 2, 0),
            foreign.id: (2, 2, 70, None),
            parent.id: (2, 3, 44, 40 - 2),
        }
        self.assertEqual(self.added_up(), expected)
        self.assertEqual(self.added_up(plain | sent | foreign | parent), expected)
        with self.subTest("days are those of the company"):
            self.company.value_tz = "Asia/Shanghai"
            order = self.order(plain, "2025-06-30 20:00:00", 10, cost=3)
            self.assertEqual(self.added_up()[plain.id], (3, 4, 82, 7), "it is of the first of July")
            order.date_order = "2025-06-29 20:00:00"
            self.assertEqual(self.added_up()[plain.id], (4, 5, 89, 7))

    def test_runs_read_the_same_in_order(self):
        """Orders of everybody are added up as they come from the index, and what lines correct is added to these: the
        same as order by order, to the last digit."""
        euro = self.currency("EUR", d2024_01_01=0.3)
        plain, sent, foreign, parent, contact = self.customers(5)
        for day, price in (("2025-02-01", 100), ("2025-02-01", 33.33), ("2024-08-05", 10), ("2023-05-05", 7)):
            self.order(plain, day, price, cost=3)
            self.order(foreign, day, price, cost=3, currency=euro)
            self.order(contact, day, price, cost=1)
        self.order(parent, "2025-02-01", 7, cost=3)
        contact.parent_id = parent
        self.send(sent, "2025-02-01", 3)
        self.send(foreign, "2025-01-31", 1, currency=euro)
        discounted = self.order(sent, "2025-05-01", 80, cost=30)
        discounted.order_line.discount = 12.5
        self.order(plain, "2025-05-02", 0, cost=8)
        self.order(foreign, "2025-05-02", lines=[{"price_unit": 9, "discount": 100}, {"price_unit": 0}], currency=euro)
        self.order(sent, "2025-05-02", lines=[{"price_unit": 9, "purchase_price": 2}, {"price_unit": -9}])
        card = self.order(plain, "2025-06-01", 50, cost=0)
        program = self.env["loyalty.program"].create({"name": "Cards", "program_type": "gift_card"})
        program.rule_ids.product_ids = card.order_line.product_id = self.env["product.product"].create({"name": "Card"})
        # invoices of a payer, at another price, credited in part, and a credit note of no order
        order = self.order(plain, "2025-03-01", 200, cost=90)
        self.invoice(parent, "2025-03-02", 180, order=order)
        self.credit_note(parent, "2025-04-02", 50, order=order)
        self.credit_note(foreign, "2025-05-02", 12)
        self.invoice(contact, "2025-05-03", 31)
        self.env.flush_all()
        for months in (12, 0):
            for metrics in (set(), {"discount_share"}):
                with self.subTest(months=months, metrics=metrics):
                    scope = Scope.make(self.company, AS_OF, months)
                    expected = self.env.execute_query(self.Source._source_sale(scope, metrics))
                    self.assertEqual({row[0] for row in expected}, set((plain | sent | foreign | parent).ids))
                    beside = replace(scope, beside=SideBySide(self.env.cr))
                    found = self.env.execute_query(self.Source._source_sale(beside, metrics))
                    self.assertCountEqual(found, expected)
        run = self.env["customer.value.run"].new({"policy_id": self.make_policy().id, "as_of": AS_OF})
        scope = Scope.make(self.company, AS_OF, 12)
        self.env.flush_all()
        found, expected = (
            self.env.execute_query(query) for query in (run._collect_side_by_side_sql(scope), run._collect_sql(scope))
        )
        self.assertEqual(len(found), 4)
        self.assertCountEqual(found, expected)

    def test_of_this_company(self):
        partner, other = self.customer(), self.make_company("Another Company", "USD")
        self.order(partner, "2025-02-01", 100, cost=40)
        self.order(partner, "2025-02-02", 100, cost=40, company=other)
        self.assertEqual(self.added_up(), {partner.id: (1, 1, 60, None)})
