from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merged customers are one member of each campaign: left alone, if one of them was and nobody got an offer."""
        # sudo: who merges customers need not see campaigns, and these must not break the merge
        self.env["customer.retention.member"].sudo()._prepare_merge((src_partners | dst_partner).ids)
        # pricelists of campaigns are no value of the customers' own: they must not be merged
        self.env["customer.retention.grant"].sudo()._prepare_merge(src_partners | dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(src_partners, dst_partner)
        # sudo: as above
        self.env["customer.retention.grant"].sudo()._finish_merge(dst_partner)
        return result
