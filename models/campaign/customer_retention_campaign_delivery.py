from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Small enough that a crash repeats little, large enough that codes and letters are made in batches.
OFFER_BATCH = 200

# More than there are customers.
ENDLESS = 2**31


class CustomerRetentionCampaign(models.Model):
    """Making the offers that are due: each once, whatever runs at the same time, and never beyond the budget."""

    _inherit = "customer.retention.campaign"

    offered_count = fields.Integer(compute="_compute_progress", string="Offered")
    failed_count = fields.Integer(compute="_compute_progress", string="Failed")
    activity_count = fields.Integer(compute="_compute_progress", string="Calls and Visits")
    ticket_count = fields.Integer(compute="_compute_progress")
    booked = fields.Monetary(
        compute="_compute_booked",
        help="Cost and face value of the offers made. The budget is compared with this amount.",
    )
    booked_percent = fields.Float(compute="_compute_booked", string="Budget Used (%)")

    def _compute_progress(self):
        # sudo: the same numbers for everybody, whatever partners they may see
        groups = (
            self.env["customer.retention.member"]
            .sudo()
            ._read_group(
                [("campaign_id", "in", self.ids), ("arm", "=", "treatment")],
                ["campaign_id", "state"],
                ["__count", "activity_id:count", "ticket_id:count"],
            )
        )
        found = {}
        for campaign, state, *numbers in groups:
            found.setdefault(campaign.id, {})[state] = numbers
        for campaign in self:
            states = found.get(campaign.id, {})
            campaign.offered_count = states.get("offered", [0])[0]
            campaign.failed_count = states.get("failed", [0])[0]
            campaign.activity_count, campaign.ticket_count = (
                sum(numbers[index] for numbers in states.values()) for index in (1, 2)
            )

    @api.depends("budget")
    def _compute_booked(self):
        booked = self._get_booked()
        for campaign in self:
            campaign.booked = booked.get(campaign._origin.id, 0.0)
            campaign.booked_percent = 100 * campaign.booked / campaign.budget if campaign.budget else 0.0

    def action_ask_deliver(self):
        """Say how many offers would be made now, show the letter, and make them after a confirmation."""
        self.ensure_one()
        self.check_access("write")
        _due, count = self._count_deliverable()
        if not count:
            # nothing leaves; a campaign that could not go on for its budget says so
            return self.action_deliver()
        return self._ask_with_members("deliver")

    def action_deliver(self):
        """Make due offers without waiting for the job; the first batch of each campaign."""
        self.check_access("write")
        self._deliver(OFFER_BATCH)

    @api.model
    def _cron_deliver(self):
        """Make due offers of all running campaigns; one campaign that goes wrong blocks no other."""
        campaigns = self.search([("state", "=", "running")], order="id")
        self.env["ir.cron"]._value_do_in_parts(
            campaigns,
            "_deliver_part",
            remaining=sum(campaign._count_due() for campaign in campaigns),
            channel="campaigns",
        )

    def _deliver_part(self):
        """:return: number of members handled"""
        return self._deliver(OFFER_BATCH)

    def _deliver(self, limit=None):
        """Make due offers of running campaigns, in batches.

        A campaign that another transaction works on is skipped. Each batch is one transaction: what a crash leaves
        behind is either planned or offered.

        :param int limit: of members that are handled; None: all that are due
        :return: number of members handled, those included to whom the offer could not be made
        """
        total = 0
        # sudo: only this method makes offers, whichever user presses the button
        for campaign in self.sudo():
            while limit is None or total < limit:
                handled = campaign._deliver_batch(OFFER_BATCH if limit is None else min(OFFER_BATCH, limit - total))
                if not handled:
                    break
                total += handled
        return total

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
        today = self.company_id._get_value_today()
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

    def _count_deliverable(self):
        """:return: tuple of the number of members who are due, and of those whom ``action_deliver`` would handle"""
        due = self._count_due()
        return due, min(OFFER_BATCH, due, self.sudo()._count_fitting())  # sudo: as in action_deliver

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

    # -- the budget ----------------------------------------------------------------------------------------------------

    def _get_booked(self):
        """What members have cost and been promised so far: this is what the budget bounds.

        :return: dict from the id of a campaign to an amount in company currency; campaigns without members are not in
            it
        """
        # sudo: the same sum for everybody, whatever partners they may see
        groups = (
            self.env["customer.retention.member"]
            .sudo()
            ._read_group([("campaign_id", "in", self.ids)], ["campaign_id"], ["cost:sum", "face_value:sum"])
        )
        return {campaign.id: cost + face_value for campaign, cost, face_value in groups}

    def _count_fitting(self):
        """:return: how many more offers the budget holds; without one, more than there are customers"""
        unit = sum(self.offer_id._get_unit_cost())
        if not self.budget:
            return ENDLESS
        return self._count_units(self.budget - self._get_booked().get(self.id, 0.0), unit, self.currency_id)

    @api.model
    def _count_units(self, left, unit, currency):
        """:return: how many times ``unit`` fits into what is ``left``"""
        # in the smallest unit of money, where sums of floats are whole numbers again
        left, unit = (round(amount / currency.rounding) for amount in (left, unit))
        return max(left // unit, 0) if unit else ENDLESS

    def _pause_for_budget(self, waiting):
        """The next offer does not fit: stop, and ask the responsible for more, or for an end."""
        self._pause("budget")
        self.message_post(body=self._describe_used_up(waiting))
        responsible = (self.user_id | self.create_uid).filtered("active")[:1] or self.create_uid
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=responsible.id,
            summary=self.with_context(lang=responsible.lang).env._("The budget of %s is used up", self.name),
            note=self.with_context(lang=responsible.lang)._describe_used_up(waiting),
            automated=True,
        )

    def _describe_used_up(self, waiting):
        booked = self._get_booked().get(self.id, 0.0)
        return self.env._(
            "The budget is used up: %(booked)s of %(budget)s are booked, the next offer requires %(unit)s, and "
            "%(waiting)s customers are due. Increase the budget to continue the campaign, or end it.",
            booked=self.currency_id.format(booked),
            budget=self.currency_id.format(self.budget),
            unit=self.currency_id.format(sum(self.offer_id._get_unit_cost())),
            waiting=waiting,
        )

    def _check_budget(self):
        """:raise UserError: one that stopped for its budget could not make another offer"""
        for campaign in self.filtered(lambda campaign: campaign.pause_reason == "budget"):
            if not campaign.sudo()._count_fitting():
                raise UserError(
                    self.env._("The budget of %s is not enough for another offer. Increase it first.", campaign.name)
                )

    def _resume_within_budget(self):
        """Go on with those that stopped for their budget, as soon as the next offer fits."""
        stopped = self.filtered(lambda campaign: campaign.state == "paused" and campaign.pause_reason == "budget")
        fitting = stopped.filtered(lambda campaign: campaign.sudo()._count_fitting())
        if fitting:
            fitting.action_resume()

    def _forget_budget_question(self):
        """Nobody has to answer any more what the responsible was asked when the budget was used up."""
        stopped = self.filtered(lambda campaign: campaign.pause_reason == "budget")
        # sudo: the activity is the responsible's, whichever user raises the budget or ends the campaign
        stopped.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    # -- the end -------------------------------------------------------------------------------------------------------

    def _withdraw_offers(self):
        """No further customer gets the offer. Promises are kept: codes and prices stay until their last day.

        Called when a campaign ends or is canceled. Of a canceled one, calls and visits not made yet are
        taken back, with their cost; after the end of another they stay, since the customers are waiting for them.
        """
        cancelled = self.filtered(lambda campaign: campaign.state == "cancelled")
        cancelled._withdraw_planned(self.env._("The campaign was canceled."))
        (self - cancelled)._withdraw_planned(self.env._("The campaign has ended."))
        self.env.flush_all()
        # sudo: users have no write access to members
        Member = self.env["customer.retention.member"].sudo()
        Member.search([("campaign_id", "in", cancelled.ids)])._take_back_calls(
            self.env._("The campaign was canceled before the activity was done.")
        )

    def _withdraw_planned(self, why):
        """Members who still wait for the offer do not get it. They count for the result like before.

        :param str why: told on the members
        """
        Member = self.env["customer.retention.member"]
        Member.flush_model()
        self.env.cr.execute(
            """UPDATE customer_retention_member
                  SET state = 'withdrawn', hindrance = %s, write_date = now() AT TIME ZONE 'UTC', write_uid = %s
                WHERE campaign_id = ANY(%s) AND state = 'planned'""",
            (why, self.env.uid, self.ids),
        )
        Member.invalidate_model(["state", "hindrance"])
