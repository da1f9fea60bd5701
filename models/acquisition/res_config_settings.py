from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    acquisition_pursuit_basis = fields.Selection(related="company_id.acquisition_pursuit_basis", readonly=False)
    acquisition_pursuit_cost = fields.Monetary(
        related="company_id.acquisition_pursuit_cost", readonly=False, currency_field="retention_currency_id"
    )
    acquisition_sort = fields.Selection(related="company_id.acquisition_sort", readonly=False)
