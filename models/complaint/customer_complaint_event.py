from odoo import api, fields, models

from ..core.customer_value_workflow_record import NOT_ENTERED


class CustomerComplaintEvent(models.Model):
    """What happened to a complaint, and who did it. Written by the workflow alone, and never changed."""

    _name = "customer.complaint.event"
    _description = "Complaint Event"
    _inherit = ["customer.value.workflow.record"]
    _order = "id desc"
    _rec_name = "ticket_id"
    _workflow = NOT_ENTERED
    # Written once: user and time are fields of their own.
    _log_access = False

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    actor = fields.Selection(
        [("staff", "Staff"), ("customer", "Customer"), ("system", "System")], required=True, readonly=True
    )
    kind = fields.Selection(
        [
            ("state", "State"),
            ("pause", "Waiting for the customer"),
            ("clock", "Deadline Status"),
            ("assessment", "Assessment"),
            ("redress", "Redress"),
            ("referral", "External body"),
            ("escalation", "Escalation"),
            ("merge", "Merged"),
        ],
        required=True,
        readonly=True,
    )
    # Text, not selection: an entry keeps the state it was written with
    state_from = fields.Char(readonly=True, string="From State")
    state_to = fields.Char(readonly=True, string="To State")
    state_from_label = fields.Char(string="From", compute="_compute_state_labels")
    state_to_label = fields.Char(string="To", compute="_compute_state_labels")
    note = fields.Text(readonly=True)

    _accepted = models.Index(
        "(ticket_id) WHERE state_to = 'answered' AND state_from = 'answered' AND actor = 'customer'"
    )

    @api.depends("state_from", "state_to")
    @api.depends_context("lang")
    def _compute_state_labels(self):
        """States in the words of today; one that is none any more stands as it was written."""
        states = dict(self.env["helpdesk.ticket"]._fields["complaint_state"]._description_selection(self.env))
        for event in self:
            event.state_from_label = states.get(event.state_from, event.state_from)
            event.state_to_label = states.get(event.state_to, event.state_to)
