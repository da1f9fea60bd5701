"""What the numbers mean where documents are corrected, belong to others, or stand for money."""

from freezegun import freeze_time
from odoo import Command
from odoo.tests import Form, tagged

from .source_case import SourceCase


class NumbersCase(SourceCase):
    def sold(self, price=1000.0, cost=600.0, partner=None, day="2025-05-01", **line):
        """An order, invoiced by Odoo itself on its day."""
        lines = [{"price_unit": price, "purchase_price": cost} | line]
        order = self.order(partner or self.partner, day, lines=lines)
        return order, self.posted(order._create_invoices(), day)

    def posted(self, move, day):
        move.write({"invoice_date": day, "date": day, "invoice_payment_term_id": False, "invoice_date_due": day})
        move.action_post()
        return move

    def reversed(self, invoice, day="2025-05-10", **line):
        refund = invoice._reverse_moves([{"invoice_date": day, "date": day}])
        if line:
            refund.invoice_line_ids.write(line)
        refund.action_post()
        return refund

    def figures(self, *metrics, partner=None):
        self.policy._run(as_of=self.as_of)
        values = self.score(partner or self.partner).metrics
        return tuple(values[metric] for metric in metrics)

    as_of = "2025-06-30"


@tagged("post_install", "-at_install")
class TestNetMargin(NumbersCase):
    def test_an_invoice_issued_again_costs_nothing(self):
        order, invoice = self.sold()
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2025-05-10"})
        )
        wizard.modify_moves()
        self.posted(order.invoice_ids.filtered(lambda move: move.state == "draft"), "2025-05-10")
        self.assertEqual(len(order.invoice_ids), 3)
        self.assertEqual(self.figures("revenue", "margin", "return_share"), (1000, 400, 0))

    def test_nothing_is_left_of_an_order_credited_and_cancelled(self):
        order, invoice = self.sold()
        self.reversed(invoice)
        self.assertEqual(self.figures("revenue", "margin", "return_share"), (0, 0, 100))
        order.with_context(disable_cancel_warning=True)._action_cancel()
        self.assertEqual(self.figures("revenue", "margin", "order_count"), (0, 0, 0))

    def test_a_fee_kept_of_a_cancelled_order_is_earned(self):
        order, invoice = self.sold()
        self.reversed(invoice, price_unit=900.0)
        order.with_context(disable_cancel_warning=True)._action_cancel()
        self.assertEqual(self.figures("revenue", "margin"), (100, 100))

    def test_a_lowered_order_loses_once(self):
        order, invoice = self.sold(100.0, 60.0, product_uom_qty=10.0)
        order.order_line.product_uom_qty = 5.0
        self.reversed(invoice, quantity=5.0)
        self.assertEqual(self.figures("revenue", "margin", "return_share"), (500, 200, 0))

    def test_credited_orders_are_marked(self):
        """Once for all: of others, nobody asks for credit notes."""
        credited, late, other = (self.order(self.partner) for _number in range(3))
        self.invoice(self.partner, order=credited)
        draft = self.credit_note(self.partner, order=credited, post=False)
        self.assertFalse(credited.value_is_credited)
        draft.action_post()
        self.assertTrue(credited.value_is_credited)
        draft.button_draft()
        self.assertTrue(credited.value_is_credited)
        note = self.credit_note(self.partner)
        note.invoice_line_ids.sale_line_ids = late.order_line
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_rescore").method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(late.value_is_credited)
        self.assertFalse(other.value_is_credited)

    def test_a_price_cut_costs_its_amount_and_is_no_return(self):
        _order, invoice = self.sold(100.0, 60.0, product_uom_qty=10.0)
        self.reversed(invoice, price_unit=10.0)
        self.assertEqual(self.figures("revenue", "margin", "return_share"), (900, 300, 0))

    def test_what_is_charged_counts(self):
        order = self.order(self.partner, "2025-05-01", 1000, cost=600)
        invoice = order._create_invoices()
        invoice.invoice_line_ids.price_unit = 900.0
        self.posted(invoice, "2025-05-02")
        self.assertEqual(self.figures("revenue", "margin"), (900, 300))

    def test_a_down_payment_credited_takes_no_margin(self):
        order = self.order(self.partner, "2025-05-01", 1000, cost=600)
        context = {"active_model": "sale.order", "active_ids": order.ids, "active_id": order.id}
        self.env["sale.advance.payment.inv"].with_context(**context).create(
            {"advance_payment_method": "fixed", "fixed_amount": 300.0}
        ).create_invoices()
        invoice = self.posted(order.invoice_ids, "2025-05-02")
        self.assertEqual(self.figures("margin"), (400,))
        self.reversed(invoice)
        self.assertEqual(self.figures("revenue", "margin"), (0, 400))

    def test_goods_invoiced_on_delivery_earn_when_delivered(self):
        product = self.env["product.product"].create(
            {"name": "Sent", "type": "consu", "taxes_id": [Command.clear()], "invoice_policy": "delivery"}
        )
        line = {"product_id": product.id, "product_uom_qty": 10.0, "price_unit": 100.0, "purchase_price": 60.0}
        order = self.order(self.partner, "2025-05-01", lines=[line])
        self.assertEqual(self.figures("margin"), (0,))
        order.order_line.qty_delivered = 6.0
        self.assertEqual(self.figures("margin"), (240,))
        invoice = self.posted(order._create_invoices(), "2025-05-05")
        order.order_line.qty_delivered = 4.0
        self.assertEqual(self.figures("margin"), (160,))
        self.reversed(invoice, quantity=2.0)
        self.assertEqual(self.figures("revenue", "margin"), (400, 160))

    def test_an_exchange_difference_is_nobodys_margin(self):
        euro = self.currency("EUR", d2025_01_01=0.5, d2025_05_05=0.8)
        order = self.order(self.partner, "2025-05-01", 100, cost=60, currency=euro)
        invoice = self.posted(order._create_invoices(), "2025-05-06")
        self.assertEqual(self.figures("margin"), (80,))
        self.reversed(invoice, "2025-06-01")
        self.assertEqual(self.figures("margin"), (0,))

    def test_documents_count_on_their_day(self):
        _order, invoice = self.sold()
        self.reversed(invoice, "2025-06-10")
        self.assertEqual(self.raw("margin"), 0)
        self.as_of = "2025-06-09"
        self.assertEqual(self.figures("revenue", "margin", "return_share"), (1000, 400, 0))

    def test_a_write_off_costs_its_amount_and_is_no_payment(self):
        _order, invoice = self.sold()
        losses = self.env["account.account"].create({"name": "Bad debts", "code": "699902", "account_type": "expense"})
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "general")], limit=1
        )
        term = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        receivable = {"account_id": term.account_id.id, "partner_id": self.partner.id, "credit": 250.0}
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "date": "2025-06-20",
                "line_ids": [Command.create({"account_id": losses.id, "debit": 250.0}), Command.create(receivable)],
            }
        )
        entry.action_post()
        (term + entry.line_ids.filtered("credit")).reconcile()
        self.assertEqual(self.figures("margin", "payment_delay_days", "overdue_amount"), (150, None, 750))
        self.pay(invoice, "2025-05-08")
        self.assertEqual(self.figures("margin", "payment_delay_days", "overdue_amount"), (150, 7, 0))


@tagged("post_install", "-at_install")
class TestWhoseDocument(NumbersCase):
    def test_orders_and_invoices_stay_when_the_contact_moves(self):
        other = self.customer("Other", is_company=True)
        contact = self.customer("Contact", parent_id=self.partner.id)
        order, invoice = self.sold(partner=contact)
        # the end of a request
        self.env.flush_all()
        contact.parent_id = other
        self.assertEqual(order.value_customer_id, self.partner)
        self.assertEqual(self.figures("revenue", "margin", "order_count"), (1000, 400, 1))
        self.assertEqual(self.documents("order_count"), order)
        self.assertEqual(self.documents("revenue"), invoice)
        self.assertFalse(self.score(other))

    def test_they_go_along_when_the_customer_founds_a_company(self):
        person = self.customer("Founder")
        self.sold(partner=person)
        company = self.customer("Founded", is_company=True)
        person.parent_id = company
        self.assertEqual(self.figures("revenue", "margin", partner=company), (1000, 400))

    def test_they_go_along_when_customers_are_merged(self):
        twin = self.customer("Twin")
        self.sold(partner=twin)
        self.env["base.partner.merge.automatic.wizard"]._merge((self.partner + twin).ids, self.partner)
        self.assertEqual(self.figures("revenue", "margin"), (1000, 400))

    def test_a_cancelled_order_keeps_its_customer(self):
        other = self.customer("Other", is_company=True)
        contact = self.customer("Contact", parent_id=self.partner.id)
        order = self.order(contact)
        # the end of a request
        self.env.flush_all()
        contact.parent_id = other
        order.with_context(disable_cancel_warning=True)._action_cancel()
        self.assertEqual(order.value_customer_id, self.partner)

    def billed_to(self, payer):
        order = self.order(self.partner, "2025-05-01", 1000, cost=600, confirm=False)
        order.partner_invoice_id = payer
        order.action_confirm()
        order.date_order = "2025-05-01 12:00:00"
        self.posted(order._create_invoices(), "2025-05-02")

    def test_a_sale_invoiced_to_another_is_that_of_who_orders(self):
        payer = self.customer("Leasing", is_company=True)
        self.billed_to(payer)
        self.assertEqual(self.figures("revenue", "margin", "order_count", "overdue_amount"), (1000, 400, 1, 0))
        self.assertEqual(
            self.figures("revenue", "margin", "order_count", "overdue_amount", partner=payer), (0, 0, 0, 1000)
        )

    def test_or_that_of_who_pays(self):
        self.company.value_order_customer = "payer"
        payer = self.customer("Leasing", is_company=True)
        self.billed_to(payer)
        self.assertEqual(self.figures("revenue", "margin", "order_count", partner=payer), (1000, 400, 1))

    def test_the_setting_is_in_the_settings(self):
        self.billed_to(self.customer("Leasing", is_company=True))
        order = self.env["sale.order"].search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(order.value_customer_id, self.partner)
        with Form(self.env["res.config.settings"].with_company(self.company)) as form:
            self.assertEqual(form.value_order_customer, "buyer")
            form.value_order_customer = "payer"
        form.save().execute()
        self.assertEqual(self.company.value_order_customer, "payer")
        self.assertEqual(order.value_customer_id, self.partner, "orders that are there stay as they are")
        self.assertFalse(self.score(self.partner))


@tagged("post_install", "-at_install")
class TestNetOverdue(NumbersCase):
    def test_unmatched_payments_settle_what_is_oldest(self):
        older = self.invoice(self.partner, "2025-04-01", 300)
        newer = self.invoice(self.partner, "2025-05-31", 200)
        term = newer.line_ids.filtered(lambda line: line.display_type == "payment_term")
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        receivable = {"account_id": term.account_id.id, "partner_id": self.partner.id, "credit": 350.0}
        self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": bank.id,
                "date": "2025-06-10",
                "line_ids": [
                    Command.create({"account_id": bank.default_account_id.id, "debit": 350.0}),
                    Command.create(receivable),
                ],
            }
        ).action_post()
        self.assertEqual(self.figures("overdue_amount", "overdue_days"), (150, 30))
        score = self.score(self.partner)
        action = score.action_open_documents("overdue_amount")
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]).move_id, newer)
        with freeze_time("2025-06-30 12:00:00"):
            action = self.partner.action_view_overdue()
            self.assertEqual(self.env["account.move"].search(action["domain"]), newer)
            self.assertEqual((older + newer).mapped("value_is_overdue"), [False, True])
        self.as_of = "2025-06-09"
        self.assertEqual(self.figures("overdue_amount", "overdue_days"), (500, 69))

    def test_open_credit_notes_count(self):
        self.invoice(self.partner, "2025-05-01", 300)
        self.credit_note(self.partner, "2025-06-01", 300)
        self.assertEqual(self.figures("overdue_amount", "overdue_days"), (0, 0))
        self.assertFalse(self.env["account.move"].search(self.partner.action_view_overdue()["domain"]))

    def test_an_exchange_difference_is_no_payment(self):
        euro = self.currency("EUR", d2025_01_01=0.5, d2025_05_20=0.8)
        invoice = self.invoice(self.partner, "2025-05-01", 100, currency=euro, due="2025-06-15")
        refund = self.credit_note(self.partner, "2025-05-20", 100, currency=euro)
        (invoice + refund).line_ids.filtered(lambda line: line.display_type == "payment_term").reconcile()
        self.assertEqual(self.figures("payment_delay_days", "overdue_amount"), (None, 0))


@tagged("post_install", "-at_install")
class TestMeansOfPayment(NumbersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Program = cls.env["loyalty.program"]
        cls.program = Program.browse(Program.create_from_template("gift_card")["res_id"])
        cls.card_product = cls.program.trigger_product_ids[:1]
        cls.card_product.taxes_id = False

    def spend(self, card, partner):
        order = self.order(partner, "2025-05-01", 100, cost=60, confirm=False)
        for coupon, rewards in order._try_apply_code(card.code).items():
            order._apply_program_reward(rewards[:1], coupon)
        order.action_confirm()
        order.date_order = "2025-05-01 12:00:00"
        return self.posted(order._create_invoices(), "2025-05-02")

    def test_a_card_sold_is_no_sale_and_to_spend_it_is_to_pay(self):
        receiver = self.customer("Receiver")
        self.sold(100.0, 0.0, product_id=self.card_product.id)
        card = self.env["loyalty.card"].create({"program_id": self.program.id, "points": 100.0})
        self.spend(card, receiver)
        self.assertEqual(self.figures("revenue", "margin", "average_order"), (0, 0, 0))
        self.assertEqual(
            self.figures("revenue", "margin", "average_order", "discount_share", partner=receiver), (100, 40, 100, 0)
        )

    def test_an_ewallet_is_topped_up_and_spent(self):
        Program = self.env["loyalty.program"]
        program = Program.browse(Program.create_from_template("ewallet")["res_id"])
        program.trigger_product_ids.taxes_id = False
        self.sold(150.0, 0.0, product_id=program.trigger_product_ids[:1].id)
        self.assertEqual(self.figures("revenue", "margin", "average_order"), (0, 0, 0))
        wallet = self.env["loyalty.card"].create(
            {"program_id": program.id, "points": 150.0, "partner_id": self.partner.id}
        )
        order = self.order(self.partner, "2025-05-01", 100, cost=60, confirm=False)
        order._update_programs_and_rewards()
        rewards = order._get_claimable_rewards()
        order._apply_program_reward(rewards[wallet][:1], wallet)
        self.assertEqual(order.amount_total, 0)
        order.action_confirm()
        order.date_order = "2025-05-01 12:00:00"
        self.posted(order._create_invoices(), "2025-05-02")
        self.assertEqual(self.figures("revenue", "margin", "discount_share"), (100, 40, 0))

    def test_a_line_that_lowers_the_order_is_a_discount(self):
        lines = [{"price_unit": 100.0}, {"price_unit": -20.0}]
        self.order(self.partner, "2025-05-01", lines=lines)
        self.assertEqual(self.figures("discount_share", "average_order"), (20, 80))
