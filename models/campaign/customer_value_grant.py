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

    @api.model
    def _prepare_move(self, partners):
        # sudo: as above; what tiers have given stands below what campaigns have
        suspended = self.env["customer.retention.grant"].sudo()._prepare_move(partners)
        finish = super()._prepare_move(partners)

        def finish_both():
            finish()
            suspended._finish_move()

        return finish_both
