from odoo import api, models


class CustomerValuePricelist(models.Model):
    _inherit = "customer.value.pricelist"

    @api.model
    def _get_given(self, partners):
        """Campaigns put theirs on top of what tiers give, for a time."""
        given = super()._get_given(partners)
        grants = self.env["customer.retention.grant"].search(
            [
                ("partner_id", "in", partners.commercial_partner_id.ids),
                ("company_id", "=", partners.env.company.id),
                ("on_hold", "=", False),
            ]
        )
        for grant in grants:
            on_top = [(grant.pricelist_id.id, grant.previous_id)]
            given[grant.partner_id.id] = on_top + given.get(grant.partner_id.id, [])
        return given
