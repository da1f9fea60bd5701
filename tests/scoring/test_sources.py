"""Every metric against numbers computed manually, and the documents behind it."""

from datetime import date, datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from ..core.value_case import AS_OF
from .source_case import SourceCase


@tagged("post_install", "-at_install")
class TestSaleSource(SourceCase):
    def test_recency_and_tenure_look_at_the_whole_past(self):
        old = self.order(self.partner, "2021-01-15", 10)
        new = self.order(self.partner, "2025-06-20", 10)
        self.order(self.partner, "2025-07-01", 10)
        self.assertEqual(self.raw("recency_days"), 10)
        self.assertEqual(self.raw("tenure_days"), (AS_OF - date(2021, 1, 15)).days)
        self.assertEqual(self.documents("recency_days"), old + new)
        self.assertEqual(self.documents("tenure_days"), old + new)

    def test_the_window_opens_on_the_day_after_the_same_day_a_year_ago(self):
        before = self.order(self.partner, "2024-06-30", 1000)
        first = self.order(self.partner, "2024-07-01", 40)
        last = self.order(self.partner, "2025-06-30", 60)
        after = self.order(self.partner, "2025-07-01", 1000)
        self.assertEqual(self.raw("order_count"), 2)
        self.assertEqual(self.raw("average_order"), 50)
        self.assertEqual(self.documents("order_count"), first + last)
        self.assertEqual(sum(self.documents("average_order").mapped("amount_untaxed")) / 2, 50)
        self.assertEqual(self.raw("order_count", as_of=date(2025, 7, 1)), 2)
        self.assertEqual(self.documents("order_count"), last + after)
        self.assertEqual(self.raw("order_count", as_of=date(2025, 6, 29)), 2)
        self.assertEqual(self.documents("order_count"), before + first)

    def test_the_edges_of_the_window_are_days_of_the_company(self):
        """16:00 UTC is midnight in Shanghai: the window starts and ends there."""
        self.company.value_tz = "Asia/Shanghai"
        self.order(self.partner, datetime(2024, 6, 30, 15, 59, 59), 1)
        first = self.order(self.partner, datetime(2024, 6, 30, 16, 0), 2)
        last = self.order(self.partner, datetime(2025, 6, 30, 15, 59, 59), 4)
        self.order(self.partner, datetime(2025, 6, 30, 16, 0), 8)
        self.assertEqual(self.raw("order_count"), 2)
        self.assertEqual(self.raw("average_order"), 3)
        self.assertEqual(self.raw("recency_days"), 0)
        self.assertEqual(self.documents("order_count"), first + last)
        late = self.customer("Night owl")
        self.order(late, datetime(2025, 6, 28, 16, 0), 2)
        self.assertEqual(self.raw("recency_days", late), 1, "in Shanghai the 29th had begun")

    def test_no_window_counts_everything(self):
        self.policy.window_months = 0
        orders = self.order(self.partner, "1999-12-31", 10) + self.order(self.partner, "2025-06-30", 30)
        self.assertEqual(self.raw("order_count"), 2)
        self.assertEqual(self.raw("average_order"), 20)
        self.assertEqual(self.documents("order_count"), orders)

    def test_only_confirmed_orders_of_the_company(self):
        other = self.make_company("Other Company", "USD")
        order = self.order(self.partner, "2025-06-01", 10)
        self.order(self.partner, "2025-06-02", 10, confirm=False)
        self.order(self.partner, "2025-06-03", 10).with_context(disable_cancel_warning=True)._action_cancel()
        self.order(self.partner, "2025-06-04", 10, company=other)
        self.assertEqual(self.raw("order_count"), 1)
        self.assertEqual(self.documents("order_count"), order)

    def test_orders_in_another_currency_count_at_the_rate_of_their_day(self):
        euro = self.currency("EUR", d2025_01_01=0.5, d2025_02_01=0.8)
        self.order(self.partner, "2025-01-15", 100, currency=euro, cost=40)
        self.order(self.partner, "2025-02-15", 100, currency=euro, cost=40)
        self.order(self.partner, "2025-03-15", 25, cost=5)
        # 100 / 0.5 + 100 / 0.8 + 25
        self.assertEqual(self.raw("average_order"), 116.67)
        # 60 / 0.5 + 60 / 0.8 + 20
        self.assertEqual(self.raw("margin"), 215)

    def test_margin_is_that_of_the_orders_in_the_window(self):
        self.order(self.partner, "2024-06-30", 1000, cost=1)
        orders = self.order(self.partner, "2025-05-01", 100, cost=70) + self.order(
            self.partner, "2025-05-02", 50, cost=60
        )
        self.assertEqual(self.raw("margin"), 20)
        self.assertEqual(self.documents("margin"), orders)
        self.assertEqual(sum(self.documents("margin").mapped("margin")), 20)

    def test_margin_net_of_returned_goods(self):
        """Half of an order comes back: half of its margin is gone, not the whole amount credited."""
        order = self.order(
            self.partner, "2025-05-01", lines=[{"price_unit": 100, "purchase_price": 70, "product_uom_qty": 10}]
        )
        invoice = order._create_invoices()
        invoice.write({"invoice_date": "2025-05-01", "date": "2025-05-01"})
        invoice.action_post()
        refund = invoice._reverse_moves([{"invoice_date": "2025-05-10", "date": "2025-05-10"}])
        refund.invoice_line_ids.quantity = 5
        refund.action_post()
        self.assertEqual(self.raw("revenue"), 500)
        self.assertEqual(self.raw("margin"), 150)
        self.assertEqual(self.raw("return_share"), 50)

    def test_margin_net_of_compensation(self):
        """A credit note for nothing that was sold costs its whole amount."""
        self.order(self.partner, "2025-05-01", 100, cost=70)
        self.credit_note(self.partner, "2025-05-02", 12)
        self.assertEqual(self.raw("margin"), 18)

    def test_discount_share_is_weighted_by_amount(self):
        orders = self.order(
            self.partner,
            "2025-05-01",
            lines=[
                {"price_unit": 100.0, "product_uom_qty": 3.0, "discount": 10.0},
                {"price_unit": 50.0, "product_uom_qty": 2.0},
            ],
        )
        orders += self.order(self.partner, "2025-05-02", lines=[{"price_unit": 600.0, "discount": 50.0}])
        self.order(self.partner, "2024-05-02", lines=[{"price_unit": 600.0, "discount": 100.0}])
        # (30 + 300) of (300 + 100 + 600)
        self.assertEqual(self.raw("discount_share"), 33)
        self.assertEqual(self.documents("discount_share"), orders)

    def test_discount_share_weighs_currencies_by_their_worth(self):
        rupee = self.currency("INR", d2025_01_01=100.0)
        self.order(self.partner, "2025-05-01", currency=rupee, lines=[{"price_unit": 10000.0, "discount": 50.0}])
        self.order(self.partner, "2025-05-01", lines=[{"price_unit": 100.0}])
        self.assertEqual(self.raw("discount_share"), 25)

    def test_nothing_bought_in_the_window(self):
        self.order(self.partner, "2023-05-01", 10)
        self.assertEqual(self.raw("order_count"), 0)
        self.assertEqual(self.raw("revenue"), 0)
        self.assertIsNone(self.raw("average_order"))
        self.assertIsNone(self.raw("discount_share"))
        self.assertIsNone(self.raw("return_share"))
        self.assertFalse(self.documents("order_count"))


@tagged("post_install", "-at_install")
class TestInvoiceSource(SourceCase):
    def test_revenue_is_invoiced_minus_credited(self):
        invoice = self.invoice(self.partner, "2024-07-01", 500)
        refund = self.credit_note(self.partner, "2025-06-30", 125)
        self.invoice(self.partner, "2024-06-30", 1000)
        self.invoice(self.partner, "2025-07-01", 1000)
        self.invoice(self.partner, "2025-06-30", 1000, post=False)
        self.assertEqual(self.raw("revenue"), 375)
        self.assertEqual(self.documents("revenue"), invoice + refund)
        self.assertEqual(sum(self.documents("revenue").mapped("amount_untaxed_signed")), 375)
        self.assertEqual(self.raw("return_share"), 25)
        self.assertEqual(self.documents("return_share"), refund)

    def test_taking_back_what_was_invoiced_without_an_order(self):
        """Nothing says what it earned, in one step or in two; a price cut is lost, and so is a gift."""
        invoice = self.invoice(self.partner, "2025-05-01", lines=[{"quantity": 10.0, "price_unit": 100.0}])

        def credited(quantity, price):
            note = invoice._reverse_moves([{"invoice_date": "2025-06-01", "date": "2025-06-01"}])
            note.invoice_line_ids.write({"quantity": quantity, "price_unit": price})
            note.action_post()
            return self.raw("margin"), self.raw("revenue")

        self.assertEqual(credited(4.0, 100.0), (0, 600))
        self.assertEqual(credited(4.0, 10.0), (-40, 560))
        self.assertEqual(credited(6.0, 100.0), (-40, -40))
        self.assertEqual(credited(1.0, 5000.0), (-5040, -5040))

    def test_undoing_an_invoice_to_which_freight_was_added(self):
        order = self.order(self.partner, "2025-05-01", lines=[{"price_unit": 100.0, "purchase_price": 60.0}])
        invoice = self.invoice(self.partner, "2025-05-02", 100.0, order=order, post=False)
        freight = {"product_id": self.service.id, "quantity": 1.0, "price_unit": 10.0, "tax_ids": False}
        invoice.write({"invoice_line_ids": [Command.create(freight)]})
        invoice.action_post()
        self.assertEqual((self.raw("margin"), self.raw("revenue")), (40, 110))
        invoice._reverse_moves([{"invoice_date": "2025-06-01", "date": "2025-06-01"}]).action_post()
        self.assertEqual((self.raw("margin"), self.raw("revenue")), (0, 0))

    def test_invoices_behind_the_revenue_of_who_does_not_pay_them(self):
        payer = self.customer("Payer", is_company=True)
        order = self.order(self.partner, "2025-05-01", 300)
        order.partner_invoice_id = payer
        billed = self.invoice(payer, "2025-05-02", 300, order=order)
        own = self.invoice(payer, "2025-05-03", 50)
        self.assertEqual((self.raw("revenue"), self.raw("revenue", payer)), (300, 50))
        self.assertEqual(self.documents("revenue"), billed)
        self.assertEqual(self.documents("revenue", payer), own)

    def test_receipts_are_revenue_and_bills_are_not(self):
        receipt = self.invoice(self.partner, "2025-05-01", 30, move_type="out_receipt")
        self.invoice(self.partner, "2025-05-01", 1000, move_type="in_invoice")
        self.invoice(self.partner, "2025-05-01", 1000, move_type="in_refund")
        self.assertEqual(self.raw("revenue"), 30)
        self.assertEqual(self.documents("revenue"), receipt)

    def test_cancelled_invoices_do_not_count(self):
        self.invoice(self.partner, "2025-05-01", 30)
        gone = self.invoice(self.partner, "2025-05-01", 70)
        gone.button_draft()
        gone.button_cancel()
        self.assertEqual(self.raw("revenue"), 30)

    def test_other_currencies_count_at_the_rate_of_their_day(self):
        euro = self.currency("EUR", d2025_01_01=0.5, d2025_02_01=0.8)
        self.invoice(self.partner, "2025-01-15", 100, currency=euro)
        self.invoice(self.partner, "2025-02-15", 100, currency=euro)
        self.credit_note(self.partner, "2025-02-16", 20, currency=euro)
        self.assertEqual(self.raw("revenue"), 200 + 125 - 25)
        self.assertAlmostEqual(self.raw("return_share"), 100 * 25 / 325, 2)

    def test_only_credit_notes(self):
        self.credit_note(self.partner, "2025-05-01", 50)
        self.assertEqual(self.raw("revenue"), -50)
        self.assertIsNone(self.raw("return_share"), "a share of nothing does not exist")

    def test_contacts_of_any_depth(self):
        """Offices of offices: whatever the address on the document, the company is the customer."""
        office = self.customer("Office", parent_id=self.partner.id)
        desk = self.customer("Desk", parent_id=office.id, type="delivery")
        chair = self.customer("Chair", parent_id=desk.id)
        moves = self.env["account.move"]
        for amount, partner in enumerate((self.partner, office, desk, chair), start=1):
            moves += self.invoice(partner, "2025-05-01", 10**amount)
        self.order(chair, "2025-05-01", 10)
        self.lead(desk, 1000, 50)
        self.ticket(office)
        self.pay(moves[3], "2025-05-11")
        self.assertEqual(self.raw("revenue"), 11110)
        self.assertEqual(self.raw("order_count"), 1)
        self.assertEqual(self.raw("open_pipeline"), 500)
        self.assertEqual(self.raw("ticket_count"), 1)
        self.assertEqual(self.raw("payment_delay_days"), 10)
        self.assertEqual(self.raw("overdue_amount"), 1110)
        self.assertEqual(self.documents("revenue"), moves)
        for contact in (office, desk, chair):
            self.assertFalse(self.score(contact))


@tagged("post_install", "-at_install")
class TestPaymentSource(SourceCase):
    def test_delay_is_weighted_by_what_was_paid(self):
        early = self.invoice(self.partner, "2025-01-01", 100, due="2025-01-31")
        late = self.invoice(self.partner, "2025-02-01", 300, due="2025-02-28")
        self.pay(early, "2025-01-26")
        self.pay(late, "2025-03-10", 200)
        self.pay(late, "2025-03-30", 100)
        # -5 days for 100, 10 for 200, 30 for 100
        self.assertEqual(self.raw("payment_delay_days"), round((-500 + 2000 + 3000) / 400, 2))
        self.assertEqual(self.documents("payment_delay_days").move_id, early + late)

    def test_payments_outside_the_window_are_not_seen(self):
        before = self.invoice(self.partner, "2024-06-01", 100, due="2024-06-01")
        self.pay(before, "2024-06-30")
        spanning = self.invoice(self.partner, "2024-06-01", 100, due="2024-06-21")
        self.pay(spanning, "2024-06-22", 40)
        self.pay(spanning, "2025-07-01", 60)
        inside = self.invoice(self.partner, "2024-06-01", 100, due="2024-06-21")
        self.pay(inside, "2024-07-01")
        self.assertEqual(self.raw("payment_delay_days"), 10)
        self.assertEqual(self.documents("payment_delay_days").move_id, inside)

    def test_a_credit_note_is_no_payment(self):
        invoice = self.invoice(self.partner, "2025-01-01", 100)
        refund = self.credit_note(self.partner, "2025-03-01", 40)
        (invoice + refund).line_ids.filtered(lambda line: line.display_type == "payment_term").reconcile()
        self.assertIsNone(self.raw("payment_delay_days"))
        self.assertFalse(self.documents("payment_delay_days"))
        self.pay(invoice, "2025-01-03")
        self.assertEqual(self.raw("payment_delay_days"), 2)
        self.assertEqual(self.documents("payment_delay_days").move_id, invoice)

    def test_payments_registered_by_the_wizard(self):
        invoice = self.invoice(self.partner, "2025-01-01", 100)
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        transit = self.env["account.account"].create(
            {"name": "Payments in transit", "code": "101499", "account_type": "asset_current", "reconcile": True}
        )
        journal.inbound_payment_method_line_ids.payment_account_id = transit
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {"payment_date": "2025-01-08", "journal_id": journal.id}
        )._create_payments()
        self.assertEqual(self.raw("payment_delay_days"), 7)
        self.assertEqual(self.raw("overdue_amount"), 0)

    def test_overdue_is_what_is_due_and_open(self):
        due = self.invoice(self.partner, "2025-05-01", 100, due="2025-06-29")
        self.invoice(self.partner, "2025-05-01", 1000, due="2025-06-30")
        part = self.invoice(self.partner, "2025-05-01", 500, due="2025-05-31")
        self.pay(part, "2025-06-15", 200)
        paid = self.invoice(self.partner, "2025-05-01", 700, due="2025-05-31")
        self.pay(paid, "2025-06-15")
        self.assertEqual((self.raw("overdue_amount"), self.raw("overdue_days")), (400, 30))
        self.assertEqual(self.documents("overdue_amount").move_id, due + part)
        self.assertEqual(self.documents("overdue_days"), self.documents("overdue_amount"))
        self.assertEqual(sum(self.documents("overdue_amount").mapped("amount_residual")), 400)

    def test_what_was_paid_later_was_open_then(self):
        invoice = self.invoice(self.partner, "2025-05-01", 500, due="2025-05-31")
        self.pay(invoice, "2025-06-10", 100)
        self.pay(invoice, "2025-07-01", 150)
        self.pay(invoice, "2025-07-10", 250)
        self.assertEqual((self.raw("overdue_amount"), self.raw("overdue_days")), (400, 30))
        self.assertEqual(self.documents("overdue_amount").move_id, invoice)
        self.assertEqual(self.raw("overdue_amount", as_of=date(2025, 7, 1)), 250)
        self.assertEqual(self.raw("overdue_amount", as_of=date(2025, 7, 10)), 0)
        self.assertFalse(self.documents("overdue_amount"))
        self.assertEqual(self.raw("overdue_amount", as_of=date(2025, 5, 31)), 0, "due today is not overdue yet")

    def entry(self, day, amount, kind="general", due=False):
        """What ``partner`` owes, or, negative, has paid, by an entry that no invoice made."""
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", kind)], limit=1
        )
        other = journal.default_account_id or self.env["account.account"].search(
            [("account_type", "=", "equity"), ("company_ids", "=", self.company.id)], limit=1
        )
        owed = {
            "account_id": self.partner.property_account_receivable_id.id, "partner_id": self.partner.id,
            "balance": amount, "date_maturity": due,
        }  # fmt: skip
        lines = [owed, {"account_id": other.id, "balance": -amount}]
        entry = self.env["account.move"].create(
            {
                "move_type": "entry", "journal_id": journal.id, "date": day,
                "line_ids": [Command.create(line) for line in lines],
            }
        )  # fmt: skip
        entry.action_post()
        return entry

    def test_what_was_owed_when_the_books_were_opened(self):
        dated = self.entry("2025-01-01", 500.0, due="2025-03-31")
        undated = self.entry("2025-01-01", 80.0)
        today = self.entry("2025-01-01", 1000.0, due="2025-06-30")
        self.assertEqual((self.raw("overdue_amount"), self.raw("overdue_days")), (580, 180))
        self.assertEqual(self.documents("overdue_amount").move_id, dated + undated)
        # long after that day
        page = self.partner.action_view_overdue()
        self.assertEqual(set(self.env["account.move"].search(page["domain"])), set(dated + undated + today))
        paid = self.entry("2025-04-10", -500.0, "bank")
        items = (dated + paid).line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        items.reconcile()
        self.assertEqual((self.raw("overdue_amount"), self.raw("overdue_days")), (80, 180))
        self.assertEqual(self.raw("payment_delay_days"), 10)
        self.assertEqual(self.documents("payment_delay_days").move_id, dated)
        self.assertEqual(self.raw("overdue_amount", as_of=date(2025, 4, 9)), 580, "it was open then")

    def test_entries_are_noticed_by_the_daily_job(self):
        since = self.env.cr.now() - timedelta(minutes=1)

        def changed():
            self.env.flush_all()
            return {
                row
                for query in self.Source._changed_queries(self.company, since)
                for row in self.env.execute_query(query)
            }

        self.env.flush_all()
        self.assertNotIn((self.partner.id,), changed())
        self.entry("2025-01-01", 500.0)
        self.assertIn((self.partner.id,), changed())

    def test_money_paid_back_is_no_payment_of_anything_else(self):
        """A credit note got its money, and nobody has matched the two."""
        self.invoice(self.partner, "2025-05-01", 200, due="2025-05-31")
        self.credit_note(self.partner, "2025-05-10", 70)
        self.assertEqual(self.raw("overdue_amount"), 130)
        back = self.entry("2025-05-20", 70.0, "bank")
        self.assertEqual(self.raw("overdue_amount"), 200)
        # matched with what was paid in, it is no invoice that was paid early
        paid = self.entry("2025-05-02", -70.0, "bank")
        (back + paid).line_ids.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.assertIsNone(self.raw("payment_delay_days"))

    def test_overdue_in_another_currency(self):
        euro = self.currency("EUR", d2025_01_01=0.5, d2025_06_15=0.8)
        invoice = self.invoice(self.partner, "2025-05-01", 100, currency=euro)
        self.assertEqual(self.raw("overdue_amount"), 200)
        # paid at a worse rate: the difference is a loss, nothing stays open
        self.pay(invoice, "2025-06-20")
        self.assertEqual(self.raw("overdue_amount"), 0)
        self.assertEqual(self.raw("overdue_amount", as_of=date(2025, 6, 19)), 200)


@tagged("post_install", "-at_install")
class TestOtherSources(SourceCase):
    def test_pipeline_is_weighted_by_probability(self):
        leads = self.lead(self.partner, 1000, 50) + self.lead(self.partner, 300, 10)
        self.lead(self.partner, 5000, 50, day="2025-07-01")
        lost = self.lead(self.partner, 5000, 50)
        lost.action_set_lost()
        won = self.lead(self.partner, 5000, 50)
        won.action_set_won()
        self.lead(self.partner, 5000, 50, type="lead")
        self.assertEqual(self.raw("open_pipeline"), 530)
        self.assertEqual(self.documents("open_pipeline"), leads)

    def test_opportunities_without_company_count_for_that_of_the_team(self):
        other = self.make_company("Other Company", "USD")
        teams = self.env["crm.team"].create(
            [{"name": company.name, "company_id": company.id} for company in (self.company, other)]
        )
        ours, theirs, _nobodys = (self.lead(self.partner, amount, 50) for amount in (1000, 400, 60))
        self.env.cr.execute("UPDATE crm_lead SET company_id = NULL WHERE partner_id = %s", [self.partner.id])
        for lead, team in zip((ours, theirs), teams, strict=True):
            self.env.cr.execute("UPDATE crm_lead SET team_id = %s WHERE id = %s", [team.id, lead.id])
        self.env.invalidate_all()
        self.assertEqual(self.raw("open_pipeline"), 500)
        self.assertEqual(self.documents("open_pipeline"), ours)

    def test_tickets_of_the_window(self):
        self.ticket(self.partner, "2024-06-30")
        tickets = self.ticket(self.partner, "2024-07-01") + self.ticket(self.partner, "2025-06-30")
        self.ticket(self.partner, "2025-07-01")
        self.ticket(self.partner, "2025-06-30", duplicate_id=tickets[0].id)
        self.ticket(self.partner, "2025-06-30", active=False)
        self.assertEqual(self.raw("ticket_count"), 2)
        self.assertEqual(self.documents("ticket_count"), tickets)

    def test_tickets_of_the_day_of_the_company(self):
        self.company.value_tz = "Asia/Shanghai"
        self.ticket(self.partner, datetime(2024, 6, 30, 15, 59))
        tickets = self.ticket(self.partner, datetime(2024, 6, 30, 16, 0))
        tickets += self.ticket(self.partner, datetime(2025, 6, 30, 15, 59))
        self.ticket(self.partner, datetime(2025, 6, 30, 16, 0))
        self.assertEqual(self.raw("ticket_count"), 2)
        self.assertEqual(self.documents("ticket_count"), tickets)

    def test_influence_is_entered_by_hand(self):
        self.order(self.partner)
        self.assertIsNone(self.raw("influence"))
        self.partner.value_influence = 70
        self.assertEqual(self.raw("influence"), 70)
        self.assertIsNone(
            self.Source._documents_action("influence", self.score(self.partner)._get_scope(), self.partner)
        )

    def test_influence_alone_makes_no_customer(self):
        self.partner.value_influence = 70
        self.assertEqual(self.raw("influence"), "no score")

    def test_each_kind_of_document_makes_a_customer(self):
        bystander, *partners = self.customers(5)
        self.order(partners[0], "2020-01-01")
        self.invoice(partners[1])
        self.lead(partners[2])
        self.ticket(partners[3])
        self.policy._run(as_of=AS_OF)
        for partner in partners:
            self.assertTrue(self.score(partner), partner.name)
        self.assertFalse(self.score(bystander))

    def test_every_metric_is_covered_here(self):
        """A new metric without a test against numbers by hand is noticed."""
        covered = {
            "recency_days", "tenure_days", "order_count", "average_order", "discount_share", "revenue", "margin",
            "return_share", "payment_delay_days", "overdue_amount", "overdue_days", "open_pipeline", "ticket_count",
            "influence",
            # in test_complaint_value
            "complaint_share", "abusive_complaints", "recovery_rate", "satisfaction",
            # in test_wallet
            "share_of_wallet",
            # in test_lifetime
            "lifetime_value", "p_active", "expected_margin",
        }  # fmt: skip
        self.assertFalse(covered ^ set(self.Source._get_metrics()))
