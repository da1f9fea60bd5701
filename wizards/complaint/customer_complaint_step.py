from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.complaint.helpdesk_ticket import OUTCOMES


class CustomerComplaintStep(models.TransientModel):
    """Asks for what a step of a complaint needs, and takes it."""

    _name = "customer.complaint.step"
    _description = "Step of a Complaint"

    ticket_ids = fields.Many2many("helpdesk.ticket", required=True, readonly=True)
    step = fields.Selection(
        [
            ("close", "Close"),
            ("dispute", "Record a dispute"),
            ("refer", "Escalate externally"),
            ("wait", "Wait for the customer"),
            ("withdraw", "Convert to ticket"),
        ],
        required=True,
        readonly=True,
    )
    note = fields.Text(string="Reason")
    outcome = fields.Selection(OUTCOMES)
    rejection = fields.Text(string="Rejection Reasons", help="The customer is informed of these reasons.")
    cause_id = fields.Many2one("customer.complaint.cause", string="Root Cause")
    done = fields.Text(string="Completed Actions")
    change = fields.Text(string="Planned Improvement", help="To prevent it from happening again.")
    change_user_id = fields.Many2one(
        "res.users", string="Owner", domain=[("share", "=", False)], help="Assigned to the activity."
    )
    body = fields.Char(string="External Body", help="Arbitration board, ombudsman, court, regulator…")

    @api.model
    def default_get(self, fields_list):
        """Start from what stands on the complaint already."""
        values = super().default_get(fields_list)
        # whatever commands the defaults consist of
        ticket = self.new({"ticket_ids": values.get("ticket_ids", [])}).ticket_ids._origin[:1]
        if values.get("step") == "close" and ticket:
            values |= {
                "cause_id": ticket.complaint_cause_id.id,
                "done": ticket.complaint_done,
                "change": ticket.complaint_change,
                "change_user_id": ticket.complaint_change_user_id.id,
                "rejection": ticket.complaint_rejection,
                "body": ticket.complaint_referral_body,
            }
        return values

    @api.model
    def _step_label(self, step):
        return dict(self._fields["step"]._description_selection(self.env))[step]

    def action_take(self):
        """:raise UserError: something that the step needs is missing"""
        self.ensure_one()
        getattr(self, f"_take_{self.step}")()
        return {"type": "ir.actions.act_window_close"}

    def _require(self, *names):
        for name in names:
            if not self[name]:
                label = self._fields[name]._description_string(self.env)
                raise UserError(self.env._("Please fill in: %s.", label))

    def _take_close(self):
        self._require("outcome", "cause_id", "done", "change")
        if self.outcome == "rejected":
            self._require("rejection")
        self.ticket_ids.write(
            {
                "complaint_cause_id": self.cause_id.id,
                "complaint_done": self.done,
                "complaint_change": self.change,
                "complaint_change_user_id": self.change_user_id.id,
                "complaint_rejection": self.rejection if self.outcome == "rejected" else False,
            }
        )
        self.ticket_ids._take_complaint_step("close", note=self.rejection or "", complaint_outcome=self.outcome)

    def _take_dispute(self):
        self._require("note")
        self.ticket_ids._take_complaint_step("dispute", note=self.note)

    def _take_refer(self):
        self._require("body", "note")
        self.ticket_ids.write({"complaint_referral_body": self.body})
        self.ticket_ids._take_complaint_step("refer", note=self.note)

    def _take_wait(self):
        self._require("note")
        self.ticket_ids._complaint_wait(self.note)

    def _take_withdraw(self):
        self._require("note")
        self.ticket_ids._make_ordinary(self.note)
