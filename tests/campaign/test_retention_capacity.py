"""Calls spread over working days, held against the same done day by day in Python."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytz
from freezegun import freeze_time
from odoo.tests import new_test_user, tagged

from ..scoring.staff_case import TODAY
from .retention_offer_case import RetentionOfferCase

# Monday 30 June 2025 to Friday 18 July
LAST = date(2025, 7, 18)


@tagged("post_install", "-at_install")
class TestRetentionCapacity(RetentionOfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {"name": "Five days", "company_id": cls.company.id, "tz": "Asia/Shanghai"}
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.company.value_tz = "Asia/Shanghai"
        # three days a week, where it is another day for half of ours
        cls.part_time = cls.env["resource.calendar"].create(
            {"name": "Three days", "company_id": cls.company.id, "tz": "America/Los_Angeles"}
        )
        cls.part_time.attendance_ids.filtered(lambda line: line.dayofweek in ("1", "3")).unlink()
        cls.half = new_test_user(
            cls.env, "retention_half", "base.group_user", company_id=cls.company.id, company_ids=cls.company.ids
        )
        cls.resource = cls.env["resource.resource"].create(
            {
                "name": "Half",
                "user_id": cls.half.id,
                "company_id": cls.company.id,
                "calendar_id": cls.part_time.id,
                "tz": "America/Los_Angeles",
            }
        )
        cls.partners = cls.env["res.partner"].create([{"name": f"Firm {number}"} for number in range(40)])
        cls.offer = cls.make_offer("call", daily_capacity=2)

    def off(self, day, calendar, zone, resource=None, company=None):
        """A whole day off in the time zone ``zone``."""
        start = pytz.timezone(zone).localize(datetime(day.year, day.month, day.day)).astimezone(pytz.utc)
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Off",
                "calendar_id": calendar.id,
                "resource_id": resource.id if resource else False,
                "date_from": start.replace(tzinfo=None),
                "date_to": start.replace(tzinfo=None) + timedelta(hours=24) - timedelta(seconds=1),
            }
        )
        # Odoo takes that of the calendar, or of whoever flushes
        leave.company_id = company or self.company
        self.env.flush_all()

    def oracle(self, members, first, last, capacity, weekdays, off, taken=None):
        """Member -> day: one day after the other, those who brought most first."""
        waiting = sorted(members, key=lambda member: (-member.margin_before, member.id))
        days, day = {}, first
        while day <= last:
            if day.weekday() in weekdays and day not in off:
                for _slot in range(capacity - (taken or {}).get(day, 0)):
                    if waiting:
                        days[waiting.pop(0)] = day
            day += timedelta(days=1)
        return days

    def check(self, members, expected):
        self.env.invalidate_all()
        self.assertEqual(
            {member: member.planned_date or None for member in members},
            {member: expected.get(member) for member in members},
        )

    def test_weekends_holidays_and_time_zones(self):
        self.off(date(2025, 7, 4), self.calendar, "Asia/Shanghai")
        self.off(date(2025, 7, 7), self.part_time, "America/Los_Angeles")
        self.off(date(2025, 7, 9), self.part_time, "America/Los_Angeles", self.resource)
        self.partners[:25].user_id = self.user
        self.partners[25:].user_id = self.half
        campaign = self.under_way(self.offer, self.partners.browse(), date_end=LAST)
        for number, partner in enumerate(self.partners):
            self.add_members(campaign, partner, margin_before=(number * 7) % 11)
        with freeze_time("2025-06-30 20:00:00"):  # it is Tuesday in Shanghai
            campaign._plan_offers()
        members = self.members(campaign)
        ours = members.filtered(lambda member: member.partner_id.user_id == self.user)
        theirs = members - ours
        self.assertEqual(set(ours.mapped("user_id")), {self.user})
        expected = self.oracle(ours, date(2025, 7, 1), LAST, 2, {0, 1, 2, 3, 4}, {date(2025, 7, 4)})
        expected |= self.oracle(theirs, date(2025, 7, 1), LAST, 2, {0, 2, 4}, {date(2025, 7, 7), date(2025, 7, 9)})
        self.assertEqual(len(expected), 25 + 12)
        self.check(members, expected)
        # those who did not fit are told, and fit as soon as there is more time
        self.assertEqual(campaign.undated_count, 3)
        campaign.date_end = LAST + timedelta(days=30)
        with freeze_time("2025-06-30 20:00:00"):
            campaign.with_user(self.manager).action_plan()
        self.assertFalse(campaign.undated_count)
        self.assertEqual(max(self.members(campaign).mapped("planned_date")), date(2025, 7, 23))

    def test_holiday_of_another_company(self):
        other = self.make_company("Elsewhere", "USD")
        calendar = self.env["resource.calendar"].create({"name": "Shared", "company_id": False, "tz": "UTC"})
        self.company.resource_calendar_id = calendar
        self.off(date(2025, 7, 1), calendar.browse(), "UTC", company=other)
        self.off(date(2025, 7, 2), calendar.browse(), "UTC")
        self.partners.user_id = self.user
        campaign = self.under_way(self.offer, self.partners[:6])
        self.assertEqual(
            Counter(self.members(campaign).mapped("planned_date")),
            {TODAY: 2, date(2025, 7, 1): 2, date(2025, 7, 3): 2},
        )

    def test_other_campaigns_take_room(self):
        self.partners.user_id = self.user
        earlier = self.under_way(self.offer, self.partners[:3])
        visits = self.make_offer("visit", daily_capacity=3)
        campaign = self.under_way(visits, self.partners[3:13])
        taken = Counter(self.members(earlier).mapped("planned_date"))
        self.assertEqual(taken, {TODAY: 2, date(2025, 7, 1): 1})
        members = self.members(campaign)
        self.check(members, self.oracle(members, TODAY, LAST, 3, {0, 1, 2, 3, 4}, set(), taken))

    def test_people_share_evenly(self):
        """Also with those who come later, and when people change."""
        people = self.user | self.deputy | self.half
        campaign = self.under_way(self.offer, self.partners[:10], executor="users", user_ids=[(6, 0, people.ids)])
        counts = Counter(member.user_id for member in self.members(campaign))
        self.assertEqual(sorted(counts.values()), [3, 3, 4])
        self.add_members(campaign, self.partners[10:12])
        campaign._plan_offers()
        self.assertEqual(set(Counter(member.user_id for member in self.members(campaign)).values()), {4})
        campaign.user_ids = self.user | self.manager
        self.add_members(campaign, self.partners[12:18])
        campaign._plan_offers()
        counts = Counter(member.user_id for member in self.members(campaign))
        self.assertEqual((counts[self.user], counts[self.manager]), (5, 5))

    def test_whoever_has_left_is_passed_over(self):
        self.partners[0].user_id = self.user
        self.partners[1].user_id = self.half
        self.half.active = False
        campaign = self.under_way(self.offer, self.partners[:3])
        members = self.members(campaign)
        self.assertEqual(members.mapped("user_id"), self.user | self.manager)
        self.assertEqual([member.user_id for member in members], [self.user, self.manager, self.manager])

    def test_other_kinds_need_no_day_of_their_own(self):
        campaign = self.under_way(self.make_offer("ticket"), self.partners, date_start="2025-07-05")
        self.assertEqual(set(self.members(campaign).mapped("planned_date")), {date(2025, 7, 5)})

    def test_a_plan_stays(self):
        self.partners.user_id = self.user
        campaign = self.under_way(self.offer, self.partners)
        before = self.rows("customer_retention_member")
        campaign._plan_offers()
        self.assertEqual(self.rows("customer_retention_member"), before)

    def test_resource_of_every_company(self):
        """A person whose resource belongs to no company works by their own calendar."""
        self.resource.company_id = False
        self.partners.user_id = self.half
        campaign = self.under_way(self.offer, self.partners[:4], date_end=LAST)
        self.assertEqual({member.planned_date.weekday() for member in self.members(campaign)}, {0, 2})

    def test_calendar_without_hours(self):
        """Users without working hours get no day, and this is reported; the others have theirs."""
        self.part_time.attendance_ids.unlink()
        self.partners[:2].user_id = self.half
        campaign = self.under_way(self.offer, self.partners[:4], date_end=False)
        self.assertEqual(campaign.undated_count, 2)
        self.assertFalse(campaign._get_working_days(self.half, TODAY, LAST))
        self.assertEqual(len(self.members(campaign, ("planned_date", "!=", False))), 2)

    def test_flexible_hours(self):
        """So many hours a week, on any day."""
        self.calendar.flexible_hours = True
        days = self.under_way(self.offer, self.partners[:1], date_end=LAST)._get_working_days(
            self.manager, TODAY, TODAY + timedelta(days=13)
        )
        self.assertTrue({TODAY + timedelta(days=number) for number in range(5)} <= set(days), days)

    def test_resumed_after_a_while(self):
        """Calls whose day passed while the campaign was paused are spread again, and not all due at once."""
        self.partners.user_id = self.manager
        campaign = self.under_way(self.offer, self.partners[:8], date_end=LAST)
        self.deliver_by_job()
        campaign.action_pause()
        day = TODAY + timedelta(days=7)
        with freeze_time(datetime.combine(day, datetime.min.time())):
            campaign.action_resume()
        self.deliver_by_job(day)
        states = Counter((member.state, member.planned_date) for member in self.members(campaign))
        self.assertEqual(
            states,
            {
                ("offered", TODAY): 2,
                ("offered", day): 2,
                ("planned", day + timedelta(days=1)): 2,
                ("planned", day + timedelta(days=2)): 2,
            },
        )
