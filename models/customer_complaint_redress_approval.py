from odoo import fields, models
from odoo.exceptions import UserError

from .helpdesk_ticket_complaint import MANAGER, OFFICER
from .locking import lock_for_step


class CustomerComplaintRedress(models.Model):
    """From draft to approval: who proposes never decides."""

    _inherit = "customer.complaint.redress"

    def _lock(self):
        """The redress, with sudo and as it is now; others wait.

        :raise UserError: somebody else works on it
        """
        self._check_states()
        # sudo: the workflow alone writes these fields, and an officer has no rights in accounting
        sudo = self.sudo()
        lock_for_step(sudo.ticket_id)
        sudo.invalidate_recordset()
        return sudo

    def _check_states(self, *states):
        self.check_access("write")
        self.ticket_id._check_complaint_role(OFFICER)
        labels = dict(self._fields["state"]._description_selection(self.env))
        for redress in self:
            if states and redress.state not in states:
                raise UserError(
                    self.env._(
                        "%(redress)s of complaint %(number)s is in the state %(state)s.",
                        redress=redress.display_name,
                        number=redress.ticket_id.complaint_number,
                        state=labels[redress.state],
                    )
                )

    def _log(self, note):
        for redress in self:
            redress.ticket_id._log_complaint("redress", f"{redress.display_name}: {note}")

    def action_ask(self):
        """Ask for it: approved at once within the limit of the commitment, else by another person."""
        sudo = self._lock()
        sudo._check_states("draft")
        for redress in sudo:
            redress._check_terms()
            needed = redress._needs_approval()
            redress.write({"state": "to_approve" if needed else "approved", "asked_by_id": self.env.uid})
            redress._log(self.env._("approval asked for") if needed else self.env._("within the limit, no approval"))
            if needed:
                redress._ask_for_approval()

    def _check_terms(self):
        """:raise UserError: redress of this kind cannot be given as it stands. Call with sudo."""
        self.ticket_id._check_redress_possible()
        self.ticket_id._check_redress_limit()
        if self.kind == "refund" and not self.invoice_id:
            raise UserError(self.env._("Choose the invoice on the complaint: the refund is a credit note for it."))
        if self.kind == "replacement" and not self._goods():
            raise UserError(self.env._("Choose the order on the complaint: its goods are replaced."))
        if self.kind != "apology" and self.currency_id.is_zero(self.amount):
            raise UserError(self.env._("Enter the amount that the customer gets."))
        if self.kind == "refund":
            self._check_refundable()

    def _needs_approval(self):
        """Whether all that was asked for, and this, is worth more than the commitment lets pass."""
        asked = self.ticket_id.complaint_redress_ids.filtered(
            lambda other: other.state in ("to_approve", "approved", "done")
        )
        total = sum((asked | self).mapped("company_amount"))
        limit = self.ticket_id._complaint_commitment().approval_amount
        return bool(self.company_amount) and self.company_currency_id.compare_amounts(total, limit) > 0

    def _proposers(self):
        return self.user_id | self.asked_by_id

    def _ask_for_approval(self):
        """An activity for every manager of the company who may decide."""
        for user in self.company_id._get_group_users(MANAGER) - self._proposers():
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.env._(
                    "Approve %(redress)s for complaint %(number)s",
                    redress=self.display_name,
                    number=self.ticket_id.complaint_number,
                ),
            )

    def _check_decider(self):
        self.ticket_id._check_complaint_role(MANAGER)
        if self.filtered(lambda redress: self.env.user in redress.sudo()._proposers()):
            raise UserError(self.env._("You proposed this yourself. Another complaint manager decides."))

    def action_approve(self):
        """:raise UserError: decided already, or proposed by the one who approves"""
        sudo = self._lock()
        sudo._check_states("to_approve")
        self._check_decider()
        for redress in sudo:
            redress._check_terms()
        sudo.write({"state": "approved", "approver_id": self.env.uid, "decided_on": fields.Datetime.now()})
        sudo.activity_unlink(["mail.mail_activity_data_todo"])
        sudo._log(self.env._("approved"))

    def action_refuse(self):
        """Ask for the reason."""
        return self.env["customer.complaint.decision"]._open("refuse_redress", self)

    def _refuse(self, reason):
        sudo = self._lock()
        sudo._check_states("to_approve")
        self._check_decider()
        sudo._end(reason, self.env._("refused"))

    def action_cancel(self):
        """Ask for the reason."""
        return self.env["customer.complaint.decision"]._open("cancel_redress", self)

    def _cancel(self, reason):
        """:raise UserError: it was carried out, and its document stands"""
        sudo = self._lock()
        sudo._check_states("draft", "to_approve", "approved", "done")
        for redress in sudo.filtered(lambda redress: redress.state == "done"):
            self.ticket_id._check_complaint_role(MANAGER)
            redress._check_taken_back()
        sudo._end(reason, self.env._("cancelled"))
        sudo.ticket_id._sum_redress_cost()

    def _end(self, reason, label):
        self.write(
            {
                "state": "cancelled",
                "approver_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
                "decision": reason,
                "cost": 0.0,
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self._log(f"{label}. {reason}")

    def action_draft(self):
        """Put back what was asked for, so that its terms can be changed."""
        sudo = self._lock()
        sudo._check_states("to_approve", "approved")
        sudo.write({"state": "draft", "approver_id": False, "decided_on": False})
        # meanwhile the complaint may be about other documents
        self.env.add_to_compute(self._fields["invoice_id"], sudo)
        sudo.activity_unlink(["mail.mail_activity_data_todo"])
        sudo._log(self.env._("put back to draft"))
