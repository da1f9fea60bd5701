from odoo import api, models

from ...models.core.fields_bulk import get_bulk_references


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Where customers are merged, models that keep something of them act; see ``customer.succession``."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _get_fk_on(self, table):
        return list(dict.fromkeys([*super()._get_fk_on(table), *get_bulk_references(self.env, table)]))

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        self.env["customer.succession"]._begin_merge(src_partners | dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(src_partners, dst_partner)
        self.env["customer.succession"]._end_merge(dst_partner)
        return result
