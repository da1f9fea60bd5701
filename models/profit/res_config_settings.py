from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """What it costs to keep and to win customers."""

    _inherit = "res.config.settings"

    retention_currency_id = fields.Many2one(related="company_id.currency_id", string="Retention Currency")
    retention_service_account_id = fields.Many2one(related="company_id.retention_service_account_id", readonly=False)
    retention_ticket_cost = fields.Monetary(
        related="company_id.retention_ticket_cost", readonly=False, currency_field="retention_currency_id"
    )
    retention_activity_cost = fields.Monetary(
        related="company_id.retention_activity_cost", readonly=False, currency_field="retention_currency_id"
    )
    retention_letter_cost = fields.Monetary(
        related="company_id.retention_letter_cost", readonly=False, currency_field="retention_currency_id"
    )
    retention_acquisition_account_ids = fields.Many2many(
        related="company_id.retention_acquisition_account_ids", readonly=False
    )
    retention_sales_activity_cost = fields.Monetary(
        related="company_id.retention_sales_activity_cost", readonly=False, currency_field="retention_currency_id"
    )
    retention_interest_rate = fields.Float(related="company_id.retention_interest_rate", readonly=False)
