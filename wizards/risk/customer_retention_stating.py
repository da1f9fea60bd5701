from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerRetentionStating(models.TransientModel):
    """Record why selected customers left, or take back what was recorded."""

    _name = "customer.retention.stating"
    _description = "Record Reason for Leaving"

    loss_ids = fields.Many2many("customer.retention.loss", string="Lost Customers", required=True)
    loss_count = fields.Integer(compute="_compute_losses", string="Selected Customers")
    has_stated = fields.Boolean(compute="_compute_losses")
    reason_id = fields.Many2one(
        "customer.retention.reason",
        domain="[('kind', '=', 'lost'), ('code', '!=', 'loss_silence')]",
    )
    note = fields.Char(string="In Their Words")

    @api.depends("loss_ids")
    def _compute_losses(self):
        for wizard in self:
            wizard.loss_count = len(wizard.loss_ids)
            wizard.has_stated = bool(wizard.loss_ids.stated_id)

    def _get_losses(self):
        self.ensure_one()
        self.loss_ids.check_access("read")
        # sudo: statements and losses are written by the system alone, for whoever may read them
        return self.sudo().loss_ids

    def action_record(self):
        """Record the reason, for all who are selected.

        :raise AccessError: the user may not read all of them
        :raise UserError: no reason is chosen
        """
        losses = self._get_losses()
        if not self.reason_id:
            raise UserError(
                self.env._("Choose why they left. Add reasons that are missing in Configuration / Retention / Reasons.")
            )
        note = (self.note or "").strip()
        self.env["customer.retention.stated.reason"].sudo()._record(losses, self.reason_id, note)
        return {"type": "ir.actions.act_window_close"}

    def action_take_back(self):
        """Forget what was recorded since they last ordered.

        :raise AccessError: the user may not read all of them
        """
        losses = self._get_losses()
        self.env["customer.retention.stated.reason"].sudo()._take_back(losses)
        return {"type": "ir.actions.act_window_close"}
