from odoo import fields, models

from ...models.core.groups import VALUE_USER


class SaleReport(models.Model):
    _inherit = "sale.report"

    confirmed_tier_id = fields.Many2one(
        "customer.value.tier", string="Tier at Confirmation", readonly=True, groups=VALUE_USER
    )

    def _select_additional_fields(self):
        return super()._select_additional_fields() | {"confirmed_tier_id": "s.confirmed_tier_id"}

    def _group_by_sale(self):
        return f"{super()._group_by_sale()}, s.confirmed_tier_id"
