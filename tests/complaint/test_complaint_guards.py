"""Who sets an amount does not approve it, what was credited is not refunded, and nothing is sent twice at once."""

import threading

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..core.race_case import RaceCase
from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestComplaintGuards(RedressCase):
    def test_all_who_set_an_amount_propose(self):
        redress = self.redress(self.case(), amount=150.0, user=self.manager)
        redress.with_user(self.manager).action_ask()
        officer = redress.with_user(self.officer)
        officer.action_draft()
        officer.reason = "the same"
        officer.action_ask()
        with self.refused(UserError, "proposed this yourself"):
            redress.with_user(self.manager).action_approve()
        redress.with_user(self.second).action_approve()
        self.assertEqual((redress.state, redress.approver_id), ("approved", self.second))

    def test_an_amount_in_between_counts(self):
        redress = self.redress(self.case(), amount=150.0)
        redress.with_user(self.manager).amount = 160.0
        redress.with_user(self.officer).amount = 170.0
        redress.action_ask()
        with self.refused(UserError, "proposed this yourself"):
            redress.with_user(self.manager).action_approve()

    def test_a_reason_sets_no_amount(self):
        redress = self.redress(self.case(), amount=150.0)
        redress.with_user(self.manager).reason = "In better words"
        redress.action_ask()
        redress.with_user(self.manager).action_approve()
        self.assertEqual((redress.state, redress.user_id), ("approved", self.officer))

    # -- what was credited already -----------------------------------------------------------------------------------

    def test_credited_from_the_invoice(self):
        complaint = self.case(loss=1000.0)
        complaint.complaint_move_id._reverse_moves(cancel=True)
        with self.refused(UserError, r"Only \D*0.00\D* of .* can still be refunded"):
            self.redress(complaint, amount=50.0).action_ask()

    def test_credited_from_the_order(self):
        """Such a credit note names no invoice; it comes off what was invoiced for the order."""
        order = self.order(self.partner, amount=1000.0)
        invoice = self.invoice(self.partner, amount=1000.0, order=order)
        complaint = self.case(loss=1000.0, invoice=invoice)
        self.credit_note(self.partner, amount=700.0, order=order)
        self.assertAlmostEqual(invoice._get_refundable(), 300.0)
        with self.refused(UserError, "Only .*300.00.* can still be refunded"):
            self.redress(complaint, amount=301.0).action_ask()
        redress = self.approved(complaint, amount=300.0)
        redress.action_carry_out()
        self.assertAlmostEqual(invoice._get_refundable(), 0.0)

    # -- the portal --------------------------------------------------------------------------------------------------

    def test_promises_to_ourselves_are_not_for_customers(self):
        user = new_test_user(
            self.env,
            "complaint_reader",
            "base.group_portal",
            partner_id=self.partner.id,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        complaint = self.complaint()
        self.assertTrue(complaint.complaint_answer_due)
        theirs = complaint.with_user(user)
        self.assertEqual(theirs.read(["name", "complaint_regulatory_due"])[0]["name"], complaint.name)
        names = ("complaint_acknowledge_due", "complaint_answer_due", "complaint_clock", "sla_deadline", "sla_expired")
        for name in names:
            with self.subTest(name), self.assertRaises(AccessError):
                theirs.read([name])
            self.assertNotIn(name, theirs.fields_get())
        with self.assertRaises(AccessError):
            theirs.search([("complaint_answer_due", "<", "2099-01-01")])

    def test_codes_of_others_are_not_told(self):
        """Odoo computes fields for whatever a form names: the code of any card would be told to whoever asks."""
        redress = self.approved(self.case(), "coupon", 50.0)
        redress.action_carry_out()
        self.env.invalidate_all()
        code = redress.with_user(self.officer).card_code
        self.assertEqual(code, redress.sudo().card_id.code)
        self.assertTrue(code)
        other = self.env["loyalty.card"].create({"program_id": redress.sudo().card_id.program_id.id, "points": 1000})
        for record in (self.Redress, redress):
            told = record.with_user(self.officer).onchange({"card_id": other.id}, [], {"card_id": {}, "card_code": {}})
            self.assertNotIn(other.code, str(told))


@tagged("post_install", "-at_install")
class TestIntakeTurns(RaceCase):
    def setUp(self):
        super().setUp()
        env = self.open()
        self.user_id = new_test_user(env, "complaint_racer", "base.group_portal").id
        self.addCleanup(self.clean)
        env.cr.commit()

    def clean(self):
        self.close_all()
        env = self.open()
        tickets = env["helpdesk.ticket"].search([("create_uid", "=", self.user_id)])
        for table, model in (
            ("mail_activity", "res_model"),
            ("mail_message", "model"),
            ("mail_followers", "res_model"),
        ):
            env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE %s = 'helpdesk.ticket' AND res_id = ANY(%s)",
                    SQL.identifier(table),
                    SQL.identifier(model),
                    tickets.ids,
                )
            )
        env.cr.execute("DELETE FROM helpdesk_ticket WHERE id = ANY(%s)", [tickets.ids])
        env.invalidate_all()
        user = env["res.users"].browse(self.user_id)
        partner = user.partner_id
        user.unlink()
        partner.unlink()
        env.cr.commit()
        self.close_all()

    def judge(self, env):
        user = env["res.users"].browse(self.user_id)
        return env["helpdesk.ticket"]._judge_intake(user, "Same", "<p>x</p>", 5, 15)

    def test_two_at_once(self):
        """The second waits for the first, and finds what it has left, although its transaction began before."""
        first, second = self.open(), self.open()
        for env in (first, second):
            env.cr.execute("SELECT count(*) FROM helpdesk_ticket")
        self.assertEqual(self.judge(first), (first["helpdesk.ticket"], False))
        found = []
        thread = threading.Thread(target=lambda: found.append(self.judge(second)))
        thread.start()
        thread.join(timeout=1)
        self.assertTrue(thread.is_alive(), "it waits")
        as_user = first(user=self.user_id)["helpdesk.ticket"].sudo()
        ticket = as_user.create({"name": "Same", "description": "<p>x</p>", "is_complaint": True})
        ticket_id = ticket.id
        first.cr.commit()
        thread.join(timeout=60)
        self.assertEqual([(same.ids, too_many) for same, too_many in found], [([ticket_id], False)])

    def test_others_do_not_wait(self):
        first, second = self.open(), self.open()
        self.judge(first)
        second["helpdesk.ticket"]._judge_intake(second.user, "Same", "<p>x</p>", 5, 15)
