"""Facts from documents: each is there when it is true, gone when it is not, and nothing is entered by itself."""

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .complaint_case import ComplaintCase

RECEIVED = "2025-03-20 10:00:00"


@tagged("post_install", "-at_install")
class TestComplaintFacts(ComplaintCase):
    delivers = True

    def facts(self, kind=None, **values):
        """What is found for a complaint received on 20 March 2025, of one kind; the complaint is kept."""
        with freeze_time(RECEIVED):
            self.about = self.Ticket.create(
                {
                    "name": "Late",
                    "description": "Late",
                    "partner_id": self.partner.id,
                    "company_id": self.company.id,
                    "is_complaint": True,
                }
                | values
            )
        found = self.about.with_user(self.officer)._get_complaint_facts()
        return [fact for fact in found if kind in (None, fact["kind"])]

    def proposal(self):
        ticket = self.about.with_user(self.officer)
        return ticket._get_complaint_proposal(ticket._get_complaint_facts())

    def deliver(self, order, moment, quantity=None):
        picking = order.picking_ids.filtered(lambda found: found.state not in ("done", "cancel"))
        picking.move_ids.quantity = quantity or picking.move_ids.product_uom_qty
        picking.move_ids.picked = True
        with freeze_time(moment):
            picking.with_context(skip_backorder=True, cancel_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def stocked_order(self, promised="2025-03-10 12:00:00", **line):
        if "stock.picking" not in self.env:
            self.skipTest("deliveries are not installed")
        order = self.order(self.partner, "2025-03-01", lines=[{"price_unit": 40.0, **line}], confirm=False)
        order.commitment_date = promised
        order.action_confirm()
        return order

    def test_late_delivery(self):
        order = self.stocked_order()
        picking = self.deliver(order, "2025-03-15 12:00:00")
        (fact,) = self.facts("late", complaint_order_id=order.id, complaint_type_id=self.type.id)
        self.assertIn("5 days late", fact["text"])
        self.assertEqual((fact["model"], fact["res_id"]), ("stock.picking", picking.id))
        self.assertEqual(fact["readable"], picking.with_user(self.officer).has_access("read"))
        self.assertEqual(self.proposal(), {"fault": "ours", "fault_kind": "late", "loss": 40.0})

    def test_delivery_in_time(self):
        order = self.stocked_order()
        self.deliver(order, "2025-03-10 18:00:00")
        self.assertFalse(self.facts("late", complaint_order_id=order.id, complaint_type_id=self.type.id))
        self.assertFalse(self.proposal()["fault"])
        self.assertEqual(len(self.facts("on_time", complaint_order_id=order.id)), 1)

    def test_not_delivered_yet(self):
        order = self.stocked_order()
        (fact,) = self.facts("late", complaint_order_id=order.id)
        self.assertIn("Not delivered yet", fact["text"])
        order = self.stocked_order(promised="2025-03-25 12:00:00")
        self.assertFalse(self.facts("late", complaint_order_id=order.id), "there was time left")

    def test_delivered_in_part(self):
        order = self.stocked_order(product_uom_qty=5.0)
        self.deliver(order, "2025-03-09 12:00:00", quantity=3.0)
        short = self.env.ref("customer_value.complaint_type_short")
        (fact,) = self.facts("short", complaint_order_id=order.id, complaint_type_id=short.id)
        self.assertIn("3 of 5", fact["text"])
        self.assertEqual(fact["amount"], 80.0, "two at 40")
        self.assertEqual(self.proposal(), {"fault": "ours", "fault_kind": "short", "loss": 80.0})

    def test_price_differs_from_the_order(self):
        order = self.order(self.partner, "2025-03-01", lines=[{"price_unit": 100.0, "discount": 10.0}])
        move = self.invoice(self.partner, "2025-03-02", lines=[{"price_unit": 100.0, "quantity": 2.0}], order=order)
        wrong = self.env.ref("customer_value.complaint_type_invoice")
        (fact,) = self.facts("price", complaint_move_id=move.id, complaint_type_id=wrong.id)
        self.assertIn("10%", fact["text"])
        self.assertEqual(fact["amount"], 20.0, "twice ten")
        self.assertEqual(self.proposal(), {"fault": "ours", "fault_kind": "invoice", "loss": 20.0})
        right = self.invoice(self.partner, "2025-03-02", lines=[{"price_unit": 90.0}], order=order)
        self.assertNotIn(right.id, [fact["res_id"] for fact in self.facts("price", complaint_move_id=right.id)])

    def test_price_in_another_currency(self):
        """One dollar is half a euro: amounts are told in the currency of the company."""
        euro = self.currency("EUR", d2025_01_01=0.5)
        order = self.order(self.partner, "2025-03-01", 100.0, currency=euro)
        move = self.invoice(self.partner, "2025-03-02", 130.0, order=order, currency=euro)
        (fact,) = self.facts("price", complaint_move_id=move.id)
        self.assertEqual(fact["amount"], 60.0, "30 euro")

    def test_credit_notes(self):
        move = self.invoice(self.partner, "2024-06-01", 100)
        reversal = move._reverse_moves([{"invoice_date": "2024-06-10", "date": "2024-06-10"}])
        reversal.action_post()
        recent = self.credit_note(self.partner, "2025-01-10", 30)
        self.credit_note(self.partner, "2024-06-01", 30)
        self.credit_note(self.customer("Else"), "2025-03-01", 30)
        found = self.facts("credit", complaint_move_id=move.id)
        self.assertEqual({fact["res_id"]: fact["amount"] for fact in found}, {reversal.id: 100.0, recent.id: 30.0})
        self.assertEqual([fact["res_id"] for fact in self.facts("credit")], recent.ids)

    def test_overdue_invoices(self):
        due = self.invoice(self.partner, "2025-02-01", 100, due="2025-03-10")
        self.pay(due, "2025-03-12", 40)
        self.invoice(self.partner, "2025-02-01", 100, due="2025-03-21")
        self.pay(self.invoice(self.partner, "2025-02-01", 100), "2025-03-01")
        (fact,) = self.facts("overdue")
        self.assertEqual((fact["res_id"], fact["amount"]), (due.id, 60.0))
        self.assertIn("10 days", fact["text"])

    def test_earlier_complaints(self):
        with freeze_time("2025-01-10"):
            earlier = self.ticket(self.partner, is_complaint=True)
        with freeze_time("2024-01-10"):
            self.ticket(self.partner, is_complaint=True)
        with freeze_time("2025-01-10"):
            self.ticket(self.customer("Else"), is_complaint=True)
        self.assertEqual([fact["res_id"] for fact in self.facts("complaint")], earlier.ids)

    def test_tickets_on_the_same_order(self):
        order = self.order(self.partner, "2025-03-01")
        ticket = self.ticket(self.partner, complaint_order_id=order.id)
        self.ticket(self.partner)
        self.assertEqual([fact["res_id"] for fact in self.facts("ticket", complaint_order_id=order.id)], ticket.ids)

    def test_facts_of_another_kind_prove_nothing(self):
        """A late delivery does not justify a complaint about conduct."""
        order = self.stocked_order()
        self.deliver(order, "2025-03-15 12:00:00")
        conduct = self.env.ref("customer_value.complaint_type_conduct")
        self.assertTrue(self.facts("late", complaint_order_id=order.id, complaint_type_id=conduct.id))
        self.assertFalse(self.proposal()["fault"])

    def test_taking_over(self):
        order = self.order(self.partner, "2025-03-01", lines=[{"price_unit": 100.0}])
        move = self.invoice(self.partner, "2025-03-02", 130.0, order=order)
        self.facts(complaint_move_id=move.id)
        about = self.about
        self.assertFalse(about.complaint_fault or about.complaint_loss, "never by itself")
        with self.assertRaises(AccessError):
            about.with_user(self.helper).action_take_over_complaint_facts()
        about.with_user(self.officer).action_take_over_complaint_facts()
        self.assertRecordValues(
            about, [{"complaint_fault": "ours", "complaint_fault_kind": "invoice", "complaint_loss": 30.0}]
        )
        event = about.complaint_event_ids[0]
        self.assertEqual((event.kind, event.user_id), ("assessment", self.officer))
        self.assertIn(move.name, event.note)
        self.bring_to(self.ticket(self.customer("Silent"), is_complaint=True), "answered")
        answered = self.Ticket.search([("complaint_state", "=", "answered"), ("company_id", "=", self.company.id)])
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            answered.with_user(self.officer).action_take_over_complaint_facts()

    def test_nothing_to_take_over(self):
        self.facts()
        with self.assertRaisesRegex(UserError, "do not suggest anything"):
            self.about.with_user(self.officer).action_take_over_complaint_facts()

    def test_who_reads_them(self):
        """Officers read facts about invoices that they may not open; other users read none."""
        move = self.invoice(self.partner, "2025-02-01", 100, due="2025-03-10")
        (fact,) = self.facts("overdue")
        self.assertFalse(move.with_user(self.officer).has_access("read"))
        self.assertFalse(fact["readable"])
        value = self.about.with_user(self.officer).complaint_facts
        self.assertEqual([row["res_id"] for row in value["facts"]], move.ids)
        portal = self.env["res.users"].create(
            {"name": "P", "login": "complaint_portal", "partner_id": self.partner.id,
             "company_id": self.company.id, "company_ids": [Command.set(self.company.ids)],
             "group_ids": [Command.set(self.env.ref("base.group_portal").ids)]}
        )  # fmt: skip
        for user in (portal, self.helper):
            with self.assertRaises(AccessError):
                self.about.with_user(user).read(["complaint_facts"])

    def test_documents_of_another_company(self):
        other = self.make_company("Other Company", "EUR")
        self.invoice(self.partner, "2025-02-01", 100, due="2025-03-10", company=other)
        self.credit_note(self.partner, "2025-03-01", 10, company=other)
        self.assertFalse(self.facts())

    def test_queries_do_not_grow_with_documents(self):
        order = self.order(self.partner, "2025-03-01", lines=[{"price_unit": 10.0}] * 3)
        counts = []
        for _round in range(2):
            for number in range(4):
                self.invoice(self.partner, "2025-02-01", 10 + number, due="2025-03-01", order=order)
                self.credit_note(self.partner, "2025-03-01", 10)
            self.facts(complaint_order_id=order.id)
            counts.append(self.count_queries(self.about.with_user(self.officer)._get_complaint_facts))
        self.assertLessEqual(counts[1], counts[0] + 2)
        self.assertLess(counts[1], 80)

    # -- no two facts contradict each other ----------------------------------------------------------------------------

    def test_parts_are_called_parts(self):
        """Nothing is both delivered and not delivered."""
        order = self.stocked_order(product_uom_qty=5.0)
        picking = order.picking_ids
        picking.move_ids.quantity = 3.0
        picking.move_ids.picked = True
        with freeze_time("2025-03-15 12:00:00"):
            picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(len(order.picking_ids), 2)
        texts = [fact["text"] for fact in self.facts("late", complaint_order_id=order.id)]
        self.assertEqual([text.split(";")[0] for text in sorted(texts)],
                         ["One part delivered 5 days late", "The rest is not delivered yet"])  # fmt: skip
        self.deliver(order, "2025-03-18 12:00:00")
        texts = [fact["text"] for fact in self.facts("late", complaint_order_id=order.id)]
        self.assertEqual([text.split(";")[0] for text in sorted(texts)],
                         ["Delivered 5 days late", "Delivered 8 days late"])  # fmt: skip

    def test_on_time_in_part_is_no_delivery_on_time(self):
        order = self.stocked_order(product_uom_qty=5.0)
        self.deliver(order, "2025-03-09 12:00:00", quantity=3.0)
        (fact,) = self.facts("on_time", complaint_order_id=order.id)
        self.assertIn("One part delivered on time", fact["text"])

    def test_the_rest_may_be_in_time(self):
        order = self.stocked_order(promised="2025-03-25 12:00:00", product_uom_qty=5.0)
        picking = order.picking_ids
        picking.move_ids.quantity = 3.0
        picking.move_ids.picked = True
        with freeze_time("2025-03-15 12:00:00"):
            picking.with_context(skip_backorder=True).button_validate()
        self.assertFalse(self.facts("short", complaint_order_id=order.id))
        self.assertFalse(self.facts("late", complaint_order_id=order.id))
        self.assertFalse(self.proposal()["fault"])

    def test_what_was_sent_back_was_delivered(self):
        order = self.stocked_order(product_uom_qty=5.0)
        picking = self.deliver(order, "2025-03-09 12:00:00")
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model=picking._name)
        wizard = wizard.create({})
        wizard.product_return_moves.write({"quantity": 2.0, "to_refund": True})
        back = wizard._create_return()
        back.move_ids.picked = True
        with freeze_time("2025-03-12 12:00:00"):
            back.button_validate()
        self.assertEqual(order.order_line.qty_delivered, 3.0)
        self.assertEqual(len(self.facts("return", complaint_order_id=order.id)), 1)
        self.assertFalse(self.facts("short", complaint_order_id=order.id))
        (fact,) = self.facts("on_time", complaint_order_id=order.id)
        self.assertTrue(fact["text"].startswith("Delivered on time"))

    def test_the_delivery_that_is_named_counts(self):
        order = self.stocked_order(product_uom_qty=5.0)
        first = order.picking_ids
        first.move_ids.quantity = 3.0
        first.move_ids.picked = True
        with freeze_time("2025-03-09 12:00:00"):
            first.with_context(skip_backorder=True).button_validate()
        self.deliver(order, "2025-03-15 12:00:00")
        late = self.env.ref("customer_value.complaint_type_late")
        about = {"complaint_order_id": order.id, "complaint_type_id": late.id}
        self.assertEqual(len(self.facts("late", **about)), 1)
        self.assertFalse(self.facts("late", complaint_delivery_id=first.id, **about))
        self.assertFalse(self.proposal()["fault"], "it was on time")

    def test_what_was_credited_is_not_lost(self):
        order = self.order(self.partner, "2025-03-01", lines=[{"price_unit": 100.0}])
        move = self.invoice(self.partner, "2025-03-02", 130.0, order=order)
        self.facts(complaint_move_id=move.id)
        self.assertEqual(self.proposal()["loss"], 30.0)
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
        wizard = wizard.create({"journal_id": move.journal_id.id, "date": "2025-03-05"})
        wizard.refund_moves()
        credit = wizard.new_move_ids
        credit.invoice_line_ids.price_unit = 12.0
        credit.action_post()
        self.assertEqual(self.proposal()["loss"], 18.0)
        credit.button_draft()
        credit.invoice_line_ids.price_unit = 130.0
        credit.action_post()
        self.assertFalse(self.proposal()["loss"])

    def test_a_merged_complaint_is_not_one_more(self):
        with freeze_time("2025-03-10"):
            twin = self.ticket(self.partner, is_complaint=True)
        self.facts()
        self.assertEqual(len([1 for fact in self.about._get_complaint_facts() if fact["kind"] == "complaint"]), 1)
        twin.with_user(self.officer)._merge_complaints_into(self.about.with_user(self.officer))
        self.about.invalidate_recordset()
        self.assertFalse([fact for fact in self.about._get_complaint_facts() if fact["kind"] == "complaint"])
        self.assertEqual(self.about.sudo().complaint_earlier_count, 0)

    def test_fault_is_said_once(self):
        """The label stands behind "Fault:"."""
        labels = dict(self.Ticket._fields["complaint_fault"]._description_selection(self.env))
        self.assertEqual(set(labels.values()), {"Ours", "Shared", "Not ours", "Undetermined"})
