import os
import re

from odoo import fields, http
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import plaintext2html
from odoo.tools.mimetypes import guess_mimetype

from ...models.complaint.helpdesk_ticket import REMEDIES

MOST_FILES = 5

MOST_BYTES = 10 * 1024 * 1024

TITLE_LENGTH = 200

TEXT_LENGTH = 20_000

# More complaints than this in so short a time are a mistake or an attack
MOST_PER_HOUR = 5

MOST_PER_DAY = 15

# Judged by the content, not by the name. Nothing that a browser would run.
FILE_TYPES = {
    "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "application/pdf", "text/plain",
    "application/vnd.oasis.opendocument.text", "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip

DOCUMENTS = {"order": "sale.order", "invoice": "account.move"}


class InputError(Exception):
    """What the customer entered cannot be accepted; the text tells them why."""


class CustomerComplaintIntake(http.Controller):
    """The form by which customers complain."""

    @http.route("/my/complaint/new", type="http", auth="user", website=True, methods=["GET", "POST"])
    def complaint_new(self, **post):
        """Show the form, or take it in; what was entered stays in the form if something is wrong with it."""
        errors = []
        if request.httprequest.method == "POST":
            try:
                ticket_sudo = self._take_complaint(post)
            except InputError as error:
                errors.append(str(error))
            else:
                # the page with the number is got, not posted: loading it again complains about nothing
                request.session["complaint_taken"] = ticket_sudo.id
                return request.redirect("/my/complaint/taken")
        return request.render(
            "customer_value.portal_complaint_new",
            {
                "page_name": "complaint_new",
                "errors": errors,
                "entered": {
                    name: post.get(name, "") for name in ("title", "description", "type", "remedy", "document")
                },
                "types": self._get_types(),
                "remedies": request.env["helpdesk.ticket"]
                ._fields["complaint_remedy"]
                ._description_selection(request.env),
                "documents": self._get_documents(),
                "open_complaints": self._get_open_complaints(),
                "most_files": MOST_FILES,
                "most_megabytes": MOST_BYTES // (1024 * 1024),
                "title_length": TITLE_LENGTH,
                "text_length": TEXT_LENGTH,
            },
        )

    @http.route("/my/complaint/taken", type="http", auth="user", website=True, methods=["GET"])
    def complaint_taken(self, **_kwargs):
        """The number of the complaint that was made last in this session."""
        ticket = request.env["helpdesk.ticket"].browse(request.session.get("complaint_taken") or ()).exists()
        if not ticket or not ticket.has_access("read"):
            return request.redirect("/my")
        return request.render(
            "customer_value.portal_complaint_taken", {"page_name": "complaint_new", "complaint": ticket.sudo()}
        )

    # -- what is offered -----------------------------------------------------------------------------------------------

    def _get_types(self):
        # sudo: customers choose a type without reading how it is treated
        return (
            request.env["customer.complaint.type"]
            .sudo()
            .search([("in_portal", "=", True), ("company_id", "in", [request.env.company.id, False])])
        )

    def _get_document_domain(self, model):
        """Documents of this customer; record rules apply in addition."""
        customer = request.env.user.partner_id.commercial_partner_id
        # a company below it is a customer of its own, whose documents no complaint of this one can name
        own = Domain("partner_id.commercial_partner_id", "=", customer.id)
        if model == "sale.order":
            return own & Domain("state", "=", "sale")
        return own & Domain("move_type", "in", ("out_invoice", "out_refund")) & Domain("state", "=", "posted")

    def _get_documents(self, limit=100):
        """:return: list of (value, label), the latest first"""
        found = []
        for name, model in DOCUMENTS.items():
            Model = request.env[model]
            if not Model.has_access("read"):
                continue
            order = "date_order desc, id desc" if model == "sale.order" else "invoice_date desc, id desc"
            for record in Model.search(self._get_document_domain(model), order=order, limit=limit):
                day = record.invoice_date if name == "invoice" else record.company_id._get_value_day(record.date_order)
                found.append((fields.Date.to_string(day), f"{name}-{record.id}", record.name))
        return [(value, f"{label} ({day})") for day, value, label in sorted(found, reverse=True)]

    def _get_open_complaints(self):
        Ticket = request.env["helpdesk.ticket"]
        customer = request.env.user.partner_id.commercial_partner_id
        return Ticket.search(
            [
                ("is_complaint", "=", True),
                ("complaint_state", "!=", "closed"),
                ("commercial_partner_id", "=", customer.id),
            ],
            order="id desc",
            limit=5,
        )

    # -- what is taken in ----------------------------------------------------------------------------------------------

    def _take_complaint(self, post):
        """Make a complaint of what was posted.

        :raise InputError: something is missing, too large, or not the customer's own
        """
        title = " ".join(self._get_text(post, "title", TITLE_LENGTH).split())
        description = self._get_text(post, "description", TEXT_LENGTH)
        if not title or not description:
            raise InputError(request.env._("Please briefly describe the topic and what happened."))
        complaint_type = self._get_types().filtered(lambda found: str(found.id) == post.get("type"))
        if post.get("type") and not complaint_type:
            raise InputError(request.env._("Please select a topic from the list."))
        remedy = post.get("remedy") or False
        if remedy and remedy not in dict(REMEDIES):
            raise InputError(request.env._("Please select your request from the list."))
        document = self._get_document(post.get("document"))
        files = self._get_files()
        partner = request.env.user.partner_id
        company = document.company_id if document else request.env.company
        earlier = self._check_rate(title, description)
        if earlier:
            return earlier
        # sudo: customers make complaints without access to the helpdesk; whose it is follows from who is logged in
        Ticket = request.env["helpdesk.ticket"].sudo()
        values = Ticket._prepare_complaint_values(partner, company, Ticket._get_complaint_channel("web", company))
        ticket_sudo = Ticket.create(
            values
            | {
                "name": title,
                "description": plaintext2html(description),
                "complaint_type_id": complaint_type.id,
                "complaint_remedy": remedy,
                "complaint_order_id": document.id if document._name == "sale.order" else False,
                "complaint_move_id": document.id if document._name == "account.move" else False,
            }
        )
        ticket_sudo.message_subscribe(partner_ids=partner.ids)
        request.env["ir.attachment"].sudo().create(
            [
                {"name": name, "raw": content, "res_model": ticket_sudo._name, "res_id": ticket_sudo.id}
                for name, content in files
            ]
        )
        return ticket_sudo

    def _get_text(self, post, name, most):
        text = post.get(name)
        text = text.replace("\0", "").strip() if isinstance(text, str) else ""
        if len(text) > most:
            raise InputError(
                request.env._("Please write no more than %s characters; you can attach the rest as a file.", most)
            )
        return text

    def _get_document(self, value):
        """One of the customer's own documents; whether a document of others exists is not revealed."""
        nothing = request.env["sale.order"]
        if not value:
            return nothing
        match = isinstance(value, str) and re.fullmatch(r"(order|invoice)-([0-9]{1,9})", value)
        model = DOCUMENTS[match[1]] if match else "sale.order"
        record = nothing
        if match and request.env[model].has_access("read"):
            domain = self._get_document_domain(model) & Domain("id", "=", int(match[2]))
            record = request.env[model].search(domain)
        if not record:
            raise InputError(request.env._("Please select one of your orders or invoices from the list."))
        return record

    def _get_files(self):
        """:return: list of (name, content)"""
        uploads = [upload for upload in request.httprequest.files.getlist("attachment") if upload.filename]
        if len(uploads) > MOST_FILES:
            raise InputError(request.env._("Please send no more than %s files.", MOST_FILES))
        files = []
        for upload in uploads:
            content = upload.stream.read(MOST_BYTES + 1)
            name = self._clean_name(upload.filename)
            if len(content) > MOST_BYTES:
                raise InputError(
                    request.env._("%(name)s is larger than %(size)s MB.", name=name, size=MOST_BYTES // (1024 * 1024))
                )
            if guess_mimetype(content) not in FILE_TYPES or self._looks_like_markup(content):
                raise InputError(request.env._("%s: please send pictures, PDF, text or office documents.", name))
            files.append((name, content))
        return files

    def _looks_like_markup(self, content):
        return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"

    def _clean_name(self, name):
        """No folders, no control characters, and short."""
        name = os.path.basename(name.replace("\\", "/"))
        name = "".join(char for char in name if char.isprintable())
        stem, extension = os.path.splitext(name)
        return f"{stem[:80]}{extension[:10]}" or "file"

    def _check_rate(self, title, description):
        """The same complaint, if it has just been made (somebody pressed twice); else none.

        :raise InputError: the customer has submitted too many
        """
        user = request.env.user
        # sudo: to count what the user has made
        same, too_many = (
            request.env["helpdesk.ticket"]
            .sudo()
            ._judge_intake(user, title, plaintext2html(description), MOST_PER_HOUR, MOST_PER_DAY)
        )
        if too_many:
            raise InputError(
                request.env._(
                    "You have sent several complaints in a short time. Please add to one of them, or call us."
                )
            )
        return same
