"""Several complaints about the same become one, and no promise gets longer by it."""

from datetime import datetime

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .complaint_case import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintMerge(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_a, cls.order_b = cls.order(cls.partner), cls.order(cls.partner)

    def at(self, moment, **values):
        with freeze_time(moment):
            return self.Ticket.create(
                {
                    "name": "Late",
                    "description": "<p>Where is it?</p>",
                    "partner_id": self.partner.id,
                    "company_id": self.company.id,
                    "is_complaint": True,
                }
                | values
            ).sudo()

    def merge(self, tickets, target, user=None):
        tickets.with_user(user or self.officer)._merge_complaints_into(target.with_user(user or self.officer), "Same")

    def test_merged(self):
        first = self.at("2025-03-03 10:00")
        second = self.at("2025-03-10 10:00", complaint_order_id=self.order_a.id)
        attachment = self.env["ir.attachment"].create(
            {"name": "photo.txt", "raw": b"x", "res_model": "helpdesk.ticket", "res_id": second.id}
        )
        number = second.complaint_number
        deadline = first.complaint_regulatory_due
        self.merge(first | second, first)
        self.assertRecordValues(
            second, [{"complaint_state": "closed", "complaint_outcome": "merged", "duplicate_id": first.id}]
        )
        self.assertTrue(second.stage_id.closed)
        self.assertFalse(second.complaint_clock_ids.filtered(lambda clock: not clock.stopped), "its clocks stop")
        self.assertEqual(self.Ticket.search([("complaint_number", "=", number)]), second, "the number is still found")
        self.assertEqual(first.complaint_order_id, self.order_a, "a gap is filled")
        self.assertIn("photo.txt", first.attachment_ids.mapped("name"))
        self.assertTrue(attachment.exists())
        self.assertEqual(attachment.res_id, second.id)
        for ticket, other in ((first, second), (second, first)):
            events = ticket.complaint_event_ids.filtered(lambda event: event.kind == "merge")
            self.assertEqual(len(events), 1)
            self.assertIn(other.complaint_number, events.note)
        self.assertEqual(first.complaint_regulatory_due, deadline, "a later receipt changes nothing")
        letter = self.env["mail.mail"].search([("model", "=", "helpdesk.ticket"), ("res_id", "=", second.id)], limit=1)
        self.assertIn(first.complaint_number, letter.subject)

    def test_earliest_receipt_counts(self):
        first, second = self.at("2025-03-03 10:00"), self.at("2025-03-10 10:00")
        deadline, own = first.complaint_regulatory_due, second.complaint_clock_ids
        frozen = own.read(["started", "deadline", "due", "stopped"])
        self.assertLess(deadline, second.complaint_regulatory_due)
        answer = first.complaint_answer_due
        self.merge(first, second)
        self.assertEqual(second.complaint_regulatory_due, deadline)
        self.assertEqual(second.complaint_answer_due, answer)
        added = second.complaint_clock_ids - own
        self.assertEqual(set(added.mapped("cause")), {"merged"})
        self.assertEqual(set(added.mapped("started")), {datetime(2025, 3, 3, 10)})
        self.assertEqual(own.read(["started", "deadline", "due", "stopped"]), frozen, "nothing is rewritten")
        self.assertEqual(second.complaint_received_on, datetime(2025, 3, 10, 10))

    def test_not_across_customers_and_companies(self):
        mine = self.at("2025-03-03")
        with self.assertRaisesRegex(UserError, "different customers"):
            self.merge(mine, self.at("2025-03-03", partner_id=self.customer("Else").id))
        unknown = {"partner_id": False, "partner_email": "a@x.example.com"}
        one, two = self.at("2025-03-03", **unknown), self.at("2025-03-03", **unknown)
        with self.assertRaisesRegex(UserError, "different customers"):
            self.merge(one, self.at("2025-03-03", partner_id=False, partner_email="b@x.example.com"))
        self.merge(two, one)
        self.assertEqual(two.duplicate_id, one)
        other = self.make_company("Other Company", "EUR")
        foreign = self.at("2025-03-03", company_id=other.id)
        everywhere = self.user("complaint_everywhere", "customer_value.group_complaint_manager")
        everywhere.company_ids |= other
        tickets = (mine | foreign).with_user(everywhere).with_context(allowed_company_ids=(self.company | other).ids)
        with self.assertRaisesRegex(UserError, "different companies"):
            tickets._merge_complaints_into(tickets[0])

    def test_what_cannot_be_merged(self):
        answered = self.at("2025-03-03")
        target = self.at("2025-03-04")
        with self.assertRaises(AccessError):
            self.merge(answered, target, self.helper)
        ordinary = self.ticket(self.partner)
        with self.assertRaisesRegex(UserError, "can only be merged with other complaints"):
            self.merge(ordinary, target)
        with self.assertRaisesRegex(UserError, "at least two"):
            self.merge(target, target)
        silent = self.ticket(self.customer("Silent"), is_complaint=True)
        closed = self.bring_to(silent, "closed")
        other = self.ticket(silent.partner_id, is_complaint=True)
        with self.assertRaisesRegex(UserError, "has been answered"):
            self.merge(other, closed)
        with self.assertRaises(UserError):
            self.merge(closed, other)

    def test_merged_one_stays_merged(self):
        first, second = self.at("2025-03-03"), self.at("2025-03-04")
        self.merge(second, first)
        self.fill_in(second)
        with self.assertRaisesRegex(UserError, "Continue with that complaint"):
            second.with_user(self.officer)._take_complaint_step("dispute", note="No")
        with self.assertRaisesRegex(UserError, "Continue with that complaint"):
            second.with_user(self.manager)._take_complaint_step("refer", note="No")

    def test_answer_under_the_old_number_arrives(self):
        first, second = self.at("2025-03-03"), self.at("2025-03-04")
        self.merge(second, first)
        second.message_post(body="Any news?", message_type="email", author_id=self.partner.id)
        self.assertIn("Any news?", "".join(first.message_ids.mapped("body")))
        second.message_post(body="Internal", message_type="comment", author_id=self.officer.partner_id.id)
        self.assertNotIn("Internal", "".join(first.message_ids.mapped("body")))

    def test_similar_are_shown_and_proposed(self):
        other = self.at("2025-03-03", complaint_order_id=self.order_b.id)
        twin = self.at("2025-03-04", complaint_order_id=self.order_a.id)
        contact = self.customer("Contact", parent_id=self.partner.id)
        mine = self.at("2025-03-05", complaint_order_id=self.order_a.id, partner_id=contact.id)
        self.at("2025-03-05", partner_id=self.customer("Else").id)
        ticket = mine.with_user(self.officer)
        self.assertEqual(ticket.complaint_similar_ids, (twin | other).with_user(self.officer))
        self.assertEqual(ticket.complaint_similar_ids[0], twin, "about the same order")
        action = ticket.action_merge_complaint()
        form = Form(self.env["customer.complaint.merge"].with_user(self.officer).with_context(**action["context"]))
        self.assertEqual(form.target_id, other, "the earliest remains")
        form.target_id = twin.with_user(self.officer)
        form.ticket_ids.remove(id=other.id)
        form.save().action_merge()
        self.assertEqual((mine.duplicate_id, twin.complaint_state), (twin, "acknowledged"))
        self.assertEqual(other.complaint_state, "acknowledged", "taken from the list")

    def test_waiting_is_kept(self):
        first, second = self.at("2025-03-03"), self.at("2025-03-04")
        self.fill_in(second)
        second.with_user(self.officer)._complaint_wait("Which?")
        self.merge(second, first)
        self.assertFalse(second.complaint_waiting_since)
        self.assertTrue(second.complaint_pause_ids.ended)
