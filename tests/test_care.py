"""Who is thought of when, how, and never twice."""

from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ValueCase
from .new_moons import new_moons
from .test_tiers import ONE_TO_ONE

TODAY = date(2025, 6, 30)
QUICK = settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


class CareCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clock = freeze_time(TODAY)
        clock.start()
        cls.addClassCleanup(clock.stop)
        cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.top, cls.middle = cls.tier("Top"), cls.tier("Middle")
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        groups = "base.group_user,base.group_partner_manager,customer_value.group_customer_value_{}"
        cls.user, cls.deputy = (
            new_test_user(cls.env, login, groups.format("user"), email=f"{login}@example.com", **company)
            for login in ("care_keeper", "care_deputy")
        )
        cls.manager = new_test_user(
            cls.env, "care_manager", groups.format("manager"), email="care_manager@example.com", **company
        )
        cls.partner = cls.customer("Firm", user_id=cls.user.id, email="firm@example.com")
        cls.person = cls.customer("Ada", parent_id=cls.partner.id, value_birthday="1985-07-20", email="ada@example.com")
        cls.member(cls.partner)
        cls.Care = cls.env["customer.value.care"]
        cls.Event = cls.env["calendar.event"]

    @classmethod
    def member(cls, *partners, amount=90.0):
        """Customers with such a revenue: 90 is Top, 50 is Middle."""
        for partner in partners:
            cls.invoice(partner, "2025-06-01", amount)
        cls.run_policy(as_of=TODAY)

    def rule(self, occasion="birthday", **values):
        values = {
            "name": f"Rule for {occasion}",
            "company_id": self.company.id,
            "occasion": occasion,
            "tier_ids": [Command.set(self.top.ids)],
            "user_id": self.deputy.id,
        } | values
        return self.env["customer.value.care.rule"].create(values)

    def festival(self, **values):
        return self.env["customer.value.festival"].create(
            {"name": "Founders' Day", "company_id": self.company.id, "month": "8", "day": 1} | values
        )

    def plan(self, day=TODAY, company=None):
        with freeze_time(day):
            counts = self.Care._plan(company or self.company)
            self.Care._sync_events(company or self.company)
        self.env.invalidate_all()
        return counts

    def job(self, day=TODAY):
        """The daily job, on ``day``."""
        with freeze_time(day), self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_care").method_direct_trigger()
        self.env.invalidate_all()

    def care(self, *domain):
        self.env.invalidate_all()
        return self.Care.search([("company_id", "=", self.company.id), *domain], order="occasion_date, id")

    def activities(self, partner):
        return self.env["mail.activity"].search([("res_model", "=", "res.partner"), ("res_id", "in", partner.ids)])

    def letters(self):
        return self.env["mail.mail"].search([("model", "=", "customer.value.care"), ("res_id", "in", self.care().ids)])


@tagged("post_install", "-at_install")
class TestCarePlan(CareCase):
    def test_birthday_of_a_person(self):
        rule = self.rule(days_before=3)
        self.plan()
        self.assertRecordValues(
            self.care(),
            [
                {
                    "rule_id": rule.id,
                    "partner_id": self.person.id,
                    "customer_id": self.partner.id,
                    "tier_id": self.top.id,
                    "user_id": self.user.id,
                    "occasion_date": date(2025, 7, 20),
                    "year": 2025,
                    "planned_date": date(2025, 7, 17),
                    "state": "planned",
                }
            ],
        )

    def test_horizon(self):
        """Planned on the first day on which it is near enough, and not before."""
        self.rule(horizon_days=10, days_before=3)
        self.plan("2025-07-06")
        self.assertFalse(self.care())
        self.plan("2025-07-07")
        self.assertEqual(self.care().planned_date, date(2025, 7, 17))

    def test_rule_made_late(self):
        """What should have begun already begins today, as long as the day has not passed."""
        self.rule(days_before=10)
        self.plan("2025-07-19")
        self.assertEqual(self.care().planned_date, date(2025, 7, 19))
        self.plan("2025-07-20")
        self.assertEqual(self.care().planned_date, date(2025, 7, 19), "it stays where it is")

    def test_day_that_has_passed(self):
        self.rule()
        self.plan("2025-07-21")
        self.assertFalse(self.care())

    def test_next_year(self):
        """A horizon beyond the end of the year, an occasion in January."""
        self.person.value_birthday = "1985-01-03"
        self.rule(days_before=7, horizon_days=30)
        self.plan("2025-12-10")
        self.assertRecordValues(
            self.care(), [{"occasion_date": date(2026, 1, 3), "year": 2026, "planned_date": date(2025, 12, 27)}]
        )

    def test_leap_day(self):
        self.person.value_birthday = "1984-02-29"
        self.rule(horizon_days=365)
        for today, expected in (("2026-01-01", date(2026, 2, 28)), ("2028-01-01", date(2028, 2, 29))):
            self.plan(today)
            self.assertEqual(self.care(("year", "=", expected.year)).occasion_date, expected)

    def test_who_is_not_thought_of(self):
        """Other tiers, no customer at all, archived contacts, contacts of another company, our own calendar year."""
        poor, stranger = self.customer("Middle"), self.customer("Stranger", value_birthday="1980-07-10")
        self.member(poor, amount=50)
        self.customer("Of a poor one", parent_id=poor.id, value_birthday="1980-07-10")
        self.customer("Gone", parent_id=self.partner.id, value_birthday="1980-07-10", active=False)
        other = self.make_company("Elsewhere", "EUR")
        self.customer("Theirs", parent_id=self.partner.id, value_birthday="1980-07-10").company_id = other
        self.rule()
        self.plan()
        self.assertEqual(self.care().partner_id, self.person)
        self.assertFalse(self.care(("partner_id", "=", stranger.id)))

    def test_customer_who_is_a_person(self):
        single = self.customer("Grace", value_birthday="1980-07-10")
        self.member(single)
        self.rule()
        self.plan()
        self.assertEqual(self.care().partner_id, single + self.person)

    def test_anniversary_of_the_first_order(self):
        """Of the customer, by whomever it was placed; in the time of the company; not on the day itself."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self.order(self.person, "2021-07-14 20:00:00")
        self.order(self.partner, "2022-07-20")
        newcomer = self.customer("Newcomer")
        self.order(newcomer, "2025-06-30")
        self.member(newcomer)
        rule = self.rule("first_order")
        self.plan()
        day = date(2025, 7, 15)
        self.assertRecordValues(
            self.care(), [{"partner_id": self.partner.id, "occasion_date": day, "rule_id": rule.id}]
        )
        self.plan("2026-05-15")
        self.assertEqual(self.care(("partner_id", "=", newcomer.id)).occasion_date, date(2026, 6, 30))

    def test_festival_on_a_fixed_day(self):
        self.rule("festival", festival_id=self.festival().id)
        self.plan()
        self.assertRecordValues(
            self.care(), [{"partner_id": self.partner.id, "occasion_date": date(2025, 8, 1), "year": 2025}]
        )

    def test_festival_with_dates(self):
        festival = self.festival(
            kind="dates", date_ids=[Command.create({"date": day}) for day in ("2025-07-09", "2026-06-28")]
        )
        self.rule("festival", festival_id=festival.id, horizon_days=365)
        self.plan()
        self.assertEqual(self.care().mapped("occasion_date"), [date(2025, 7, 9), date(2026, 6, 28)])

    def test_once_in_a_year(self):
        """Whatever is planned how often, and though the birthday is corrected after it was thought of."""
        self.rule()
        first = self.plan()
        self.assertEqual((first["added"], self.plan()["added"], self.plan("2025-07-01")["added"]), (1, 0, 0))
        self.job("2025-07-20")
        self.person.value_birthday = "1985-08-20"
        self.job("2025-07-21")
        self.job("2025-08-20")
        self.assertEqual(self.care().mapped("state"), ["done"])
        self.assertEqual(len(self.activities(self.person)), 1)

    def test_second_plan_writes_nothing(self):
        self.rule()
        self.rule("festival", festival_id=self.festival().id)
        self.plan()
        before = self.rows("customer_value_care"), self.rows("calendar_event")
        self.plan()
        self.plan("2025-07-01")
        self.assertEqual((self.rows("customer_value_care"), self.rows("calendar_event")), before)

    def test_the_plan_follows(self):
        """Another day, another account manager, another rule: what is planned is brought in line."""
        rule = self.rule()
        self.plan()
        care = self.care()
        self.person.value_birthday = "1985-07-25"
        self.plan()
        self.assertEqual((care.occasion_date, care.planned_date), (date(2025, 7, 25), date(2025, 7, 25)))
        self.partner.user_id = self.deputy
        rule.days_before = 5
        self.plan()
        self.assertEqual((care.user_id, care.planned_date), (self.deputy, date(2025, 7, 20)))
        self.deputy.active = False
        self.person.user_id = False
        rule.user_id = self.manager
        self.plan()
        self.assertEqual(care.user_id, self.manager, "who has left is passed over")
        self.person.value_birthday = False
        self.plan()
        self.assertEqual((care.state, care.reason), ("cancelled", "date"))

    def test_shorter_horizon_cancels_nothing(self):
        rule = self.rule()
        self.plan()
        rule.horizon_days = 5
        self.plan()
        self.assertEqual(self.care().state, "planned")

    def test_leaving_the_tier_and_coming_back(self):
        self.rule()
        self.plan()
        care = self.care()
        self.credit_note(self.partner, "2025-06-02", 60)
        self.run_policy(as_of=TODAY)
        self.plan()
        self.assertEqual((care.state, care.reason), ("cancelled", "tier"))
        self.invoice(self.partner, "2025-06-03", 60)
        self.run_policy(as_of=TODAY)
        self.plan()
        self.assertEqual((care.state, care.reason), ("planned", False))

    def test_archived_rule_and_contact(self):
        rule = self.rule()
        other = self.customer("Bob", parent_id=self.partner.id, value_birthday="1990-07-05")
        self.plan()
        other.active = False
        self.plan()
        bob = self.care(("partner_id", "=", other.id))
        self.assertEqual((bob.state, bob.reason), ("cancelled", "partner"))
        rule.active = False
        self.plan()
        ada = self.care(("partner_id", "=", self.person.id))
        self.assertEqual((ada.state, ada.reason), ("cancelled", "rule"))

    def test_two_companies(self):
        """Each plans for its own customers by its own rules."""
        other = self.make_company("Elsewhere", "EUR")
        policy = self.make_policy(ONE_TO_ONE, window_months=0, company=other)
        self.rule()
        theirs = self.rule(company_id=other.id, tier_ids=[Command.set(self.tier("Top", policy).ids)], user_id=False)
        self.plan()
        self.plan(company=other)
        self.assertFalse(theirs.care_ids, "he is no customer of theirs")
        self.invoice(self.partner, "2025-06-01", 90, company=other)
        policy._run(as_of=TODAY)
        self.plan(company=other)
        care = theirs.care_ids
        self.assertEqual((care.company_id, care.partner_id), (other, self.person))
        self.assertFalse(care.user_id, "the account manager does not work there")

    def test_rule_for_tiers_of_another_company(self):
        other = self.make_company("Elsewhere", "EUR")
        with self.assertRaisesRegex(ValidationError, "belong to another company"):
            self.rule(company_id=other.id)

    def test_incomplete_rules(self):
        for values, message in (
            ({"occasion": "festival"}, "Choose the festival"),
            ({"tier_ids": False}, "Choose the tiers"),
            ({"activity_type_id": False}, "type of activity"),
        ):
            with self.subTest(message=message), self.assertRaisesRegex(ValidationError, message):
                self.rule(**values)

    def test_birthday_that_cannot_be(self):
        for day in ("2026-01-01", "1849-12-31"):
            with self.subTest(day=day), self.assertRaises(ValidationError):
                self.person.value_birthday = day

    def test_merged_contacts(self):
        """What was given stays; the other is gone, and nothing is given again."""
        twin = self.customer("Ada L.", parent_id=self.partner.id, value_birthday="1985-07-20")
        self.rule()
        self.job("2025-07-20")
        self.assertEqual(len(self.care(("state", "=", "done"))), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.person | twin).ids, self.person)
        self.assertEqual(self.care().partner_id, self.person)
        self.job("2025-07-20")
        self.assertEqual(self.care().mapped("state"), ["done"])

    def test_queries_do_not_grow_with_the_customers(self):
        """Planning is one statement, whatever the number of customers."""
        self.rule(action="letter")
        self.rule("festival", festival_id=self.festival().id, action="letter")
        self.rule("first_order", action="letter")

        def queries(count):
            for partner in self.customers(count, f"Many {count} "):
                partner.value_birthday = "1990-07-15"
                self.invoice(partner, "2025-06-01", 90)
                self.order(partner, "2020-07-15")
            self.run_policy(as_of=TODAY)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            added = self.Care._plan(self.company)["added"]
            return self.env.cr.sql_log_count - before, added

        queries(2)
        few, many = queries(10), queries(20)
        self.assertEqual((few[1], many[1]), (30, 60))
        self.assertEqual(few[0], many[0])

    @QUICK
    @given(
        birthday=st.dates(date(1900, 1, 1), date(2024, 12, 31)),
        today=st.dates(date(2025, 1, 1), date(2060, 12, 31)),
        before=st.integers(0, 180),
    )
    def test_any_birthday_in_any_year(self, birthday, today, before):
        """The next birthday from today on, against plain Python."""
        with self.env.cr.savepoint() as savepoint:
            self.person.value_birthday = birthday
            rule = self.rule(days_before=before, horizon_days=365, action="letter")

            def in_year(year):
                try:
                    return birthday.replace(year=year)
                except ValueError:
                    return date(year, 2, 28)

            following = next(day for day in map(in_year, (today.year, today.year + 1)) if day >= today)
            self.plan(today)
            first = self.care(("rule_id", "=", rule.id))[:1]
            self.assertEqual(first.occasion_date, following)
            self.assertEqual(first.planned_date, max(today, following - timedelta(days=before)))
            savepoint.rollback()


@tagged("post_install", "-at_install")
class TestCareCarriedOut(CareCase):
    def test_activity(self):
        """On the planned day, on the person, for the account manager, due on the day itself."""
        self.rule(days_before=3, note="Flowers")
        self.job("2025-07-16")
        self.assertFalse(self.activities(self.person))
        self.job("2025-07-17")
        activity = self.activities(self.person)
        self.assertRecordValues(
            activity,
            [{"user_id": self.user.id, "date_deadline": date(2025, 7, 20), "summary": "Rule for birthday"}],
        )
        self.assertIn("Flowers", activity.note)
        self.assertRecordValues(
            self.care(), [{"state": "done", "activity_id": activity.id, "done_on": date(2025, 7, 17)}]
        )

    def test_carried_out_once(self):
        self.rule()
        self.rule(action="letter", name="Letter")
        for _again in range(2):
            self.job("2025-07-20")
        self.job("2025-07-21")
        self.assertEqual((len(self.activities(self.person)), len(self.letters())), (1, 1))

    def test_two_jobs(self):
        """What another job has taken is not done again: it looks at the state once more when it has the lock."""
        self.rule(action="letter")
        self.plan("2025-07-19")
        due = self.care()
        with patch.object(type(self.Care), "_search_due", lambda records: due):
            self.job("2025-07-20")
            self.job("2025-07-20")
        self.assertEqual(len(self.letters()), 1)

    def test_fallback_and_nobody(self):
        (self.partner | self.person).user_id = False
        rule = self.rule()
        self.plan()
        self.assertEqual(self.care().user_id, self.deputy)
        rule.user_id = False
        self.job("2025-07-20")
        self.assertEqual((self.care().state, self.care().reason), ("failed", "nobody"))
        rule.user_id = self.deputy
        self.care().with_user(self.manager).action_retry()
        self.job("2025-07-20")
        self.assertEqual((self.care().state, self.activities(self.person).user_id), ("done", self.deputy))

    def test_letter_in_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("customer_value.mail_template_care_birthday")
        template.with_context(lang="fr_FR").subject = "Bon anniversaire, {{ object.partner_id.name }}"
        self.person.lang = "fr_FR"
        self.customer("Bob", parent_id=self.partner.id, value_birthday="1990-07-20", email="bob@example.com")
        rule = self.rule(action="letter")
        self.assertEqual(rule.template_id, template)
        self.job("2025-07-20")
        self.assertEqual(set(self.letters().mapped("subject")), {"Bon anniversaire, Ada", "Happy birthday, Bob"})
        self.assertEqual(set(self.letters().recipient_ids), set(self.care().partner_id))
        self.assertIn("care_keeper", self.letters()[0].email_from)

    def test_letters_of_all_occasions(self):
        """Each default letter names its reader, and leaves no placeholder."""
        self.order(self.partner, "2021-07-20")
        festival = self.festival(month="7", day=20)
        for occasion in ("birthday", "first_order", "festival"):
            self.rule(occasion, action="letter", festival_id=occasion == "festival" and festival.id)
        self.job("2025-07-20")
        letters = self.letters()
        self.assertEqual(len(letters), 3)
        for letter in letters:
            self.assertRegex(str(letter.body_html), "Dear <?.*(Ada|Firm)")
            self.assertNotRegex(letter.subject + str(letter.body_html), r"\{\{|t-out|Mitchell")
        self.assertIn("Founders' Day: our best wishes", letters.mapped("subject"))

    def test_no_address_and_no_wish_for_mail(self):
        self.person.email = False
        bob = self.customer("Bob", parent_id=self.partner.id, value_birthday="1990-07-20", email="bob@example.com")
        eve = self.customer("Eve", parent_id=self.partner.id, value_birthday="1990-07-20", email="eve@example.com")
        self.env["mail.blacklist"]._add("bob@example.com")
        self.rule(action="letter")
        self.job("2025-07-20")
        reasons = {care.partner_id: (care.state, care.reason) for care in self.care()}
        self.assertEqual(
            reasons,
            {self.person: ("failed", "no_email"), bob: ("failed", "blacklisted"), eve: ("done", False)},
        )
        self.assertEqual(self.letters().recipient_ids, eve)
        self.person.email = "ada@example.com"
        with freeze_time("2025-07-21"):
            self.care(("partner_id", "=", self.person.id)).with_user(self.manager).action_retry()
        self.job("2025-07-21")
        self.assertEqual(self.care(("partner_id", "=", self.person.id)).state, "done")

    def test_one_that_fails_blocks_no_other(self):
        bob = self.customer("Bob", parent_id=self.partner.id, value_birthday="1990-07-20", email="bob@example.com")
        self.rule(action="letter")
        template = self.env.ref("customer_value.mail_template_care_birthday")
        template.subject = "{{ object.partner_id.name == 'Bob' and 1 / 0 or 'Fine' }}"
        self.job("2025-07-20")
        failed, done = self.care(("partner_id", "=", bob.id)), self.care(("partner_id", "=", self.person.id))
        self.assertEqual((failed.state, failed.reason, done.state), ("failed", "error", "done"))
        self.assertTrue(failed.error)
        self.assertEqual(self.letters().mapped("subject"), ["Fine"])

    def test_job_that_did_not_run(self):
        """A letter for a day that has passed is not sent; an activity is left to the judgement of a person."""
        self.rule(action="letter", name="Letter")
        self.rule()
        self.plan()
        self.job("2025-07-23")
        self.assertEqual(
            {care.action: (care.state, care.reason) for care in self.care()},
            {"letter": ("cancelled", "passed"), "activity": ("done", False)},
        )
        self.assertFalse(self.letters())

    def test_left_before_the_day(self):
        self.rule()
        self.plan()
        self.credit_note(self.partner, "2025-06-02", 60)
        self.run_policy(as_of=TODAY)
        self.job("2025-07-20")
        self.assertEqual((self.care().state, self.care().reason), ("cancelled", "tier"))
        self.assertFalse(self.activities(self.person))

    def test_next_year_again(self):
        self.rule(horizon_days=365)
        self.job("2025-07-20")
        self.job("2026-07-20")
        self.assertEqual(
            [(care.year, care.state) for care in self.care(("year", "<=", 2026))], [(2025, "done"), (2026, "done")]
        )
        self.assertEqual(len(self.activities(self.person)), 2)

    def test_test_letter(self):
        rule = self.rule(action="letter")
        before = self.rows("customer_value_care")
        rule.with_user(self.manager).action_send_test()
        mail = self.env["mail.mail"].search([("email_to", "=", self.manager.email)])
        self.assertEqual(mail.subject, f"Happy birthday, {self.manager.name}")
        self.assertFalse(mail.recipient_ids)
        self.assertEqual(self.rows("customer_value_care"), before)
        with self.assertRaises(AccessError):
            rule.with_user(self.user).action_send_test()


@tagged("post_install", "-at_install")
class TestCareCalendar(CareCase):
    def test_event_of_who_is_responsible(self):
        self.rule(days_before=2)
        self.rule(action="letter", name="Letter")
        mails = self.env["mail.mail"].search_count([])
        self.plan()
        care = self.care(("action", "=", "activity"))
        event = care.event_id
        self.assertRecordValues(
            event,
            [
                {
                    "name": "Rule for birthday: Firm, Ada",
                    "allday": True,
                    "start_date": date(2025, 7, 18),
                    "stop_date": date(2025, 7, 18),
                    "user_id": self.user.id,
                    "partner_ids": self.user.partner_id.ids,
                    "show_as": "free",
                }
            ],
        )
        self.assertFalse(self.care(("action", "=", "letter")).event_id)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails, "nobody is invited")
        self.assertFalse(self.activities(self.person), "the activity is made on the day")

    def test_in_step_with_the_plan(self):
        self.rule()
        self.plan()
        care, event = self.care(), self.care().event_id
        care.with_user(self.user).planned_date = date(2025, 7, 22)
        self.assertEqual(event.start_date, date(2025, 7, 22))
        care.with_user(self.user).action_postpone()
        self.assertEqual((care.planned_date, event.start_date), (date(2025, 7, 29), date(2025, 7, 29)))
        self.plan()
        self.assertEqual(care.planned_date, date(2025, 7, 29), "moved by hand")
        self.partner.user_id = self.deputy
        self.plan()
        self.assertEqual((event.user_id, event.partner_ids), (self.deputy, self.deputy.partner_id))
        care.with_user(self.deputy).action_skip()
        self.assertFalse(event.exists())
        self.assertEqual((care.state, care.reason), ("cancelled", "skipped"))
        self.plan()
        self.assertEqual(care.state, "cancelled", "what was skipped stays so")
        care.with_user(self.deputy).action_retry()
        self.assertEqual(care.event_id.start_date, date(2025, 7, 29))

    def test_moved_in_the_calendar(self):
        self.rule()
        self.plan()
        care = self.care()
        care.event_id.with_user(self.user).write({"start_date": "2025-07-24", "stop_date": "2025-07-24"})
        self.env.flush_all()
        self.assertEqual((care.planned_date, care.postponed), (date(2025, 7, 24), True))
        self.job("2025-07-22")
        self.assertFalse(self.activities(self.person))
        self.job("2025-07-24")
        self.assertEqual(self.activities(self.person).date_deadline, date(2025, 7, 24))

    def test_events_cost_the_same_for_each(self):
        """No more than a handful of statements for one more event, however many there are."""
        self.rule()

        def queries(count):
            for number in range(count):
                self.customer(f"{count}.{number}", parent_id=self.partner.id, value_birthday="1990-07-15")
            self.Care._plan(self.company)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.Care._sync_events(self.company)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(3)
        few, many = queries(10), queries(20)
        self.assertLessEqual(many - few, 10 * 4)


@tagged("post_install", "-at_install")
class TestCareRights(CareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "care_portal", "base.group_portal")
        cls.seller = new_test_user(
            cls.env,
            "care_seller",
            "base.group_user,sales_team.group_sale_manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def test_nobody_writes_care_by_hand(self):
        rule = self.rule()
        self.plan()
        care = self.care()
        values = {
            "rule_id": rule.id,
            "partner_id": self.partner.id,
            "customer_id": self.partner.id,
            "company_id": self.company.id,
            "action": "activity",
            "occasion_date": TODAY,
            "planned_date": TODAY,
            "year": 2025,
        }
        for user in (self.user, self.manager):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.Care.with_user(user).create(values)
                with self.assertRaises(AccessError):
                    care.with_user(user).write({"state": "done"})
                with self.assertRaises(AccessError):
                    care.with_user(user).unlink()

    def test_only_who_is_responsible_moves_it(self):
        self.rule()
        self.plan()
        care = self.care()
        for act in (
            lambda care: care.action_skip(),
            lambda care: care.action_postpone(),
            lambda care: care.write({"planned_date": "2025-07-22"}),
        ):
            with self.assertRaises(AccessError):
                act(care.with_user(self.deputy))
        with self.assertRaisesRegex(UserError, "today or a later day"):
            care.with_user(self.user).planned_date = "2025-06-29"
        care.with_user(self.manager).action_postpone()
        self.job("2025-07-28")
        for act in (lambda care: care.action_skip(), lambda care: care.action_postpone()):
            with self.assertRaises(UserError):
                act(care.with_user(self.user))

    def test_rules_and_festivals_are_for_managers(self):
        festival = self.festival()
        rule = self.rule("festival", festival_id=festival.id)
        for record in (rule, festival):
            self.assertTrue(record.with_user(self.user).name)
            with self.assertRaises(AccessError):
                record.with_user(self.user).name = "Mine"
            record.with_user(self.manager).name = "Renamed"
            with self.assertRaises(AccessError):
                record.with_user(self.seller).read(["name"])
        with self.assertRaises(AccessError):
            rule.with_user(self.user).action_plan()
        rule.with_user(self.manager).action_plan()
        self.assertEqual(self.care().rule_id, rule)

    def test_other_companies(self):
        rule = self.rule("festival", festival_id=self.festival().id)
        self.plan()
        other = self.make_company("Elsewhere", "EUR")
        stranger = new_test_user(
            self.env,
            "care_stranger",
            "base.group_user,customer_value.group_customer_value_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        for record in (rule, rule.festival_id, self.care()):
            with self.assertRaises(AccessError):
                record.with_user(stranger).with_context(allowed_company_ids=other.ids).read(["display_name"])
        policy = self.make_policy(ONE_TO_ONE, company=other)
        with self.assertRaises(AccessError):
            self.rule().with_user(self.manager).write(
                {"company_id": other.id, "tier_ids": [Command.set(self.tier("Top", policy).ids)]}
            )

    def test_birthdays_are_for_value_users(self):
        for user in (self.portal, self.seller):
            with self.assertRaises(AccessError):
                self.person.with_user(user).read(["value_birthday"])
            with self.assertRaises(AccessError):
                self.person.with_user(user).search([("value_membership_id", "!=", False)])
        self.assertEqual(self.person.with_user(self.user).value_birthday, date(1985, 7, 20))

    def test_rule_that_has_acted_is_kept(self):
        rule = self.rule()
        self.job("2025-07-20")
        with self.assertRaisesRegex(UserError, "Archive it"):
            rule.with_user(self.manager).unlink()


@tagged("post_install", "-at_install")
class TestFestivals(CareCase):
    def test_seeded_dates_of_the_chinese_calendar(self):
        """Spring Festival is on the day of a new moon in Beijing, Mid-Autumn and Dragon Boat on the 15th and 5th."""
        for name, before, first, last in (
            ("spring", 0, (1, 21), (2, 20)),
            ("dragon_boat", 4, (5, 24), (6, 26)),
            ("mid_autumn", 14, (9, 7), (10, 8)),
        ):
            dates = self.env.ref(f"customer_value.festival_{name}").date_ids.mapped("date")
            self.assertEqual([day.year for day in dates], list(range(2026, 2036)))
            for day in dates:
                with self.subTest(festival=name, day=day):
                    self.assertTrue(date(day.year, *first) <= day <= date(day.year, *last))
                    self.assertIn(day - timedelta(days=before), new_moons(day.year))

    def test_dates_of_a_fixed_festival(self):
        leap = self.festival(month="2", day=29)
        self.assertEqual(leap._get_dates(date(2027, 1, 1), date(2028, 12, 31)), [date(2027, 2, 28), date(2028, 2, 29)])
        self.assertEqual(leap._get_dates(date(2027, 3, 1), date(2028, 2, 28)), [])
        with self.assertRaises(ValidationError):
            self.festival(month="4", day=31)

    def test_missing_date_is_told_in_time(self):
        """Once, to every manager of a company that keeps the festival, half a year before; never for unused ones."""
        festival = self.festival(kind="dates", date_ids=[Command.create({"date": "2025-12-24"})])
        unused = self.festival(name="Unused", kind="dates")
        rule = self.rule("festival", festival_id=festival.id)
        self.job("2025-06-30")
        self.assertFalse(festival.activity_ids)
        self.assertEqual(festival.missing_year, 0)
        for _again in range(2):
            self.job("2025-07-05")
        mine = festival.activity_ids.filtered(lambda activity: activity.user_id == self.manager)
        self.assertEqual(mine.summary, "Enter the date of Founders' Day in 2026")
        self.assertNotIn(self.user, festival.activity_ids.user_id)
        self.assertFalse(unused.activity_ids)
        with freeze_time("2025-07-05"):
            self.env.invalidate_all()
            self.assertEqual(rule.festival_missing_year, 2026)
        mine.action_feedback()
        self.job("2025-07-06")
        self.assertNotIn(self.manager, festival.activity_ids.user_id, "he has been told")

    def test_one_date_a_year(self):
        festival = self.festival(kind="dates", date_ids=[Command.create({"date": "2030-01-05"})])
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            festival.date_ids = [Command.create({"date": "2030-12-26"})]

    def test_festival_of_another_company(self):
        other = self.make_company("Elsewhere", "EUR")
        with self.assertRaisesRegex(ValidationError, "another company"):
            self.rule("festival", festival_id=self.festival(company_id=other.id).id)
