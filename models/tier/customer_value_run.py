from odoo import api, models
from odoo.fields import Domain

from .customer_value_grant import BATCH


class CustomerValueRun(models.Model):
    """Benefits follow the tiers that a run has changed."""

    _inherit = "customer.value.run"

    @api.model
    def _step_labels(self):
        return super()._step_labels() | {"benefits": self.env._("Granting benefits")}

    @api.model
    def _get_followers(self):
        return [*super()._get_followers(), "_give_benefits"]

    def _give_benefits(self):
        self._follow_tiers(self.env["customer.value.history"].search(self._get_moved_domain(), order="id"))

    def _follow_tiers(self, entries):
        """Benefits and chatter for those whose tier changed, in batches of constant size.

        :param entries: of the history of this run
        """
        # sudo: benefits are written on customers that the manager may not edit, and grants that users may not write
        Grant = self.env["customer.value.grant"].sudo()
        for start in range(0, len(entries), BATCH):
            self._report_progress("benefits", 92 + 7 * start // len(entries))
            Grant._follow(self.company_id, entries[start : start + BATCH])
            self.env.flush_all()
            self.env.invalidate_all(flush=False)

    def _get_moved_domain(self):
        """Entries of the history that benefits follow.

        Of customers who get their first tier only those go through the ORM to whom it gives something.
        """
        if self.state == "undone":
            return Domain("run_id", "=", self.id) & Domain("cause", "=", "undo")
        giving = self.env["customer.value.tier"].search([("company_id", "=", self.company_id.id)])
        giving = giving.filtered(lambda tier: tier._has_benefits())
        return (
            Domain("run_id", "=", self.id)
            & Domain("cause", "!=", False)
            & (Domain("event", "!=", "entered") | Domain("tier_id", "in", giving.ids))
        )
