import logging

from odoo import api, models

from ..core.locking import LOCK_RISKS, lock_company

_logger = logging.getLogger(__name__)

# So many customers are looked at with the run that scores them; more are left to the job.
AT_ONCE = 1000


class CustomerValueRun(models.Model):
    """Risks and losses follow from the scores, among others. A run neither fails nor waits because of them."""

    _inherit = "customer.value.run"

    @api.model
    def _get_followers(self):
        return [*super()._get_followers(), "_look_for_risks", "_look_for_losses"]

    def _look_for_risks(self):
        """Look at the customers of a small run at once, and let the job look at those of others soon."""
        partners = self.partner_ids
        small = self.scope == "some" and len(partners) <= AT_ONCE and self.as_of == self.company_id._get_value_today()
        if self.state != "undone" and small and self._try_risks(partners):
            return
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_retention_risk").sudo()._trigger()

    def _look_for_losses(self):
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_retention_loss").sudo()._trigger()

    def _try_risks(self, partners):
        """:return: whether it was done; not so where another refresh is running, or it failed"""
        # sudo: users have no write access to risks
        Risk = self.env["customer.retention.risk"].sudo()
        if not lock_company(self.company_id, LOCK_RISKS, wait=False):
            return False
        try:
            with self.env.cr.savepoint():
                Risk._refresh_locked(self.company_id, partners=partners)
        except Exception:
            # whatever it was: the run is done, and the job tries again
            _logger.warning("Looking for customers at risk after run %s failed", self.id, exc_info=True)
            return False
        return True
