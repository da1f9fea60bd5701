from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """What a company promises to those who complain."""

    _inherit = "res.config.settings"

    complaint_currency_id = fields.Many2one(related="company_id.currency_id", string="Complaint Currency")
    complaint_acknowledge_hours = fields.Float(
        related="company_id.complaint_acknowledge_hours", readonly=False, required=True
    )
    complaint_term = fields.Integer(related="company_id.complaint_term", readonly=False, required=True)
    complaint_term_unit = fields.Selection(related="company_id.complaint_term_unit", readonly=False, required=True)
    complaint_dispute_days = fields.Integer(related="company_id.complaint_dispute_days", readonly=False, required=True)
    complaint_high_loss = fields.Monetary(
        related="company_id.complaint_high_loss", readonly=False, currency_field="complaint_currency_id"
    )
    complaint_calendar_id = fields.Many2one(related="company_id.complaint_calendar_id", readonly=False)
