from odoo import api, models


class CustomerValueRun(models.Model):
    """Wallets follow from what customers spent, as scores do."""

    _inherit = "customer.value.run"

    @api.model
    def _get_followers(self):
        return [*super()._get_followers(), "_look_at_wallets"]

    def _look_at_wallets(self):
        if self.scope == "all":
            # sudo: jobs are none of a manager's business
            self.env.ref("customer_value.cron_customer_wallet").sudo()._trigger()
