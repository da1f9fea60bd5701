"""What the customer gets at the end: one letter, one request to rate, and attention to what they reply."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .complaint_case import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintClosing(ComplaintCase):
    def answer(self, complaint):
        """Customers with an address have had an acknowledgment already."""
        self.fill_in(complaint)
        steps = ("assess", "investigate", "answer")
        for step in steps if complaint.complaint_state == "acknowledged" else ("acknowledge", *steps):
            complaint.with_user(self.officer)._take_complaint_step(step)
        return complaint

    def close(self, complaint, outcome="accepted", **values):
        self.answer(complaint)
        action = complaint.with_user(self.officer).action_complaint_close()
        Step = self.env["customer.complaint.step"].with_user(self.officer).with_context(**action["context"])
        Step.create({"outcome": outcome} | values).action_take()
        self.assertEqual(complaint.complaint_state, "closed")

    def letters(self, complaint, subject):
        """Letters to the customer with ``subject``, however they were sent."""
        return complaint.message_ids.filtered(lambda message: subject in (message.subject or ""))

    def silent(self):
        return self.ticket(self.customer("No Address"), is_complaint=True)

    def test_letter_and_request(self):
        complaint = self.complaint()
        self.close(complaint)
        letter = self.letters(complaint, "is closed")
        self.assertEqual(len(letter), 1)
        self.assertEqual(letter.partner_ids, self.partner)
        self.assertIn("Your complaint was justified", letter.body)
        rating = complaint.sudo().rating_ids
        self.assertEqual((len(rating), rating.partner_id, rating.consumed), (1, self.partner, False))
        for rate in (5, 3, 1):
            self.assertIn(f"/rate/{rating.access_token}/{rate}", letter.body)

    def test_reasons_of_a_rejection(self):
        complaint = self.complaint()
        self.close(complaint, "rejected", rejection="The goods <b>were</b> as ordered.")
        letter = self.letters(complaint, "is closed")
        self.assertIn("could not accept your complaint", letter.body)
        self.assertIn("The goods &lt;b&gt;were&lt;/b&gt; as ordered.", letter.body)
        self.assertIn(str(self.company.complaint_dispute_days), letter.body)

    def test_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("customer_value.mail_template_complaint_closed")
        template.with_context(lang="fr_FR").subject = "Plainte {{ object.complaint_number }} close"
        self.partner.lang = "fr_FR"
        complaint = self.complaint()
        self.close(complaint)
        self.assertTrue(self.letters(complaint, f"Plainte {complaint.complaint_number} close"))

    def test_nobody_is_asked_twice(self):
        """Neither by the stage, nor when a complaint is closed for the second time."""
        stage = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self.env["helpdesk.ticket.stage"].search([("closed", "=", True)]).rating_mail_template_id = self.env.ref(
            "helpdesk_mgmt_rating.rating_ticket_email_template"
        )
        complaint = self.complaint()
        self.close(complaint)
        self.assertFalse(self.letters(complaint, "Satisfaction Survey"))
        self.assertEqual(len(complaint.sudo().rating_ids), 1)
        complaint.with_user(self.manager)._take_complaint_step("dispute", note="No.")
        for step in ("investigate", "answer", "close"):
            complaint.with_user(self.manager)._take_complaint_step(step)
        letters = self.letters(complaint, "is closed")
        self.assertEqual(len(letters), 2, "how it ended is told each time")
        self.assertEqual(len(letters.filtered(lambda letter: "/rate/" in letter.body)), 1)
        self.assertEqual(len(complaint.sudo().rating_ids), 1)
        ordinary = self.ticket(self.partner)
        ordinary.stage_id = stage
        self.assertTrue(self.letters(ordinary, "Satisfaction Survey"), "ordinary tickets are as before")

    def test_who_is_not_asked(self):
        silent = self.silent()
        self.close(silent)
        self.assertFalse(silent.sudo().rating_ids)
        unrated = self.complaint(rating_status="no_rate")
        self.close(unrated)
        self.assertFalse(unrated.sudo().rating_ids)
        self.assertTrue(self.letters(unrated, "is closed"))
        duplicate, remaining = self.complaint(), self.complaint()
        duplicate.with_user(self.officer)._merge_complaints_into(remaining.with_user(self.officer))
        withdrawn = self.complaint()
        withdrawn.with_user(self.officer)._make_ordinary("A question.")
        for ticket in (duplicate, withdrawn):
            self.assertFalse(ticket.sudo().rating_ids)
            self.assertFalse(self.letters(ticket, "is closed"))

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_broken_letter_does_not_stop_the_closing(self):
        self.env.ref("customer_value.mail_template_complaint_closed").subject = "{{ object.no_such_field }}"
        complaint = self.complaint()
        self.close(complaint)
        self.assertTrue(complaint.message_ids.filtered(lambda message: "could not be generated" in message.body))

    def test_answer_without_an_address_is_posted(self):
        complaint = self.answer(self.silent())
        asked = complaint.activity_ids.filtered(lambda activity: "Print and mail" in activity.summary)
        self.assertEqual(asked.user_id, self.officer)
        complaint = self.answer(self.complaint())
        self.assertFalse(complaint.activity_ids.filtered(lambda activity: "Print and mail" in activity.summary))

    def test_reply_to_the_answer(self):
        """A reply is no dispute until somebody has read it; several replies are read once."""
        complaint = self.answer(self.complaint())

        def asked():
            return complaint.activity_ids.filtered(lambda activity: "a dispute?" in activity.summary)

        complaint.with_user(self.officer).message_post(body="A note", message_type="comment")
        complaint.message_post(body="Of others", message_type="email", author_id=self.customer("Other").id)
        complaint.with_context(complaint_automatic=True).message_post(
            body="Out of office", message_type="email", author_id=self.partner.id
        )
        self.assertFalse(asked())
        for text in ("This is not true.", "I mean it."):
            complaint.message_post(body=text, message_type="email", author_id=self.partner.id)
        self.assertEqual(asked().user_id, self.officer)
        self.assertEqual(complaint.complaint_state, "answered")

    def test_reply_before_the_answer(self):
        complaint = self.complaint()
        complaint.message_post(body="One more thing", message_type="email", author_id=self.partner.id)
        self.assertFalse(complaint.activity_ids)
