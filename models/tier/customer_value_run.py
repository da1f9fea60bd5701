from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.locking import LOCK_RUN, lock_company
from ..scoring.customer_value_run import BY_BUTTON
from .customer_value_grant import BATCH


class CustomerValueRun(models.Model):
    """Benefits follow the tiers that a run has changed: with the run, or soon after it where there are many.

    Where ``queue_job`` is installed, those of more than a batch of customers are given by jobs. ``benefits_due`` is
    committed with the run and ``benefits_done_id`` with each batch, so nothing is lost or done twice, whatever becomes
    of a job: the scheduled job goes on where jobs have stopped.
    """

    _inherit = "customer.value.run"

    benefits_due = fields.Boolean(readonly=True, copy=False, workflow=BY_BUTTON)
    # the last entry of the history that was followed
    benefits_done_id = fields.Integer(readonly=True, copy=False, workflow=BY_BUTTON)
    benefits_due_count = fields.Integer(compute="_compute_benefits_due_count", string="Customers Waiting for Benefits")

    @api.model
    def _step_labels(self):
        return super()._step_labels() | {"benefits": self.env._("Granting benefits")}

    @api.model
    def _get_followers(self):
        return [*super()._get_followers(), "_give_benefits"]

    @api.depends("benefits_due", "benefits_done_id")
    def _compute_benefits_due_count(self):
        History = self.env["customer.value.history"]
        for run in self:
            run.benefits_due_count = run.benefits_due and History.search_count(run._get_waiting_domain())

    def _give_benefits(self):
        """:raise UserError: the run is undone while its benefits are still being given"""
        Cron = self.env["ir.cron"]
        if self.benefits_due:
            raise UserError(
                self.env._("Benefits of this run are still being granted. Wait until this has finished, then undo it.")
            )
        entries = History = self.env["customer.value.history"]
        # as a rule, no tier of a few customers has changed: then it need not be known which ones give something
        if History.search_count(Domain("run_id", "=", self.id) & Domain("cause", "!=", False), limit=1):
            entries = History.search(self._get_moved_domain(), order="id")
        if len(entries) <= BATCH or not Cron._value_has_queue():
            self._follow_tiers(entries)
            return
        # sudo: what becomes of a run is closed to everybody but its workflow
        run = self.sudo()
        run.write({"benefits_due": True, "benefits_done_id": 0})
        Cron.sudo()._value_share_out(run, "_follow_part", "benefits", in_parts=True)

    def _follow_part(self):
        """Give the next batch of customers their benefits. Call with sudo.

        :return: number of customers treated, 0 after the last of them; None where a run of the company is at work
        """
        self.ensure_one()
        if not self.benefits_due:
            return 0
        if not lock_company(self.company_id, LOCK_RUN, wait=False):
            self.env["customer.value.tier"]._renew_soon()
            return None
        entries = self.env["customer.value.history"].search(self._get_waiting_domain(), order="id", limit=BATCH)
        if entries:
            self.env["customer.value.grant"]._follow(self.company_id, entries, self._get_present_tiers(entries))
        done = len(entries) < BATCH
        self.write({"benefits_due": not done, "benefits_done_id": 0 if done else entries[-1].id})
        self.env.flush_all()
        self.env.invalidate_all(flush=False)
        return len(entries)

    def _get_waiting_domain(self):
        return self._get_moved_domain() & Domain("id", ">", self.benefits_done_id)

    def _get_present_tiers(self, entries):
        """The tier by which each customer of ``entries`` has benefits by now: another run may have changed it since.

        Rows are locked: where a run has written one that this transaction does not see yet, it has to start again.

        :return: dict partner id: tier, empty where the customer has none
        """
        partners = entries.partner_id.ids
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id, tier_id FROM customer_value_score
                    WHERE company_id = %s AND partner_id = ANY(%s) ORDER BY partner_id FOR NO KEY UPDATE""",
                self.company_id.id,
                partners,
            )
        )
        Tier = self.env["customer.value.tier"]
        return dict.fromkeys(partners, Tier) | {partner: Tier.browse(tier or ()) for partner, tier in rows}

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
