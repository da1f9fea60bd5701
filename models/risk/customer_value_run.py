import logging

from odoo import fields, models

from ..core.locking import LOCK_RISKS, lock_company

_logger = logging.getLogger(__name__)

# So many customers are looked at with the run that scores them; more are left to the job.
AT_ONCE = 1000


class CustomerValueRun(models.Model):
    """Risks and losses follow from the scores, among others. A run neither fails nor waits because of them."""

    _inherit = "customer.value.run"

    def _on_tiers_changed(self):
        result = super()._on_tiers_changed()
        self._refresh_risks()
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_retention_loss").sudo()._trigger()
        return result

    def action_undo(self):
        result = super().action_undo()
        self._ask_for_risks()
        return result

    def _refresh_risks(self):
        """Look at the customers of a small run at once, and let the job look at those of a larger one soon."""
        partners = self.partner_ids
        today = fields.Date.context_today(self)
        if self.scope == "all" or len(partners) > AT_ONCE or self.as_of != today or not self._try_risks(partners):
            self._ask_for_risks()

    def _try_risks(self, partners):
        """:return: whether it was done; not so where another refresh is under way, or it failed"""
        # sudo: nobody writes risks himself
        Risk = self.env["customer.retention.risk"].sudo()
        if not lock_company(self.company_id, LOCK_RISKS, wait=False):
            return False
        try:
            with self.env.cr.savepoint():
                Risk._refresh_locked(self.company_id, partners=partners)
        except Exception:
            # whatever it was: the run is done, and the job tries again
            _logger.warning("Looking for slipping customers after run %s failed", self.id, exc_info=True)
            return False
        return True

    def _ask_for_risks(self):
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_retention_risk").sudo()._trigger()
