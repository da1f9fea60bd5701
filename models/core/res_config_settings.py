from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """When a day begins, and whose documents count."""

    _inherit = "res.config.settings"

    value_tz = fields.Selection(related="company_id.value_tz", readonly=False, required=True)
    value_branches = fields.Boolean(related="company_id.value_branches", readonly=False)
    has_value_branches = fields.Boolean(compute="_compute_has_value_branches")

    @api.depends("company_id")
    def _compute_has_value_branches(self):
        for settings in self:
            # sudo: as the total itself, see _get_value_books
            company = settings.company_id.sudo().with_context(active_test=False)
            settings.has_value_branches = bool(company.child_ids)
