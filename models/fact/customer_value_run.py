from odoo import api, models


class CustomerValueRun(models.Model):
    """The figures of the current month follow from scores, soon after them: a run does not wait for it."""

    _inherit = "customer.value.run"

    @api.model
    def _get_followers(self):
        return [*super()._get_followers(), "_look_at_facts"]

    def _look_at_facts(self):
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_customer_value_fact").sudo()._trigger()
