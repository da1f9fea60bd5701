from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerComplaintDecision(models.TransientModel):
    """Asks for the reason of a decision that somebody will want to read."""

    _name = "customer.complaint.decision"
    _description = "Decision on a Complaint"

    decision = fields.Selection(
        [
            ("refuse_redress", "Refuse redress"),
            ("cancel_redress", "Cancel redress"),
            ("revoke_redress", "Revoke redress"),
            ("refuse_review", "Refuse: no abuse"),
            ("reverse_review", "Reverse the finding"),
        ],
        required=True,
        readonly=True,
    )
    redress_ids = fields.Many2many("customer.complaint.redress", readonly=True)
    review_ids = fields.Many2many("customer.complaint.review", readonly=True)
    reason = fields.Text()

    @api.model
    def _open(self, decision, records):
        """The dialog for ``records`` of redress or review."""
        field = "redress_ids" if records._name == "customer.complaint.redress" else "review_ids"
        return {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["decision"]._description_selection(self.env))[decision],
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_decision": decision, f"default_{field}": records.ids},
        }

    def action_take(self):
        """:raise UserError: no reason is given"""
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Please enter a reason: it is visible to other users."))
        if self.decision == "refuse_redress":
            self.redress_ids._refuse(reason)
        elif self.decision in ("cancel_redress", "revoke_redress"):
            self.redress_ids._cancel(reason)
        elif self.decision == "refuse_review":
            self.review_ids._refuse(reason)
        else:
            self.review_ids._reverse(reason)
        return {"type": "ir.actions.act_window_close"}
