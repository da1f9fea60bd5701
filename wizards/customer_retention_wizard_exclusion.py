from odoo import fields, models
from odoo.tools import SQL


class CustomerRetentionWizardExclusion(models.TransientModel):
    """So many are not taken, for one reason."""

    _name = "customer.retention.wizard.exclusion"
    _description = "Customers Not Taken"

    wizard_id = fields.Many2one("customer.retention.wizard", required=True, ondelete="cascade", index=True)
    code = fields.Char(required=True)
    label = fields.Char(string="Why", required=True)
    customer_count = fields.Integer(string="Customers")

    def action_view(self):
        """Who they are."""
        self.ensure_one()
        return self.wizard_id._view_candidates(SQL("excluded_by = %s", self.code), self.label)
