"""Letters and faxes that arrive by mail as scans."""

from email.message import EmailMessage
from email.policy import SMTP

from odoo.tests import tagged

from .contact_case import ContactCase

SCAN = b"%PDF-1.4\n%%EOF\n"


@tagged("post_install", "-at_install")
class TestCustomerContactMail(ContactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].search([("name", "=", "value.example.com")]) or cls.env[
            "mail.alias.domain"
        ].create({"name": "value.example.com"})
        cls.company.alias_domain_id = cls.domain
        cls.Address = cls.env["customer.contact.address"]
        cls.letters, cls.faxes = (
            cls.Address.create(
                {
                    "name": channel,
                    "channel": channel,
                    "company_id": cls.company.id,
                    "alias_name": f"scan-{channel}",
                    "alias_domain_id": cls.domain.id,
                }
            )
            for channel in ("letter", "fax")
        )

    def send(self, to="scan-letter", sender="scanner@machines.example.net", subject="Scan 17", **headers):
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, f"{to}@value.example.com", subject
        for name, value in headers.items():
            mail[name] = value
        mail.set_content("See the attachment.")
        mail.add_attachment(SCAN, maintype="application", subtype="pdf", filename="scan.pdf")
        before = self.Contact.search([], order="id desc", limit=1).id or 0
        self.env["mail.thread"].message_process(None, mail.as_bytes())
        return self.Contact.search([("id", ">", before)])

    def test_letter(self):
        """A scan of an unknown sender stays open, with the scan attached."""
        contact = self.send()
        self.assertRecordValues(
            contact,
            [
                {
                    "channel": "letter",
                    "direction": "in",
                    "company_id": self.company.id,
                    "partner_id": False,
                    "is_open": True,
                    "subject": "Scan 17",
                    "user_id": False,
                }
            ],
        )
        self.assertEqual(contact.message_ids.attachment_ids.mapped("raw"), [SCAN])
        self.assertIn("See the attachment", contact.note)

    def test_fax_of_a_known_sender(self):
        contact = self.send("scan-fax", "Firm <FIRM@example.com>")
        self.assertRecordValues(
            contact, [{"channel": "fax", "partner_id": self.firm.id, "customer_id": self.firm.id, "is_open": False}]
        )
        self.assertFalse(contact.message_partner_ids & self.firm)

    def test_several_candidates(self):
        other = self.customer("Other", email="firm@example.com")
        abroad = self.make_company("Mail Abroad", "USD")
        self.customer("Hidden", email="firm@example.com", company_id=abroad.id)
        contact = self.send(sender="firm@example.com")
        self.assertFalse(contact.partner_id)
        self.assertEqual(contact.candidate_ids, self.firm + other)

    def test_colleagues_and_own_addresses_are_no_customers(self):
        self.assertTrue(self.send(sender=self.seller.email).is_open)
        contact = self.send(sender="scan-fax@value.example.com")
        self.assertFalse(contact.partner_id)

    def test_clock_of_the_scanner(self):
        contact = self.send(Date="Mon, 30 Jun 2031 12:00:00 +0000")
        self.assertLess(contact.moment.year, 2031)
        contact = self.send(Date="Mon, 30 Jun 2025 12:00:00 +0000")
        self.assertEqual(str(contact.moment), "2025-06-30 12:00:00")

    def test_address_that_changes(self):
        self.letters.write({"channel": "social", "user_id": self.seller.id})
        contact = self.send()
        self.assertRecordValues(contact, [{"channel": "social", "user_id": self.seller.id}])
        self.assertEqual(contact.activity_ids.user_id, self.seller)
