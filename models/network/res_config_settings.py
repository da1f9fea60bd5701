from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    referral_currency_id = fields.Many2one(related="company_id.currency_id", string="Referral Currency")
    referral_saved_cost = fields.Monetary(
        related="company_id.referral_saved_cost", readonly=False, currency_field="referral_currency_id"
    )
    referral_borders = fields.Selection(related="company_id.referral_borders", readonly=False)
    referral_own_border = fields.Monetary(
        related="company_id.referral_own_border", readonly=False, currency_field="referral_currency_id"
    )
    referral_value_border = fields.Monetary(
        related="company_id.referral_value_border", readonly=False, currency_field="referral_currency_id"
    )
