from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """What tells why a customer left, and what a return is worth."""

    _inherit = "res.config.settings"

    retention_loss_return_share = fields.Float(related="company_id.retention_loss_return_share", readonly=False)
    retention_loss_discount_share = fields.Float(related="company_id.retention_loss_discount_share", readonly=False)
    retention_loss_price_increase = fields.Float(related="company_id.retention_loss_price_increase", readonly=False)
    retention_win_back_share = fields.Float(related="company_id.retention_win_back_share", readonly=False)
    retention_win_back_retention = fields.Float(related="company_id.retention_win_back_retention", readonly=False)
    retention_win_back_discount = fields.Float(related="company_id.retention_win_back_discount", readonly=False)
    retention_win_back_years = fields.Integer(related="company_id.retention_win_back_years", readonly=False)
    retention_win_back_learn = fields.Integer(related="company_id.retention_win_back_learn", readonly=False)
    retention_win_back_learnt_share = fields.Float(related="company_id.retention_win_back_learnt_share")
    retention_win_back_learnt_retention = fields.Float(related="company_id.retention_win_back_learnt_retention")
    retention_win_back_losses = fields.Integer(related="company_id.retention_win_back_losses")
    retention_win_back_returns = fields.Integer(related="company_id.retention_win_back_returns")
    retention_win_back_learnt_on = fields.Date(related="company_id.retention_win_back_learnt_on")
    retention_gap_watch = fields.Float(related="company_id.retention_gap_watch", readonly=False)
    retention_gap_serious = fields.Float(related="company_id.retention_gap_serious", readonly=False)
    retention_gap_urgent = fields.Float(related="company_id.retention_gap_urgent", readonly=False)
    retention_margin_watch = fields.Float(related="company_id.retention_margin_watch", readonly=False)
    retention_margin_serious = fields.Float(related="company_id.retention_margin_serious", readonly=False)
    retention_margin_urgent = fields.Float(related="company_id.retention_margin_urgent", readonly=False)
    retention_fall_watch = fields.Float(related="company_id.retention_fall_watch", readonly=False)
    retention_fall_serious = fields.Float(related="company_id.retention_fall_serious", readonly=False)
    retention_fall_urgent = fields.Float(related="company_id.retention_fall_urgent", readonly=False)
    retention_probability_watch = fields.Float(related="company_id.retention_probability_watch", readonly=False)
    retention_probability_serious = fields.Float(related="company_id.retention_probability_serious", readonly=False)
    retention_probability_urgent = fields.Float(related="company_id.retention_probability_urgent", readonly=False)
    retention_activity_watch = fields.Float(related="company_id.retention_activity_watch", readonly=False)
    retention_activity_serious = fields.Float(related="company_id.retention_activity_serious", readonly=False)
    retention_activity_urgent = fields.Float(related="company_id.retention_activity_urgent", readonly=False)
    retention_learned_note = fields.Text(related="company_id.retention_learned_note")
    retention_fall_days = fields.Integer(related="company_id.retention_fall_days", readonly=False)
    retention_complaint_serious = fields.Integer(related="company_id.retention_complaint_serious", readonly=False)
    retention_complaint_urgent = fields.Integer(related="company_id.retention_complaint_urgent", readonly=False)
    retention_dispute_urgent = fields.Integer(related="company_id.retention_dispute_urgent", readonly=False)
