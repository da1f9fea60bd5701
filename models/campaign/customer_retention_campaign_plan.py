from collections import Counter
from datetime import datetime, time, timedelta

import pytz
from odoo import fields, models
from odoo.tools import SQL

from .customer_retention_offer import ACTIVITY_KINDS

# Calls are not planned later than this.
FURTHEST_DAYS = 3 * 366

FIRST_LOOK_DAYS = 60


class CustomerRetentionCampaign(models.Model):
    """Which user makes the offer to which member, and when: set-based, whatever the number of members."""

    _inherit = "customer.retention.campaign"

    undated_count = fields.Integer(compute="_compute_undated_count", string="Unscheduled")

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
        """Set ``user_id`` and ``planned_date`` of planned members who have no date yet.

        Called after the start, whenever customers are added, and when the campaign goes on. Calls and visits are spread
        over the working days of each person, the customers who brought most first. Those who do not fit before the end
        stay without a day until there are more people, capacity or days.
        """
        self.env.flush_all()
        self.env["ir.config_parameter"]._use_sort_memory()
        for campaign in self.sudo():  # sudo: users have no write access to members
            first = campaign._get_first_day()
            takes_time = campaign.offer_id._needs_person()
            # whatever needs no person's time is due at once
            campaign._assign_people(None if takes_time else first)
            if takes_time:
                campaign._spread_over_days(first)
                self.env.cr.execute(campaign._nobody_sql(first))
        self.env.invalidate_all(flush=False)

    def _plan_at_once(self):
        """What is known of an offer when its member is drawn, so that no row has to be written twice.

        :return: tuple of SQL over ``customer_retention_candidate c``: who makes the offer, as in ``_managers_sql``, and
            the day
        """
        if self._is_shared():
            return SQL("NULL::int"), SQL("NULL::date")
        responsible = SQL(
            "(SELECT able.id FROM (%s) able WHERE able.id = %s)", self._able_sql(), self.user_id.id or None
        )
        day = None if self.offer_id._needs_person() else self._get_first_day()
        return SQL("COALESCE(c.user_id, %s)", responsible), SQL("%s::date", day)

    def _plan_missed(self):
        """Calls whose day has passed meanwhile get other days, so that they are not all due on the first one."""
        for campaign in self.sudo():  # sudo: as above
            if campaign.offer_id._needs_person():
                self.env.cr.execute(
                    SQL(
                        """UPDATE customer_retention_member SET planned_date = NULL
                            WHERE campaign_id = %s AND state = 'planned' AND planned_date < %s""",
                        campaign.id,
                        campaign._get_first_day(),
                    )
                )
        self._plan_offers()

    def _get_first_day(self):
        today = self.company_id._get_value_today()
        return max(self.date_start or today, today)

    def _nobody_sql(self, first):
        """Calls without a user to make them are due at once, so that they are noticed."""
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
        self.env.cr.execute(self._share_sql(day) if self._is_shared() else self._managers_sql(day))

    def _is_shared(self):
        """Whether specific users do the work. Letters take nobody's time: they come from the customer's own manager."""
        return bool(self.offer_id._needs_person() and self.executor == "users" and self.user_ids)

    def _get_sender(self, partner):
        """The user whom a letter to ``partner`` would come from, as of ``_managers_sql``; none where nobody can."""
        able = (partner.sudo().user_id | self.user_id).filtered(
            lambda user: user.active and not user.share and self.company_id in user.sudo().company_ids
        )
        return able[:1]

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
               AND (m.user_id IS DISTINCT FROM COALESCE(manager.id, responsible.id) OR %(day)s::date IS NOT NULL)
            """,
            able=self._able_sql(),
            responsible=self.user_id.id or None,
            day=day,
            campaign=self.id,
        )

    def _share_sql(self, day):
        """The same number of customers for each person, including those assigned to them before."""
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

    def _replace_leavers(self):
        """Reassign what was planned for users who do not work for the company any more. Customers whose account manager
        has changed are called by the new one. Call with sudo.
        """
        self.env.flush_all()
        by_people = self._is_shared()
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

    # -- days ----------------------------------------------------------------------------------------------------------

    def _spread_over_days(self, first):
        """Fill the working days of each person, one after the other, up to their daily capacity.

        Calls and visits of other running campaigns take capacity, too.

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
        """Days on which ``user`` works for the company, without holidays, in the time zone of their calendar.

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
