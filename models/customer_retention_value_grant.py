from odoo import api, models


class CustomerValueGrant(models.Model):
    """Tiers give and take back as if no campaign had put a price list on the customer; then it is put on again."""

    _inherit = "customer.value.grant"

    @api.model
    def _exchange(self, company, partners, tiers, renew=False):
        # sudo: price lists of campaigns are written by nobody but them
        suspended = self.env["customer.retention.grant"].sudo()._suspend(company, partners)
        notes = super()._exchange(company, partners, tiers, renew=renew)
        suspended._put_on()
        return notes
