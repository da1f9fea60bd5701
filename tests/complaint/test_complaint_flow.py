"""From receipt to closing: who may take which step, and that there is no other way."""

from datetime import datetime, timedelta
from functools import partial

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.models import BaseModel
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .complaint_case import ComplaintCase

STATES = ["received", "acknowledged", "assessed", "investigating", "answered", "disputed", "referred", "closed"]

# Written from the process as it is described to users, not from the code
ALLOWED = {
    ("acknowledge", "received"): "acknowledged",
    ("assess", "acknowledged"): "assessed",
    ("investigate", "assessed"): "investigating",
    ("investigate", "disputed"): "investigating",
    ("answer", "investigating"): "answered",
    ("close", "answered"): "closed",
    ("close", "referred"): "closed",
    ("dispute", "answered"): "disputed",
    ("dispute", "closed"): "disputed",
    ("refer", "answered"): "referred",
    ("refer", "disputed"): "referred",
    ("refer", "closed"): "referred",
}

STEPS = sorted({step for step, _state in ALLOWED})


@tagged("post_install", "-at_install")
class TestComplaintFlow(ComplaintCase):
    def silent(self, **values):
        """A complaint without an address to write to, and so without an automatic acknowledgment."""
        partner = self.customer("No Address")
        return self.ticket(partner, is_complaint=True, **values)

    def dialog(self, action):
        """The dialog that an action opens, as it is saved without any change."""
        model = self.env[action["res_model"]].with_user(self.officer).with_context(**action["context"])
        return model.create({})

    def test_every_step_from_every_state(self):
        for step in STEPS:
            for state in STATES:
                with self.subTest(step=step, state=state):
                    complaint = self.bring_to(self.silent(), state)
                    target = ALLOWED.get((step, state))
                    if target:
                        complaint.with_user(self.manager)._take_complaint_step(step)
                        self.assertEqual(complaint.complaint_state, target)
                        self.assertTrue(complaint[f"complaint_{target}_on"])
                    else:
                        with self.assertRaises(UserError):
                            complaint.with_user(self.manager)._take_complaint_step(step)
                        self.assertEqual(complaint.complaint_state, state)

    def test_roles(self):
        complaint = self.bring_to(self.silent(), "answered")
        for step in STEPS:
            with self.subTest(step=step), self.assertRaises(AccessError):
                complaint.with_user(self.helper)._take_complaint_step(step)
        with self.assertRaisesRegex(AccessError, "Complaint Manager"):
            complaint.with_user(self.officer)._take_complaint_step("refer")
        complaint.with_user(self.officer)._take_complaint_step("dispute")
        complaint.with_user(self.officer)._take_complaint_step("investigate")
        complaint.with_user(self.officer)._take_complaint_step("answer")
        complaint.with_user(self.manager)._take_complaint_step("refer")
        self.assertEqual(complaint.complaint_state, "referred")

    def test_other_company(self):
        other = self.make_company("Other Company", "EUR")
        stranger = self.user("complaint_stranger", "customer_value.group_complaint_manager", other)
        complaint = self.silent()
        foreign = complaint.with_user(stranger).with_context(allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            foreign.action_complaint_acknowledge()
        self.assertFalse(foreign.search([("id", "=", complaint.id)]))
        for name in ("clock", "event", "commitment", "escalation"):
            records = self.env[f"customer.complaint.{name}"]
            mine = records.search([("company_id", "=", self.company.id)])
            self.assertTrue(mine, name)
            seen = records.with_user(stranger).with_context(allowed_company_ids=other.ids)
            self.assertFalse(seen.search([("id", "in", mine.ids)]), name)

    def test_no_state_by_writing(self):
        """Neither a form, nor a board, nor a remote call, nor an import sets a state or a date."""
        complaint = self.silent()
        for user in (self.officer, self.manager, self.helper):
            for name, value in (
                ("complaint_state", "closed"),
                ("complaint_closed_on", datetime(2025, 1, 1)),
                ("complaint_number", "C/1"),
                ("is_complaint", False),
                ("complaint_regulatory_due", datetime(2035, 1, 1)),
            ):
                with self.subTest(user=user.login, field=name), self.assertRaisesRegex(AccessError, "Use its buttons"):
                    complaint.with_user(user).write({name: value})
        result = self.Ticket.with_user(self.manager).load([".id", "complaint_state"], [[str(complaint.id), "Closed"]])
        self.assertTrue(any("buttons" in message["message"] for message in result["messages"]))
        self.assertEqual(complaint.complaint_state, "received")
        with self.assertRaises(AccessError):
            self.Ticket.with_user(self.manager).create(
                {"name": "N", "description": "D", "complaint_state": "closed", "company_id": self.company.id}
            )

    def test_no_state_by_stage(self):
        complaint = self.silent()
        closed = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        with self.assertRaisesRegex(ValidationError, "Use its buttons to answer and close it"):
            complaint.with_user(self.helper).stage_id = closed
        with self.assertRaisesRegex(ValidationError, "Use its buttons to answer and close it"):
            complaint.with_user(self.helper).active = False
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            complaint.with_user(self.helper).unlink()

    def test_record_is_append_only(self):
        complaint = self.bring_to(self.silent(), "answered")
        for records in (complaint.complaint_event_ids, complaint.complaint_clock_ids):
            self.assertTrue(records)
            with self.assertRaises(AccessError):
                records.with_user(self.manager).write({"ticket_id": complaint.id})
            with self.assertRaises(AccessError):
                records.with_user(self.manager).unlink()

    def test_record_tells_who_and_when(self):
        complaint = self.bring_to(self.silent(), "closed")
        events = complaint.complaint_event_ids.sorted("id").filtered(lambda event: event.kind == "state")
        self.assertEqual(
            events.mapped("state_to"),
            ["received", "acknowledged", "assessed", "investigating", "answered", "closed"],
        )
        self.assertEqual(events[1:].user_id, self.manager)
        self.assertEqual(set(events[1:].mapped("actor")), {"staff"})
        for event in events:
            self.assertEqual(complaint[f"complaint_{event.state_to}_on"], event.date)
        self.assertTrue(complaint.stage_id.closed)

    def test_what_a_step_needs(self):
        """The workflow insists on it, and the button asks for it instead of sending the user away."""
        complaint = self.silent()
        officer = complaint.with_user(self.officer)
        complaint.user_id = False
        officer.action_complaint_acknowledge()
        with self.assertRaisesRegex(UserError, "please fill in: Complaint Type, Fault, Assessment"):
            officer._take_complaint_step("assess")
        wizard = self.dialog(officer.action_complaint_assess())
        self.assertEqual(
            wizard.asked, ",assessment,fault,fault_kind,loss,severity,type_id,", "all of it, and nothing else"
        )
        with Form(officer) as form:
            form.complaint_type_id = self.type
            form.complaint_fault = "not_ours"
            form.complaint_assessment = "Nothing to be seen."
        self.assertIsNone(officer.action_complaint_assess(), "nothing is asked for that is there")
        self.assertEqual(complaint.complaint_state, "assessed")
        complaint.user_id = False
        with self.assertRaisesRegex(UserError, "please fill in: Assigned user"):
            officer._take_complaint_step("investigate")
        wizard = self.dialog(officer.action_complaint_investigate())
        self.assertEqual((wizard.asked, wizard.user_id), (",user_id,", self.officer))
        complaint.user_id = self.officer
        self.assertIsNone(officer.action_complaint_investigate())
        officer.complaint_answer = "<p><br></p>"
        with self.assertRaisesRegex(UserError, "please fill in: Final Response"):
            officer._take_complaint_step("answer")
        wizard = self.dialog(officer.action_complaint_answer())
        with self.assertRaisesRegex(UserError, "Please fill in: Final Response."):
            wizard.action_take()
        self.assertEqual(complaint.complaint_state, "investigating")

    def test_closing(self):
        complaint = self.bring_to(self.silent(), "answered")
        complaint.write({"complaint_cause_id": False, "complaint_done": False, "complaint_change": False})
        action = complaint.with_user(self.officer).action_complaint_close()
        Step = self.env["customer.complaint.step"].with_user(self.officer).with_context(**action["context"])
        wizard = Step.create(
            {"outcome": "rejected", "cause_id": self.cause.id, "done": "Looked.", "change": "Nothing."}
        )
        with self.assertRaisesRegex(UserError, "Rejection Reasons"):
            wizard.action_take()
        wizard.write({"rejection": "The goods were as ordered.", "change_user_id": self.helper.id})
        wizard.action_take()
        self.assertEqual((complaint.complaint_state, complaint.complaint_outcome), ("closed", "rejected"))
        self.assertEqual(complaint.complaint_rejection, "The goods were as ordered.")
        promise = complaint.activity_ids.filtered(lambda activity: activity.user_id == self.helper)
        self.assertIn(complaint.complaint_number, promise.summary)

    def test_dispute_in_time_only(self):
        complaint = self.bring_to(self.silent(), "closed")
        days = timedelta(days=self.company.complaint_dispute_days)
        complaint.sudo().complaint_closed_on -= days + timedelta(minutes=1)
        with self.assertRaisesRegex(UserError, "Open a new complaint"):
            complaint.with_user(self.officer)._take_complaint_step("dispute", note="No.")
        complaint.sudo().complaint_closed_on += timedelta(minutes=2)
        complaint.with_user(self.officer)._take_complaint_step("dispute", note="No.")
        self.assertEqual(complaint.complaint_state, "disputed")
        self.assertFalse(complaint.stage_id.closed, "the ticket is open again")
        # the second answer has its own time, whenever the first one was closed
        complaint.sudo().complaint_closed_on -= days
        complaint.with_user(self.officer)._take_complaint_step("investigate")
        complaint.with_user(self.officer)._take_complaint_step("answer")
        complaint.with_user(self.officer)._take_complaint_step("dispute", note="No again.")
        self.assertEqual(complaint.complaint_state, "disputed")

    def test_what_was_answered_stays(self):
        complaint = self.bring_to(self.silent(), "answered")
        with self.assertRaisesRegex(UserError, "another one"):
            complaint.with_user(self.officer).complaint_answer = "<p>Something else.</p>"
        complaint.with_user(self.officer)._take_complaint_step("dispute", note="No.")
        complaint.with_user(self.officer).complaint_answer = "<p>Something else.</p>"
        self.assertIn("Something else", complaint.complaint_answer)

    def test_ordinary_ticket_and_back(self):
        ticket = self.ticket(self.customer("Somebody"))
        self.assertFalse(ticket.is_complaint)
        with self.assertRaises(AccessError):
            ticket.with_user(self.helper).action_make_complaint()
        ticket.with_user(self.officer).action_make_complaint()
        number = ticket.complaint_number
        self.assertTrue(number)
        ticket.with_user(self.officer)._make_ordinary("A question, no complaint.")
        self.assertFalse(ticket.is_complaint or ticket.complaint_state)
        self.assertFalse(any(ticket.sudo().complaint_clock_ids.mapped(lambda clock: not clock.stopped)))
        self.assertIn("A question, no complaint.", ticket.sudo().complaint_event_ids.mapped("note"))
        ticket.with_user(self.officer).action_make_complaint()
        self.assertEqual(ticket.complaint_number, number)
        self.bring_to(ticket, "investigating")
        with self.assertRaisesRegex(UserError, "must remain a complaint"):
            ticket.with_user(self.officer)._make_ordinary("No.")

    def test_numbers_are_unique(self):
        numbers = [self.silent().complaint_number for _number in range(3)]
        self.assertEqual(len(set(numbers)), 3)

    def test_acknowledged_at_once_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("customer_value.mail_template_complaint_received")
        template.with_context(lang="fr_FR").subject = "Votre plainte {{ object.complaint_number }}"
        self.partner.lang = "fr_FR"
        complaint = self.complaint()
        self.assertEqual(complaint.complaint_state, "acknowledged")
        mail = self.env["mail.mail"].search([("res_id", "=", complaint.id), ("model", "=", "helpdesk.ticket")])
        self.assertEqual(mail.subject, f"Votre plainte {complaint.complaint_number}")
        self.assertEqual(mail.recipient_ids, self.partner)
        self.assertIn(complaint.complaint_number, mail.body_html)

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_broken_letter_does_not_stop_the_intake(self):
        template = self.env.ref("customer_value.mail_template_complaint_received")
        # past the check of templates when they are saved: an addon removed since leaves such a letter behind
        self.env.cr.execute(
            "UPDATE mail_template SET subject = jsonb_build_object('en_US', %s) WHERE id = %s",
            ["{{ object.no_such_field }}", template.id],
        )
        template.invalidate_recordset(["subject"])
        complaint = self.complaint()
        self.assertEqual(complaint.complaint_state, "received")
        self.assertTrue(complaint.activity_ids, "somebody is asked to acknowledge it")

    def test_documents_of_others(self):
        order = self.order(self.customer("Somebody Else"))
        mine = self.order(self.partner)
        with self.assertRaisesRegex(ValidationError, "does not belong to"):
            self.complaint(complaint_order_id=order.id)
        self.assertEqual(self.complaint(complaint_order_id=mine.id).complaint_order_id, mine)

    def test_customer_who_writes_ends_the_waiting(self):
        complaint = self.bring_to(self.silent(), "investigating")
        complaint.with_user(self.officer)._complaint_wait("Which parcel?")
        self.assertTrue(complaint.complaint_waiting_since)
        complaint.with_user(self.officer).message_post(body="Reminder", message_type="comment")
        self.assertTrue(complaint.complaint_waiting_since)
        complaint.message_post(body="The second", message_type="email", author_id=complaint.partner_id.id)
        self.assertFalse(complaint.complaint_waiting_since)
        complaint.with_user(self.officer)._complaint_wait("Which?")
        with self.assertRaisesRegex(UserError, "once at a time"):
            complaint.with_user(self.officer)._complaint_wait("Which?")

    def test_two_at_once(self):
        """The second of two who press at once finds the state that the first one left."""
        complaint = self.silent()
        stale = complaint.with_user(self.officer)
        self.assertEqual(stale.complaint_state, "received")
        self.env.cr.execute("UPDATE helpdesk_ticket SET complaint_state = 'acknowledged' WHERE id = %s", [complaint.id])
        with self.assertRaises(UserError):
            stale.action_complaint_acknowledge()

    def test_ordinary_tickets_cost_nothing(self):
        """The guard looks at what is written, not at the database."""
        ticket = self.ticket(self.customer("Quiet"))
        ticket.name = "Warm up"
        self.env.flush_all()
        original = BaseModel.write
        counts = []
        for write in (type(ticket).write, original):
            color = partial(write, ticket.with_context(tracking_disable=True), {"color": 3 + len(counts)})
            counts.append(self.count_queries(color, warm=True))
        self.assertEqual(counts[0], counts[1])
