"""What customers buy at a point of sale, held against sums counted by hand."""

from datetime import date, datetime, time, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.tests import tagged

from ...models.scoring.customer_value_source import Scope, Span
from ..core.value_case import AS_OF
from .till_case import TillCase


@tagged("post_install", "-at_install")
class TestTills(TillCase):
    def numbers(self, *metrics, as_of=AS_OF, partner=None):
        return [self.raw(metric, partner, as_of) for metric in metrics]

    # -- what counts ---------------------------------------------------------------------------------------------------

    def test_an_order_at_the_till_counts(self):
        order = self.sold(self.partner, AS_OF - timedelta(days=7), 1000, 600)
        numbers = self.numbers("recency_days", "tenure_days", "order_count", "average_order", "revenue", "margin")
        self.assertEqual(numbers, [7, 7, 1, 1000, 1000, 400])
        for metric in ("recency_days", "order_count", "revenue"):
            self.assertEqual(self.documents(metric), order)
        now = self.Source._read_now(self.company, self.partner, {"order_count"})
        self.assertEqual(now[self.partner.id], {"order_count": 0}, "a year and more ago by now")

    def test_the_state_of_an_order(self):
        for state in ("draft", "cancel"):
            self.sold(self.partner, state=state)
        self.assertEqual(self.raw("order_count"), "no score")
        for state in ("paid", "done"):
            self.sold(self.partner, state=state)
        self.assertEqual(self.numbers("order_count", "revenue"), [2, 200])

    def test_the_day_of_the_company(self):
        self.company.value_tz = "Asia/Shanghai"
        self.sold(self.partner, datetime(2024, 6, 30, 15, 59, 59), 1, 0)
        self.sold(self.partner, datetime(2024, 6, 30, 16, 0), 2, 0)
        self.sold(self.partner, datetime(2025, 6, 30, 15, 59, 59), 4, 0)
        self.sold(self.partner, datetime(2025, 6, 30, 16, 0), 8, 0)
        self.assertEqual(
            self.numbers("order_count", "revenue", "margin", "recency_days", "tenure_days"), [2, 6, 6, 0, 365]
        )

    def test_contacts_and_strangers(self):
        contact = self.customer("Ann", parent_id=self.partner.id)
        self.sold(contact)
        self.sold(self.env["res.partner"])
        self.assertEqual(self.raw("order_count"), 1)

    def test_advice_that_was_accepted(self):
        """It has worked from that moment on; of a product where that was bought, and nothing else."""
        before, same, following, other = self.customers(4)
        lamp = self.env["product.product"].create({"name": "Lamp", "type": "consu", "taxes_id": [Command.clear()]})
        Advice = self.env["customer.value.advice"]
        accepted = datetime.combine(AS_OF, time(9))
        with freeze_time(accepted):
            steps = [
                Advice._accept(self.company, partner, "step", "Call them") for partner in (before, same, following)
            ]
            products = [
                Advice._accept(self.company, partner, "product", "Sell it", product_tmpl_id=lamp.product_tmpl_id.id)
                for partner in (following, other)
            ]
        self.sold(before, accepted - timedelta(seconds=1))
        self.sold(before, accepted + timedelta(days=1), refund=True)
        self.sold(before, accepted + timedelta(days=1), 0)
        self.sold(same, accepted)
        self.sold(following, AS_OF + timedelta(days=1))
        self.sold(other, AS_OF + timedelta(days=1), product_id=lamp.id)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual([advice.outcome for advice in steps], ["failed", "worked", "worked"])
        self.assertEqual([advice.outcome for advice in products], ["failed", "worked"])

    def test_orders_and_tills_together(self):
        """Days on which both were used are one; the day before the last is the last but one of both."""
        self.order(self.partner, AS_OF - timedelta(days=30), 300, cost=100)
        self.order(self.partner, AS_OF - timedelta(days=10), 100, cost=50)
        self.sold(self.partner, AS_OF - timedelta(days=40), 50, 20)
        self.sold(self.partner, AS_OF - timedelta(days=10), 70, 20)
        self.sold(self.partner, AS_OF - timedelta(days=5), 80, 30)
        self.invoice(self.partner, AS_OF, 400)
        numbers = self.numbers("recency_days", "tenure_days", "order_count", "average_order", "revenue", "margin")
        self.assertEqual(numbers, [5, 40, 5, 120, 600, 380])
        row = self.source_row("sale")
        self.assertEqual(
            (row["first_order"], row["last_order"], row["previous_order"], row["order_days"]),
            (AS_OF - timedelta(days=40), AS_OF - timedelta(days=5), AS_OF - timedelta(days=10), 4),
        )

    def test_another_currency(self):
        """At the rate of the day, as the order holds it."""
        order = self.sold(self.partner, "2025-02-01", 100, 60)
        self.env.flush_all()
        self.env.cr.execute("UPDATE pos_order SET currency_rate = 0.5 WHERE id = %s", [order.id])
        self.assertEqual(self.numbers("average_order", "revenue", "margin"), [200, 200, 80])

    def test_another_company(self):
        other = self.make_company("Other Company", "EUR")
        self.sold(self.partner, session=self.open_till(other))
        self.assertEqual(self.raw("order_count"), "no score")

    def test_cost_not_known_yet(self):
        """Until the session is closed it is the cost of the product."""
        self.product.with_company(self.company).standard_price = 30
        self.sold(self.partner, is_total_cost_computed=False, total_cost=0)
        self.sold(self.partner, amount=50, refund=True, is_total_cost_computed=False, total_cost=0)
        self.assertEqual(self.numbers("revenue", "margin"), [50, 50])

    # -- refunds and invoices ------------------------------------------------------------------------------------------

    def test_refunds(self):
        self.sold(self.partner, AS_OF - timedelta(days=20), 1000, 600)
        self.sold(self.partner, AS_OF - timedelta(days=3), 250, 150, refund=True)
        numbers = self.numbers("recency_days", "order_count", "average_order", "revenue", "margin", "return_share")
        self.assertEqual(numbers, [20, 1, 1000, 750, 300, 25])

    def test_refund_entered_with_a_positive_subtotal(self):
        self.sold(self.partner, AS_OF - timedelta(days=20), 1000, 600)
        self.sold(self.partner, AS_OF, 250, 150, refund=True, price_subtotal=250)
        self.assertEqual(self.numbers("revenue", "margin"), [750, 300])

    def test_an_invoice_counts_once(self):
        order = self.sold(self.partner, AS_OF - timedelta(days=20), 1000, 600)
        self.bill(order, AS_OF - timedelta(days=19), 1000)
        self.sold(self.partner, AS_OF - timedelta(days=2), 10, 4)
        self.assertEqual(self.numbers("order_count", "revenue", "margin"), [2, 1010, 406])

    def test_invoiced_later(self):
        """Revenue of the till until the day of the invoice, and of the invoice from then on."""
        order = self.sold(self.partner, date(2025, 6, 1), 1000, 600)
        self.bill(order, date(2025, 6, 20), 1000)
        for day in (date(2025, 6, 10), date(2025, 6, 19), date(2025, 6, 20), AS_OF):
            self.assertEqual(self.numbers("revenue", "margin", as_of=day), [1000, 400], day)

    def test_an_invoice_taken_back(self):
        order = self.sold(self.partner, AS_OF, 1000, 600)
        self.bill(order, AS_OF, 1000)
        order.account_move.button_draft()
        self.assertEqual(self.raw("revenue"), 1000)

    def test_refund_with_a_credit_note(self):
        """The credit note takes the revenue, and of the margin what the refund takes: the goods are back."""
        order = self.sold(self.partner, AS_OF - timedelta(days=20), 1000, 600)
        self.bill(order, AS_OF - timedelta(days=20), 1000)
        refund = self.sold(self.partner, AS_OF - timedelta(days=3), 250, 150, refund=True)
        self.bill(refund, AS_OF - timedelta(days=3), 250, "out_refund")
        self.assertEqual(self.numbers("order_count", "revenue", "margin", "return_share"), [1, 750, 300, 25])

    def test_a_whole_order_taken_back(self):
        """A credit note that undoes all of the invoice: neither revenue nor margin is left."""
        order = self.sold(self.partner, AS_OF - timedelta(days=20), 1000, 600)
        self.bill(order, AS_OF - timedelta(days=20), 1000)
        refund = self.sold(self.partner, AS_OF - timedelta(days=3), 1000, 600, refund=True)
        self.bill(refund, AS_OF - timedelta(days=3), 1000, "out_refund")
        refund.account_move.reversed_entry_id = order.account_move
        self.assertEqual(self.numbers("order_count", "revenue", "margin"), [1, 0, 0])

    def test_gift_cards_are_means_of_payment(self):
        """A card sold is no revenue; what is paid with one is sold in full."""
        Program = self.env["loyalty.program"]
        program = Program.browse(Program.create_from_template("gift_card")["res_id"])
        self.sold(self.partner, AS_OF - timedelta(days=9), 50, 0, product_id=program.trigger_product_ids[:1].id)
        self.assertEqual(self.numbers("revenue", "margin", "average_order"), [0, 0, 0])
        order = self.sold(self.partner, AS_OF - timedelta(days=8), 80, 30)
        paid = {
            "product_id": program.reward_ids.discount_line_product_id.id,
            "qty": 1,
            "price_unit": -50.0,
            "price_subtotal": -50.0,
            "price_subtotal_incl": -50.0,
            "is_total_cost_computed": True,
            "tax_ids": [Command.clear()],
        }
        order.lines = [Command.create(paid)]
        self.assertEqual(self.numbers("revenue", "margin", "average_order"), [80, 50, 40])

    def test_nothing_with_a_price(self):
        """It costs margin, and is no purchase, alone or beside what settles a sales order."""
        self.sold(self.partner, AS_OF - timedelta(days=9), 80, 30)
        self.sold(self.partner, AS_OF - timedelta(days=5), 0, 10)
        self.sold(self.partner, AS_OF - timedelta(days=4), 50, 5, price_subtotal=0, price_subtotal_incl=0, discount=100)
        numbers = self.numbers("recency_days", "tenure_days", "order_count", "average_order", "revenue", "margin")
        self.assertEqual(numbers, [9, 9, 1, 80, 80, 50 - 10 - 5])
        self.assertEqual(self.documents("order_count").mapped("amount_total"), [80])
        # what is paid by card was bought
        paid = {"qty": 1, "price_unit": -20.0, "price_subtotal": -20.0, "price_subtotal_incl": -20.0, "total_cost": 0}
        order = self.sold(self.partner, AS_OF - timedelta(days=3), 20, 10)
        order.lines = [Command.create({"product_id": self.product.id, "is_total_cost_computed": True} | paid)]
        self.assertEqual(self.numbers("recency_days", "order_count", "margin"), [3, 2, 35 - 10])
        self.assertEqual(len(self.documents("order_count")), 2)

    def test_settled_sales_orders(self):
        """The order counts as a sales order, with its margin; the till brings the revenue."""
        if "sale_order_origin_id" not in self.env["pos.order.line"]._fields:
            self.fail("point_of_sale brings pos_sale along where sale_management is")
        order = self.order(self.partner, AS_OF - timedelta(days=9), 400, cost=100)
        self.sold(self.partner, AS_OF - timedelta(days=8), 400, 100, sale_order_origin_id=order.id)
        numbers = self.numbers("recency_days", "order_count", "average_order", "revenue", "margin")
        self.assertEqual(numbers, [9, 1, 400, 400, 300])

    def settled(self, policy="order", **values):
        """A sales order that the till settles."""
        self.product.invoice_policy = policy
        order = self.order(self.partner, AS_OF - timedelta(days=9), 400, cost=100)
        line = order.order_line
        if policy == "delivery":
            line.qty_delivered = 1
        links = {"sale_order_origin_id": order.id, "sale_order_line_id": line.id}
        return line, links, self.sold(self.partner, AS_OF - timedelta(days=8), 400, 100, **links, **values)

    def test_settled_and_taken_back(self):
        """Of goods that a sales order has sold and the till takes back neither revenue nor margin is left, whether the
        refund names the order or only what it takes back."""
        for names_order in (True, False):
            with self.env.cr.savepoint() as savepoint:
                _line, links, sold = self.settled()
                self.assertEqual(self.numbers("order_count", "revenue", "margin"), [1, 400, 300])
                back = {"refunded_orderline_id": sold.lines.id} | (links if names_order else {})
                self.sold(self.partner, AS_OF - timedelta(days=5), 400, 100, refund=True, **back)
                self.assertEqual(self.numbers("order_count", "revenue", "margin"), [1, 0, 0], names_order)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_settled_by_delivery_and_taken_back(self):
        """What earns by delivery says by itself that it came back."""
        line, links, sold = self.settled("delivery")
        self.assertEqual(self.numbers("order_count", "revenue", "margin"), [1, 400, 300])
        back = links | {"refunded_orderline_id": sold.lines.id}
        self.sold(self.partner, AS_OF - timedelta(days=5), 400, 100, refund=True, **back)
        line.qty_delivered = 0
        self.assertEqual(self.numbers("order_count", "revenue", "margin"), [1, 0, 0])

    def test_a_down_payment_given_back(self):
        order = self.order(self.partner, AS_OF - timedelta(days=9), 400, cost=100)
        down = self.env["sale.order.line"].create(
            {"order_id": order.id, "name": "Down payment", "is_downpayment": True, "product_uom_qty": 0}
        )
        links = {"sale_order_origin_id": order.id, "sale_order_line_id": down.id, "product_id": self.service.id}
        paid = self.sold(self.partner, AS_OF - timedelta(days=8), 50, 0, **links)
        self.assertEqual(self.numbers("order_count", "revenue", "margin"), [1, 50, 300])
        back = links | {"refunded_orderline_id": paid.lines.id}
        self.sold(self.partner, AS_OF - timedelta(days=5), 50, 0, refund=True, **back)
        self.assertEqual(self.numbers("order_count", "revenue", "margin"), [1, 0, 300])

    def test_tips(self):
        """They are passed on, whether or not there is an invoice, and when they are given back."""
        tip = self.env["product.product"].create({"name": "Tips", "type": "service", "taxes_id": [Command.clear()]})
        self.session.config_id.write({"iface_tipproduct": True, "tip_product_id": tip.id})
        line = {"product_id": tip.id, "is_total_cost_computed": True, "total_cost": 0, "tax_ids": [Command.clear()]}
        line |= {"price_unit": 15, "qty": 1, "price_subtotal": 15, "price_subtotal_incl": 15}
        names = ("order_count", "average_order", "revenue", "margin", "return_share")
        order = self.sold(self.partner, AS_OF - timedelta(days=8), 100, 60)
        order.lines = [Command.create(line)]
        self.assertEqual(self.numbers(*names), [1, 100, 100, 40, 0])
        self.bill(order, AS_OF - timedelta(days=8), 115)
        self.assertEqual(self.numbers(*names), [1, 100, 100, 40, 0])
        back = self.sold(self.partner, AS_OF - timedelta(days=3), 100, 60, refund=True)
        back.lines = [Command.create(line | {"qty": -1, "price_subtotal": -15, "price_subtotal_incl": -15})]
        self.assertEqual(self.numbers(*names), [1, 100, 0, 0, 100])
        self.bill(back, AS_OF - timedelta(days=3), 115, "out_refund")
        self.assertEqual(self.numbers(*names), [1, 100, 0, 0, 100])
        alone = self.sold(self.customer("Only a tip"), AS_OF, 15, 0, product_id=tip.id)
        self.assertEqual(self.numbers("order_count", "revenue", partner=alone.partner_id), [0, 0])

    # -- the whole query -----------------------------------------------------------------------------------------------

    def source_row(self, source, spans=()):
        scope = Scope.make(self.company, AS_OF, 12, self.partner)
        scope = type(scope)(**{**vars(scope), "spans": spans})
        self.env.flush_all()
        self.env.cr.execute(self.Source._source_query(source, scope, {"discount_share"}))
        [row] = self.env.cr.dictfetchall()
        return row

    def test_spans(self):
        spans = (
            Span("before", date(2025, 5, 1), date(2025, 5, 31)),
            Span("after", date(2025, 6, 1), date(2025, 6, 30)),
            Span("never", date(2025, 1, 1), date(2025, 1, 31)),
        )
        self.sold(self.partner, date(2025, 5, 10), 100, 60)
        self.sold(self.partner, date(2025, 6, 10), 30, 10)
        refund = self.sold(self.partner, date(2025, 5, 20), 50, 30, refund=True)
        self.bill(refund, date(2025, 6, 2), 50, "out_refund")
        sale, invoice = self.source_row("sale", spans), self.source_row("invoice", spans)
        self.assertEqual((sale["order_margin_before"], sale["order_margin_after"]), (40, 20))
        self.assertEqual((invoice["revenue_before"], invoice["revenue_after"]), (100, -20))
        self.assertEqual((invoice["changed_margin_before"] or 0, invoice["changed_margin_after"]), (0, -20))
        self.assertIsNone(invoice["revenue_never"])

    def test_orders_one_by_one(self):
        """They add up to what the source has: days, and the margin of a window."""
        partner = self.customer()
        self.order(partner, AS_OF, 50, cost=20)
        self.order(partner, AS_OF - timedelta(days=400), 70, cost=20)
        self.sold(partner, AS_OF - timedelta(days=1))
        self.sold(partner, AS_OF - timedelta(days=1), 30, 10)
        self.sold(partner, AS_OF - timedelta(days=2), 30, 10, refund=True)
        self.env.flush_all()
        Source = self.env["customer.value.source"]
        scope = Scope.make(self.company, AS_OF, 12)
        self.env.cr.execute(Source._order_margins_sql(scope))
        rows = [row[1:] for row in self.env.cr.fetchall() if row[0] == partner.id]
        days = {day for day, _amount, _margin, is_order in rows if is_order}
        margin = sum(margin for day, _amount, margin, _is_order in rows if day >= scope.window_start)
        self.assertEqual((len(rows), len(days)), (5, 3))
        self.assertEqual(margin, 30 + 40 + 20 - 20)
        self.env.cr.execute(Source._source_query("sale", scope, set()))
        [row] = [row for row in self.env.cr.dictfetchall() if row["partner_id"] == partner.id]
        self.assertEqual((row["order_days"], row["order_margin"]), (len(days), margin))

    def test_same_columns_with_and_without(self):
        self.order(self.partner)
        self.invoice(self.partner)
        plain = {name: getattr(self.Source, f"_source_{name}") for name in ("sale", "invoice")}
        scope = Scope.make(self.company, AS_OF, 12, self.partner)
        for name, query in plain.items():
            self.env.flush_all()
            self.env.cr.execute(query(scope, {"discount_share"}))
            [alone] = self.env.cr.dictfetchall()
            self.assertEqual(self.source_row(name), alone)

    def test_news_at_the_till(self):
        order = self.sold(self.partner)
        self.env.flush_all()
        queries = self.Source._changed_queries(self.company, order.write_date - timedelta(seconds=1))
        found = set()
        for query in queries:
            found |= {row[0] for row in self.env.execute_query(query)}
        self.assertIn(self.partner.id, found)
