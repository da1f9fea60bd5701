from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Of several tiers set by hand in one company the highest stays in force: nobody loses by being merged.

        The same holds for memberships. Of care planned or given twice in a year, what was given stays.
        """
        partner_ids = (src_partners | dst_partner).ids
        # sudo: who merges customers need not see their tiers, and the present state must not break the merge
        overrides = (
            self.env["customer.value.override"]
            .sudo()
            .search([("state", "=", "active"), ("partner_id", "in", partner_ids)])
        )
        for rivals in overrides.grouped("company_id").values():
            highest = rivals.sorted(lambda override: override.tier_id.entry_score)[-1:]
            (rivals - highest)._close()
        overrides.flush_recordset()
        # What tiers have put on the customers is no value of their own: it must not be merged. sudo: benefits are given
        # and taken back by nobody but tiers
        self.env["customer.value.grant"].sudo()._suspend(src_partners | dst_partner)
        # sudo: as above
        self.env["customer.value.membership"].sudo()._prepare_merge(partner_ids)
        self.env["customer.value.care"].sudo()._prepare_merge(partner_ids)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(src_partners, dst_partner)
        # sudo: as above
        self.env["customer.value.grant"].sudo()._resume(dst_partner)
        return result
