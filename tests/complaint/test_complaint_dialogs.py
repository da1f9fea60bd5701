"""Each step asks for what it lacks, and promises nothing that is not approved."""

from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestComplaintDialogs(RedressCase):
    def dialog(self, action, user=None):
        self.assertEqual(action["res_model"], "customer.complaint.step")
        return Form(self.env[action["res_model"]].with_user(user or self.officer).with_context(**action["context"]))

    def asked(self, form):
        return set(form.asked.strip(",").split(","))

    def settle(self, complaint, **values):
        """The dialog of the answer, filled in; what pressing it returns."""
        form = self.dialog(complaint.with_user(self.officer).action_complaint_answer())
        for name, value in ({"answer": "<p>You are right.</p>"} | values).items():
            form[name] = value
        return form.save().action_take()

    def fresh(self, **values):
        invoice = self.invoice(self.partner, amount=1000.0)
        return self.complaint(complaint_move_id=invoice.id, complaint_remedy="refund", **values)

    def taken(self, complaint, *steps):
        """``complaint``, which was acknowledged by mail, after further steps."""
        self.fill_in(complaint)
        for step in steps:
            complaint.with_user(self.manager)._take_complaint_step(step)
        return complaint

    def test_documents_that_the_officer_may_not_read(self):
        """Their names are shown; they are neither to choose nor to open, and what is empty is left out."""
        seller = self.user("complaint_seller", "customer_value.group_complaint_officer,sales_team.group_sale_manager")
        for model, names in (
            ("helpdesk.ticket", ("complaint_order_id", "complaint_move_id")),
            ("customer.complaint.intake", ("order_id", "move_id")),
        ):
            for user, closed in ((self.officer, True), (seller, False)):
                form = etree.fromstring(self.env[model].with_user(user).get_view(view_type="form")["arch"])
                for name in names:
                    with self.subTest(model=model, name=name, user=user.login):
                        (node,) = form.xpath(f"//field[@name='{name}']")
                        self.assertEqual(node.get("readonly") == "1", closed)
                        self.assertEqual("'no_open': True" in (node.get("options") or ""), closed)
                        self.assertEqual(f"not {name}" in (node.get("invisible") or ""), closed)
        complaint = self.fresh()
        self.assertEqual(Form(complaint.with_user(self.officer)).complaint_move_id, complaint.complaint_move_id)

    def test_requests_end_with_the_next_step(self):
        complaint = self.taken(self.fresh(), "assess", "investigate", "answer")
        complaint.sudo()._customer_disputes("It broke again")
        self.assertIn("disagrees", complaint.activity_ids.summary)
        complaint._ask_complaint_owner(lambda _ticket: "A letter", activity_type="mail.mail_activity_data_todo")
        complaint.with_user(self.officer)._take_complaint_step("investigate")
        self.assertEqual(complaint.activity_ids.mapped("summary"), ["A letter"])

    def test_record_names_states_in_words(self):
        complaint = self.taken(self.fresh(), "assess")
        event = complaint.complaint_event_ids.filtered(lambda event: event.state_to == "assessed")
        self.assertEqual((event.state_from_label, event.state_to_label), ("Acknowledged", "Assessed"))

    ASSESSMENT = {"fault": "ours", "fault_kind": "late", "loss": 80.0, "assessment": "The van broke down."}

    def test_answer_asks_for_all_on_its_way(self):
        complaint = self.fresh()
        form = self.dialog(complaint.with_user(self.officer).action_complaint_answer())
        self.assertEqual(
            self.asked(form),
            {"type_id", "severity", "fault", "fault_kind", "loss", "assessment", "user_id", "answer", "outcome",
             "rejection", "redress", "order_id", "cause_id", "done", "change", "change_user_id"},
        )  # fmt: skip
        self.assertEqual(form.user_id, self.officer)
        self.settle(complaint, type_id=self.type, **self.ASSESSMENT)
        self.assertRecordValues(
            complaint.sudo(),
            [
                {
                    "complaint_state": "answered",
                    "complaint_outcome": "accepted",
                    "complaint_fault": "ours",
                    "complaint_loss": 80.0,
                    "user_id": self.officer.id,
                }
            ],
        )
        redress = complaint.sudo().complaint_redress_ids
        self.assertRecordValues(redress, [{"kind": "refund", "amount": 80.0, "state": "done"}])
        letter = self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", complaint.id), ("subject", "ilike", "Our answer")]
        )
        self.assertIn("80.00", letter.body_html, "the answer names what was approved")

    def test_answer_asks_for_what_is_left(self):
        complaint = self.taken(self.fresh(), "assess", "investigate")
        form = self.dialog(complaint.with_user(self.officer).action_complaint_answer())
        self.assertEqual(
            self.asked(form), {"answer", "outcome", "rejection", "redress", "loss", "order_id", "change_user_id"}
        )
        self.assertIn("We are sorry.", form.answer)

    def test_offer_follows_what_is_entered(self):
        complaint = self.fresh()
        form = self.dialog(complaint.with_user(self.officer).action_complaint_answer())
        form.fault, form.loss = "ours", 80.0
        self.assertEqual((form.redress_kind, form.redress_amount, form.redress_limit), ("refund", 80.0, 120.0))
        self.assertEqual((form.outcome, form.redress_approval), ("accepted", False))
        form.loss = 300.0
        self.assertEqual((form.redress_amount, form.redress_approval), (300.0, True))
        form.fault = "not_ours"
        self.assertEqual((form.redress_kind, form.outcome), (False, "rejected"))
        form.redress_kind = "coupon"
        self.assertEqual(form.outcome, "redress")

    def test_nothing_is_promised_before_it_is_approved(self):
        """The answer waits for the second person, and what was typed is kept."""
        complaint = self.fresh()
        result = self.settle(complaint, type_id=self.type, **self.ASSESSMENT | {"loss": 400.0})
        self.assertEqual(result["tag"], "display_notification")
        self.assertEqual((complaint.complaint_state, complaint.complaint_outcome), ("investigating", False))
        self.assertIn("You are right.", complaint.sudo().complaint_answer)
        self.assertFalse(complaint.sudo().complaint_answer_sent)
        redress = complaint.sudo().complaint_redress_ids
        self.assertEqual((redress.state, redress.amount), ("to_approve", 400.0))
        with self.refused(UserError, "is in the state To approve. Have it approved"):
            complaint.with_user(self.manager)._take_complaint_step("answer")
        with self.refused(UserError, "You proposed this yourself|Complaint Manager"):
            redress.with_user(self.officer).action_approve()
        redress.with_user(self.manager).action_approve()
        form = self.dialog(complaint.with_user(self.officer).action_complaint_answer())
        self.assertNotIn("redress", self.asked(form))
        self.assertEqual(form.redress_ids[:], redress.browse(redress.ids))
        form.save().action_take()
        self.assertEqual((complaint.complaint_state, redress.state), ("answered", "done"))

    def test_rejection_gives_reasons_and_no_redress(self):
        complaint = self.fresh()
        values = {"type_id": self.type, "assessment": "As ordered.", "fault": "not_ours", "loss": 0.0}
        with self.refused(UserError, "Please fill in: Rejection Reasons"):
            self.settle(complaint, **values, rejection=" ")
        with self.refused(UserError, "A rejected complaint gets no redress"):
            self.settle(
                complaint, **values | {"loss": 50.0}, redress_kind="coupon", redress_amount=10.0,
                outcome="rejected", rejection="No.",
            )  # fmt: skip
        self.settle(complaint, **values, rejection="The goods were as ordered.")
        self.assertEqual((complaint.complaint_state, complaint.complaint_outcome), ("answered", "rejected"))
        self.assertEqual(complaint.sudo().complaint_rejection, "The goods were as ordered.")
        self.assertFalse(complaint.sudo().complaint_redress_ids)

    def test_closing_asks_only_for_what_lacks(self):
        complaint = self.fresh()
        self.settle(complaint, type_id=self.type, **self.ASSESSMENT, cause_id=self.cause, done="Paid.")
        form = self.dialog(complaint.with_user(self.officer).action_complaint_close())
        self.assertEqual(self.asked(form), {"change", "change_user_id"})
        form.change = "A second van."
        form.save().action_take()
        self.assertRecordValues(
            complaint.sudo(),
            [
                {
                    "complaint_state": "closed",
                    "complaint_outcome": "accepted",
                    "complaint_cause_id": self.cause.id,
                    "complaint_done": "Paid.",
                    "complaint_change": "A second van.",
                }
            ],
        )

    def test_what_was_promised_is_given_before_closing(self):
        complaint = self.taken(self.fresh(), "assess", "investigate")
        complaint.sudo().complaint_loss = 80.0
        redress = self.approved(complaint, amount=80.0)
        complaint.with_user(self.officer)._take_complaint_step("answer", complaint_outcome="accepted")
        with self.refused(UserError, "is in the state Approved"):
            complaint.with_user(self.officer)._take_complaint_step("close")
        form = self.dialog(complaint.with_user(self.officer).action_complaint_close())
        self.assertEqual(form.redress_ids[:], redress.browse(redress.ids))
        form.save().action_take()
        self.assertEqual((complaint.complaint_state, redress.state), ("closed", "done"))

    def test_who_may_open_it(self):
        complaint = self.fresh()
        for name in ("assess", "investigate", "answer", "close"):
            with self.subTest(name), self.refused(AccessError, "Complaint Officer"):
                getattr(complaint.with_user(self.helper), f"action_complaint_{name}")()

    def test_a_step_that_does_not_follow(self):
        complaint = self.taken(self.fresh(), "assess", "investigate", "answer")
        with self.refused(UserError, "already been sent to the customer"):
            self.settle(complaint, outcome="accepted")
        with self.refused(UserError, "this step is only possible from"):
            complaint.with_user(self.officer).action_complaint_investigate()

    # -- who is responsible --------------------------------------------------------------------------------------------

    def test_owner_and_team(self):
        self.company.helpdesk_mgmt_ticket_auto_assign = False
        leader = self.user("complaint_leader", "customer_value.group_complaint_officer")
        self.assertEqual(self.complaint().user_id, self.env["res.users"], "nobody to ask")
        self.assertEqual(self.Ticket.with_user(self.officer).create(self.terms()).user_id, self.officer)
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Complaints", "for_complaints": True, "company_id": self.company.id, "user_id": leader.id,
             "user_ids": [(6, 0, leader.ids)]}
        )  # fmt: skip
        for complaint in (self.complaint(), self.Ticket.with_user(self.officer).create(self.terms())):
            self.assertEqual((complaint.team_id, complaint.user_id), (team, leader), "the officer is not in the team")
        team.user_ids |= self.officer
        self.assertEqual(self.Ticket.with_user(self.officer).create(self.terms()).user_id, self.officer)
        chosen = self.complaint(user_id=self.manager.id)
        self.assertEqual((chosen.team_id, chosen.user_id), (team, self.manager), "a choice stands")

    def terms(self):
        return {
            "name": "Late", "description": "Late", "partner_id": self.partner.id, "company_id": self.company.id,
            "is_complaint": True,
        }  # fmt: skip

    # -- one number ----------------------------------------------------------------------------------------------------

    def test_one_number_towards_the_customer(self):
        stages = self.env["helpdesk.ticket.stage"].search([])
        stages.mail_template_id = self.env.ref("helpdesk_mgmt.changed_stage_template")
        complaint = self.fresh().with_context(mail_notrack=False, tracking_disable=False)
        self.assertEqual(complaint.display_name, f"{complaint.complaint_number} - {complaint.name}")
        self.env.flush_all()
        self.env.cr.precommit.run()
        complaint.stage_id = stages.filtered(lambda stage: not stage.closed and stage != complaint.stage_id)[:1]
        self.settle(complaint, type_id=self.type, **self.ASSESSMENT, cause_id=self.cause, done="Paid.", change="Van.")
        complaint.with_user(self.officer).action_complaint_close()
        self.env.flush_all()
        self.env.cr.precommit.run()
        mails = self.env["mail.mail"].search([("model", "=", "helpdesk.ticket"), ("res_id", "=", complaint.id)])
        self.assertGreaterEqual(len(mails), 3, "received, answer with redress, closed")
        for mail in mails:
            for text in (mail.subject, mail.body_html, mail.record_name or ""):
                self.assertNotIn(complaint.number, text)
                self.assertNotIn(complaint.complaint_number.replace("/", "-"), text, "nor is it written in two ways")
        # an ordinary ticket keeps its own
        ticket = self.ticket(self.partner)
        self.assertEqual(ticket.display_name, f"{ticket.number} - {ticket.name}")
