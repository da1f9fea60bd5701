from odoo import api, fields, models
from odoo.tools import email_normalize, html2plaintext

MOST_PARTNERS = 100
TEXT_LENGTH = 20_000


class CustomerContact(models.Model):
    """Letters and faxes that a scanner or a fax server sends to one of the addresses for them."""

    _inherit = "customer.contact"
    # Odoo counts by it how many records a sender has made; without it an auto-replier is never noticed
    _primary_email = "email"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Make a contact of a mail, of the customer with the sender's address if there is one only.

        A scanner, a colleague or nobody known sends for others: whose it is is for a user to say.
        """
        values = {"channel": "mail", "company_id": self.env.company.id, "user_id": False} | (custom_values or {})
        company = self.env["res.company"].browse(values["company_id"])
        address = email_normalize(msg_dict.get("email_from")) or False
        Ticket = self.env["helpdesk.ticket"]
        partners = self.env["res.partner"]
        if address and not Ticket._is_own_address(address):
            partners = partners.search(
                [("email_normalized", "=", address), ("company_id", "in", [company.id, False])], limit=MOST_PARTNERS
            )
        sent = fields.Datetime.to_datetime(msg_dict.get("date")) or fields.Datetime.now()
        values |= self._judge_candidates(partners) | {
            "direction": "in",
            # clocks of scanners are not to be trusted
            "moment": min(sent, fields.Datetime.now()),
            "email": address,
            "subject": msg_dict.get("subject"),
            "note": html2plaintext(msg_dict.get("body") or "").strip()[:TEXT_LENGTH],
        }
        # senders do not follow: a customer is not answered by what users write of a scan
        contact = super().message_new(
            msg_dict | {"to": "", "cc": "", "author_id": False, "email_from": address}, custom_values=values
        )
        if contact.user_id:
            contact.activity_schedule("mail.mail_activity_data_todo", user_id=contact.user_id.id)
        return contact
