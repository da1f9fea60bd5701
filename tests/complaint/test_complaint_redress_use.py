"""What becomes of redress: one letter with the answer, somebody who finishes it, and taking it back."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestComplaintRedressUse(RedressCase):
    def replaced(self, complaint):
        redress = self.approved(complaint, kind="replacement", amount=None)
        redress.action_carry_out()
        return redress

    def with_order(self):
        order = self.order(self.partner, lines=[{"price_unit": 20.0, "purchase_price": 5.0}])
        return self.case(complaint_order_id=order.id)

    def asked(self, document):
        """The activities of what is left to do with ``document``."""
        return document.sudo().activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref("customer_value.activity_complaint_redress")
        )

    def mails(self, complaint):
        return self.env["mail.mail"].search([("model", "=", "helpdesk.ticket"), ("res_id", "=", complaint.id)])

    def test_goods_sent_again_are_no_purchase(self):
        """They cost margin: what the customer has bought, when, and how often, stays as it was."""
        today = self.company._get_value_today()
        for ago in (90, 30):
            self.order(self.partner, today - timedelta(days=ago), 20.0, cost=5.0)
        order = self.order(self.partner, today - timedelta(days=20), 20.0, cost=5.0)
        codes = ("recency_days", "order_count", "average_order", "discount_share", "tenure_days", "margin")

        def read():
            return self.env["customer.value.source"]._read_now(self.company, self.partner, codes)[self.partner.id]

        before = read()
        self.assertEqual((before["recency_days"], before["order_count"], before["margin"]), (20, 3, 45))
        new = self.replaced(self.case(complaint_order_id=order.id)).sudo().replacement_id
        new.action_confirm()
        self.assertEqual(read(), before | {"margin": 40})
        self.assertEqual((order + new).mapped("value_is_purchase"), [True, False])
        Order = self.env["sale.order"]
        mine = [("partner_id", "=", self.partner.id)]
        self.assertEqual(Order.search([*mine, ("value_is_purchase", "=", False)]), new)
        self.assertNotIn(new, Order.search([*mine, ("value_is_purchase", "!=", False)]))

    # -- one letter ----------------------------------------------------------------------------------------------------

    def answer(self, complaint, **values):
        action = complaint.with_user(self.officer).action_complaint_answer()
        form = Form(self.env[action["res_model"]].with_user(self.officer).with_context(**action["context"]))
        for name, value in ({"answer": "<p>You are right.</p>", "outcome": "accepted"} | values).items():
            form[name] = value
        form.save().action_take()
        self.assertEqual(complaint.complaint_state, "answered")
        return complaint.sudo().complaint_redress_ids

    def test_one_letter(self):
        for kind in ("coupon", "gift_card", "next_discount"):
            with self.subTest(kind):
                complaint = self.case()
                before = self.mails(complaint)
                redress = self.answer(complaint, redress_kind=kind, redress_amount=50.0)
                self.assertEqual(redress.state, "done")
                letter = self.mails(complaint) - before
                self.assertEqual(
                    letter.mapped("subject"), [f"Our answer to your complaint {complaint.complaint_number}"]
                )
                self.assertIn(redress.card_code, letter.body_html)
                self.assertIn(f"valid until {redress.valid_until:%m/%d/%Y}", letter.body_html)
                self.assertIn("50.00", letter.body_html)

    def test_letter_names_the_replacement_and_the_invoice(self):
        complaint = self.with_order()
        before = self.mails(complaint)
        redress = self.answer(complaint, redress_kind="replacement")
        letter = self.mails(complaint) - before
        self.assertEqual(len(letter), 1)
        self.assertIn(redress.replacement_id.name, letter.body_html)
        complaint = self.case()
        before = self.mails(complaint)
        self.answer(complaint, redress_kind="refund", redress_amount=50.0)
        self.assertIn(complaint.complaint_move_id.name, (self.mails(complaint) - before).body_html)

    def test_letter_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.partner.lang = "zh_CN"
        complaint = self.case()
        before = self.mails(complaint)
        redress = self.answer(complaint, redress_kind="coupon", redress_amount=50.0)
        letter = self.mails(complaint) - before
        self.assertIn(redress.card_code, letter.body_html)
        self.assertNotIn("valid until", letter.body_html)

    def test_executed_later_has_a_letter_of_its_own(self):
        complaint = self.case()
        self.approved(complaint, kind="coupon").action_carry_out()
        self.assertEqual(len(self.letters(complaint)), 1)

    # -- somebody finishes it ------------------------------------------------------------------------------------------

    def test_credit_note_is_to_be_posted(self):
        accountant = self.user("complaint_accountant", "account.group_account_invoice")
        self.env["res.lang"]._activate_lang("zh_CN")
        accountant.lang = "zh_CN"
        invoice = self.invoice(self.partner, amount=1000.0)
        invoice.invoice_user_id = accountant
        redress = self.approved(self.case(invoice=invoice))
        redress.action_carry_out()
        credit = redress.sudo().move_id
        activity = self.asked(credit)
        self.assertEqual(activity.user_id, accountant)
        self.assertIn(redress.ticket_id.complaint_number, activity.summary)
        self.assertNotIn("Post the credit note", activity.summary)
        credit.with_user(accountant).action_post()
        self.assertFalse(self.asked(credit))

    def test_replacement_is_to_be_confirmed(self):
        seller = self.user("complaint_seller", "sales_team.group_sale_salesman")
        complaint = self.with_order()
        complaint.sudo().complaint_order_id.user_id = seller
        order = self.replaced(complaint).sudo().replacement_id
        activity = self.asked(order)
        self.assertEqual((activity.user_id, order.user_id), (seller, seller))
        self.assertEqual(activity.summary, f"Confirm the replacement for complaint {complaint.complaint_number}")
        order.with_user(seller).action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(self.asked(order))

    # -- taking it back ------------------------------------------------------------------------------------------------

    def revoke(self, redress):
        """By a complaint manager, who sees neither orders nor coupons."""
        action = redress.with_user(self.manager).action_cancel()
        self.assertEqual(action["context"]["default_decision"], "revoke_redress")
        Dialog = self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        Dialog.create({"reason": "Wrong customer"}).action_take()
        self.assertEqual((redress.state, redress.cost), ("cancelled", 0.0))
        self.assertEqual(redress.ticket_id.sudo().complaint_redress_cost, 0.0)

    def test_codes_are_taken_back(self):
        for kind in ("coupon", "gift_card", "next_discount"):
            with self.subTest(kind):
                redress = self.approved(self.case(), kind=kind)
                redress.action_carry_out()
                self.revoke(redress)
                self.assertFalse(redress.sudo().card_id.active)

    def test_code_that_is_used_stands(self):
        redress = self.approved(self.case(), kind="gift_card")
        redress.action_carry_out()
        lines = [Command.create({"product_id": self.product.id, "price_unit": 100.0, "tax_ids": False})]
        order = self.env["sale.order"].create({"partner_id": self.partner.id, "order_line": lines})
        order._try_apply_code(redress.card_code)
        order._apply_program_reward(redress.sudo().card_id.program_id.reward_ids, redress.sudo().card_id)
        order.action_confirm()
        self.assertTrue(redress.sudo().card_id.use_count)
        with self.refused(UserError, "posted, confirmed or used"):
            redress.with_user(self.manager)._cancel("Wrong customer")
        self.assertTrue(redress.sudo().card_id.active)

    def test_replacement_is_taken_back_until_it_is_confirmed(self):
        first, second = self.replaced(self.with_order()), self.replaced(self.with_order())
        self.revoke(first)
        self.assertEqual(first.sudo().replacement_id.state, "cancel")
        self.assertFalse(self.asked(first.sudo().replacement_id))
        second.sudo().replacement_id.action_confirm()
        with self.refused(UserError, "posted, confirmed or used"):
            second.with_user(self.manager)._cancel("Wrong customer")

    def test_credit_note_is_taken_back_until_it_is_posted(self):
        first, second = (self.approved(self.case()) for _count in range(2))
        (first | second).action_carry_out()
        self.revoke(first)
        self.assertEqual(first.sudo().move_id.state, "cancel")
        self.assertFalse(self.asked(first.sudo().move_id))
        second.sudo().move_id.action_post()
        with self.refused(UserError, "posted, confirmed or used"):
            second.with_user(self.manager)._cancel("Wrong customer")

    def test_officers_take_nothing_back(self):
        redress = self.approved(self.case(), kind="coupon")
        redress.action_carry_out()
        with self.refused(UserError, "."):
            redress.with_user(self.officer)._cancel("Wrong customer")
        self.assertTrue(redress.sudo().card_id.active)

    # -- in the language of those who read -----------------------------------------------------------------------------

    def test_asked_in_the_language_of_who_decides(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.second.lang = "zh_CN"
        redress = self.redress(self.case(), amount=200.0)
        redress.action_ask()
        by_user = {activity.user_id: activity.summary for activity in redress.sudo().activity_ids}
        self.assertIn("Approve Refund", by_user[self.manager])
        self.assertNotIn("Approve", by_user[self.second])
        self.assertIn(redress.ticket_id.complaint_number, by_user[self.second])

    def test_owner_is_asked_in_their_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.officer.lang = "zh_CN"
        complaint = self.bring_to(self.case(state="received"), "answered")
        complaint.sudo()._customer_accepts()
        summary = complaint.activity_ids.mapped("summary")[-1]
        self.assertIn(complaint.complaint_number, summary)
        self.assertNotIn("The customer accepts", summary)
