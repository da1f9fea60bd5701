from odoo import fields, models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    for_complaints = fields.Boolean(
        string="Complaints", help="Tickets received by this team, including by email, are complaints."
    )
