from odoo import fields, models

from ...models.core.fields_bulk import BulkMany2one


class CustomerRetentionWizardCandidate(models.TransientModel):
    """A customer of the audience, for looking at; written anew whenever a number is opened."""

    _name = "customer.retention.wizard.candidate"
    _description = "Audience Customer"
    _rec_name = "partner_id"

    wizard_id = BulkMany2one("customer.retention.wizard", required=True, index=True)
    partner_id = BulkMany2one("res.partner", string="Customer", required=True)
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    tier_id = BulkMany2one("customer.value.tier")
    user_id = BulkMany2one("res.users", string="Account Manager")
    margin_before = fields.Monetary()
    keep_budget = fields.Monetary(string="Most to Spend on Keeping")
    order_count = fields.Integer(string="Orders (12 Months)")
    reason = fields.Char(string="Exclusion Reason")
