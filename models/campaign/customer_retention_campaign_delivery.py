import logging
from collections import Counter
from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.tools import SQL

from .customer_retention_offer import ACTIVITY_KINDS

_logger = logging.getLogger(__name__)

# Small enough that a crash repeats little, large enough that codes and letters are made in batches.
OFFER_BATCH = 200

# Nobody plans calls for later than this.
FURTHEST_DAYS = 3 * 366

FIRST_LOOK_DAYS = 60


class CustomerRetentionCampaign(models.Model):
    """Making the offers that are due: each once, whatever runs at the same time, and never beyond the budget."""

    _inherit = "customer.retention.campaign"
    undated_count = fields.Integer(compute="_compute_undated_count", string="Without a Day")
    offer_kind = fields.Selection(related="offer_id.kind")
    offered_count = fields.Integer(compute="_compute_progress", string="Offered")
    failed_count = fields.Integer(compute="_compute_progress", string="Not Possible")
    booked = fields.Monetary(
        compute="_compute_progress", help="Cost and face value of the offers made. This is what the budget bounds."
    )
    booked_percent = fields.Float(compute="_compute_progress", string="Budget Used (%)")
    used_value = fields.Monetary(
        compute="_compute_used_value", string="Face Value Used", help="Taken off confirmed orders with codes of it."
    )
    card_count = fields.Integer(compute="_compute_card_count")
    activity_count = fields.Integer(compute="_compute_progress", string="Calls and Visits")
    ticket_count = fields.Integer(compute="_compute_progress")

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

    # -- Who makes the offer to whom, and when: set-based, whatever the number of members -----------------------------

    def _compute_undated_count(self):
        groups = self.env["customer.retention.member"]._read_group(
            [("campaign_id", "in", self.ids), ("state", "=", "planned"), ("planned_date", "=", False)],
            ["campaign_id"],
            ["__count"],
        )
        counts = {campaign.id: count for campaign, count in groups}
        for campaign in self:
            campaign.undated_count = counts.get(campaign.id, 0)

    def action_plan(self):
        """Look for days again, after people, capacity or the end have changed."""
        self.check_access("write")
        self._plan_offers()

    def _plan_offers(self):
        """Say who makes the offer, and on which day, for planned members without a day.

        Calls and visits are spread over the working days of each person, the customers who brought most first. Those
        who do not fit before the end stay without a day until there are more people, capacity or days.
        """
        result = super()._plan_offers()
        self.env.flush_all()
        for campaign in self.sudo():  # sudo: members are written by nobody but this
            first = campaign._get_first_day()
            takes_time = campaign.offer_id.kind in ACTIVITY_KINDS
            # whatever needs no person's time is due at once
            campaign._assign_people(None if takes_time else first)
            if takes_time:
                campaign._spread_over_days(first)
                self.env.cr.execute(campaign._nobody_sql(first))
        self.env.invalidate_all(flush=False)
        return result

    def action_resume(self):
        """Calls whose day has passed meanwhile find other days: nobody has them all on the first one."""
        result = super().action_resume()
        for campaign in self.sudo():  # sudo: as above
            if campaign.offer_id.kind in ACTIVITY_KINDS:
                self.env.cr.execute(
                    SQL(
                        """UPDATE customer_retention_member SET planned_date = NULL
                            WHERE campaign_id = %s AND state = 'planned' AND planned_date < %s""",
                        campaign.id,
                        campaign._get_first_day(),
                    )
                )
        self._plan_offers()
        return result

    def _get_first_day(self):
        today = self.company_id._get_retention_today()
        return max(self.date_start or today, today)

    def _nobody_sql(self, first):
        """What nobody can do is due at once, for it to be noticed."""
        return SQL(
            """UPDATE customer_retention_member SET planned_date = %s
                WHERE campaign_id = %s AND state = 'planned' AND planned_date IS NULL AND user_id IS NULL""",
            first,
            self.id,
        )

    # -- people --------------------------------------------------------------------------------------------------------

    def _able_sql(self):
        """Active internal users who work for the company."""
        return SQL(
            """SELECT u.id FROM res_users u JOIN res_company_users_rel r ON r.user_id = u.id AND r.cid = %s
                WHERE u.active AND NOT u.share""",
            self.company_id.id,
        )

    def _assign_people(self, day):
        """:param day: on which the offer is due; None: it is not known yet"""
        by_people = self.executor == "users" and self.user_ids
        self.env.cr.execute(self._share_sql(day) if by_people else self._managers_sql(day))

    def _managers_sql(self, day):
        """Each customer's account manager; the responsible where there is none, or one who has left."""
        return SQL(
            """
            WITH able AS (%(able)s)
            UPDATE customer_retention_member m
               SET user_id = COALESCE(manager.id, responsible.id), planned_date = %(day)s::date
              FROM res_partner p
              LEFT JOIN able manager ON manager.id = p.user_id
              LEFT JOIN able responsible ON responsible.id = %(responsible)s
             WHERE p.id = m.partner_id AND m.campaign_id = %(campaign)s AND m.state = 'planned'
               AND m.planned_date IS NULL
            """,
            able=self._able_sql(),
            responsible=self.user_id.id or None,
            day=day,
            campaign=self.id,
        )

    def _replace_leavers(self):
        """Somebody else does what was planned for those who do not work for the company any more; and who has another
        account manager by now is called by that one. Call with sudo.
        """
        self.env.flush_all()
        by_people = bool(self.executor == "users" and self.user_ids)
        self.env.cr.execute(
            SQL(
                """
                WITH able AS (%(able)s)
                UPDATE customer_retention_member m SET planned_date = NULL, user_id = NULL
                  FROM res_partner p
                 WHERE p.id = m.partner_id AND m.campaign_id = %(campaign)s AND m.state = 'planned'
                   AND m.user_id IS NOT NULL
                   AND (m.user_id NOT IN (SELECT id FROM able)
                        OR NOT %(by_people)s AND m.user_id <> p.user_id AND p.user_id IN (SELECT id FROM able))
                """,
                able=self._able_sql(),
                campaign=self.id,
                by_people=by_people,
            )
        )
        if self.env.cr.rowcount:
            self.env["customer.retention.member"].invalidate_model(["planned_date", "user_id"])
            self._plan_offers()

    def _share_sql(self, day):
        """As many customers for each of the people, those counted who have been given to them before."""
        return SQL(
            """
            WITH waiting AS (
                SELECT id, row_number() OVER (ORDER BY margin_before DESC NULLS LAST, id) AS place
                  FROM customer_retention_member
                 WHERE campaign_id = %(campaign)s AND state = 'planned' AND planned_date IS NULL
            ), people AS (
                SELECT able.id AS user_id,
                       (SELECT count(*) FROM customer_retention_member m
                         WHERE m.campaign_id = %(campaign)s AND m.user_id = able.id AND m.arm = 'treatment'
                           AND NOT (m.state = 'planned' AND m.planned_date IS NULL)) AS has
                  FROM (%(able)s) able
                 WHERE able.id = ANY(%(users)s)
            ), slot AS (
                SELECT user_id, row_number() OVER (ORDER BY load, user_id) AS place
                  FROM people
                 CROSS JOIN LATERAL generate_series(
                     has + 1,
                     (SELECT max(has) FROM people)
                     + (SELECT ceil(count(*)::numeric / (SELECT count(*) FROM people)) FROM waiting)::int) AS load
            )
            UPDATE customer_retention_member m SET user_id = slot.user_id, planned_date = %(day)s::date
              FROM waiting LEFT JOIN slot ON slot.place = waiting.place
             WHERE m.id = waiting.id
            """,
            campaign=self.id,
            able=self._able_sql(),
            users=self.user_ids.ids,
            day=day,
        )

    # -- days ----------------------------------------------------------------------------------------------------------

    def _spread_over_days(self, first):
        """Fill the working days of each person, one after the other, up to what he takes a day.

        Calls and visits of other campaigns under way take room, too.

        :param date first: on which there may be calls and visits
        """
        last = min(self.date_end or fields.Date.to_date("9999-12-31"), first + timedelta(days=FURTHEST_DAYS))
        self.env.cr.execute(
            SQL(
                """SELECT user_id, count(*) FROM customer_retention_member
                    WHERE campaign_id = %s AND state = 'planned' AND planned_date IS NULL AND user_id IS NOT NULL
                    GROUP BY user_id""",
                self.id,
            )
        )
        waiting = dict(self.env.cr.fetchall())
        taken = self._get_taken(list(waiting), first)
        slots = []
        for user in self.env["res.users"].browse(waiting):
            slots += self._get_slots(user, waiting[user.id], first, last, taken)
        if slots:
            self.env.cr.execute(self._slots_sql(slots))

    def _get_taken(self, user_ids, first):
        """Calls and visits planned from ``first`` on: Counter of ``(user id, day)``."""
        rows = self.env.execute_query(
            SQL(
                """SELECT m.user_id, m.planned_date, count(*)
                     FROM customer_retention_member m
                     JOIN customer_retention_campaign c ON c.id = m.campaign_id
                     JOIN customer_retention_offer o ON o.id = c.offer_id
                    WHERE o.kind = ANY(%s) AND m.state IN ('planned', 'offered') AND m.planned_date >= %s
                      AND m.user_id = ANY(%s)
                    GROUP BY m.user_id, m.planned_date""",
                list(ACTIVITY_KINDS),
                first,
                user_ids,
            )
        )
        return Counter({(user_id, day): count for user_id, day, count in rows})

    def _get_slots(self, user, needed, first, last, taken):
        """:return: list of ``(user id, day, number)`` with room for ``needed`` customers, or as many as there is"""
        slots = []
        span = FIRST_LOOK_DAYS + needed // self.offer_id.daily_capacity * 2
        while needed > 0 and first <= last:
            until = min(first + timedelta(days=span), last)
            for day in self._get_working_days(user, first, until):
                room = min(max(self.offer_id.daily_capacity - taken[user.id, day], 0), needed)
                if room:
                    slots.append((user.id, day, room))
                    needed -= room
            first = until + timedelta(days=1)
        return slots

    def _get_working_days(self, user, first, last):
        """Days on which ``user`` works for the company, holidays left out, in the time zone he works in.

        :return: sorted list of dates from ``first`` to ``last``, both included
        """
        resource = user.resource_ids.filtered(
            lambda resource: not resource.company_id or resource.company_id == self.company_id
        )[:1]
        calendar = resource.calendar_id or self.company_id.resource_calendar_id
        if not calendar:
            days = (first + timedelta(days=number) for number in range((last - first).days + 1))
            return [day for day in days if day.weekday() < 5]
        zone = pytz.timezone(resource.tz or calendar.tz or "UTC")
        start = zone.localize(datetime.combine(first, time.min))
        stop = zone.localize(datetime.combine(last + timedelta(days=1), time.min))
        holidays = [("time_type", "=", "leave"), ("company_id", "in", [self.company_id.id, False])]
        intervals = calendar._work_intervals_batch(start, stop, resources=resource, domain=holidays, tz=zone)
        return sorted({begin.date() for begin, _end, _meta in intervals[resource.id]})

    def _slots_sql(self, slots):
        users, days, numbers = zip(*slots, strict=True)
        return SQL(
            """
            WITH slot AS (
                SELECT s.user_id, s.day, row_number() OVER (PARTITION BY s.user_id ORDER BY s.day) AS place
                  FROM unnest(%(users)s::int[], %(days)s::date[], %(numbers)s::int[]) AS s(user_id, day, number)
                 CROSS JOIN generate_series(1, s.number)
            ), waiting AS (
                SELECT id, user_id,
                       row_number() OVER (PARTITION BY user_id ORDER BY margin_before DESC NULLS LAST, id) AS place
                  FROM customer_retention_member
                 WHERE campaign_id = %(campaign)s AND state = 'planned' AND planned_date IS NULL
            )
            UPDATE customer_retention_member m SET planned_date = slot.day
              FROM waiting JOIN slot ON slot.user_id = waiting.user_id AND slot.place = waiting.place
             WHERE m.id = waiting.id
            """,
            users=list(users),
            days=list(days),
            numbers=list(numbers),
            campaign=self.id,
        )

    # -- the end -------------------------------------------------------------------------------------------------------

    def _withdraw_offers(self):
        """Nobody gets the offer any more. What customers have been promised is kept: codes and prices until their day.

        Of a cancelled campaign calls and visits that nobody has made yet are taken back, with their cost; after the end
        of another they stay, since the customers are waiting for them.
        """
        result = super()._withdraw_offers()
        self.env.flush_all()
        # sudo: members are written by nobody but this
        Member = self.env["customer.retention.member"].sudo()
        cancelled = self.filtered(lambda campaign: campaign.state == "cancelled")
        Member.search([("campaign_id", "in", cancelled.ids)])._take_back_calls(
            self.env._("The campaign was cancelled before anybody got round to it.")
        )
        return result

    # -- Whom the offer of a campaign suits, and how far the campaign is with it --------------------------------------

    def _compute_progress(self):
        # sudo: the same numbers for everybody, whatever partners he may see
        groups = (
            self.env["customer.retention.member"]
            .sudo()
            ._read_group(
                [("campaign_id", "in", self.ids), ("arm", "=", "treatment")],
                ["campaign_id", "state"],
                ["__count", "cost:sum", "face_value:sum", "activity_id:count", "ticket_id:count"],
            )
        )
        sums = {}
        for campaign, state, *numbers in groups:
            sums.setdefault(campaign.id, {})[state] = numbers
        for campaign in self:
            states = sums.get(campaign.id, {})
            cost, value, activities, tickets = (
                sum(numbers[index] or 0 for numbers in states.values()) for index in range(1, 5)
            )
            campaign.offered_count = states.get("offered", [0])[0]
            campaign.failed_count = states.get("failed", [0])[0]
            campaign.booked = cost + value
            campaign.booked_percent = 100 * campaign.booked / campaign.budget if campaign.budget else 0.0
            campaign.activity_count, campaign.ticket_count = activities, tickets

    def _compute_card_count(self):
        self.env["loyalty.card"].flush_model(["retention_member_id"])
        counts = dict(
            self.env.execute_query(
                SQL(
                    """SELECT m.campaign_id, count(*)
                         FROM customer_retention_member m JOIN loyalty_card card ON card.retention_member_id = m.id
                        WHERE m.campaign_id = ANY(%s)
                        GROUP BY m.campaign_id""",
                    self.ids,
                )
            )
        )
        for campaign in self:
            campaign.card_count = counts.get(campaign.id, 0)

    def _compute_used_value(self):
        groups = self.env["customer.retention.member"]._get_used_values(SQL("m.campaign_id = ANY(%s)", self.ids))
        used = {}
        for campaign_id, _member_id, value in groups:
            used[campaign_id] = used.get(campaign_id, 0.0) + value
        for campaign in self:
            campaign.used_value = used.get(campaign.id, 0.0)

    def _get_exclusions(self):
        exclusions = super()._get_exclusions()
        offer = self.offer_id
        if offer.tier_ids:
            exclusions.append(
                (
                    "offer_tier",
                    self.env._("Not of a tier that the offer is for"),
                    SQL("(c.tier_id IS NULL OR c.tier_id <> ALL(%s))", offer.tier_ids.ids),
                )
            )
        for code, label, condition in offer._get_partner_exclusions():
            exclusions.append((code, label, condition(SQL("c.partner_id"))))
        below = offer._below_margin_sql()
        if below:
            exclusions.append(("below_margin", self.env._("Would be sold to below the margin to keep"), below))
        return exclusions

    # -- what came of it -----------------------------------------------------------------------------------------------

    def _open_of_members(self, model, field, title):
        """Records of ``model`` that the members have; whoever may not see them is told so by Odoo."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [(f"{field}.campaign_id", "=", self.id)],
            "context": {"create": False, "active_test": False},
        }

    def action_view_failed(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_member")
        return action | {
            "domain": [("campaign_id", "=", self.id), ("state", "=", "failed")],
            "context": {"retention_campaign": True},
        }

    def action_open_cards(self):
        return self._open_of_members("loyalty.card", "retention_member_id", self.env._("Codes"))

    def action_open_activities(self):
        return self._open_of_members("mail.activity", "retention_member_ids", self.env._("Calls and Visits"))

    def action_open_tickets(self):
        return self._open_of_members("helpdesk.ticket", "retention_member_id", self.env._("Tickets"))
