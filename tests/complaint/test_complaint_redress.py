"""Redress: within limits, approved by another person, carried out once."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestComplaintRedress(RedressCase):
    # -- limits ----------------------------------------------------------------------------------------------------

    def test_never_above_the_limit(self):
        complaint = self.case(loss=100.0)
        self.redress(complaint, amount=150.0)
        with self.refused(ValidationError, r"The limit .* is .*150\.00"):
            self.redress(complaint, "coupon", amount=0.01)
        self.commitments.redress_cap = 80.0
        other = self.case(loss=100.0)
        with self.refused(ValidationError, r"The limit .* is .*80\.00"):
            self.redress(other, amount=80.01)
        self.commitments.write({"redress_cap": 0.0, "redress_percent": 50.0})
        with self.refused(ValidationError, r"The limit .* is .*50\.00"):
            self.redress(other, amount=50.01)
        draft = self.redress(other, amount=50.0)
        with self.assertRaises(ValidationError):
            draft.amount = 50.01

    def test_loss_not_known(self):
        complaint = self.case(loss=0.0)
        with self.refused(ValidationError, "Enter the customer's loss"):
            self.redress(complaint)
        self.approved(complaint, "apology", amount=None).action_carry_out()

    def test_limit_holds_until_the_end(self):
        """What was approved is not carried out once the loss turns out to be smaller."""
        complaint = self.case(loss=100.0)
        redress = self.approved(complaint, amount=90.0)
        complaint.sudo().complaint_loss = 10.0
        with self.assertRaises(ValidationError):
            redress.action_carry_out()
        self.assertFalse(redress.move_id)

    def test_by_tier_and_severity(self):
        """The commitment that matches tier and severity is the one that counts."""
        policy = self.make_policy(window_months=0)
        self.invoice(self.partner)
        self.run_policy()
        best = self.tier("Top", policy)
        self.env["customer.complaint.commitment"].create(
            {"company_id": self.company.id, "tier_id": best.id, "severity": "2", "approval_amount": 400.0}
        )
        complaint = self.case()
        ordinary = self.redress(complaint, amount=300.0)
        ordinary.action_ask()
        self.assertEqual(ordinary.state, "to_approve")
        self.env["customer.value.override"].create(
            {"partner_id": self.partner.id, "tier_id": best.id, "reason": "Test", "company_id": self.company.id}
        )
        self.env.invalidate_all()
        self.assertEqual(self.partner.with_company(self.company).value_tier_id, best)
        valued = self.redress(self.case(), amount=300.0)
        valued.action_ask()
        self.assertEqual(valued.state, "approved")

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        loss=st.integers(1, 20000),
        cap=st.integers(0, 30000),
        percent=st.sampled_from([10.0, 33.3, 100.0, 150.0]),
        amounts=st.lists(st.integers(1, 15000), min_size=1, max_size=5),
    )
    def test_sequences_stay_within(self, loss, cap, percent, amounts):
        """Amounts in cents, in any order: exactly those are accepted that fit into what is left."""
        invoice = self.partner.with_company(self.company).invoice_ids[:1] or self.invoice(self.partner)
        with self.env.cr.savepoint() as savepoint:
            self.commitments.write({"redress_cap": cap / 100, "redress_percent": percent})
            complaint = self.case(loss=loss / 100, invoice=invoice)
            # by hand, in whole cents: tenths of percent keep it an integer
            limit = loss * round(percent * 10) // 1000
            if cap:
                limit = min(limit, cap)
            given_so_far = 0
            for cents in amounts:
                fits = given_so_far + cents <= limit
                try:
                    with self.env.cr.savepoint():
                        self.redress(complaint, "coupon", amount=cents / 100)
                    accepted = True
                except ValidationError:
                    accepted = False
                self.assertEqual(accepted, fits, (limit, given_so_far, cents))
                given_so_far += cents if accepted else 0
            savepoint.rollback()
        self.env.invalidate_all()

    # -- approval --------------------------------------------------------------------------------------------------

    def test_approval_by_another(self):
        redress = self.redress(self.case(), amount=100.01)
        redress.action_ask()
        self.assertEqual(redress.state, "to_approve")
        asked = redress.sudo().activity_ids.user_id
        self.assertTrue(self.manager in asked and self.second in asked and self.officer not in asked)
        with self.refused(UserError, "is in the state To approve"):
            redress.action_carry_out()
        with self.assertRaises(AccessError):
            redress.action_approve()
        redress.with_user(self.manager).action_approve()
        self.assertEqual((redress.state, redress.approver_id), ("approved", self.manager))
        self.assertFalse(redress.sudo().activity_ids)
        with self.assertRaises(UserError):
            redress.with_user(self.second).action_approve()

    def test_within_the_limit(self):
        redress = self.redress(self.case(), amount=100.0)
        redress.action_ask()
        self.assertEqual((redress.state, redress.approver_id.id), ("approved", False))

    def test_who_proposes_never_approves(self):
        redress = self.redress(self.case(), amount=300.0, user=self.manager)
        redress.with_user(self.officer).action_ask()
        with self.refused(UserError, "proposed this yourself"):
            redress.with_user(self.manager).action_approve()
        redress.with_user(self.second).action_approve()
        changed = self.redress(self.case(), amount=10.0)
        changed.with_user(self.manager).amount = 300.0
        changed.action_ask()
        with self.refused(UserError, "proposed this yourself"):
            changed.with_user(self.manager).action_approve()

    def test_who_made_it_stands_behind_it(self):
        """Also where somebody else has changed the terms since."""
        redress = self.redress(self.case(), amount=300.0, user=self.manager)
        redress.with_user(self.officer).amount = 310.0
        redress.with_user(self.officer).action_ask()
        self.assertEqual(redress.user_id, self.officer)
        self.assertNotIn(self.manager, redress.sudo().activity_ids.user_id)
        with self.refused(UserError, "proposed this yourself"):
            redress.with_user(self.manager).action_approve()
        redress.with_user(self.second).action_approve()
        self.assertEqual(redress.state, "approved")

    def test_not_cut_into_pieces(self):
        complaint = self.case()
        states = []
        for _piece in range(3):
            piece = self.redress(complaint, "coupon", amount=45.0)
            piece.action_ask()
            states.append(piece.state)
        self.assertEqual(states, ["approved", "approved", "to_approve"])

    def test_result_opens_for_those_who_may_read_it(self):
        redress = self.approved(self.case())
        seller = self.user("redress_seller", "customer_value.group_complaint_officer,account.group_account_invoice")
        self.assertFalse(redress.with_user(seller).can_open_result)
        redress.action_carry_out()
        self.assertTrue(redress.with_user(seller).can_open_result)
        self.assertFalse(redress.with_user(self.officer).can_open_result)

    def test_what_passed_is_executed_beside_what_was_approved(self):
        """The one who decides on a second redress has seen the first; it does not wait for another decision."""
        complaint = self.case()
        small, large = self.redress(complaint, "coupon", amount=30.0), self.redress(complaint, amount=90.0)
        (small | large).action_ask()
        self.assertEqual((small.state, large.state), ("approved", "to_approve"))
        large.with_user(self.manager).action_approve()
        (small | large).action_carry_out()
        self.assertEqual((small.state, large.state), ("done", "done"))

    def test_what_passed_needs_approval_once_the_limit_is_lower(self):
        complaint = self.case()
        first, second = self.approved(complaint, "coupon", amount=30.0), self.approved(complaint, "coupon", amount=40.0)
        first.action_carry_out()
        self.commitments.write({"approval_amount": 60.0})
        with self.refused(UserError, "Coupon.*40.00 now requires approval"):
            second.action_carry_out()
        second.action_draft()
        second.action_ask()
        second.with_user(self.manager).action_approve()
        second.action_carry_out()
        self.assertEqual(second.state, "done")

    def test_terms_stand_still(self):
        redress = self.redress(self.case(), amount=300.0)
        redress.action_ask()
        for values in ({"amount": 1.0}, {"kind": "coupon"}, {"ticket_id": self.case().id}):
            with self.refused(UserError, "Reset it to draft"):
                redress.write(values)
        redress.with_user(self.manager).action_approve()
        redress.action_draft()
        redress.amount = 320.0
        redress.action_ask()
        self.assertEqual(redress.state, "to_approve", "the approval was for other terms")

    def test_refuse_with_a_reason(self):
        redress = self.redress(self.case(), amount=300.0)
        redress.action_ask()
        action = redress.with_user(self.manager).action_refuse()
        Decision = self.env["customer.complaint.decision"].with_user(self.manager).with_context(**action["context"])
        with self.refused(UserError, "enter a reason"):
            Decision.create({"reason": " "}).action_take()
        Decision.create({"reason": "Too much"}).action_take()
        self.assertEqual((redress.state, redress.decision), ("cancelled", "Too much"))

    def test_guarded(self):
        redress = self.redress(self.case(), amount=300.0)
        for name, value in (
            ("state", "approved"),
            ("approver_id", self.manager.id),
            ("user_id", self.second.id),
            ("cost", 1.0),
            ("company_amount", 1.0),
            ("currency_id", self.company.currency_id.id),
        ):
            with self.subTest(field=name), self.refused(AccessError, "Use the buttons of the redress"):
                redress.with_user(self.manager).write({name: value})
        with self.assertRaises(AccessError):
            self.redress(self.case(), state="approved")
        with self.assertRaises(AccessError):
            redress.ticket_id.with_user(self.manager).complaint_redress_cost = 1.0

    def test_roles_and_companies(self):
        complaint = self.case()
        redress = self.redress(complaint)
        for user in (self.helper, self.user("value_only", "customer_value.group_customer_value_manager")):
            with self.assertRaises(AccessError):
                redress.with_user(user).read(["amount"])
            with self.assertRaises(AccessError):
                self.redress(complaint, user=user)
            with self.assertRaises(AccessError):
                redress.with_user(user).action_ask()
        other = self.make_company("Other Redress Company", "EUR")
        stranger = self.user("redress_stranger", "customer_value.group_complaint_manager", other)
        foreign = redress.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(foreign.search([("id", "=", redress.id)]))
        with self.assertRaises(AccessError):
            foreign.action_ask()

    # -- carrying out ----------------------------------------------------------------------------------------------

    def test_refund(self):
        """A draft credit note over exactly the amount, in two taxes and two accounts, linked both ways."""
        tax = self.env["account.tax"].create(
            [{"name": f"T{rate}", "amount": rate, "company_id": self.company.id} for rate in (7.0, 19.0)]
        )
        lines = [
            {"price_unit": 333.33, "tax_ids": [Command.set(tax[:1].ids)]},
            {"price_unit": 66.67, "quantity": 3, "tax_ids": [Command.set(tax[1:].ids)]},
        ]
        invoice = self.invoice(self.partner, lines=lines)
        for amount in (10.0, 77.77, 0.05):
            with self.subTest(amount=amount):
                redress = self.approved(self.case(loss=1000.0, invoice=invoice), amount=amount)
                redress.action_carry_out()
                credit = redress.sudo().move_id
                self.assertRecordValues(
                    credit,
                    [{"move_type": "out_refund", "state": "draft", "reversed_entry_id": invoice.id,
                      "partner_id": self.partner.id}],
                )  # fmt: skip
                self.assertAlmostEqual(credit.amount_total, amount)
                self.assertIn(invoice.name, credit.invoice_origin)
                # taxes in proportion: 333.33 at 7% and 200.01 at 19%
                gross = 333.33 * 1.07 + 200.01 * 1.19
                taxes = (333.33 * 0.07 + 200.01 * 0.19) * amount / gross
                self.assertAlmostEqual(credit.amount_tax, taxes, delta=0.011)
                self.assertAlmostEqual(redress.cost, amount - taxes, delta=0.011)
                self.assertAlmostEqual(redress.ticket_id.sudo().complaint_redress_cost, redress.cost)
                self.assertFalse(credit.invoice_line_ids.product_id, "no goods come back")
                credit.action_post()
                self.assertAlmostEqual(credit.amount_total, amount)

    def test_refund_of_all(self):
        invoice = self.invoice(self.partner, amount=100.0)
        redress = self.approved(self.case(invoice=invoice), amount=100.0)
        redress.action_carry_out()
        self.assertEqual(redress.sudo().move_id.amount_total, 100.0)

    def test_refund_leaves_the_order_invoiced(self):
        order = self.order(self.partner, amount=100.0)
        invoice = self.invoice(self.partner, amount=100.0, order=order)
        self.assertEqual(order.order_line.qty_invoiced, 1.0)
        self.approved(self.case(invoice=invoice), amount=40.0).action_carry_out()
        self.credit_notes(invoice).action_post()
        self.assertEqual(order.order_line.qty_invoiced, 1.0, "what is paid back is not invoiced again")

    def test_refund_no_more_than_the_invoice(self):
        invoice = self.invoice(self.partner, amount=100.0)
        first = self.approved(self.case(invoice=invoice), amount=70.0)
        second = self.approved(self.case(invoice=invoice), amount=40.0)
        first.action_carry_out()
        with self.refused(UserError, r"Only .*30\.00"):
            second.action_carry_out()
        self.assertEqual(len(self.credit_notes(invoice)), 1)

    def test_no_refund_of_what_accounting_has_credited(self):
        """From the invoice itself, past the complaint; a credit note that is not posted yet counts, too."""
        for is_posted in (True, False):
            with self.subTest(is_posted=is_posted):
                invoice = self.invoice(self.partner, amount=1000.0)
                redress = self.approved(self.case(invoice=invoice), amount=300.0)
                credit = invoice._reverse_moves([{"invoice_date": invoice.invoice_date, "date": invoice.date}])
                if is_posted:
                    credit.action_post()
                with self.refused(UserError, r"Only .*0\.00"):
                    redress.action_carry_out()
                self.assertEqual(self.credit_notes(invoice), credit)

    def test_refund_of_what(self):
        complaint = self.case()
        complaint.complaint_move_id = False
        with self.refused(UserError, "Choose the invoice"):
            self.redress(complaint).action_ask()
        draft = self.invoice(self.partner, post=False)
        with self.refused(UserError, "is not a posted invoice"):
            self.redress(self.case(invoice=draft)).action_ask()

    def test_refund_in_another_currency(self):
        """Entered in the currency of the invoice, limited in that of the company, at the rate of the invoice."""
        euro = self.currency("EUR", d2025_01_01=0.5, d2026_01_01=5.0)
        invoice = self.invoice(self.partner, date(2025, 3, 1), amount=100.0, currency=euro)
        complaint = self.case(loss=100.0, invoice=invoice)
        # 75 euro are 150 dollars
        with self.assertRaises(ValidationError):
            self.redress(complaint, amount=75.01)
        redress = self.approved(complaint, amount=75.0)
        self.assertEqual((redress.currency_id, redress.company_amount), (euro, 150.0))
        redress.action_carry_out()
        credit = redress.sudo().move_id
        self.assertEqual((credit.currency_id, credit.amount_total), (euro, 75.0))

    def test_replacement(self):
        order = self.order(
            self.partner,
            lines=[
                {"price_unit": 60.0, "product_uom_qty": 4, "purchase_price": 25.0, "discount": 50.0},
                {"price_unit": 999.0},
            ],
        )
        complaint = self.case(complaint_order_id=order.id, complaint_order_line_id=order.order_line[0].id)
        redress = self.redress(complaint, "replacement", amount=None)
        self.assertEqual((redress.quantity, redress.amount), (4, 120.0))
        redress.quantity = 3
        self.assertEqual(redress.amount, 90.0, "three of four at 30")
        with self.refused(ValidationError, "is calculated from its products"):
            redress.amount = 1.0
        with self.refused(ValidationError, "You cannot replace more than that"):
            redress.quantity = 5
        redress.action_ask()
        redress.action_carry_out()
        new = redress.sudo().replacement_id
        self.assertEqual((new.state, new.amount_total, new.partner_id), ("draft", 0.0, self.partner))
        self.assertEqual((new.order_line.product_id, new.order_line.product_uom_qty), (self.product, 3.0))
        self.assertIn(complaint.complaint_number, new.origin)
        self.assertEqual(redress.cost, 75.0, "three at a cost of 25")

    def test_pressing_twice(self):
        invoice = self.invoice(self.partner, amount=500.0)
        redress = self.approved(self.case(invoice=invoice))
        for _press in range(3):
            redress.action_carry_out()
        self.assertEqual(len(self.credit_notes(invoice)), 1)
        done = redress.ticket_id.sudo().complaint_event_ids.filtered(lambda event: "executed" in (event.note or ""))
        self.assertEqual(len(done), 1)
        letters = self.letters(redress.ticket_id)
        self.assertEqual(len(letters), 1)

    def test_not_for_what_is_gone(self):
        """Withdrawn, merged, rejected, or not assessed: nothing is carried out."""
        invoice = self.invoice(self.partner, amount=1000.0)
        gone = [
            {"is_complaint": False, "complaint_state": False},
            {"complaint_state": "closed", "complaint_outcome": "rejected"},
            {"complaint_state": "closed", "active": False},
            {"complaint_state": "acknowledged"},
        ]
        for values in gone:
            with self.subTest(**values):
                redress = self.approved(self.case(invoice=invoice))
                redress.ticket_id.sudo().write(values)
                with self.assertRaises(UserError):
                    redress.action_carry_out()
        redress = self.approved(self.case(invoice=invoice))
        self.env.flush_all()
        merge = "UPDATE helpdesk_ticket SET complaint_outcome = 'merged' WHERE id = %s"
        self.env.cr.execute(merge, [redress.ticket_id.id])
        self.env.invalidate_all()
        with self.refused(UserError, "merged"):
            redress.action_carry_out()
        with self.assertRaises(UserError):
            self.redress(self.ticket(self.partner))
        self.assertFalse(self.credit_notes(invoice))

    def test_cancel_and_take_back(self):
        invoice = self.invoice(self.partner, amount=500.0)
        redress = self.approved(self.case(invoice=invoice))
        redress.action_carry_out()
        self.credit_notes(invoice).action_post()
        with self.refused(UserError, "has been executed"):
            redress.with_user(self.manager)._cancel("Wrong customer")
        self.credit_notes(invoice).button_cancel()
        redress.with_user(self.manager)._cancel("Wrong customer")
        self.assertEqual((redress.state, redress.ticket_id.sudo().complaint_redress_cost), ("cancelled", 0.0))
        with self.assertRaises(UserError):
            redress.action_carry_out()
        with self.refused(UserError, "cannot be deleted"):
            redress.unlink()
