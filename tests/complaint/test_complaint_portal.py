"""What customers see of their complaints and decide about them; others do neither."""

import re
from datetime import timedelta

from lxml import html
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..core.browser_case import BrowserCase
from .complaint_case import ComplaintCase

SECRETS = {
    "complaint_assessment": "TELLTALE assessment",
    "complaint_done": "TELLTALE done",
    "complaint_change": "TELLTALE change",
    "complaint_referral_body": "TELLTALE body",
}

# internal words that customers must not see
INTERNAL = ("severity", "telltale", "fault", "abus", "bad faith", "transport", "tier", "loss", "escalat", "score")


@tagged("post_install", "-at_install")
class TestComplaintPage(BrowserCase, ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.is_company = True
        cls.person = cls.customer("Anna Complaining", parent_id=cls.partner.id, email="anna@example.com")
        cls.colleague = cls.customer("Bert Complaining", parent_id=cls.partner.id, email="bert@example.com")
        cls.other = cls.customer("Other Ltd", email="other@example.com")
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.users = {
            partner: new_test_user(cls.env, login, "base.group_portal", partner_id=partner.id, **company)
            for login, partner in (
                ("complaint_anna", cls.person),
                ("complaint_bert", cls.colleague),
                ("complaint_other", cls.other),
            )
        }

    def case(self, state="answered", **values):
        complaint = self.ticket(self.person, is_complaint=True, name="Late again", **values)
        self.fill_in(complaint)
        complaint.sudo().write(SECRETS | {"complaint_loss": 77.75})
        for step in ("assess", "investigate", "answer", "close"):
            if complaint.complaint_state == state:
                break
            complaint.with_user(self.manager)._take_complaint_step(
                step, **({"complaint_outcome": "accepted"} if step == "close" else {})
            )
        self.assertEqual(complaint.complaint_state, state)
        self.env.flush_all()
        return complaint

    def login(self, partner=None):
        user = self.users[partner] if partner else None
        self.authenticate(user and user.login, user and user.login)

    def page(self, complaint, **params):
        response = self.url_open(f"/my/complaint/{complaint.id}", params=params)
        self.assertEqual(response.status_code, 200)
        return response

    def words(self, response):
        """What is written on the page, without the layout around it; one space between words."""
        body = html.fromstring(response.text).xpath("//div[@id='wrap']")[0]
        return re.sub(r"\s+", " ", body.text_content()).strip()

    def post(self, complaint, action, **data):
        token = re.search(r'csrf_token: "([^"]+)"', self.url_open("/my").text)[1]
        response = self.url_open(f"/my/complaint/{complaint.id}/{action}", data={"csrf_token": token} | data)
        self.env.invalidate_all()
        return response

    def events(self, complaint, actor="customer"):
        return complaint.sudo().complaint_event_ids.filtered(lambda event: event.actor == actor)

    # -- reading -------------------------------------------------------------------------------------------------------

    def test_own_and_of_the_colleague(self):
        complaint = self.case()
        for partner in (self.person, self.colleague):
            self.login(partner)
            response = self.page(complaint)
            words = self.words(response)
            for text in (complaint.complaint_number, "Late again", "Answered", "We are sorry.", "I accept the answer"):
                self.assertIn(text, words)
            self.assertIn(complaint.complaint_number, self.url_open("/my/complaints").text)

    def test_nothing_internal(self):
        for state in ("acknowledged", "answered", "closed"):
            complaint = self.case(state)
            complaint.with_user(self.officer).message_post(body="TELLTALE note", subtype_xmlid="mail.mt_note")
            self.env["ir.attachment"].create(
                {"name": "TELLTALE.txt", "raw": b"x", "res_model": complaint._name, "res_id": complaint.id}
            )
            self.login(self.person)
            for response in (self.page(complaint), self.url_open("/my/complaints"), self.url_open("/my/tickets")):
                text = html.tostring(html.fromstring(response.text).xpath("//div[@id='wrap']")[0]).decode().lower()
                for word in INTERNAL:
                    self.assertNotIn(word, text, f"{state} {response.url}")
                self.assertNotIn("77.75", text)

    def test_draft_of_the_answer_is_not_shown(self):
        complaint = self.case("investigating")
        self.login(self.person)
        self.assertNotIn("We are sorry.", self.page(complaint).text)
        complaint.with_user(self.officer)._take_complaint_step("answer")
        complaint.with_user(self.officer)._take_complaint_step("dispute", note="No.")
        complaint.with_user(self.officer).complaint_answer = "<p>Second thoughts</p>"
        self.env.flush_all()
        words = self.words(self.page(complaint))
        self.assertIn("Our earlier answer", words)
        self.assertIn("We are sorry.", words)
        self.assertNotIn("Second thoughts", words)

    def test_other_customer_is_told_nothing(self):
        complaint = self.case()
        self.login(self.other)
        for path in ("", "?report_type=pdf"):
            response = self.url_open(f"/my/complaint/{complaint.id}{path}")
            self.assertTrue(response.url.endswith("/my"), response.url)
            self.assertNotIn(complaint.complaint_number, response.text)
        self.assertNotIn(complaint.complaint_number, self.url_open("/my/complaints").text)
        # neither by following the ticket, nor by a wrong token, nor by a number that is none
        complaint.message_subscribe(partner_ids=self.other.ids)
        self.assertTrue(self.url_open(f"/my/complaint/{complaint.id}").url.endswith("/my"))
        self.assertTrue(self.url_open(f"/my/complaint/{complaint.id}?access_token=no").url.endswith("/my"))
        self.assertTrue(self.url_open(f"/my/complaint/{10**12}").url.endswith("/my"))
        for action in ("accept", "dispute"):
            self.post(complaint, action, reason="Not mine")
            self.assertEqual(complaint.complaint_state, "answered")
        self.assertFalse(self.events(complaint))

    def test_public(self):
        complaint = self.case()
        token = complaint._portal_ensure_token()
        self.env.flush_all()
        self.login()
        response = self.url_open(f"/my/complaint/{complaint.id}")
        self.assertIn("/web/login", response.url)
        self.assertNotIn(complaint.complaint_number, response.text)
        response = self.page(complaint, access_token=token)
        words = self.words(response)
        self.assertIn("We are sorry.", words)
        self.assertIn("Log in", words)
        self.assertNotIn("I accept the answer", words)
        # the token reads; it does not decide
        for action in ("accept", "dispute"):
            answer = self.url_open(
                f"/my/complaint/{complaint.id}/{action}", data={"access_token": token, "reason": "x"}
            )
            self.assertNotEqual((answer.status_code, answer.url), (200, response.url))
        self.login(self.other)
        self.assertIn("We are sorry.", self.words(self.page(complaint, access_token=token)))
        self.post(complaint, "accept", access_token=token)
        self.assertEqual((complaint.complaint_state, complaint.complaint_accepted_on), ("answered", False))

    def test_internal_user_follows_the_link(self):
        complaint = self.case()
        self.authenticate(self.officer.login, self.officer.login)
        self.assertNotIn("I accept the answer", self.words(self.page(complaint)))
        self.post(complaint, "accept")
        self.assertFalse(complaint.complaint_accepted_on)

    def test_letters_are_ours(self):
        """Also where the company has no address and the customer has pressed the button."""
        complaint = self.case("acknowledged")
        self.company.email = False
        letter = "customer_value.mail_template_complaint_received"
        complaint.with_user(self.users[self.person]).sudo()._send_complaint_mail(letter)
        mail = self.env["mail.mail"].search([("res_id", "=", complaint.id), ("model", "=", complaint._name)], limit=1)
        self.assertEqual(mail.author_id, complaint._complaint_owner().partner_id)
        self.assertNotIn(self.person.email, mail.email_from)

    def test_waiting_and_states(self):
        complaint = self.case("investigating")
        complaint.with_user(self.officer)._complaint_wait("TELLTALE: which parcel?")
        self.env.flush_all()
        self.login(self.person)
        response = self.page(complaint)
        self.assertIn("Waiting for your reply", self.words(response))
        self.assertNotIn("TELLTALE", response.text)
        self.assertIn("Action required", self.words(self.url_open("/my/complaints")))

    def test_state_of_redress(self):
        """Customers see what was promised and how far it is, and nothing before."""
        invoice = self.invoice(self.person, amount=1000.0)
        complaint = self.case("investigating", complaint_move_id=invoice.id)
        complaint.sudo().complaint_loss = 400.0
        refund, coupon = self.env["customer.complaint.redress"].create(
            [
                {"ticket_id": complaint.id, "kind": "refund", "amount": 50.5},
                {"ticket_id": complaint.id, "kind": "coupon", "amount": 20.5, "valid_until": "2099-12-31"},
            ]
        )
        commitments = self.env["customer.complaint.commitment"].search([("company_id", "=", complaint.company_id.id)])
        commitments.approval_amount = 1000.0
        self.login(self.person)
        self.assertNotIn("50.50", self.words(self.page(complaint)), "a proposal is none of the customer's business")
        (refund | coupon).action_ask()
        self.env.flush_all()
        self.assertNotIn("50.50", self.words(self.page(complaint)), "nor is what has not been promised yet")
        complaint.with_user(self.officer)._take_complaint_step("answer")
        self.env.flush_all()
        words = self.words(self.page(complaint))
        self.assertIn("Your compensation Refund: $ 50.50", words.replace("$\xa0", "$ "))
        self.assertEqual(words.count("Approved; we are preparing it"), 2)
        (refund | coupon).with_user(self.officer).action_carry_out()
        self.env.flush_all()
        words = self.words(self.page(complaint))
        self.assertIn("We are preparing the credit note", words)
        self.assertIn("Ready; valid until 12/31/2099", words)
        self.assertIn(coupon.card_code, words)
        refund.move_id.action_post()
        token = complaint._portal_ensure_token()
        self.env.flush_all()
        words = self.words(self.page(complaint))
        self.assertIn(f"Paid back or offset by credit note {refund.move_id.name}", words)
        refund.move_id.line_ids.remove_move_reconcile()
        self.env.flush_all()
        self.assertIn(f"Credit note {refund.move_id.name} issued", self.words(self.page(complaint)))
        self.login()
        words = self.words(self.page(complaint, access_token=token))
        self.assertIn("Ready; valid until", words)
        self.assertNotIn(coupon.card_code, words, "who holds a letter does not hold the coupon")

    def test_list_of_tickets_names_complaints_by_their_number(self):
        complaint = self.case()
        self.login(self.person)
        page = self.words(self.url_open("/my/tickets"))
        self.assertIn(complaint.complaint_number, page)
        self.assertNotIn(complaint.number, page)
        found = self.words(self.url_open(f"/my/tickets?search={complaint.complaint_number}&search_in=number"))
        self.assertIn(complaint.complaint_number, found)

    def test_tickets_lead_there(self):
        complaint = self.case()
        question = self.ticket(self.person, name="Only a question")
        self.env.flush_all()
        self.login(self.person)
        self.assertTrue(self.url_open(f"/my/ticket/{complaint.id}").url.endswith(f"/my/complaint/{complaint.id}"))
        self.assertIn("/my/ticket/", self.url_open(f"/my/ticket/{question.id}").url)
        self.assertTrue(self.url_open(f"/my/complaint/{question.id}").url.endswith("/my"))
        self.assertEqual(complaint.access_url, f"/my/complaint/{complaint.id}")
        stage = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        stage.close_from_portal = True
        self.env.flush_all()
        response = self.url_open("/ticket/close", params={"ticket_id": complaint.id, "stage_id": stage.id})
        self.assertEqual(response.status_code, 200)
        self.assertIn("Please accept our answer instead", self.words(response))
        self.assertNotEqual(complaint.stage_id, stage)

    def test_counter(self):
        self.case()
        self.login(self.colleague)
        answer = self.make_jsonrpc_request("/my/counters", {"counters": ["complaint_count"]})
        self.assertEqual(answer["complaint_count"], 1)
        self.login(self.other)
        answer = self.make_jsonrpc_request("/my/counters", {"counters": ["complaint_count"]})
        self.assertEqual(answer["complaint_count"], 0)

    # -- deciding ------------------------------------------------------------------------------------------------------

    def test_accept_once(self):
        complaint = self.case()
        self.login(self.colleague)
        response = self.post(complaint, "accept")
        self.assertIn("You have accepted our answer", self.words(response))
        self.assertEqual(complaint.complaint_state, "answered", "closing stays with us")
        self.assertTrue(complaint.complaint_accepted_on)
        self.assertEqual(self.events(complaint).user_id, self.users[self.colleague])
        self.assertTrue(complaint.activity_ids.filtered(lambda activity: "accepts" in activity.summary))
        self.assertNotIn("I accept the answer", self.words(response))
        response = self.post(complaint, "accept")
        self.assertIn("already accepted this answer", self.words(response))
        self.assertEqual(len(self.events(complaint)), 1)

    def test_accept_nothing(self):
        complaint = self.case("investigating")
        self.login(self.person)
        self.assertIn("no answer to accept yet", self.words(self.post(complaint, "accept")))
        self.assertIn("this step is only possible from", self.words(self.post(complaint, "dispute", reason="Too slow")))
        self.assertEqual(complaint.complaint_state, "investigating")

    def test_only_by_post(self):
        complaint = self.case()
        self.login(self.person)
        for action in ("accept", "dispute?reason=No"):
            self.assertIn(self.url_open(f"/my/complaint/{complaint.id}/{action}").status_code, (404, 405))
        with mute_logger("odoo.http"):
            answer = self.url_open(f"/my/complaint/{complaint.id}/accept", data={"csrf_token": "wrong"})
        self.assertEqual(answer.status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(complaint.complaint_accepted_on)

    def test_dispute(self):
        complaint = self.case()
        self.login(self.person)
        hostile = "<script>alert('x')</script> & nothing came"
        response = self.post(complaint, "dispute", reason=hostile)
        self.assertIn("We will review your complaint and answer you again", self.words(response))
        self.assertNotIn("<script>alert", response.text)
        self.assertEqual(complaint.complaint_state, "disputed")
        event = self.events(complaint)
        self.assertEqual((event.note, event.state_to, event.user_id), (hostile, "disputed", self.users[self.person]))
        message = complaint.message_ids.filtered(lambda found: "nothing came" in found.body)
        self.assertEqual((message.author_id, message.message_type), (self.person, "comment"))
        self.assertNotIn("<script", message.body)
        asked = complaint.activity_ids.mapped("summary")
        self.assertEqual(len([summary for summary in asked if "disagrees" in summary]), 1)
        self.assertFalse([summary for summary in asked if "a dispute?" in summary], "it is one")

    def test_dispute_after_closing_and_accepting(self):
        complaint = self.case()
        self.login(self.person)
        self.post(complaint, "accept")
        complaint.with_user(self.officer)._take_complaint_step("close", complaint_outcome="accepted")
        self.env.flush_all()
        self.post(complaint, "dispute", reason="It broke again")
        self.assertEqual((complaint.complaint_state, complaint.complaint_accepted_on), ("disputed", False))
        self.assertFalse(complaint.stage_id.closed)

    def test_reason(self):
        complaint = self.case()
        self.login(self.person)
        self.assertIn("what you disagree with", self.words(self.post(complaint, "dispute", reason="  ")))
        response = self.post(complaint, "dispute", reason="no " * 2000)
        self.assertIn("no more than 4000 characters", self.words(response))
        self.assertIn("no no no", html.fromstring(response.text).xpath("//textarea")[0].text, "the text is not lost")
        self.assertEqual(complaint.complaint_state, "answered")

    def test_dispute_after_the_days(self):
        complaint = self.case("closed")
        complaint.sudo().complaint_closed_on -= timedelta(days=self.company.complaint_dispute_days, minutes=1)
        self.env.flush_all()
        self.login(self.person)
        words = self.words(self.page(complaint))
        self.assertIn("days to dispute the answer have passed", words)
        self.assertNotIn("I disagree", words)
        self.assertIn("Open a new complaint", self.words(self.post(complaint, "dispute", reason="Late, I know")))
        self.assertEqual(complaint.complaint_state, "closed")

    def test_second_answer_counts_from_its_own_day(self):
        """The days to disagree with a later answer are not those of an earlier closing."""
        complaint = self.case("closed")
        step = complaint.with_user(self.manager)._take_complaint_step
        step("dispute", note="No.")
        complaint.sudo().complaint_closed_on -= timedelta(days=400)
        step("investigate")
        step("answer")
        complaint.with_user(self.users[self.person])._customer_disputes("Still no.")
        self.assertEqual(complaint.complaint_state, "disputed")

    def test_no_way_around(self):
        complaint = self.case()
        with self.assertRaises(UserError):
            complaint.with_user(self.officer).complaint_accepted_on = "2025-01-01"
        with self.assertRaises(UserError):
            complaint.with_user(self.manager).complaint_answer_sent = "<p>Never said</p>"

    def test_rating(self):
        complaint = self.case("closed")
        self.login(self.person)
        response = self.page(complaint)
        path = html.fromstring(response.text).xpath("//section[hasclass('o_complaint_rating')]//a/@href")
        if not path:
            self.fail("nothing to rate by")
        self.assertEqual([link.rsplit("/", 1)[1] for link in path], ["5", "3", "1"])
        self.assertEqual(len(complaint.sudo().rating_ids), 1, "the one of the letter")
        token = path[0].split("/")[2]
        csrf = re.search(r'csrf_token: "([^"]+)"', response.text)[1]
        self.url_open(f"/rate/{token}/submit_feedback", data={"rate": 5, "csrf_token": csrf, "feedback": "Fine"})
        self.env.invalidate_all()
        self.assertEqual(complaint.sudo().rating_ids.rating, 5)
        self.assertIn("Thank you for your rating", self.words(self.page(complaint)))
        self.assertFalse(complaint.activity_ids.filtered(lambda activity: "a dispute?" in activity.summary))

    def test_tour(self):
        complaint = self.case()
        self.start_tour("/my", "customer_value_complaint_dispute", login="complaint_anna", timeout=120)
        self.env.invalidate_all()
        self.assertEqual(complaint.complaint_state, "disputed")
        self.assertIn("parcel is still missing", " ".join(self.events(complaint).mapped("note")))
