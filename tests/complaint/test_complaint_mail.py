"""Complaints by e-mail: what is linked, who is answered, and what hostile senders can do."""

from email.message import EmailMessage
from email.policy import SMTP

from odoo.tests import tagged
from odoo.tools import mute_logger

from .complaint_case import ComplaintCase

THREAD = "odoo.addons.mail.models.mail_thread"


@tagged("post_install", "-at_install")
class TestComplaintMail(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].search([("name", "=", "value.example.com")]) or cls.env[
            "mail.alias.domain"
        ].create({"name": "value.example.com"})
        cls.company.alias_domain_id = cls.domain
        cls.env["helpdesk.ticket.channel"].search([]).company_id = False
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Complaints",
                "for_complaints": True,
                "company_id": cls.company.id,
                "alias_name": "grumble",
                "alias_domain_id": cls.domain.id,
            }
        )
        cls.contact = cls.customer("Ann", parent_id=cls.partner.id, email="ann@customer.example.org")
        cls.stranger = cls.customer("Stranger Inc", email="boss@stranger.example.net")

    def send(self, body="Where is it?", subject="Late", sender="Ann <ann@customer.example.org>", html=None, **headers):
        """By the gateway as a mail server would; the ticket that was made, empty if there is none."""
        mail = EmailMessage(policy=SMTP)
        if sender:
            mail["From"] = sender
        mail["To"] = headers.pop("To", "grumble@value.example.com")
        mail["Subject"] = subject
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        if html:
            mail.add_alternative(html, subtype="html")
        return self.process(mail.as_bytes())

    def process(self, raw):
        before = self.Ticket.search([], order="id desc", limit=1).id or 0
        self.env["mail.thread"].with_context(mail_create_nolog=True).message_process(None, raw)
        return self.Ticket.search([("id", ">", before)]).sudo()

    def letters(self, ticket):
        return self.env["mail.mail"].search([("model", "=", ticket._name), ("res_id", "=", ticket.id)])

    def test_one_record_with_number_channel_and_acknowledgement(self):
        ticket = self.send()
        self.assertRecordValues(
            ticket,
            [
                {
                    "is_complaint": True,
                    "complaint_state": "acknowledged",
                    "partner_id": self.contact.id,
                    "company_id": self.company.id,
                    "team_id": self.team.id,
                    "channel_id": self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email").id,
                    "name": "Late",
                }
            ],
        )
        self.assertTrue(ticket.complaint_number)
        letter = self.letters(ticket)
        self.assertEqual(letter.recipient_ids, self.contact)
        self.assertIn(ticket.complaint_number, letter.subject)

    def test_answer_goes_to_the_same_complaint(self):
        ticket = self.send()
        count = self.Ticket.search_count([])
        letter = self.letters(ticket)
        self.assertFalse(self.send("More", "Re: Late", In_Reply_To=letter.message_id, References=letter.message_id))
        self.assertEqual(self.Ticket.search_count([]), count)
        self.assertIn("More", "".join(ticket.message_ids.mapped("body")))

    def test_own_documents_are_linked(self):
        order = self.order(self.partner)
        move = self.invoice(self.contact, order=order)
        ticket = self.send(f"Order {order.name.lower()} never came", f"Invoice {move.name}, please")
        self.assertEqual((ticket.complaint_order_id, ticket.complaint_move_id), (order, move))
        ticket = self.send(f"See {move.name}.")
        self.assertEqual((ticket.complaint_order_id, ticket.complaint_move_id), (order, move), "found by the invoice")

    def test_number_of_the_customer(self):
        order = self.order(self.partner)
        order.client_order_ref = "Po-77_x"
        self.assertEqual(self.send("about Po-77_x").complaint_order_id, order)
        self.assertFalse(self.send("about Po-77yx").complaint_order_id, "no wildcard")

    def test_numbers_of_others_link_nothing(self):
        order = self.order(self.stranger)
        move = self.invoice(self.stranger)
        ticket = self.send(f"{order.name} {move.name} S99999999")
        self.assertFalse(ticket.complaint_order_id or ticket.complaint_move_id)
        self.assertTrue(ticket.is_complaint)

    def test_numbers_of_another_company_link_nothing(self):
        other = self.make_company("Other Company", "EUR")
        order = self.order(self.partner, company=other)
        self.assertEqual(order.company_id, other)
        self.assertFalse(self.send(f"Order {order.name}").complaint_order_id)

    def test_unknown_sender(self):
        order = self.order(self.partner)
        ticket = self.send(f"Order {order.name}", sender="Who <who@nowhere.example.com>")
        self.assertFalse(ticket.complaint_order_id or ticket.partner_id)
        self.assertEqual(ticket.partner_name, "Who")
        self.assertEqual(ticket.complaint_state, "acknowledged")
        self.assertIn("who@nowhere.example.com", self.letters(ticket).email_to)

    def test_language_of_the_sender(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("customer_value.mail_template_complaint_received")
        template.with_context(lang="fr_FR").subject = "Votre plainte {{ object.complaint_number }}"
        self.contact.lang = "fr_FR"
        self.assertIn("Votre plainte", self.letters(self.send()).subject)

    def test_machines_do_not_complain(self):
        """An absence note makes an ordinary ticket, which nobody acknowledges: two machines would never stop."""
        for headers in (
            {"Auto_Submitted": "auto-replied (vacation)"},
            {"Precedence": "auto_reply"},
            {"X_Autoreply": "yes"},
        ):
            ticket = self.send("I am away", **headers)
            self.assertTrue(ticket, headers)
            self.assertFalse(ticket.is_complaint, headers)
            self.assertFalse(self.letters(ticket), headers)
        self.assertTrue(self.send("I am here", Auto_Submitted="no").is_complaint)

    def test_our_acknowledgement_says_that_it_is_automatic(self):
        letter = self.letters(self.send())
        self.assertIn("'Auto-Submitted': 'auto-replied'", letter.headers)

    def test_our_acknowledgement_coming_back_is_no_complaint(self):
        letter = self.letters(self.send())
        back = self.send(letter.body_html, letter.subject, sender=letter.email_from, Auto_Submitted="auto-replied")
        self.assertFalse(back.is_complaint)

    def test_absence_note_does_not_end_the_waiting(self):
        ticket = self.send()
        self.fill_in(ticket)
        ticket.with_user(self.officer)._complaint_wait("Which parcel?")
        reference = {"References": self.letters(ticket)[:1].message_id}
        self.send("Away", "Re: Late", Auto_Submitted="auto-replied", **reference)
        self.assertTrue(ticket.complaint_waiting_since)
        self.send("The second", "Re: Late", **reference)
        self.assertFalse(ticket.complaint_waiting_since)

    @mute_logger(THREAD)
    def test_flood_from_one_address_ends(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 3)
        made = [bool(self.send(f"Mail {number}", sender="bot@bots.example.com")) for number in range(6)]
        self.assertEqual(made, [True, True, True, False, False, False])

    @mute_logger(THREAD)
    def test_bounces_are_no_complaints(self):
        self.assertFalse(self.send("Undeliverable", sender="MAILER-DAEMON@mx.example.com"))

    def test_scripts_are_gone(self):
        html = '<p>Hi</p><script>alert(1)</script><img src="x" onerror="alert(2)"><a href="javascript:alert(3)">x</a>'
        ticket = self.send("Hi", html=html)
        for text in (ticket.description, *ticket.message_ids.mapped("body")):
            for bad in ("<script", "onerror", "javascript:"):
                self.assertNotIn(bad, text)

    def test_nobody_follows_by_being_named(self):
        named = ", ".join(["boss@stranger.example.net", *(f"p{number}@many.example.com" for number in range(3000))])
        ticket = self.send(Cc=named)
        self.assertTrue(ticket.is_complaint)
        self.assertNotIn(self.stranger, ticket.message_partner_ids)
        self.assertEqual(self.letters(ticket).recipient_ids, self.contact)

    def test_huge_subject_and_body(self):
        raw = b"From: ann@customer.example.org\r\nTo: grumble@value.example.com\r\nSubject: %s\r\n\r\n%s"
        ticket = self.process(raw % (b"A1 " * 340_000, b"S00001 " * 150_000))
        self.assertTrue(ticket.is_complaint)
        self.assertLessEqual(len(ticket.name), 200)
        self.assertTrue(ticket.name.startswith("A1 A1"))

    def test_malformed(self):
        head = b"From: ann@customer.example.org\r\nTo: grumble@value.example.com\r\n"
        cases = {
            "no subject, no body": head + b"\r\n",
            "wrong encoding": head + b"Subject: =?utf-8?B?/////w==?=\r\nContent-Type: text/plain\r\n\r\n\xff\xfe",
            "no such charset": head + b"Subject: x\r\nContent-Type: text/plain; charset=klingon\r\n\r\nHallo \xe4",
            "broken parts": head + b"Subject: x\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\nContent-",
            "no sender": b"To: grumble@value.example.com\r\nSubject: x\r\n\r\nHallo",
        }
        for name, raw in cases.items():
            with self.subTest(name), mute_logger(THREAD, "odoo.addons.mail.tools.parser"):
                ticket = self.process(raw)
                self.assertTrue(ticket.is_complaint, name)
                self.assertTrue(ticket.name and ticket.complaint_number)
        self.assertEqual(ticket.complaint_state, "received", "nobody can be written to")
        self.assertTrue(ticket.activity_ids, "somebody is asked to acknowledge it")

    def test_odd_attachments(self):
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = "ann@customer.example.org", "grumble@value.example.com"
        mail["Subject"] = "Files"
        mail.set_content("See files")
        for name in ("../../etc/passwd", "<img src=x onerror=alert(1)>.png", "x" * 300 + ".html"):
            mail.add_attachment(b"<script>alert(1)</script>", maintype="text", subtype="html", filename=name)
        ticket = self.process(mail.as_bytes())
        self.assertEqual(len(ticket.message_attachment_ids if "message_attachment_ids" in ticket else
                             ticket.message_ids.attachment_ids), 3)  # fmt: skip
        self.assertTrue(ticket.is_complaint)

    def test_ordinary_teams_are_left_alone(self):
        self.team.for_complaints = False
        ticket = self.send()
        self.assertTrue(ticket and not ticket.is_complaint)
        self.assertFalse(self.letters(ticket))
