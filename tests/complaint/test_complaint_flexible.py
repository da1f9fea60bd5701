"""Deadlines in calendars without attendances: flexible ones, and those that nobody has filled in."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.tests import tagged

from .complaint_case import UTC, ComplaintCase
from .minute_calendar import MinuteCalendar


class AroundNoon(MinuteCalendar):
    """Eight hours around noon from Monday to Friday, minute by minute."""

    def is_working(self, moment):
        local = moment.replace(tzinfo=UTC).astimezone(self.zone)
        return local.weekday() < 5 and local.date() not in self.holidays and 8 <= local.hour < 16


@tagged("post_install", "-at_install")
class TestComplaintFlexible(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.value_tz = "Europe/Berlin"
        cls.flexible = cls.make_flexible("Europe/Berlin")
        cls.silent_partner = cls.customer("No Address")
        cls.Clock = cls.env["customer.complaint.clock"].with_company(cls.company)

    @classmethod
    def make_flexible(cls, zone, day=8.0, week=40.0):
        return cls.env["resource.calendar"].create(
            {
                "name": f"Flexible {zone}",
                "tz": zone,
                "company_id": cls.company.id,
                "flexible_hours": True,
                "hours_per_day": day,
                "full_time_required_hours": week,
                "attendance_ids": [Command.clear()],
            }
        )

    def intake(self, moment):
        with freeze_time(moment):
            return self.Ticket.create(
                {
                    "name": "Late",
                    "description": "Late",
                    "partner_id": self.silent_partner.id,
                    "company_id": self.company.id,
                    "is_complaint": True,
                }
            ).sudo()

    def test_there_and_back(self):
        """Whatever the moment, as many hours lie before the deadline as were promised, and as many days."""
        oracle = AroundNoon("Europe/Berlin")
        for start in (
            datetime(2026, 11, 6, 18, 0),
            datetime(2026, 11, 7, 9, 0),
            datetime(2026, 11, 9, 10, 0),
            datetime(2026, 11, 11, 15, 30),
            # the clock changes on 25 October 2026
            datetime(2026, 10, 23, 14, 45),
        ):
            for hours in (1, 8, 16, 40, 100):
                with self.subTest(start=start, hours=hours):
                    due = self.Clock._after_hours(self.flexible, start, hours)
                    self.assertEqual(due, oracle.after(start, hours * 60))
                    self.assertAlmostEqual(self.Clock._work_hours(self.flexible, start, due), hours, 6)
            self.assertEqual(
                self.Clock._after_working_days(self.flexible, start, 15), oracle.working_day_end(start, 15)
            )

    def test_an_hour_counts_alike_in_every_question(self):
        start, end = datetime(2026, 11, 2), datetime(2026, 12, 7)
        whole = self.Clock._work_hours(self.flexible, start, end)
        self.assertEqual(whole, 5 * 40)
        for split in (datetime(2026, 11, 4, 10, 7), datetime(2026, 11, 7, 12, 0), datetime(2026, 11, 16, 3, 30)):
            parts = (self.Clock._work_hours(self.flexible, *part) for part in ((start, split), (split, end)))
            self.assertAlmostEqual(sum(parts), whole, 6)

    def test_holidays(self):
        holiday = date(2026, 11, 10)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.flexible.id,
                "company_id": self.company.id,
                "date_from": datetime(2026, 11, 9, 23, 0),
                "date_to": datetime(2026, 11, 10, 23, 0),
            }
        )
        oracle, start = AroundNoon("Europe/Berlin", [holiday]), datetime(2026, 11, 9, 10, 0)
        self.assertEqual(self.Clock._after_hours(self.flexible, start, 16), oracle.after(start, 16 * 60))
        self.assertEqual(self.Clock._after_working_days(self.flexible, start, 3), oracle.working_day_end(start, 3))

    def test_hours_of_a_week(self):
        short = self.make_flexible("UTC", day=6.0, week=20.0)
        monday = datetime(2026, 11, 9)
        hours = [
            self.Clock._work_hours(short, monday + timedelta(days=day), monday + timedelta(days=day + 1))
            for day in range(7)
        ]
        self.assertEqual(hours, [6, 6, 6, 2, 0, 0, 0])
        short.full_time_required_hours = 0
        self.assertEqual(self.Clock._work_hours(short, monday, monday + timedelta(days=7)), 42)
        around_the_clock = self.make_flexible("UTC", day=24.0, week=168.0)
        self.assertEqual(self.Clock._work_hours(around_the_clock, monday, monday + timedelta(days=7)), 168)

    def check_escalation(self, calendar, at):
        """A complaint under ``calendar``: escalated at three quarters of its time, and at the deadline.

        :param at: function of the start and a number of hours: the moment at which so many have run
        """
        self.company.complaint_calendar_id = calendar
        start = datetime(2026, 11, 6, 18, 0)
        Escalation = self.env["customer.complaint.escalation"]
        Escalation.search([("company_id", "=", self.company.id)]).unlink()
        for share in (75, 100):
            Escalation.create({"company_id": self.company.id, "share": share, "recipient": "manager"})
        complaint = self.intake(start)
        clock = complaint.complaint_clock_ids.filtered(lambda clock: clock.kind == "answer")
        self.assertEqual((clock.calendar_id, clock.target_hours), (calendar, 40.0))
        self.assertEqual(complaint.complaint_answer_due, at(start, 40))
        self.assertEqual(complaint.complaint_escalate_on, at(start, 30))
        for hours, share in ((29, 0), (31, 75), (39, 75), (41, 100)):
            with freeze_time(at(start, hours)), self.enter_registry_test_mode():
                self.env.ref("customer_value.cron_escalate_complaints").method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(complaint.complaint_escalated_share, share, f"after {hours} hours")
            self.assertAlmostEqual(clock._share_used(at(start, hours)), hours / 40, 6)
        self.assertFalse(complaint.complaint_escalate_on)

    def test_escalation_flexible(self):
        oracle = AroundNoon("Europe/Berlin")
        self.check_escalation(self.flexible, lambda start, hours: oracle.after(start, hours * 60))

    def test_escalation_with_attendances(self):
        oracle = MinuteCalendar("Europe/Berlin")
        calendar = self.make_calendar("Europe/Berlin")
        self.check_escalation(calendar, lambda start, hours: oracle.after(start, hours * 60))

    def test_escalation_without_any_working_time(self):
        """Nothing that could be counted: the wall clock, for the deadline and for what has run of it."""
        empty = self.make_calendar("Europe/Berlin")
        empty.attendance_ids.unlink()
        self.check_escalation(empty, lambda start, hours: start + timedelta(hours=hours))

    def test_escalation_flexible_without_hours(self):
        nothing = self.make_flexible("Europe/Berlin", day=0.0)
        self.check_escalation(nothing, lambda start, hours: start + timedelta(hours=hours))

    def test_waiting(self):
        self.company.complaint_calendar_id = self.flexible
        start = datetime(2026, 11, 9, 10, 0)
        complaint = self.intake(start)
        with freeze_time(start):
            self.bring_to(complaint, "investigating")
        begin, end = datetime(2026, 11, 10, 9, 0), datetime(2026, 11, 13, 8, 20)
        with freeze_time(begin):
            complaint.with_user(self.officer)._complaint_wait("Which one?")
        with freeze_time(end):
            complaint.with_user(self.officer).action_complaint_resume()
        oracle = AroundNoon("Europe/Berlin")
        self.assertEqual(complaint.complaint_answer_due, oracle.after(start, 40 * 60, [(begin, end)]))
