from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    value_pricelist_source = fields.Selection(
        related="company_id.value_pricelist_source", readonly=False, required=True
    )
    has_partnership = fields.Boolean(compute="_compute_has_partnership")

    @api.depends("company_id")
    def _compute_has_partnership(self):
        self.has_partnership = self.env["res.company"]._has_partnership()
