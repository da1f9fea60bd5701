from odoo import fields, models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    for_complaints = fields.Boolean(
        string="Complaints", help="Tickets that come to this team, by its e-mail address too, are complaints."
    )
