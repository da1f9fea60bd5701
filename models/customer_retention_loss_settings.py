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
