from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """From when on a diagnosis finds something wrong."""

    _inherit = "res.config.settings"

    diagnosis_answer_days = fields.Integer(related="company_id.diagnosis_answer_days", readonly=False)
    diagnosis_follow_days = fields.Integer(related="company_id.diagnosis_follow_days", readonly=False)
    diagnosis_contact_days = fields.Integer(related="company_id.diagnosis_contact_days", readonly=False)
    diagnosis_data_months = fields.Integer(related="company_id.diagnosis_data_months", readonly=False)
    diagnosis_load_factor = fields.Float(related="company_id.diagnosis_load_factor", readonly=False)
    diagnosis_score_days = fields.Integer(related="company_id.diagnosis_score_days", readonly=False)
    diagnosis_scored_percent = fields.Float(related="company_id.diagnosis_scored_percent", readonly=False)
    diagnosis_wallet_percent = fields.Float(related="company_id.diagnosis_wallet_percent", readonly=False)
    diagnosis_high_share = fields.Float(related="company_id.diagnosis_high_share", readonly=False)
    diagnosis_high_revenue = fields.Float(related="company_id.diagnosis_high_revenue", readonly=False)
    diagnosis_medium_share = fields.Float(related="company_id.diagnosis_medium_share", readonly=False)
    diagnosis_medium_revenue = fields.Float(related="company_id.diagnosis_medium_revenue", readonly=False)
