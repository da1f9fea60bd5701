from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    competition_ask = fields.Boolean(related="company_id.competition_ask", readonly=False)
