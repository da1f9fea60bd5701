import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# Small enough that a crash repeats little, large enough that codes and letters are made in batches.
OFFER_BATCH = 200


class CustomerRetentionCampaign(models.Model):
    """Making the offers that are due: each once, whatever runs at the same time, and never beyond the budget."""

    _inherit = "customer.retention.campaign"

    def action_deliver(self):
        """Make now what is due, for those who do not want to wait for the job; the first batch of each campaign."""
        self.check_access("write")
        self._deliver(OFFER_BATCH)

    def _deliver(self, limit=None):
        """Make due offers of running campaigns, in batches.

        A campaign that somebody else is at is left to him. One batch of a campaign is one step: what a crash leaves
        behind is either planned or offered.

        :param int limit: of members that are handled; None: all that are due
        :return: number of members handled, those included to whom the offer could not be made
        """
        total = 0
        # sudo: offers are made by nobody but this, whoever may press the button
        for campaign in self.sudo():
            while limit is None or total < limit:
                handled = campaign._deliver_batch(OFFER_BATCH if limit is None else min(OFFER_BATCH, limit - total))
                if not handled:
                    break
                total += handled
        return total

    @api.model
    def _cron_deliver(self):
        """Make due offers of all running campaigns; one campaign that goes wrong blocks no other."""
        Cron = self.env["ir.cron"]
        campaigns = self.search([("state", "=", "running")], order="id")
        Cron._commit_progress(remaining=sum(campaign._count_due() for campaign in campaigns))
        for campaign in campaigns:
            handled = True
            while handled:
                try:
                    handled = Cron._value_try(lambda campaign: campaign._deliver(OFFER_BATCH), campaign)
                except Exception:
                    _logger.exception("Offers of retention campaign %s could not be made", campaign.id)
                    break
                if not Cron._commit_progress(handled):
                    return

    def _deliver_batch(self, size):
        """:return: number of members handled; 0 where nothing is due, the budget is used up, or another is at it"""
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            return 0
        # The row is written, not only locked: a transaction that began before this one ended has to try again, since it
        # would not see what this one has booked
        self.env.cr.execute(
            SQL("UPDATE %s SET write_date = write_date WHERE id = %s", SQL.identifier(self._table), self.id)
        )
        self.invalidate_recordset()
        if self.state != "running":
            return 0
        self._replace_leavers()
        fitting = self._count_fitting()
        members = self._lock_due(min(size, fitting))
        if not members:
            waiting = 0 if fitting else self._count_due()
            if waiting:
                self._pause_for_budget(waiting)
            return 0
        members.with_company(self.company_id)._offer_safely()
        return len(members)

    # -- what is due ---------------------------------------------------------------------------------------------------

    def _due_sql(self):
        today = self.company_id._get_retention_today()
        return SQL(
            "m.campaign_id = %s AND m.state = 'planned' AND m.planned_date <= %s AND %s",
            self.id,
            today,
            not self.date_end or today <= self.date_end,
        )

    def _count_due(self):
        [[count]] = self.env.execute_query(
            SQL("SELECT count(*) FROM customer_retention_member m WHERE %s", self._due_sql())
        )
        return count

    def _lock_due(self, size):
        """The next ``size`` members, locked; those who brought most first, if they are due on the same day."""
        Member = self.env["customer.retention.member"]
        if not size:
            return Member
        Member.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id FROM customer_retention_member m WHERE %s
                    ORDER BY m.planned_date, m.margin_before DESC NULLS LAST, m.id LIMIT %s FOR UPDATE SKIP LOCKED""",
                self._due_sql(),
                size,
            )
        )
        return Member.browse(member_id for (member_id,) in rows)
