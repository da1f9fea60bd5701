from odoo import api, models


class CustomerValueRun(models.Model):
    """Referral values follow from scores and lifetime values."""

    _inherit = "customer.value.run"

    @api.model
    def _get_followers(self):
        return [*super()._get_followers(), "_look_at_referrals"]

    def _look_at_referrals(self):
        if self.scope == "all":
            # sudo: jobs are none of a manager's business
            self.env.ref("customer_value.cron_customer_referral").sudo()._trigger()
