from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """From where on a customer counts as slipping."""

    _inherit = "res.config.settings"

    retention_gap_watch = fields.Float(related="company_id.retention_gap_watch", readonly=False)
    retention_gap_serious = fields.Float(related="company_id.retention_gap_serious", readonly=False)
    retention_gap_urgent = fields.Float(related="company_id.retention_gap_urgent", readonly=False)
    retention_margin_watch = fields.Float(related="company_id.retention_margin_watch", readonly=False)
    retention_margin_serious = fields.Float(related="company_id.retention_margin_serious", readonly=False)
    retention_margin_urgent = fields.Float(related="company_id.retention_margin_urgent", readonly=False)
    retention_fall_watch = fields.Float(related="company_id.retention_fall_watch", readonly=False)
    retention_fall_serious = fields.Float(related="company_id.retention_fall_serious", readonly=False)
    retention_fall_urgent = fields.Float(related="company_id.retention_fall_urgent", readonly=False)
    retention_fall_days = fields.Integer(related="company_id.retention_fall_days", readonly=False)
    retention_complaint_serious = fields.Integer(related="company_id.retention_complaint_serious", readonly=False)
    retention_complaint_urgent = fields.Integer(related="company_id.retention_complaint_urgent", readonly=False)
    retention_dispute_urgent = fields.Integer(related="company_id.retention_dispute_urgent", readonly=False)
