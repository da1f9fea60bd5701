"""Two clocks of a complaint, held against hours counted one minute at a time."""

from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .complaint_case import ComplaintCase
from .minute_calendar import MinuteCalendar


@tagged("post_install", "-at_install")
class TestComplaintClock(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.value_tz = "Europe/Berlin"
        cls.calendar = cls.make_calendar("Europe/Berlin")
        cls.company.complaint_calendar_id = cls.calendar
        cls.silent_partner = cls.customer("No Address")

    def intake(self, moment, **values):
        with freeze_time(moment):
            return self.Ticket.create(
                {
                    "name": "Late",
                    "description": "Late",
                    "partner_id": self.silent_partner.id,
                    "company_id": self.company.id,
                    "is_complaint": True,
                }
                | values
            ).sudo()

    def promise(self, hours, severity=False, tier=None):
        Commitment = self.env["customer.complaint.commitment"]
        found = Commitment.search(
            [
                ("company_id", "=", self.company.id),
                ("severity", "=", severity),
                ("tier_id", "=", tier.id if tier else False),
            ]
        )
        if found:
            found.answer_hours = hours
        else:
            found.create(
                {
                    "company_id": self.company.id,
                    "severity": severity,
                    "tier_id": tier.id if tier else False,
                    "answer_hours": hours,
                }
            )

    def test_week_end_and_holiday(self):
        """Received on a Thursday afternoon in Berlin; Friday is a holiday."""
        holiday = date(2025, 10, 3)
        self.company.complaint_calendar_id = self.make_calendar("Europe/Berlin", [holiday])
        start = datetime(2025, 10, 2, 13, 30)
        complaint = self.intake(start)
        oracle = MinuteCalendar("Europe/Berlin", [holiday])
        self.assertEqual(complaint.complaint_answer_due, oracle.after(start, 40 * 60))
        self.assertEqual(complaint.complaint_regulatory_due, oracle.working_day_end(start, 15))
        self.assertEqual(complaint.complaint_acknowledge_due, start + timedelta(hours=24))

    def test_zones_and_summer_time(self):
        """One minute can be another day; the clock changes on 26 October."""
        for zone in ("Pacific/Auckland", "America/Los_Angeles", "Asia/Shanghai", "Europe/Berlin"):
            self.company.value_tz = zone
            self.company.complaint_calendar_id = self.make_calendar(zone)
            oracle = MinuteCalendar(zone)
            for start in (datetime(2025, 10, 24, 11, 1), datetime(2025, 10, 24, 23, 0), datetime(2025, 10, 25, 12, 0)):
                with self.subTest(zone=zone, start=start):
                    complaint = self.intake(start)
                    self.assertEqual(complaint.complaint_answer_due, oracle.after(start, 40 * 60))
                    self.assertEqual(complaint.complaint_regulatory_due, oracle.working_day_end(start, 15))

    def test_weeks(self):
        self.company.write({"complaint_term": 8, "complaint_term_unit": "weeks"})
        complaint = self.intake("2025-10-02 13:30:00")
        self.assertEqual(complaint.complaint_regulatory_due, datetime(2025, 11, 27, 13, 30))

    def test_pauses(self):
        """The working clock stands still, over a week-end too; the regulatory one never does."""
        start = datetime(2025, 10, 6, 7, 15)
        complaint = self.bring_to(self.intake(start), "received")
        with freeze_time(start):
            self.bring_to(complaint, "investigating")
        regulatory = complaint.complaint_regulatory_due
        pauses = [
            (datetime(2025, 10, 7, 9, 0), datetime(2025, 10, 7, 14, 10)),
            (datetime(2025, 10, 9, 14, 0), datetime(2025, 10, 13, 8, 20)),
        ]
        for begin, end in pauses:
            with freeze_time(begin):
                complaint.with_user(self.officer)._complaint_wait("Which one?")
                self.assertFalse(complaint.complaint_answer_due)
            with freeze_time(end):
                complaint.with_user(self.officer).action_complaint_resume()
        oracle = MinuteCalendar("Europe/Berlin")
        self.assertEqual(complaint.complaint_answer_due, oracle.after(start, 40 * 60, pauses))
        self.assertEqual(complaint.complaint_regulatory_due, regulatory)
        clock = complaint.complaint_clock_ids.filtered(lambda clock: clock.kind == "answer")
        self.assertEqual(clock.deadline, oracle.after(start, 40 * 60), "the promise itself is not rewritten")

    def test_tier_and_severity(self):
        gold, silver = self.policy.tier_ids[:2]
        self.promise(20, "2")
        self.promise(10, "2", gold)
        self.promise(30, False, gold)
        start = datetime(2025, 10, 6, 6, 0)
        tiers = {gold: 10, silver: 20, self.env["customer.value.tier"]: 20}
        oracle = MinuteCalendar("Europe/Berlin")
        Partner = type(self.silent_partner)
        for tier, hours in tiers.items():
            with self.subTest(tier=tier.name), patch.object(Partner, "value_tier_id", tier, create=True):
                complaint = self.intake(start)
                self.assertEqual(complaint.complaint_answer_due, oracle.after(start, hours * 60))
        with patch.object(Partner, "value_tier_id", gold, create=True):
            other = self.env.ref("customer_value.complaint_type_conduct")
            other.severity = "1"
            complaint = self.intake(start, complaint_type_id=other.id)
            self.assertEqual(complaint.complaint_answer_due, oracle.after(start, 30 * 60))

    def test_severity_adds_a_clock(self):
        start = datetime(2025, 10, 6, 6, 0)
        complaint = self.intake(start)
        first = complaint.complaint_clock_ids.filtered(lambda clock: clock.kind == "answer")
        before = first.read(["deadline", "due", "target_hours", "severity"])
        with freeze_time("2025-10-07 06:00:00"):
            complaint.with_user(self.officer).complaint_severity = "4"
        self.assertEqual(first.read(["deadline", "due", "target_hours", "severity"]), before)
        second = complaint.complaint_clock_ids.filtered(lambda clock: clock.kind == "answer") - first
        self.assertEqual((second.cause, second.severity, second.started), ("severity", "4", start))
        self.assertEqual(complaint.complaint_answer_due, MinuteCalendar("Europe/Berlin").after(start, 8 * 60))
        with freeze_time("2025-10-07 07:00:00"):
            complaint.with_user(self.officer).complaint_severity = "4"
        self.assertEqual(len(complaint.complaint_clock_ids), 4, "the same again changes nothing")
        with freeze_time("2025-10-07 08:00:00"):
            complaint.with_user(self.officer).partner_id = self.customer("The Real One")
        self.assertEqual(complaint.complaint_clock_ids[-1:].cause, "customer")

    def test_later_settings_change_no_promise(self):
        complaint = self.intake("2025-10-06 06:00:00")
        before = complaint.complaint_clock_ids.read(["deadline", "due"])
        self.promise(1)
        self.company.write({"complaint_term": 1, "complaint_acknowledge_hours": 1})
        self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "2").unlink()
        complaint.with_user(self.officer).name = "Later"
        self.assertEqual(complaint.complaint_clock_ids.read(["deadline", "due"]), before)

    def test_met_and_missed(self):
        complaint = self.intake("2025-10-06 06:00:00")
        with freeze_time("2025-10-06 07:00:00"):
            self.bring_to(complaint, "investigating")
        with freeze_time(complaint.complaint_answer_due + timedelta(minutes=1)):
            complaint.with_user(self.officer)._take_complaint_step("answer")
        states = {clock.kind: clock.state for clock in complaint.complaint_clock_ids}
        self.assertEqual(states, {"acknowledge": "met", "answer": "missed", "regulatory": "met"})
        self.assertFalse(complaint.complaint_answer_due or complaint.complaint_regulatory_due)

    def test_colours_are_the_same_in_lists_and_counts(self):
        """What a board counts by SQL is what a card shows."""
        start = datetime(2025, 10, 6, 6, 0)
        complaints = self.Ticket.browse(self.intake(start).id for _number in range(4))
        with freeze_time(start):
            self.bring_to(complaints[0], "answered")
            self.bring_to(complaints[1], "investigating")
            complaints[1].with_user(self.officer)._complaint_wait("Which?")
        tickets = complaints | self.ticket(self.silent_partner)
        seen = set()
        for days in (0, 1, 3, 4, 6, 9, 30):
            with freeze_time(start + timedelta(days=days, minutes=1)):
                tickets.invalidate_recordset(["complaint_clock"])
                shown = {}
                for ticket in tickets:
                    shown.setdefault(ticket.complaint_clock, set()).add(ticket.id)
                counted = self.Ticket._read_group([("id", "in", tickets.ids)], ["complaint_clock"], ["id:array_agg"])
                self.assertEqual({clock: set(ids) for clock, ids in counted}, shown)
                for clock, ids in shown.items():
                    found = self.Ticket.search([("complaint_clock", "=", clock), ("id", "in", tickets.ids)])
                    self.assertEqual(set(found.ids), ids)
                seen |= shown.keys()
        self.assertEqual(seen, {"fine", "soon", "late", "waiting", "done", False})

    def test_calendar_without_working_time(self):
        self.calendar.attendance_ids.unlink()
        complaint = self.intake("2025-10-06 06:00:00")
        self.assertEqual(complaint.complaint_answer_due, datetime(2025, 10, 7, 22, 0))
        self.assertTrue(complaint.complaint_regulatory_due)

    def escalate(self):
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_escalate_complaints").method_direct_trigger()
        self.env.invalidate_all()

    def test_calendar_of_a_promise_stays(self):
        """Without it, what has run of the time would be told by the wall clock, and all rungs reached at once."""
        complaint = self.intake("2025-10-06 06:00:00")
        calendar = complaint.complaint_clock_ids.calendar_id
        self.assertEqual(calendar, self.calendar)
        self.company.complaint_calendar_id = False
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            calendar.unlink()

    def test_escalation_ladder(self):
        team = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Complaints",
                "company_id": self.company.id,
                "user_id": self.helper.id,
                "user_ids": [self.officer.id],
                "resource_calendar_id": self.calendar.id,
            }
        )
        start = datetime(2025, 10, 6, 6, 0)
        complaint = self.intake(start, team_id=team.id, user_id=self.officer.id)
        complaint.activity_unlink(["customer_value.activity_complaint_step"])
        oracle = MinuteCalendar("Europe/Berlin")
        told = []
        for share, user in ((50, self.officer), (80, self.helper), (100, self.manager)):
            due = oracle.after(start, 40 * 60 * share // 100)
            with freeze_time(due - timedelta(minutes=2)):
                self.escalate()
                self.assertEqual(complaint.activity_ids.user_id.ids, told)
            with freeze_time(due + timedelta(minutes=6)):
                self.escalate()
                self.escalate()
            self.assertIn(user, complaint.activity_ids.user_id)
            told = complaint.activity_ids.user_id.ids
            self.assertEqual(len(complaint.activity_ids.filtered(lambda found, user=user: found.user_id == user)), 1)
        self.assertEqual(complaint.complaint_escalated_share, 100)
        self.assertFalse(complaint.complaint_escalate_on)

    def told(self, complaint):
        """The activities and emails of a complaint: tuples of user and what they were told, sorted."""
        notes = self.env["mail.message"].search(
            [("model", "=", complaint._name), ("res_id", "=", complaint.id), ("message_type", "=", "user_notification")]
        )
        mails = [(partner.name, note.subject) for note in notes for partner in note.notified_partner_ids]
        activities = [(found.user_id.name, found.summary) for found in complaint.activity_ids]
        return sorted(activities), sorted(mails)

    def test_several_rungs_at_once(self):
        """Each recipient hears once, of the last rung, in one email; those of a rung without email have none."""
        complaint = self.intake("2025-10-06 06:00:00", user_id=self.officer.id)
        complaint.activity_unlink(["customer_value.activity_complaint_step"])
        activities, before = self.told(complaint)
        self.assertFalse(activities)
        ladder = complaint._complaint_ladder(self.company)
        self.assertEqual(ladder.mapped("recipient"), ["owner", "leader", "manager"])
        ladder[0].send_mail = False
        with freeze_time("2026-01-06 06:00:00"):
            self.escalate()
        managers = self.company._get_group_users("customer_value.group_complaint_manager")
        self.assertIn(self.manager, managers)
        text = f"Complaint {complaint.complaint_number}: 100% of the response time is used"
        activities, mails = self.told(complaint)
        self.assertEqual(activities, sorted((user.name, text) for user in managers | self.officer))
        self.assertEqual([mail for mail in mails if mail not in before], sorted((user.name, text) for user in managers))
        events = complaint.complaint_event_ids.filtered(lambda event: event.kind == "escalation")
        names = ", ".join(managers.mapped("name"))
        self.assertEqual(
            sorted(events.mapped("note")), sorted([f"50%: {self.officer.name}", f"80%: {names}", f"100%: {names}"])
        )

    def test_queries_of_escalation(self):
        """Complaints that are escalated together share what they have in common."""

        def queries(count):
            self.env["helpdesk.ticket"].search([("complaint_escalate_on", "!=", False)]).sudo().write(
                {"complaint_escalate_on": False}
            )
            tickets = self.env["helpdesk.ticket"].union(
                *(self.intake("2025-10-06 06:00:00", user_id=self.officer.id) for _number in range(count))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            with freeze_time("2026-01-06 06:00:00"):
                return self.count_queries(lambda: tickets._escalate_complaints(datetime(2026, 1, 6, 6, 0)))

        queries(1)
        one, two, four = queries(1), queries(2), queries(4)
        self.assertLessEqual((four - two) / 2, two - one)
        # nearly all of them are what Odoo takes for a notification with an email
        self.assertLess((four - two) / 2, 20)

    @mute_logger("odoo.sql_db")
    def test_one_bad_record(self):
        good, bad = self.intake("2025-10-06 06:00:00"), self.intake("2025-10-06 05:00:00")
        escalate = type(bad)._escalate_complaint

        def fail_for_one(self, *args):
            if self.id == bad.id:
                self.env.cr.execute("SELECT 1 / 0")
            return escalate(self, *args)

        with freeze_time("2026-01-06 06:00:00"), patch.object(type(bad), "_escalate_complaint", fail_for_one):
            self.escalate()
        self.assertEqual(good.complaint_escalated_share, 100)
        self.assertEqual(bad.complaint_escalated_share, 0)
        self.assertEqual(bad.complaint_escalate_on, datetime(2026, 1, 7, 6, 0), "tried again tomorrow")

    def test_random_pauses(self):
        """Any sequence of waiting and going on, against the minutes counted one by one."""
        oracle = MinuteCalendar("Europe/Berlin")
        start = datetime(2025, 10, 6, 7, 15)

        @settings(max_examples=25, deadline=None)
        @given(st.lists(st.integers(min_value=1, max_value=900), max_size=7))
        def check(gaps):
            complaint = self.intake(start)
            with freeze_time(start):
                self.fill_in(complaint)
                complaint.with_user(self.manager)._take_complaint_step("acknowledge")
            moment, stops = start, []
            for gap in gaps:
                moment += timedelta(minutes=gap)
                with freeze_time(moment):
                    if complaint.complaint_waiting_since:
                        complaint._complaint_resume()
                        stops[-1][1] = moment
                    elif oracle.after(start, 40 * 60, stops) <= moment:
                        break
                    else:
                        complaint._complaint_wait("Which?")
                        stops.append([moment, datetime(2099, 1, 1)])
            if complaint.complaint_waiting_since:
                moment += timedelta(minutes=1)
                with freeze_time(moment):
                    complaint._complaint_resume()
                stops[-1][1] = moment
            self.assertEqual(complaint.complaint_answer_due, oracle.after(start, 40 * 60, stops))

        check()
