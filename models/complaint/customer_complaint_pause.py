from odoo import fields, models

from ..core.customer_value_workflow_record import NOT_ENTERED


class CustomerComplaintPause(models.Model):
    """A time in which we waited for the customer, and the working clock stood still."""

    _name = "customer.complaint.pause"
    _description = "Complaint Pause"
    _inherit = ["customer.value.workflow.record"]
    _order = "id"
    _rec_name = "ticket_id"
    _workflow = NOT_ENTERED

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    started = fields.Datetime(required=True, readonly=True)
    ended = fields.Datetime(readonly=True)
    reason = fields.Text(required=True, readonly=True, help="What we are waiting for.")

    _one_open = models.UniqueIndex("(ticket_id) WHERE ended IS NULL", "Already waiting for this customer.")
    _in_order = models.Constraint("CHECK(ended IS NULL OR ended >= started)", "A pause cannot end before it starts.")
