from odoo import fields, models
from odoo.tools.translate import LazyTranslate

from .groups import COMPLAINT_MANAGER

_lt = LazyTranslate(__name__)

BY_BUTTON = _lt("Use the buttons to approve, refuse or execute it.")


class CustomerComplaintProposal(models.AbstractModel):
    """What one user proposes about a complaint and a manager decides on."""

    _name = "customer.complaint.proposal"
    _description = "Proposal about a Complaint"
    _inherit = ["customer.decision", "mail.thread", "mail.activity.mixin"]
    _decision_group = COMPLAINT_MANAGER

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Complaint",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("is_complaint", "=", True)],
    )
    company_id = fields.Many2one(
        related="ticket_id.company_id", store=True, precompute=True, index=True, workflow=BY_BUTTON
    )
    partner_id = fields.Many2one(related="ticket_id.commercial_partner_id", string="Customer")

    def _get_locked(self):
        """All that is proposed about a complaint shares its limits and its findings."""
        return self.ticket_id
