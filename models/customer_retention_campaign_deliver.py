import math

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

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
                handled = campaign._deliver(OFFER_BATCH)
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

    # -- budget --------------------------------------------------------------------------------------------------------

    def _get_booked(self):
        """:return: dict campaign id: cost and face value booked so far, company currency"""
        groups = self.env["customer.retention.member"]._read_group(
            [("campaign_id", "in", self.ids), ("arm", "=", "treatment")],
            ["campaign_id"],
            ["cost:sum", "face_value:sum"],
        )
        return {campaign.id: (cost or 0.0) + (value or 0.0) for campaign, cost, value in groups}

    def _count_fitting(self):
        """:return: how many more offers the budget holds; without one, more than there are customers"""
        unit = self.currency_id.round(sum(self.offer_id._get_unit_cost()))
        if not self.budget or not unit:
            return 2**31
        left = self.budget - self._get_booked().get(self.id, 0.0)
        # in the smallest unit of money, where sums of floats are whole numbers again
        left, unit = (round(amount / self.currency_id.rounding) for amount in (left, unit))
        return max(math.floor(left / unit), 0)

    def _pause_for_budget(self, waiting):
        """The next offer does not fit: stop, and ask the responsible for more, or for an end."""
        booked = self._get_booked().get(self.id, 0.0)
        note = self.env._(
            "The budget is used up: %(booked)s of %(budget)s are booked, the next offer counts %(unit)s, and "
            "%(waiting)s customers are due. Raise the budget, and the campaign goes on where it stopped; or end it.",
            booked=self.currency_id.format(booked),
            budget=self.currency_id.format(self.budget),
            unit=self.currency_id.format(sum(self.offer_id._get_unit_cost())),
            waiting=waiting,
        )
        self._pause("budget")
        self.message_post(body=note)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=(self.user_id or self.create_uid).id,
            summary=self.env._("The budget of %s is used up", self.name),
            note=note,
            automated=True,
        )

    def write(self, vals):
        """A campaign that stopped for its budget goes on as soon as the next offer fits."""
        result = super().write(vals)
        if "budget" in vals:
            stopped = self.filtered(lambda campaign: campaign.state == "paused" and campaign.pause_reason == "budget")
            fitting = stopped.filtered(lambda campaign: campaign.sudo()._count_fitting())
            if fitting:
                fitting.action_resume()
                # sudo: the activity is the responsible's, whoever raises the budget
                fitting.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        return result

    def action_resume(self):
        """:raise UserError: the budget does not hold another offer"""
        for campaign in self.filtered(lambda campaign: campaign.pause_reason == "budget"):
            if not campaign.sudo()._count_fitting():
                raise UserError(
                    self.env._("The budget of %s does not hold another offer. Raise it first.", campaign.name)
                )
        return super().action_resume()
