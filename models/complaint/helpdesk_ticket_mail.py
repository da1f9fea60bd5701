import re
from unicodedata import normalize

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize, email_normalize_all, html2plaintext
from odoo.tools.mail import email_split_tuples, formataddr

from ...analytics.complaint import incoming
from .helpdesk_ticket_intake import DELIVERY

# Limits on the documents linked from a mail, and on the text searched for them.
MOST_NUMBERS = 100

MOST_TEXT = 50_000

TITLE_LENGTH = 200

# What nobody reads, and is often longer than the text: styles, scripts, and pictures that are part of it
UNREAD = re.compile(r"<(style|script)\b.*?</\1\s*>|<!--.*?-->|(?<=[\"'(])data:[^\"')]*", re.IGNORECASE | re.DOTALL)

LINE_END = re.compile(r"<br\b[^>]*>|(</(?:div|tr|li)\s*>)", re.IGNORECASE)

NUMBER = re.compile(r"[A-Z0-9][A-Z0-9/_.\-]{1,62}[A-Z0-9]", re.IGNORECASE)


class HelpdeskTicket(models.Model):
    """Complaints by mail: whose they are, what they are about, and whether a machine may answer."""

    _inherit = "helpdesk.ticket"

    @api.model
    def message_new(self, msg, custom_values=None):
        """A mail to the address of a team for complaints is a complaint, about the documents that it names.

        An automatic mail becomes an ordinary ticket and is not acknowledged: a machine would answer again.
        """
        team = self.env["helpdesk.ticket.team"].browse((custom_values or {}).get("team_id"))
        if not team.for_complaints:
            return super().message_new(msg, custom_values=custom_values)
        company = team.company_id or self.env.company
        twin = self._find_complaint_twin(msg, company)
        if twin:
            return twin
        # recipients of the mail do not follow: being named in it must not give access to the complaint
        msg = msg | {"to": "", "cc": "", "subject": self._clean_mail_title(msg.get("subject"))}
        if not msg.get("body"):
            msg["body"] = msg["subject"] or self.env._("(empty message)")
        names = email_split_tuples(msg.get("email_from") or "")
        # Odoo marks quotations in each element, and then no longer knows where their lines end
        body = LINE_END.sub(r"<br/>\1", UNREAD.sub("", msg["body"])[:MOST_TEXT])
        # full-width letters and digits, as Chinese programs write them, are the same numbers
        text = normalize("NFKC", f"{msg['subject'] or ''}\n{html2plaintext(body, include_references=False)}")
        values = {
            "company_id": company.id,
            "channel_id": self._get_complaint_channel("email", company).id,
            "partner_name": (names[0][0] or names[0][1]) if names else False,
            **self._find_complaint_customer(msg, text, company),
        }
        if "partner_email" in values:
            # Odoo takes the address from the mail again, whatever the values say
            msg |= {"email_from": values["partner_email"], "from": values["partner_email"]}
        return super().message_new(msg, custom_values=values | (custom_values or {}))

    @api.model
    def _find_complaint_twin(self, msg, company):
        """The complaint that the same mail has made already, which servers and lists deliver again under another id.

        :param dict msg: as of ``message_new``
        :return: ``helpdesk.ticket``, empty if there is none
        """
        title = self._clean_mail_title(msg.get("subject"))
        if not title or not self.env.context.get("complaint_dated"):
            return self.browse()
        recent = self.sudo().search(
            [
                ("is_complaint", "=", True),
                ("company_id", "=", company.id),
                ("complaint_received_on", ">=", fields.Datetime.subtract(fields.Datetime.now(), days=1)),
                ("name", "=", title),
            ],
            limit=MOST_NUMBERS,
        )
        mails = recent.message_ids.filtered(
            lambda mail: (
                mail.message_type == "email"
                and mail.email_from == msg.get("email_from")
                and fields.Datetime.to_string(mail.date) == str(msg.get("date"))
                and html2plaintext(mail.body).split() == html2plaintext(msg.get("body") or "").split()
            )
        )
        return self.browse(mails.sorted("id")[:1].res_id)

    # -- who writes ----------------------------------------------------------------------------------------------------

    @api.model
    def _find_complaint_sender(self, message, message_dict):
        """The addresses of the sender: those in Reply-To where a form, a list or our own address sends for them.

        Customers in a mail forwarded by a colleague are found later, from its text: see ``_find_complaint_customer``.

        :param message: ``EmailMessage``
        :param dict message_dict: as of ``message_parse``
        :return: dict of what is different: ``email_from``, ``from`` and ``author_id``
        """
        sender = email_normalize(message_dict.get("email_from")) or ""
        is_own = self._is_own_address(sender)
        if sender and not is_own and not incoming.is_nobody(sender):
            return {}
        for header in ("Reply-To", "X-Original-From", "X-Original-Sender"):
            for name, address in email_split_tuples(str(message.get(header) or "")):
                if self._is_own_address(address) or incoming.is_nobody(address):
                    continue
                # sudo: the mail gateway has no user with these rights
                author = self.env["mail.thread"].sudo()._partner_find_from_emails_single([address], no_create=True)
                written = formataddr((name, address))
                return {"email_from": written, "from": written, "author_id": author.id}
        # not an address to write to: our own would write to itself endlessly
        return {"author_id": False, "from": False} if is_own else {}

    @api.model
    def _is_own_address(self, address):
        """Whether mail to ``address`` comes back to us: an alias, or what our servers send from.

        Odoo's ``mail.alias.domain._find_aliases`` would not do: it also takes the name of an alias at any other
        domain, so that "complaints@" of a customer would be taken for ours.

        :param str address: one address, or empty
        """
        address = email_normalize(address)
        if not address:
            return False
        # sudo: the mail gateway has no user with these rights
        domains, aliases = self.env["mail.alias.domain"].sudo(), self.env["mail.alias"].sudo()
        host = address.partition("@")[2]
        own = domains.search(["|", ("name", "=", host), ("default_from", "=ilike", f"%@{host}")])
        names = {*own.mapped("bounce_email"), *own.mapped("catchall_email"), *own.mapped("default_from_email")}
        return address in names or bool(aliases.search_count([("alias_full_name", "=", address)], limit=1))

    @api.model
    def _find_complaint_customer(self, msg, text, company):
        """Whose complaint it is, and what it is about.

        A colleague's mail is that of the customer in the forwarded header, or of none until an officer decides.
        Of several customers who share an address, it is that of the one whose order or number is named, else of none.

        :param dict msg: as of ``message_new``
        :param str text: subject and text of the mail
        :param company: of the complaint
        :return: dict of values for a ticket
        """
        # sudo: the mail gateway has no user with these rights
        Partner = self.env["res.partner"].sudo()
        author = Partner.browse(msg.get("author_id") or ())
        address, values = email_normalize(msg.get("email_from")), {}
        if self._is_colleague(author) or self._is_own_address(address):
            attached = self.env.context.get("complaint_attached") or ""
            author, address = Partner, self._find_forwarded_address(f"{text}\n{attached}")
            values = {"partner_id": False, "partner_email": address, "partner_name": address}
        companies = [*company.parent_ids.ids, False]
        if author.company_id.id not in companies:
            # a contact of another company cannot have a complaint of this one
            author, values = Partner, values | {"partner_id": False}
        candidates = author
        spellings = incoming.spellings(address)
        if spellings:
            known = self._find_partners_of_address(spellings, companies)
            candidates |= known.filtered(lambda partner: not self._is_colleague(partner))
        customers = candidates.commercial_partner_id
        named = {customer: self._find_complaint_documents(text, customer, company) for customer in customers}
        meant = customers if len(customers) == 1 else customers.filtered(lambda customer: named[customer])
        if len(meant) != 1:
            return values | ({"partner_id": False} if customers else {})
        author = (author | candidates).filtered(lambda partner: partner.commercial_partner_id == meant)[0]
        whose = {"partner_id": author.id, "partner_name": author.name, "partner_email": author.email}
        return (whose if values or author.id != msg.get("author_id") else {}) | named[meant]

    @api.model
    def _find_partners_of_address(self, spellings, companies):
        """Partners with an address, as it is written; else in other spellings, or as the second one of their field.

        :param spellings: as of ``incoming.spellings``
        :param companies: ids of companies that they may belong to, or False
        """
        # sudo: the mail gateway has no user with these rights
        Partner = self.env["res.partner"].sudo()
        mine = Domain("company_id", "in", companies)
        known = Partner.search(mine & Domain("email_normalized", "in", spellings), limit=MOST_NUMBERS)
        if not known:
            named = Partner.search(mine & Domain("email", "ilike", spellings[0]), limit=MOST_NUMBERS)
            return named.filtered(lambda partner: spellings[0] in email_normalize_all(partner.email))
        return known.filtered(lambda partner: partner.email_normalized == spellings[0]) or known

    @api.model
    def _is_colleague(self, partner):
        """Whether somebody works here, or is a company of ours: no complaint is theirs because they pass it on."""
        if any(not user.share for user in partner.with_context(active_test=False).user_ids):
            return True
        # sudo: the mail gateway may write for any company
        return bool(
            partner
            and self.env["res.company"].sudo().search_count([("partner_id", "=", partner.commercial_partner_id.id)])
        )

    @api.model
    def _find_forwarded_address(self, text):
        """The address of the customer whose mail a colleague forwards; False if there is none."""
        for address in incoming.forwarded_senders(text):
            # sudo: the mail gateway has no user with these rights
            Partner = self.env["res.partner"].sudo().with_context(active_test=False)
            known = Partner.search([("email_normalized", "=", address)], limit=MOST_NUMBERS)
            if not self._is_own_address(address) and not any(map(self._is_colleague, known)):
                return address
        return False

    # -- what it is about ----------------------------------------------------------------------------------------------

    @api.model
    def _clean_mail_title(self, subject):
        """One line, and short enough for a list; the message itself keeps the subject as it came."""
        title = " ".join((subject or "")[: 4 * TITLE_LENGTH].replace("\0", " ").split())
        return title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…"

    @api.model
    def _find_complaint_documents(self, text, customer, company):
        """Documents of the customer that a text names, by our number or by theirs; the first of each kind.

        Numbers of others find nothing, just as numbers that do not exist.

        :return: dict of values for a ticket
        """
        numbers = list(dict.fromkeys(found for found in NUMBER.findall(text) if re.search(r"\d", found)))[:MOST_NUMBERS]
        place = {number.upper(): index for index, number in reversed(list(enumerate(numbers)))}
        if not place or not customer:
            return {}
        # as written, and in capitals: "=ilike" would neither use an index nor take a "_" literally
        written = [*numbers, *place]
        # as of then: the contact who ordered may work for another customer by now
        owners = {"sale.order": "value_customer_id.commercial_partner_id", "account.move": "commercial_partner_id"}

        def first(model, domain, names):
            own = Domain(owners.get(model, "partner_id.commercial_partner_id"), "=", customer.id)
            own &= Domain("company_id", "=", company.id)
            # sudo: the mail gateway has no user with these rights; only documents of the sender are read
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
                lambda found: found.value_customer_id.commercial_partner_id == customer and found.company_id == company
            )
            values["complaint_order_id"] = order.id if len(order) == 1 else False
        return {name: value for name, value in values.items() if value}

    @api.model
    def _prepare_complaint_mail(self, template):
        """Mark the acknowledgment as automatic, so that no other machine answers it."""
        if template != "customer_value.mail_template_complaint_received":
            return {}
        return {"headers": repr({"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"})}

    # -- letters that do not arrive ------------------------------------------------------------------------------------

    def _message_receive_bounce(self, email, partner):
        """A letter to the customer has come back: nobody else would notice, and the clocks have stopped."""
        result = super()._message_receive_bounce(email, partner)
        if not self._is_colleague(partner.sudo()[:1]):
            self._ask_about_lost_letter(email)
        return result

    def _ask_about_lost_letter(self, address):
        """Have somebody reach the customer in another way.

        :param address: where the letter did not arrive, or empty
        """
        # sudo: the mail gateway and the queue of mails write for everybody
        for ticket in self.sudo().filtered("is_complaint"):
            ticket._ask_complaint_owner(
                lambda asked: asked.env._(
                    "A letter about complaint %(number)s could not be delivered to %(address)s: contact the customer "
                    "in another way",
                    number=asked.complaint_number,
                    address=address or asked.partner_email or "",
                ),
                activity_type="mail.mail_activity_data_todo",
            )
