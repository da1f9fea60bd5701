from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.sql import column_exists, create_column
from odoo.tools.translate import LazyTranslate

from ..core.groups import VALUE_USER

_lt = LazyTranslate(__name__)

AT_INTAKE = _lt("The app records the tier by itself when the ticket is opened.")


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "customer.value.workflow.record"]

    # What was promised when the ticket came in holds, whatever becomes of the customer's tier
    intake_tier_id = fields.Many2one(
        "customer.value.tier",
        string="Tier at Intake",
        compute="_compute_intake_tier_id",
        store=True,
        compute_sudo=True,
        groups=VALUE_USER,
        help="The customer's tier when the ticket was opened. It determines the service levels.",
        workflow=AT_INTAKE,
    )

    # Promised to ourselves: customers read their tickets, and not this
    sla_deadline = fields.Datetime(groups="base.group_user")
    sla_expired = fields.Boolean(groups="base.group_user")

    # all that is asked of one customer would read every ticket without it
    _partner = models.Index("(partner_id)")

    def _auto_init(self):
        """No customer has a tier before the first run: do not compute it for 100,000 tickets on installing."""
        if not column_exists(self.env.cr, self._table, "intake_tier_id"):
            create_column(self.env.cr, self._table, "intake_tier_id", "int4")
        return super()._auto_init()

    @api.depends("partner_id")
    def _compute_intake_tier_id(self):
        for company, tickets in self.grouped("company_id").items():
            for ticket in tickets:
                ticket.intake_tier_id = ticket.partner_id.with_company(company).value_tier_id._giving()

    def _get_sla_ticket_domain(self):
        # sudo: the customer's tier counts whichever user opens or refreshes the ticket, in the portal too
        closed = self.env["helpdesk.sla"]._get_closed(lambda: self.sudo().intake_tier_id)
        return Domain(super()._get_sla_ticket_domain()) & Domain("id", "not in", closed.ids)

    @api.model_create_multi
    def create(self, vals_list):
        """The customer's tier chooses the team, unless somebody did, and the least priority."""
        Partner = self.env["res.partner"]
        Company = self.env["res.company"]
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            partner = Partner.browse(vals.get("partner_id") or self.env.context.get("default_partner_id"))
            company = Company.browse(vals.get("company_id")) or self.env.company
            if not partner:
                continue
            # sudo: the customer's tier counts whichever user opens a ticket, in the portal too
            tier = partner.sudo().with_company(company).value_tier_id._giving()
            if tier.helpdesk_team_id and not vals.get("team_id"):
                vals["team_id"] = tier.helpdesk_team_id.id
            if tier.helpdesk_priority and tier.helpdesk_priority > (vals.get("priority") or "0"):
                vals["priority"] = tier.helpdesk_priority
        return super().create(vals_list)
