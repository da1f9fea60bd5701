import re

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize

from .groups import COMPLAINT_OFFICER

DELIVERY = "stock.picking"

CHANNELS = {
    "web": "helpdesk_mgmt.helpdesk_ticket_channel_web",
    "email": "helpdesk_mgmt.helpdesk_ticket_channel_email",
    "phone": "helpdesk_mgmt.helpdesk_ticket_channel_phone",
    "letter": "customer_value.complaint_channel_letter",
    "visit": "customer_value.complaint_channel_visit",
    "message": "customer_value.complaint_channel_message",
}

# Limits on the documents linked from a mail, and on the text searched for them.
MOST_NUMBERS = 100

MOST_TEXT = 50_000

TITLE_LENGTH = 200

NUMBER = re.compile(r"[A-Z0-9][A-Z0-9/_.\-]{1,62}[A-Z0-9]", re.IGNORECASE)


class HelpdeskTicket(models.Model):
    """What all ways of taking in a complaint have in common."""

    _inherit = "helpdesk.ticket"
    # Odoo counts by it how many records a sender has made; without it an auto-replier is never noticed
    _primary_email = "partner_email"

    # Deliveries are another app, which may not be installed: an id without a foreign key, and no model without it.
    complaint_delivery_model = fields.Char(compute="_compute_complaint_delivery_model")
    complaint_delivery_id = fields.Many2oneReference(
        string="Delivery", model_field="complaint_delivery_model", index="btree_not_null"
    )
    complaint_similar_ids = fields.Many2many(
        "helpdesk.ticket",
        compute="_compute_complaint_similar_ids",
        string="Other Open Complaints",
        groups=COMPLAINT_OFFICER,
        help="Complaints of the same customer; those about the same document or of the same type are listed first.",
    )
    complaint_similar_count = fields.Integer(compute="_compute_complaint_similar_ids", groups=COMPLAINT_OFFICER)

    @api.depends_context("uid")
    def _compute_complaint_delivery_model(self):
        self.complaint_delivery_model = DELIVERY if DELIVERY in self.env else False

    @api.depends(
        "is_complaint", "commercial_partner_id", "company_id", "partner_email", "complaint_order_id",
        "complaint_move_id", "complaint_delivery_id", "complaint_type_id",
    )  # fmt: skip
    def _compute_complaint_similar_ids(self):
        for ticket in self:
            similar = self.browse()
            if ticket.is_complaint:
                similar = self._get_similar_complaints(
                    ticket._complaint_customer_domain(),
                    ticket.complaint_order_id.ids,
                    ticket.complaint_move_id.ids,
                    ticket.complaint_delivery_id,
                    ticket.complaint_type_id.ids,
                    without=ticket._origin,
                )
            ticket.complaint_similar_ids = similar
            ticket.complaint_similar_count = len(similar)

    # -- similar complaints --------------------------------------------------------------------------------------------

    @api.model
    def _get_open_complaints_domain(self, customers, companies):
        """Open complaints of commercial entities in companies."""
        return Domain(
            [
                ("is_complaint", "=", True),
                ("complaint_state", "!=", "closed"),
                ("commercial_partner_id", "in", customers.ids),
                ("company_id", "in", companies.ids),
            ]
        )

    def _complaint_customer_domain(self):
        """Open complaints of the same customer in the same company; by address if the customer is unknown."""
        self.ensure_one()
        if self.commercial_partner_id or not email_normalize(self.partner_email):
            return self._get_open_complaints_domain(self.commercial_partner_id, self.company_id)
        return Domain(
            [
                ("is_complaint", "=", True),
                ("complaint_state", "!=", "closed"),
                ("company_id", "in", self.company_id.ids),
                ("partner_id", "=", False),
                ("partner_email", "=ilike", self.partner_email),
            ]
        )

    @api.model
    def _get_similar_complaints(self, domain, orders=(), moves=(), delivery=False, types=(), without=(), limit=10):
        """Complaints that this one could be the same as.

        :param domain: the complaints to search; users see only those that they may read
        :return: tickets, same document first, then same type, then the latest
        """
        found = self.search(domain & Domain("id", "not in", list(without and without.ids)), order="id desc", limit=50)
        # sudo: the types and documents of tickets that the user may read
        found_sudo = found.sudo()
        found_sudo.fetch(["complaint_order_id", "complaint_move_id", "complaint_delivery_id", "complaint_type_id"])

        def likeness(ticket):
            same_document = (
                ticket.complaint_order_id.id in orders
                or ticket.complaint_move_id.id in moves
                or (delivery and ticket.complaint_delivery_id == delivery)
            )
            return not same_document, ticket.complaint_type_id.id not in types

        return found.browse(found_sudo.sorted(likeness)[:limit].ids)

    def action_view_similar_complaints(self):
        """The other open complaints of the customer, to look at and to merge."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_complaint")
        tickets = self.complaint_similar_ids | self
        return action | {
            "views": [(self.env.ref("customer_value.customer_complaint_list").id, "list"), (False, "form")],
            "domain": [("id", "in", tickets.ids)],
            "context": {"create": False},
        }

    # -- what a complaint needs ----------------------------------------------------------------------------------------

    @api.model
    def _get_complaint_team(self, company):
        """The team for complaints of a company; its own before one that all share."""
        # sudo: customers who complain, and users who take calls, need no access to teams
        return (
            self.env["helpdesk.ticket.team"]
            .sudo()
            .search([("for_complaints", "=", True), ("company_id", "in", [company.id, False])])
            .sorted(lambda team: not team.company_id)[:1]
        )

    def _prepare_complaint_responsible(self):
        """Team and owner where nobody chose any: the officer who takes it down, else the head of the team. With sudo.

        :return: dict of values
        """
        team = self.team_id or self._get_complaint_team(self.company_id)
        # the mail gateway and jobs look after nothing, although Odoo may assign to them what they make
        owner = self.user_id.filtered(lambda user: user.id != SUPERUSER_ID and not user.share)
        if not owner:
            officer = self.env.user.filtered(lambda user: user.id != SUPERUSER_ID and user.has_group(COMPLAINT_OFFICER))
            owner = officer if not team.user_ids or officer in team.user_ids else team.user_id
            owner = owner or team.user_id
        # both together: a team that is set alone drops an owner who is not its member
        return {"team_id": team.id, "user_id": owner.id}

    @api.model
    def _get_complaint_channel(self, name, company):
        """The record of a channel, if it is there and the company may use it."""
        # sudo: customers who complain, and users who take calls, need no access to channels
        channel = self.env.ref(CHANNELS[name], raise_if_not_found=False)
        channel = (channel or self.env["helpdesk.ticket.channel"]).sudo()
        return channel.filtered(lambda found: found.active and found.company_id.id in (company.id, False))

    @api.model
    def _prepare_complaint_values(self, partner, company, channel):
        """What is the same for every complaint that somebody writes down, by whatever form."""
        values = {
            "is_complaint": True,
            "company_id": company.id,
            "partner_id": partner.id,
            "partner_name": partner.name,
            "partner_email": partner.email,
            "channel_id": channel.id,
            "user_id": False,
        }
        team = self._get_complaint_team(company)
        return values | ({"team_id": team.id} if team else {})

    def _get_complaint_delivery(self):
        """The delivery, as it is stored; empty (None if deliveries are not installed) if there is none."""
        if DELIVERY not in self.env:
            return None
        return self.env[DELIVERY].browse(self.complaint_delivery_id or ()).exists()

    @api.model
    def _is_delivery_of(self, delivery, customer, company):
        """Goods may go to any address that the customer names: the order decides, and without one the address."""
        order = delivery.sale_id if "sale_id" in delivery._fields else self.env["sale.order"]
        owners = self._get_document_customers(order) if order else delivery.partner_id.commercial_partner_id
        return delivery.company_id == company and customer in owners

    @api.constrains("complaint_delivery_id", "partner_id")
    def _check_complaint_delivery(self):
        for ticket in self.filtered("complaint_delivery_id"):
            # sudo: officers link deliveries that they may not open
            delivery = ticket.sudo()._get_complaint_delivery()
            if delivery is None:
                continue
            if not delivery or not self._is_delivery_of(
                delivery, ticket.sudo().commercial_partner_id, ticket.company_id
            ):
                raise ValidationError(
                    self.env._(
                        "This delivery does not belong to this customer. Choose one of their deliveries, or none."
                    )
                )
