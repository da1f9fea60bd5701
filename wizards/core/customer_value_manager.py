from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class CustomerValueManager(models.TransientModel):
    """Give selected customers an account manager. Open work stays: to move that as well, customers are reassigned."""

    _name = "customer.value.manager"
    _description = "Assign Account Manager"

    partner_ids = fields.Many2many("res.partner", string="Customers", required=True, context={"active_test": False})
    partner_count = fields.Integer(compute="_compute_partner_count", string="Selected Customers")
    user_id = fields.Many2one("res.users", string="Account Manager", required=True, domain="[('share', '=', False)]")

    @api.model
    def default_get(self, fields_list):
        """Take the customers that are selected in a list of partners."""
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "res.partner":
            values["partner_ids"] = [Command.set(self.env.context.get("active_ids") or [])]
        return values

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for wizard in self:
            wizard.partner_count = len(wizard.partner_ids)

    def action_assign(self):
        """Write the account manager on the customers, with the rights of the user.

        :raise UserError: the account manager is no internal user
        """
        self.ensure_one()
        if self.user_id.share:
            raise UserError(self.env._("Only internal users can be account managers."))
        self.partner_ids.filtered(lambda partner: partner.user_id != self.user_id).user_id = self.user_id
        return {"type": "ir.actions.act_window_close"}
