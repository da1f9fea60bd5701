from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    value_order_customer = fields.Selection(related="company_id.value_order_customer", readonly=False, required=True)
