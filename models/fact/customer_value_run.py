from odoo import api, models


class CustomerValueRun(models.Model):
    """The figures of the current month follow from scores, soon after them: a run does not wait for it."""

    _inherit = "customer.value.run"

    @api.model
    def _get_followers(self):
        return [*super()._get_followers(), "_look_at_facts"]

    @api.model
    def _get_findings(self):
        # after the risks, which are part of the figures
        return [*super()._get_findings(), "customer.value.fact"]

    def _look_at_facts(self):
        if self._is_small():
            # the job that looks at its customers writes their figures
            return
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_customer_value_fact").sudo()._trigger()
