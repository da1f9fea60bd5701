from odoo import models


class CustomerValueRun(models.Model):
    """Who is lost, and who has come back, follows from the scores."""

    _inherit = "customer.value.run"

    def _on_tiers_changed(self):
        result = super()._on_tiers_changed()
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_retention_loss").sudo()._trigger()
        return result
