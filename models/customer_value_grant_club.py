from odoo import api, models


class CustomerValueGrant(models.Model):
    """Members' benefits: given while the club is open, together with the membership."""

    _inherit = "customer.value.grant"

    @api.model
    def _follow(self, company, entries):
        result = super()._follow(company, entries)
        # sudo: memberships are written by nobody but this
        self.env["customer.value.membership"].sudo()._follow(company, entries)
        return result

    @api.model
    def _exchange(self, company, partners, tiers, renew=False):
        giving = {tier.id for tier in self.env["customer.value.tier"].union(*tiers.values())._giving()}
        nothing = self.env["customer.value.tier"]
        return super()._exchange(
            company,
            partners,
            {partner_id: tier if tier.id in giving else nothing for partner_id, tier in tiers.items()},
            renew=renew,
        )
