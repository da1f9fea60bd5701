from odoo import api, models


class CustomerValueRun(models.Model):
    """The figures of the current month follow from scores: soon after a run for all or many customers, which does not
    wait for it, and the next day after one for a few. Months are looked at as a whole, and read anew for all of them.
    """

    _inherit = "customer.value.run"

    @api.model
    def _get_followers(self):
        return [*super()._get_followers(), "_look_at_facts"]

    def _look_at_facts(self):
        if self._is_small():
            return
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_customer_value_fact").sudo()._trigger()
