import re

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import html2plaintext
from odoo.tools.mail import email_split_tuples

from .helpdesk_ticket_complaint_intake import DELIVERY

# Nobody names more documents than this, and nobody reads more of a mail to find them.
MOST_NUMBERS = 100
MOST_TEXT = 50_000
TITLE_LENGTH = 200
NUMBER = re.compile(r"[A-Z0-9][A-Z0-9/_.\-]{1,62}[A-Z0-9]", re.IGNORECASE)


class HelpdeskTicket(models.Model):
    """Complaints by e-mail."""

    _inherit = "helpdesk.ticket"

    @api.model
    def message_new(self, msg, custom_values=None):
        """A mail to the address of a team for complaints is a complaint, about the documents that it names.

        What nobody wrote becomes an ordinary ticket and is not acknowledged: a machine would answer again.
        """
        team = self.env["helpdesk.ticket.team"].browse((custom_values or {}).get("team_id"))
        if not team.for_complaints:
            return super().message_new(msg, custom_values=custom_values)
        company = team.company_id or self.env.company
        # Nobody gets to read a complaint by being named in a mail: those named there do not follow
        msg = msg | {"to": "", "cc": "", "subject": self._clean_mail_title(msg.get("subject"))}
        if not msg.get("body"):
            msg["body"] = msg["subject"] or self.env._("(empty message)")
        names = email_split_tuples(msg.get("email_from") or "")
        values = {
            "company_id": company.id,
            "channel_id": self._get_complaint_channel("email", company).id,
            "partner_name": (names[0][0] or names[0][1]) if names else False,
        }
        author = self.env["res.partner"].browse(msg.get("author_id") or ())
        if author:
            text = f"{msg['subject'] or ''}\n{html2plaintext(msg['body'][:MOST_TEXT])}"
            values |= self._find_complaint_documents(text, author.commercial_partner_id, company)
        return super().message_new(msg, custom_values=values | (custom_values or {}))

    @api.model
    def _clean_mail_title(self, subject):
        """One line, and short enough for a list; the message itself keeps the subject as it came."""
        title = " ".join((subject or "")[: 4 * TITLE_LENGTH].replace("\0", " ").split())
        return title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…"

    @api.model
    def _find_complaint_documents(self, text, customer, company):
        """Documents of the customer that a text names, by our number or by his own; the first of each kind.

        Numbers of others find nothing, just as numbers that do not exist.

        :return: dict of values for a ticket
        """
        numbers = list(dict.fromkeys(found for found in NUMBER.findall(text) if re.search(r"\d", found)))[:MOST_NUMBERS]
        place = {number.upper(): index for index, number in reversed(list(enumerate(numbers)))}
        if not place or not customer:
            return {}
        # as written, and in capitals: "=ilike" would neither use an index nor take a "_" literally
        written = [*numbers, *place]
        own = Domain([("partner_id", "child_of", customer.id), ("company_id", "=", company.id)])

        def first(model, domain, names):
            # sudo: the mail gateway runs as nobody in particular; only documents of the sender are looked at
            found = self.env[model].sudo().search(own & domain, limit=MOST_NUMBERS)
            return found.sorted(
                lambda record: min(
                    (place[record[name].upper()] for name in names if (record[name] or "").upper() in place),
                    default=MOST_NUMBERS,
                )
            )[:1]

        order = first(
            "sale.order",
            Domain("name", "in", written) | Domain("client_order_ref", "in", written),
            ("name", "client_order_ref"),
        )
        move = first(
            "account.move",
            Domain("move_type", "in", ("out_invoice", "out_refund"))
            & Domain("state", "=", "posted")
            & (Domain("name", "in", written) | Domain("payment_reference", "in", written)),
            ("name", "payment_reference"),
        )
        values = {"complaint_order_id": order.id, "complaint_move_id": move.id}
        if DELIVERY in self.env:
            delivery = first(DELIVERY, Domain("name", "in", written), ("name",))
            if delivery and self._is_delivery_of(delivery, customer, company):
                values["complaint_delivery_id"] = delivery.id
                order = order or (delivery.sale_id if "sale_id" in delivery._fields else order)
        if not order:
            order = move.line_ids.sale_line_ids.order_id.filtered(
                lambda found: found.partner_id.commercial_partner_id == customer and found.company_id == company
            )
            values["complaint_order_id"] = order.id if len(order) == 1 else False
        return {name: value for name, value in values.items() if value}

    @api.model
    def _prepare_complaint_mail(self, template):
        """Say in the acknowledgement that a machine wrote it, so that no other machine answers it."""
        if template != "customer_value.mail_template_complaint_received":
            return {}
        return {"headers": repr({"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"})}
