from odoo import api, models

from ...models.tier.customer_value_grant import PRICELIST


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Odoo gives the pricelist of those who go to a customer without one, in SQL and in every company.

        Tiers and campaigns have taken off theirs by now. What a sales manager merges stays what it was.
        """
        if dst_partner._sets_prices():
            return super()._update_reference_fields(src_partners, dst_partner)
        # sudo: as in write of the partner
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        with dst_partner._watch_pricelists(companies):
            result = super()._update_reference_fields(src_partners, dst_partner)
            dst_partner.invalidate_recordset([PRICELIST, "property_product_pricelist"])
        return result
