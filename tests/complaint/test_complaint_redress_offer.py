"""What is proposed, what the customer reads, and what a coupon is good for."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestComplaintRedressOffer(RedressCase):
    def proposed(self, **values):
        order = self.order(self.partner, amount=80.0)
        complaint = self.case(loss=100.0, complaint_order_id=order.id)
        complaint.sudo().write(values)
        complaint.with_user(self.officer).action_propose_redress()
        return complaint.sudo().complaint_redress_ids

    def test_proposals(self):
        refund = self.proposed(complaint_remedy="refund")
        self.assertEqual(refund.mapped("kind"), ["refund"])
        self.assertEqual((sum(refund.mapped("amount")), refund.user_id, refund.system), (100.0, self.officer, True))
        replacement = self.proposed(complaint_fault_kind="defective")
        self.assertEqual(replacement.mapped(lambda r: (r.kind, r.amount)), [("replacement", 80.0), ("coupon", 20.0)])
        self.assertEqual(self.proposed(complaint_remedy="apology").mapped("kind"), ["apology"])
        self.assertEqual(self.proposed(complaint_fault="not_ours").mapped("kind"), ["apology"])
        shared = self.proposed(complaint_fault="shared", complaint_remedy="discount")
        self.assertEqual(shared.mapped(lambda r: (r.kind, r.amount)), [("next_discount", 50.0)])
        with self.refused(UserError, "Redress already exists"):
            shared.ticket_id.with_user(self.officer).action_propose_redress()
        self.assertIn("Fault: Shared.", shared.reason)

    def test_money_back_is_a_refund_also_where_only_the_order_is_named(self):
        order = self.order(self.partner, amount=80.0)
        invoice = self.invoice(self.partner, amount=80.0, order=order)
        complaint = self.complaint(complaint_order_id=order.id, complaint_remedy="refund")
        self.fill_in(complaint)
        complaint.sudo().complaint_loss = 50.0
        complaint.with_user(self.officer).action_propose_redress()
        refund = complaint.sudo().complaint_redress_ids
        self.assertRecordValues(refund, [{"kind": "refund", "amount": 50.0, "invoice_id": invoice.id}])
        refund.with_user(self.officer).action_ask()
        complaint.with_user(self.officer)._take_complaint_step("assess")
        refund.with_user(self.officer).action_carry_out()
        self.assertEqual(refund.move_id.reversed_entry_id, invoice)
        other = self.invoice(self.partner, amount=80.0, order=order)
        refund = self.proposed(complaint_remedy="refund", complaint_move_id=False, complaint_order_id=order.id)
        self.assertNotIn("refund", refund.mapped("kind"), "which of the two, a person says")
        self.assertTrue(other)

    def test_unknown_loss_is_asked_for(self):
        complaint = self.case(loss=0.0, complaint_remedy="refund")
        action = complaint.with_user(self.officer).action_propose_redress()
        Step = self.env["customer.complaint.step"].with_user(self.officer).with_context(**action["context"])
        with Form(Step) as form:
            self.assertEqual((form.loss, form.redress_kind, form.redress_amount), (1000.0, "refund", 1000.0))
            self.assertTrue(form.redress_approval)
            form.loss = 60.0
            self.assertEqual((form.redress_kind, form.redress_amount), ("refund", 60.0))
            self.assertEqual(form.redress_limit, 90.0)
            self.assertFalse(form.redress_approval)
        form.save().action_take()
        self.assertEqual(complaint.complaint_loss, 60.0)
        self.assertRecordValues(
            complaint.sudo().complaint_redress_ids,
            [{"kind": "refund", "amount": 60.0, "state": "approved", "user_id": self.officer.id}],
        )
        self.assertEqual(complaint.complaint_state, "assessed", "redress alone is no step")
        letter = self.case(loss=0.0, complaint_remedy="apology")
        self.assertIsNone(letter.with_user(self.officer).action_propose_redress(), "an apology needs no loss")

    def test_more_valuable_customers_are_offered_more(self):
        policy = self.make_policy(window_months=0)
        self.invoice(self.partner)
        self.run_policy()
        offers = []
        for name in ("Base", "Middle", "Top"):
            override = self.env["customer.value.override"].create(
                {"partner_id": self.partner.id, "tier_id": self.tier(name, policy).id, "reason": "Test"}
            )
            self.env.invalidate_all()
            self.assertEqual(self.partner.value_tier_id.name, name)
            offers.append(sum(self.proposed(complaint_severity="4").mapped("amount")))
            override.action_end()
        self.assertEqual(offers, [100.0, 125.0, 150.0])

    def test_propose_within_the_cap(self):
        self.commitments.redress_cap = 33.33
        self.assertEqual(sum(self.proposed(complaint_remedy="refund").mapped("amount")), 33.33)

    def test_letter_in_figures_and_words(self):
        redress = self.approved(self.case(), amount=50.0)
        redress.action_carry_out()
        letter = self.letters(redress.ticket_id)
        self.assertEqual(letter.recipient_ids, self.partner)
        self.assertIn("50.00", letter.body_html)
        self.assertIn("Fifty", letter.body_html)

    def test_letter_in_chinese(self):
        """Renminbi in capital numerals, as a customer in China expects them."""
        self.env["res.lang"]._activate_lang("zh_CN")
        yuan = self.currency("CNY", d2025_01_01=7.0)
        self.partner.lang = "zh_CN"
        invoice = self.invoice(self.partner, date(2025, 3, 1), amount=3000.0, currency=yuan)
        redress = self.approved(self.case(invoice=invoice), amount=1234.5)
        redress.action_carry_out()
        self.assertIn("壹仟贰佰叁拾肆元伍角", self.letters(redress.ticket_id).body_html)

    def test_no_address(self):
        partner = self.customer("Nowhere")
        invoice = self.invoice(partner)
        complaint = self.ticket(partner, is_complaint=True, complaint_move_id=invoice.id)
        self.fill_in(complaint)
        complaint.sudo().write({"complaint_loss": 100.0, "complaint_state": "assessed"})
        self.approved(complaint).action_carry_out()
        self.assertTrue(complaint.activity_ids.filtered(lambda activity: "in writing" in activity.summary))

    def test_coupons(self):
        for kind in ("coupon", "gift_card", "next_discount"):
            with self.subTest(kind=kind):
                redress = self.approved(self.case(), kind, amount=25.51, valid_until="2099-12-31")
                redress.action_carry_out()
                card = redress.sudo().card_id
                self.assertTrue(redress.card_code)
                self.assertEqual(card.program_id.company_id, self.company)
                self.assertEqual(str(card.expiration_date), "2099-12-31")
                order = self.order(self.partner, amount=200.0, confirm=False)
                status = order._try_apply_code(card.code)
                coupon, rewards = next(iter(status.items()))
                order._apply_program_reward(rewards, coupon)
                self.assertAlmostEqual(order.amount_total, 200.0 - 25.51)
        again = self.approved(self.case(), "coupon", amount=10.0)
        again.action_carry_out()
        programs = self.env["loyalty.program"].search(
            [("complaint_redress", "=", "coupon"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(programs), 1, "made once")
        self.assertEqual(again.sudo().card_id.program_id, programs)
