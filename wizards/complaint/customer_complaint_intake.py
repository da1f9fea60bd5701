from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext, plaintext2html

from ...models.complaint.helpdesk_ticket import REMEDIES
from ...models.complaint.helpdesk_ticket_intake import DELIVERY

# Where the form is opened from: model -> field of the form
SOURCES = {"sale.order": "order_id", "account.move": "move_id", DELIVERY: "delivery_id"}

# Documents whose messages can become complaints
MESSAGE_MODELS = ("res.partner", "crm.lead", "helpdesk.ticket", *SOURCES)


class CustomerComplaintIntake(models.TransientModel):
    """Takes down a complaint while the customer is on the phone. Everybody may hear one, so everybody may open this."""

    _name = "customer.complaint.intake"
    _description = "Record a Complaint"
    _inherit = ["customer.value.readable"]

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        help="The customer, or the person who complains on their behalf.",
    )
    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id", string="Commercial Entity")
    channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("letter", "Letter"),
            ("visit", "Visit"),
            ("email", "Email"),
            ("message", "Message"),
            ("web", "Web"),
        ],
        required=True,
        default="phone",
    )
    name = fields.Char(string="Title", required=True)
    description = fields.Text(string="Customer Statement", required=True)
    type_id = fields.Many2one("customer.complaint.type", domain="[('company_id', 'in', [company_id, False])]")
    remedy = fields.Selection(REMEDIES, string="Requested Remedy", help="Remedy requested by the customer.")
    order_id = fields.Many2one(
        "sale.order",
        domain="[('partner_id.commercial_partner_id', '=', commercial_partner_id), ('company_id', '=', company_id)]",
    )
    order_line_id = fields.Many2one(
        "sale.order.line", domain="[('order_id', '=', order_id), ('display_type', '=', False)]"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        domain="[('partner_id.commercial_partner_id', '=', commercial_partner_id), ('company_id', '=', company_id),"
        " ('move_type', 'in', ('out_invoice', 'out_refund'))]",
    )
    delivery_model = fields.Char(compute="_compute_delivery_model")
    delivery_id = fields.Many2oneReference(model_field="delivery_model")
    loss = fields.Monetary(string="Loss Claimed", help="Loss claimed by the customer.")
    message_id = fields.Many2one("mail.message", string="From Message", readonly=True)
    similar_ids = fields.Many2many(
        "helpdesk.ticket", compute="_compute_similar_ids", string="Open Complaints of This Customer"
    )

    @api.depends_context("uid")
    def _compute_delivery_model(self):
        self.delivery_model = DELIVERY if DELIVERY in self.env and self.env[DELIVERY].has_access("read") else False

    @api.depends("partner_id", "company_id", "order_id", "move_id", "delivery_id", "type_id")
    def _compute_similar_ids(self):
        Ticket = self.env["helpdesk.ticket"]
        for intake in self:
            customer = intake.partner_id.commercial_partner_id
            domain = Ticket._get_open_complaints_domain(customer._origin, intake.company_id)
            intake.similar_ids = Ticket._get_similar_complaints(
                domain, intake.order_id.ids, intake.move_id.ids, intake.delivery_id, intake.type_id.ids
            )

    # -- opening -----------------------------------------------------------------------------------------------------

    @api.model
    def default_get(self, fields_list):
        """Start from the document or the message that the form was opened from."""
        values = super().default_get(fields_list)
        message = self.env["mail.message"].browse(values.get("message_id") or ())
        if message:
            message.check_access("read")
            document = self._document_of(message.model, message.res_id)
            values |= self._prepare_from_document(document) | self._prepare_from_message(message, document)
        else:
            context = self.env.context
            document = self._document_of(context.get("active_model"), context.get("active_id"))
            values |= self._prepare_from_document(document)
        return {name: value for name, value in values.items() if name in fields_list}

    @api.model
    def _document_of(self, model, res_id):
        """The document, if a complaint can be made of it and the user may read it; else an empty partner."""
        if model in MESSAGE_MODELS and model in self.env and isinstance(res_id, int):
            document = self.env[model].browse(res_id).exists()
            if document:
                document.check_access("read")
                return document
        return self.env["res.partner"]

    @api.model
    def _prepare_from_document(self, document):
        """Values for the form; a subclass of a source adds its own by extending this."""
        if not document:
            return {}
        values = {}
        if document._name == "helpdesk.ticket":
            values = {
                "order_id": document.complaint_order_id.id,
                "order_line_id": document.complaint_order_line_id.id,
                "move_id": document.complaint_move_id.id,
                "delivery_id": document.complaint_delivery_id,
            }
        elif document._name in SOURCES:
            values[SOURCES[document._name]] = document.id
            if document._name == DELIVERY and "sale_id" in document._fields:
                values["order_id"] = document.sale_id._filtered_access("read").id
        partner = document if document._name == "res.partner" else document.partner_id
        if document._name == DELIVERY and values.get("order_id"):
            partner = document.sale_id.partner_id
        company = document.company_id if document._name != "res.partner" else self.env["res.company"]
        if company:
            values["company_id"] = company.id
        return values | {"partner_id": partner.id}

    @api.model
    def _prepare_from_message(self, message, document):
        """The author of the message complains, unless they are an internal user."""
        text = html2plaintext(message.body or "").strip()
        title = message.subject or next(iter(text.splitlines()), "") or message.record_name or ""
        values = {
            "channel": "email" if message.message_type == "email" else "message",
            "name": self.env["helpdesk.ticket"]._clean_mail_title(title),
            "description": text,
        }
        author = message.author_id
        customer = self.env["res.partner"].browse(self._prepare_from_document(document).get("partner_id"))
        of_ours = author.partner_share is False
        same = author.commercial_partner_id == customer.commercial_partner_id
        if author and not of_ours and (same or not customer):
            values["partner_id"] = author.id
        return values

    @api.onchange("partner_id", "company_id")
    def _onchange_partner_id(self):
        """Documents of somebody else go."""
        customer = self.partner_id.commercial_partner_id
        for name in ("order_id", "move_id"):
            document = self[name]
            if document and (
                document.partner_id.commercial_partner_id != customer or document.company_id != self.company_id
            ):
                self[name] = False

    @api.onchange("order_id")
    def _onchange_order_id(self):
        if self.order_line_id.order_id != self.order_id:
            self.order_line_id = False
        if self.order_id and not self.partner_id:
            self.partner_id = self.order_id.partner_id

    # -- recording -----------------------------------------------------------------------------------------------------

    def action_record(self):
        """Make the complaint, which acknowledges it, and show it.

        :raise AccessError: the user may not read a document that they name
        """
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your currently active companies."))
        # without a document, users need no access to such documents
        for records in filter(None, (self.partner_id, self.order_id, self.order_line_id, self.move_id)):
            records.check_access("read")
        # sudo: users record complaints also without access to the helpdesk; documents they name are checked
        ticket_sudo = self.env["helpdesk.ticket"].sudo().create(self._prepare_ticket())
        self._attach_source(ticket_sudo)
        # officers see all complaints; other users see those that they follow
        ticket_sudo.message_subscribe(partner_ids=self.env.user.partner_id.ids)
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": ticket_sudo.id,
            "views": [(False, "form")],
        }

    def _prepare_ticket(self):
        """:return: dict of values for the ticket"""
        if not (self.name.strip() and self.description.strip()):
            raise UserError(self.env._("Enter a title and the customer's statement."))
        Ticket = self.env["helpdesk.ticket"]
        channel = Ticket._get_complaint_channel(self.channel, self.company_id)
        values = Ticket._prepare_complaint_values(self.partner_id, self.company_id, channel) | {
            "name": self.name.strip(),
            "description": plaintext2html(self.description),
            "complaint_type_id": self.type_id.id,
            "complaint_remedy": self.remedy,
            "complaint_order_id": self.order_id.id,
            "complaint_order_line_id": self.order_line_id.id,
            "complaint_move_id": self.move_id.id,
            "complaint_loss": self.loss,
        }
        if self.delivery_id and DELIVERY in self.env:
            delivery = self.env[DELIVERY].browse(self.delivery_id).exists()
            delivery.check_access("read")
            values["complaint_delivery_id"] = delivery.id
        return values

    def _attach_source(self, ticket):
        """Carry attachments over, and let those who look at the source find the complaint."""
        message = self.message_id
        if not message:
            return
        message.check_access("read")
        for attachment in message.attachment_ids:
            attachment.copy({"res_model": ticket._name, "res_id": ticket.id})
        document = self._document_of(message.model, message.res_id)
        if document:
            link = Markup('<a href="#" data-oe-model="%s" data-oe-id="%s">%s</a>') % (
                ticket._name,
                ticket.id,
                ticket.complaint_number,
            )
            # sudo: users who read a document need no write access to it
            document.sudo()._message_log(
                body=self.env._("A message in this conversation was recorded as complaint %s.", link)
            )

    @api.model
    def _bind_to_deliveries(self):
        """Offer the form on deliveries, once they are installed. Called whenever a module was."""
        # the database knows: the registry is not complete while modules are loaded
        model = self.env["ir.model"]._get_id(DELIVERY)
        if not model:
            return
        name = "action_customer_complaint_intake_delivery"
        # sudo: called while modules are installed
        action = self.env.ref(f"customer_value.{name}", raise_if_not_found=False)
        if action and action.exists():
            return
        source = self.env.ref("customer_value.action_customer_complaint_intake", raise_if_not_found=False)
        if not source:
            return
        action = source.sudo().copy({"binding_model_id": model, "binding_view_types": "form"})
        # noupdate: no file of ours has it, so that an update would delete it
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"customer_value.{name}", "record": action, "noupdate": True}]
        )
