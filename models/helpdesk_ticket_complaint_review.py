from odoo import fields, models

from .helpdesk_ticket_complaint import OFFICER


class HelpdeskTicket(models.Model):
    """Good faith is assumed. Neither field is tracked: customers follow their tickets."""

    _inherit = "helpdesk.ticket"

    complaint_review_ids = fields.One2many(
        "customer.complaint.review", "ticket_id", string="Good Faith", copy=False, groups=OFFICER
    )
    complaint_abusive = fields.Boolean(
        string="Made in Bad Faith",
        readonly=True,
        copy=False,
        groups=OFFICER,
        help="Found by two people on evidence. Only then does a complaint count against a customer.",
    )

    def _show_abuse(self):
        """Call with sudo."""
        for ticket in self:
            ticket.complaint_abusive = "confirmed" in ticket.complaint_review_ids.mapped("state")
