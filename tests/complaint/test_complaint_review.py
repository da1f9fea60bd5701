"""Abuse review: reported by one, decided by another, reversible, and never seen by the customer."""

import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .complaint_case import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintReview(HttpCase, ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Review = cls.env["customer.complaint.review"]
        cls.second = cls.user("complaint_second", "customer_value.group_complaint_manager")
        cls.case = cls.complaint()

    def claim(self, user=None, **values):
        return self.Review.with_user(user or self.officer).create(
            {"ticket_id": self.case.id, "evidence": "The parcel was signed for."} | values
        )

    def test_claimed_and_confirmed(self):
        self.assertFalse(self.case.complaint_abusive)
        review = self.claim()
        self.assertFalse(self.case.complaint_abusive, "a claim is no finding")
        asked = review.sudo().activity_ids.user_id
        self.assertTrue(self.manager in asked and self.officer not in asked)
        with self.assertRaises(AccessError):
            review.action_confirm()
        review.with_user(self.manager).action_confirm()
        self.assertTrue(self.case.complaint_abusive)
        self.assertRecordValues(
            review.sudo(),
            [{"state": "confirmed", "claimed_by_id": self.officer.id, "decided_by_id": self.manager.id}],
        )
        with self.assertRaises(UserError):
            review.with_user(self.second).action_confirm()

    def test_nobody_confirms_himself(self):
        review = self.claim(self.manager)
        for decide in (review.action_confirm, lambda: review._refuse("No")):
            with self.assertRaisesRegex(UserError, "reported this yourself"):
                decide()
        review.with_user(self.second).action_confirm()
        self.assertTrue(self.case.complaint_abusive)

    def test_refused(self):
        review = self.claim()
        action = review.with_user(self.manager).action_refuse()
        Decision = self.env["customer.complaint.decision"].with_user(self.manager).with_context(**action["context"])
        with self.assertRaisesRegex(UserError, "enter a reason"):
            Decision.create({}).action_take()
        Decision.create({"reason": "The signature is not theirs."}).action_take()
        self.assertEqual((review.state, self.case.complaint_abusive), ("refused", False))
        self.claim()

    def test_reversed(self):
        review = self.claim()
        review.with_user(self.manager).action_confirm()
        with self.assertRaises(AccessError):
            review._reverse("New facts")
        review.with_user(self.second)._reverse("New facts")
        self.assertEqual((review.state, self.case.complaint_abusive), ("reversed", False))
        self.assertEqual((review.reversed_by_id, review.reversal), (self.second, "New facts"))
        with self.assertRaises(UserError):
            review.with_user(self.second)._reverse("Again")
        self.assertEqual(len(self.case.sudo().complaint_event_ids.filtered(lambda e: "Abuse " in e.note)), 3)

    def test_needs_evidence_and_a_complaint(self):
        with self.assertRaisesRegex(UserError, "Enter the evidence"):
            self.claim(evidence="  ")
        with self.assertRaisesRegex(UserError, "is not a complaint"):
            self.claim(ticket_id=self.ticket(self.partner).id)

    def test_evidence_stands_still(self):
        review = self.claim()
        review.evidence = "And photographed."
        with self.assertRaisesRegex(UserError, "Only the person who reported the abuse can enter evidence"):
            review.with_user(self.manager).evidence = "Something else"
        review.with_user(self.manager).action_confirm()
        with self.assertRaisesRegex(UserError, "Only the person who reported the abuse can enter evidence"):
            review.evidence = "Something else"
        with self.assertRaises(AccessError):
            review.unlink()

    def test_guarded(self):
        review = self.claim()
        for name, value in (("state", "confirmed"), ("decided_by_id", self.second.id), ("claimed_by_id", 1)):
            with self.assertRaisesRegex(AccessError, "Use the buttons of the review"):
                review.with_user(self.manager).write({name: value})
        with self.assertRaisesRegex(AccessError, "Use the buttons of the review"):
            self.claim(state="confirmed")
        for user in (self.officer, self.manager):
            with self.assertRaises(AccessError):
                self.case.with_user(user).complaint_abusive = True

    def test_roles_and_companies(self):
        review = self.claim()
        for user in (self.helper, self.user("value_only", "customer_value.group_customer_value_manager")):
            with self.assertRaises(AccessError):
                review.with_user(user).read(["state"])
            with self.assertRaises(AccessError):
                self.claim(user)
            with self.assertRaises(AccessError):
                self.case.with_user(user).read(["complaint_abusive"])
            with self.assertRaises(AccessError):
                self.env["helpdesk.ticket"].with_user(user).search([("complaint_abusive", "=", True)])
        other = self.make_company("Other Review Company", "EUR")
        stranger = self.user("review_stranger", "customer_value.group_complaint_manager", other)
        foreign = review.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(foreign.search([("id", "=", review.id)]))
        with self.assertRaises(AccessError):
            foreign.action_confirm()

    def test_files_belong_to_the_review(self):
        file = (
            self.env["ir.attachment"]
            .with_user(self.officer)
            .create({"name": "Signature.txt", "raw": b"signed", "res_model": "customer.complaint.review", "res_id": 0})
        )
        self.claim(attachment_ids=[(6, 0, file.ids)])
        self.assertEqual(file.with_user(self.manager).raw, b"signed")
        with self.assertRaises(AccessError):
            file.with_user(self.helper).read(["datas"])
        self.assertTrue(base64.b64decode(file.with_user(self.manager).datas))

    @mute_logger("odoo.http")
    def test_customer_never_sees_it(self):
        """Neither on the customer's page, nor by remote calls, nor in a message or mail."""
        portal = new_test_user(self.env, "review_portal", groups="base.group_portal", partner_id=self.partner.id)
        case = self.case.with_context(tracking_disable=False)
        case.message_subscribe(self.partner.ids)
        self.env.flush_all()
        messages, mails = self.env["mail.message"].search([]), self.env["mail.mail"].search([])
        notifications = self.env["mail.notification"].search([])
        reviews = self.Review.with_context(tracking_disable=False, mail_create_nolog=False)
        review = reviews.with_user(self.officer).create({"ticket_id": case.id, "evidence": "TELLTALE evidence"})
        review.with_user(self.manager).action_confirm()
        review.with_user(self.second)._reverse("TELLTALE reversal")
        self.claim().with_user(self.manager).action_confirm()
        self.env.flush_all()
        new = self.env["mail.message"].search([]) - messages
        self.assertFalse(new.filtered(lambda message: message.model == "helpdesk.ticket"))
        self.assertFalse((self.env["mail.notification"].search([]) - notifications).res_partner_id & self.partner)
        sent = self.env["mail.mail"].search([]) - mails
        self.assertFalse(sent.recipient_ids & self.partner)
        self.assertNotIn(self.partner.email, " ".join(mail.email_to or "" for mail in sent))

        with self.assertRaises(AccessError):
            case.with_user(portal).read(["complaint_abusive"])
        with self.assertRaises(AccessError):
            case.with_user(portal).search([("complaint_abusive", "=", True)])
        with self.assertRaises(AccessError):
            case.with_user(portal).search([("complaint_review_ids.evidence", "ilike", "TELLTALE")])
        self.assertNotIn("complaint_abusive", case.with_user(portal).fields_get())
        for model in (self.Review, self.env["customer.complaint.event"], self.env["customer.complaint.redress"]):
            with self.assertRaises(AccessError):
                model.with_user(portal).search([])

        self.authenticate("review_portal", "review_portal")
        page = self.url_open(f"/my/ticket/{case.id}")
        self.assertIn(case.name, page.text, "the customer does see the ticket")
        for word in ("TELLTALE", "abusive", "Abuse reported", "Abuse confirmed", "Abuse Review"):
            self.assertNotIn(word, page.text)
        for model, method, arguments in (
            ("helpdesk.ticket", "read", [case.ids, ["complaint_abusive"]]),
            ("customer.complaint.review", "search_read", [[]]),
        ):
            answer = self.url_open(
                f"/web/dataset/call_kw/{model}/{method}",
                data=json.dumps(
                    {"jsonrpc": "2.0", "params": {"model": model, "method": method, "args": arguments, "kwargs": {}}}
                ),
                headers={"Content-Type": "application/json"},
            ).json()
            self.assertIn("AccessError", answer["error"]["data"]["name"])
