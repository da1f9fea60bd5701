"""Complaints by email: what is linked, who is answered, and what hostile senders can do."""

import base64
from email.message import EmailMessage
from email.policy import SMTP
from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...analytics.complaint import incoming
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
        """Mails that leave the company: colleagues are told to whom the complaint is assigned."""
        mails = self.env["mail.mail"].search([("model", "=", ticket._name), ("res_id", "=", ticket.id)])
        return mails.filtered(lambda mail: mail.email_to or mail.recipient_ids.filtered("partner_share"))

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

    def test_numbers_of_a_subsidiary_link_nothing(self):
        """A company below that of the sender is a customer of its own, whose documents the complaint could not keep."""
        subsidiary = self.customer("Subsidiary", parent_id=self.partner.id, is_company=True)
        order, move = self.order(subsidiary), self.invoice(subsidiary)
        self.assertNotEqual(subsidiary.commercial_partner_id, self.partner)
        ticket = self.send(f"{order.name} {move.name}")
        self.assertEqual((ticket.is_complaint, ticket.partner_id), (True, self.contact))
        self.assertFalse(ticket.complaint_order_id or ticket.complaint_move_id)

    def test_number_of_the_complaint_without_the_thread(self):
        """Programs that drop the thread: what was written before is shown to whoever reads it, and to no stranger's."""
        first = self.send()
        self.assertTrue(first.complaint_number)
        subject = f"AW: {first.complaint_number} Late"
        self.assertIn(first, self.send("One more thing", subject).complaint_similar_ids)
        stranger = self.send("Show me", subject, "boss@stranger.example.net")
        self.assertEqual(stranger.commercial_partner_id, self.stranger)
        self.assertNotIn(first, stranger.complaint_similar_ids)
        self.assertFalse(first.message_ids.filtered(lambda message: "Show me" in message.body))

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
        """An absence note makes an ordinary ticket, without an acknowledgment: two machines would never stop."""
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
            "no charset at all": head + b"Subject: x\r\nContent-Type: text/plain; charset=hex\r\n\r\nHallo \xe4",
            "half a letter": head + b"Subject: x\r\nContent-Type: text/plain; charset=utf-7\r\n\r\nHallo +2D0-",
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

    # -- who writes ----------------------------------------------------------------------------------------------------

    def test_passed_on_is_a_complaint_without_automatic_answer(self):
        for name, headers in {
            "list": {"Precedence": "list", "List_ID": "<grumble.value.example.com>"},
            "bulk": {"Precedence": "bulk"},
            "program of the customer": {"Auto_Submitted": "auto-generated"},
            "asks for no answer": {"X_Auto_Response_Suppress": "OOF, AutoReply"},
            "nobody to answer": {"Return_Path": "<>"},
            "absence by its title": {"subject": "Abwesenheitsnotiz: Late"},
            "spam": {"X_Spam_Flag": "YES"},
        }.items():
            with self.subTest(name):
                ticket = self.send(**headers)
                self.assertEqual((ticket.is_complaint, ticket.complaint_state), (True, "received"))
                self.assertTrue(ticket.complaint_number and ticket.complaint_clock_ids)
                self.assertFalse(self.letters(ticket))
                self.assertIn(ticket.complaint_number, ticket.activity_ids.summary)

    def test_reply_to_of_a_form_or_a_list(self):
        for sender in ("Web form <no-reply@forms.example.com>", "Ann by way of the list <grumble@value.example.com>"):
            with self.subTest(sender):
                ticket = self.send(sender=sender, Reply_To="Ann <ann@customer.example.org>")
                self.assertEqual(ticket.partner_id, self.contact)
                self.assertEqual(self.letters(ticket).recipient_ids, self.contact)
                self.assertEqual(
                    ticket.message_ids.filtered(lambda message: message.message_type == "email").author_id, self.contact
                )

    def test_mail_that_a_form_of_our_own_has_sent(self):
        """Odoo ignores what it has sent itself; each copy of it is the same complaint."""
        sent = self.env["mail.mail"].create(
            {"subject": "Late", "body_html": "Where is it?", "email_to": "grumble@value.example.com"}
        )
        headers = {"Message_ID": sent.message_id, "Date": "Fri, 27 Nov 2026 10:00:00 +0100"}
        headers["Reply_To"] = "Ann <ann@customer.example.org>"
        ticket = self.send(sender="no-reply@forms.example.com", **headers)
        self.assertEqual((ticket.is_complaint, ticket.partner_id), (True, self.contact))
        self.assertFalse(self.send(sender="no-reply@forms.example.com", **headers))

    def test_somebody_elses_reply_to_is_not_followed(self):
        ticket = self.send(Reply_To="boss@stranger.example.net")
        self.assertEqual(ticket.partner_id, self.contact)

    @mute_logger(THREAD)
    def test_nothing_is_acknowledged_to_ourselves(self):
        ticket = self.send(sender="grumble@value.example.com")
        self.assertTrue(ticket.is_complaint)
        self.assertFalse(ticket.partner_id or self.letters(ticket))
        self.assertTrue(ticket.activity_ids, "somebody is asked to find out whose it is")

    def test_nothing_is_acknowledged_to_nobody(self):
        ticket = self.send(sender="no-reply@erp.customer.example.org")
        self.assertEqual((ticket.complaint_state, bool(self.letters(ticket))), ("received", False))
        self.assertTrue(ticket.activity_ids)

    def test_forwarded_by_a_colleague(self):
        seller = new_test_user(self.env, "mail_seller", email="sam@staff.example.com").partner_id
        forwarded = "Please see to it.\n\n---------- Forwarded message ---------\nFrom: {} <{}>\nSubject: Late\n\nLate!"
        for name, address, customer in (
            ("Ann", "ann@customer.example.org", self.contact),
            ("Who", "who@nowhere.example.com", self.env["res.partner"]),
        ):
            with self.subTest(name):
                ticket = self.send(forwarded.format(name, address), "Fwd: Late", "Sam <sam@staff.example.com>")
                self.assertEqual((ticket.is_complaint, ticket.partner_id), (True, customer))
                self.assertEqual(ticket.partner_email, address)
                self.assertNotIn(seller, self.letters(ticket).recipient_ids)
        ticket = self.send("They are angry.", "Trouble", "Sam <sam@staff.example.com>")
        self.assertTrue(ticket.is_complaint)
        self.assertFalse(ticket.partner_id or ticket.partner_email or self.letters(ticket))

    def test_forwarded_as_programs_write_it(self):
        new_test_user(self.env, "mail_seller", email="sam@staff.example.com")
        address = "ann@customer.example.org"
        texts = {
            "line below": f"From: Ann\n{address}\nTo: Sam",
            "Turkish": f"Kimden: Ann <{address}>",
            "quoted": f"| From: Ann <{address}>",
            "what Sam wrote before": f"From: Sam <sam@staff.example.com>\n\nHello\n\nVon: Ann <{address}>",
        }
        quotation = (
            '<div>See below</div><div class="gmail_quote"><div dir="ltr">---------- Forwarded message ---------<br>'
            f'From: <strong>Ann</strong> <span>&lt;<a href="mailto:{address}">{address}</a>&gt;</span><br>'
            "Late!</div></div>"
        )
        original = EmailMessage(policy=SMTP)
        original["From"], original["Subject"] = f"Ann <{address}>", "Late"
        original.set_content("Late!")
        attaching = EmailMessage(policy=SMTP)
        attaching["From"], attaching["To"] = "Sam <sam@staff.example.com>", "grumble@value.example.com"
        attaching.set_content("See the mail that is attached.")
        attaching.add_attachment(original)
        tickets = {name: self.send(text, "Fwd: Late", "Sam <sam@staff.example.com>") for name, text in texts.items()}
        tickets["HTML"] = self.send("See below", "Fwd: Late", "Sam <sam@staff.example.com>", quotation)
        tickets["attached"] = self.process(attaching.as_bytes())
        for name, ticket in tickets.items():
            with self.subTest(name):
                self.assertEqual((ticket.partner_id, ticket.is_complaint), (self.contact, True))

    def test_our_own_company_does_not_complain(self):
        self.company.partner_id.email = "info@staff.example.com"
        self.customer("Without a User", parent_id=self.company.partner_id.id, email="temp@staff.example.com")
        for sender in ("info@staff.example.com", "temp@staff.example.com"):
            with self.subTest(sender):
                ticket = self.send("From: Ann <ann@customer.example.org>\n\nLate!", "Fwd: Late", sender)
                self.assertEqual(ticket.partner_id, self.contact)
                self.assertFalse(self.send("They are angry", "Late", sender).partner_id)

    def test_contact_of_another_company(self):
        other = self.make_company("Other Company", "EUR")
        self.customer("Theirs", email="theirs@customer.example.org", company_id=other.id)
        ticket = self.send(sender="theirs@customer.example.org")
        self.assertTrue(ticket.is_complaint and ticket.partner_email)
        self.assertFalse(ticket.partner_id)

    def test_one_mailbox_in_several_spellings(self):
        letters = self.customer("Letters", email="info@bücher.example")
        for sender, customer in (
            ("info@xn--bcher-kva.example", letters),
            ("info+shop@bücher.example", letters),
            ("ANN@CUSTOMER.EXAMPLE.ORG", self.contact),
        ):
            with self.subTest(sender):
                self.assertEqual(self.send(sender=sender).partner_id, customer)

    def test_second_address_of_a_customer(self):
        both = self.customer("Both", email="office@both.example.com, boss@both.example.com")
        self.assertEqual(self.send(sender="Boss@both.example.com").partner_id, both)
        self.assertFalse(self.send(sender="ss@both.example.com").partner_id)

    def test_address_with_a_tag(self):
        ticket = self.send(To="Grumble+shop@value.example.com")
        self.assertEqual((ticket.is_complaint, ticket.team_id), (True, self.team))

    def test_the_same_mail_under_another_id(self):
        """It is the same complaint, and acknowledged once. What is written again is another one."""
        date = "Fri, 27 Nov 2026 10:00:00 +0100"
        first = self.send(Date=date, Message_ID="<one@customer.example.org>")
        self.assertFalse(self.send(Date=date, Message_ID="<two@list.example.org>"))
        self.assertEqual(len(self.letters(first)), 1)
        self.assertTrue(self.send("Where is it now?", Date=date))
        self.assertTrue(self.send(Date="Fri, 27 Nov 2026 10:01:00 +0100"))

    def test_number_of_an_order_whose_contact_has_left(self):
        order = self.order(self.contact)
        self.contact.parent_id = self.stranger
        self.customer("Bob", parent_id=self.partner.id, email="bob@customer.example.org")
        self.assertEqual(self.send(order.name, sender="bob@customer.example.org").complaint_order_id, order)

    def test_written_to_two_teams(self):
        self.team.copy({"name": "More Complaints", "alias_name": "anger"})
        ticket = self.send(To="grumble@value.example.com, anger@value.example.com")
        self.assertEqual((len(ticket), len(self.letters(ticket))), (1, 1))

    def test_answer_to_a_merged_one_is_passed_on_as_it_was(self):
        target, merged = self.send(), self.send()
        letter = self.letters(merged)[:1]
        merged.with_user(self.officer)._merge_complaints_into(target)
        self.send(html="<p>One <b>more</b> thing</p>", In_Reply_To=letter.message_id)
        self.assertIn("<b", merged.message_ids[0].body)
        self.assertIn("<b", target.message_ids[0].body)

    def test_answer_to_an_archived_one_is_seen(self):
        ticket = self.send()
        self.fill_in(ticket)
        ticket._take_complaint_path("answer")
        ticket._take_complaint_step("close", complaint_outcome="accepted")
        ticket.active = False
        self.send("I disagree", In_Reply_To=self.letters(ticket)[:1].message_id)
        self.assertTrue(ticket.active and ticket.activity_ids)

    def test_complaint_within_an_ordinary_ticket(self):
        """Written to the address for complaints, it is one, whatever it answers; what is not goes on as ever."""
        support = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Support",
                "company_id": self.company.id,
                "alias_name": "support",
                "alias_domain_id": self.domain.id,
            }
        )
        question = self.send(subject="How to", To="support@value.example.com")
        self.assertEqual((question.team_id, question.is_complaint), (support, False))
        answer = question.message_post(body="So", message_type="comment", subtype_xmlid="mail.mt_comment")
        self.assertFalse(self.send("Thanks", In_Reply_To=answer.message_id, To="support@value.example.com"))
        ticket = self.send("It does not work!", In_Reply_To=answer.message_id)
        self.assertEqual((ticket.is_complaint, ticket.partner_id), (True, self.contact))
        self.assertIn("It does not work!", question.message_ids[0].body)
        self.assertFalse(self.send("And?", In_Reply_To=self.letters(ticket).message_id), "an answer to the complaint")

    def test_number_below_styles_and_pictures(self):
        order = self.order(self.partner)
        picture = f'<img src="data:image/png;base64,{"A" * 90_000}">'
        style = f"<style>{'p.MsoNormal { margin: 0 } ' * 4000}</style>"
        ticket = self.send(html=f"<html><body>{style}{picture}<p>{order.name} came broken</p></body></html>")
        self.assertEqual(ticket.complaint_order_id, order)
        wide = order.name.translate({code: code + 0xFEE0 for code in range(33, 127)})
        self.assertEqual(self.send(f"{wide}坏了").complaint_order_id, order)

    # -- answers -------------------------------------------------------------------------------------------------------

    def test_who_ends_the_waiting(self):
        """The customer does, under whatever name; a program might, and a stranger too: somebody looks at it."""
        archived = self.customer("Archived", parent_id=self.partner.id, email="old@customer.example.org", active=False)
        for sender, ends, headers in (
            ("ann@customer.example.org", True, {}),
            ("ann@customer.example.org", False, {"Auto_Submitted": "auto-generated"}),
            ("ann@customer.example.org", False, {"subject": "Automatic reply: Late"}),
            ("ann.private@nowhere.example.com", False, {}),
        ):
            with self.subTest(sender, **headers):
                ticket = self.send()
                ticket._complaint_wait("Which one?")
                self.send(sender=sender, In_Reply_To=self.letters(ticket).message_id, **headers)
                self.assertEqual(bool(ticket.complaint_waiting_since), not ends)
                self.assertEqual(bool(ticket.activity_ids), not ends)
        for sender in ("nobody.known@nowhere.example.com", archived.email):
            with self.subTest(sender):
                ticket = self.send(sender=sender)
                ticket._complaint_wait("Which one?")
                self.send(sender=sender, In_Reply_To=self.letters(ticket).message_id)
                self.assertFalse(ticket.complaint_waiting_since)
                self.fill_in(ticket)
                ticket._take_complaint_path("answer")
                self.send(sender=sender, In_Reply_To=self.letters(ticket)[:1].message_id)
                self.assertIn(ticket.complaint_number, ticket.activity_ids.mapped("summary")[-1])

    def test_letters_that_do_not_arrive(self):
        ticket = self.send()
        letter = self.letters(ticket)
        report = (
            "From: MAILER-DAEMON@mx.example.com\nTo: bounce@value.example.com\nSubject: Undelivered\n"
            'MIME-Version: 1.0\nContent-Type: multipart/report; report-type="delivery-status"; boundary=z\n\n'
            "--z\nContent-Type: text/plain\n\nUser unknown\n--z\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ann@customer.example.org\nAction: failed\n"
            "Status: 5.1.1\n\n--z\nContent-Type: message/rfc822\n\nTo: ann@customer.example.org\n"
            f"Message-ID: {letter.message_id}\nSubject: x\n\nx\n--z--\n"
        )
        self.assertFalse(self.process(report.encode()))
        self.assertIn("ann@customer.example.org", ticket.activity_ids.summary)
        refused = self.send()
        self.letters(refused)._postprocess_sent_message([], [], failure_reason="550", failure_type="mail_smtp")
        self.assertIn(refused.complaint_number, refused.activity_ids.summary)

    def test_one_address_on_two_customers(self):
        self.customer("Agency at Stranger", parent_id=self.stranger.id, email="ann@customer.example.org")
        orders = {customer: self.order(customer) for customer in (self.partner, self.stranger)}
        for customer, order in orders.items():
            ticket = self.send(f"{order.name} came broken")
            self.assertEqual((ticket.commercial_partner_id, ticket.complaint_order_id), (customer, order))
        ticket = self.send("It came broken")
        self.assertFalse(ticket.partner_id or ticket.complaint_order_id)
        both = self.send(" ".join(order.name for order in orders.values()))
        self.assertFalse(both.partner_id or both.complaint_order_id)

    # -- letters -------------------------------------------------------------------------------------------------------

    def test_labelled_with_a_smaller_character_set(self):
        name, subject, body = "黄镕喆", "投诉：张喆的订单", "黄镕喆投诉质量 – 请回复"
        words = {text: base64.b64encode(text.encode("gbk")).decode() for text in (name, subject, body)}
        ticket = self.process(
            (
                f"From: =?gb2312?B?{words[name]}?= <huang@customer.example.cn>\nTo: grumble@value.example.com\n"
                f"Subject: =?gb2312?B?{words[subject]}?=\nMIME-Version: 1.0\n"
                'Content-Type: text/plain; charset="gb2312"\nContent-Transfer-Encoding: base64\n\n'
                f"{words[body]}\n"
            ).encode()
        )
        self.assertEqual((ticket.name, ticket.partner_name), (subject, name))
        self.assertIn(body, ticket.description)
        self.assertTrue(any(body in message.body for message in ticket.message_ids))

    def test_nul_wherever_it_stands(self):
        word = "=?utf-8?B?YQBi?="
        head = f"To: grumble@value.example.com\nFrom: {word} <ann@customer.example.org>\nSubject: {word}\n"
        head += "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=z\n\n"
        file = f'Content-Type: text/csv; name="{word}"\nContent-Disposition: attachment; filename="{word}"\n\n1;2\n'
        ticket = self.process(f"{head}--z\nContent-Type: text/plain\n\nbro\0ken\n--z\n{file}--z--\n".encode())
        self.assertEqual((ticket.is_complaint, ticket.name, ticket.partner_name), (True, "ab", "ab"))
        self.assertEqual(ticket.message_ids.attachment_ids.name, "ab")

    def test_letters_of_the_head_as_they_are(self):
        """Some programs encode nothing, and divide a letter between two encoded words."""
        text = "投诉镕喆的订单"
        content = text.encode("gbk")
        head = b"From: " + content + b" <huang@customer.example.cn>\nTo: grumble@value.example.com\nSubject: %s\n"
        head += b"MIME-Version: 1.0\nContent-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: 8bit\n\n"
        halves = b" ".join(b"=?gb2312?B?%s?=" % base64.b64encode(half) for half in (content[:3], content[3:]))
        for subject in (content, halves):
            ticket = self.process(head % subject + content)
            self.assertEqual((ticket.name, ticket.partner_name), (text, text))
            self.assertIn(text, ticket.description)

    def test_mails_to_others_are_read_as_ever(self):
        self.team.for_complaints = False
        with patch.object(incoming, "needs_reading_anew", side_effect=AssertionError("not our business")):
            self.assertTrue(self.send())
