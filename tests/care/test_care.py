"""Which partners receive care when, and never twice."""

from datetime import date, timedelta

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core.value_case import ONE_TO_ONE
from ..scoring.staff_case import TODAY
from ..scoring.till_case import TillCase
from .care_case import CareCase

QUICK = settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


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
        self.company.value_tz = "Asia/Shanghai"
        self.order(self.person, "2021-07-14 20:00:00")
        self.order(self.partner, "2022-07-20")
        # a sample is no order
        self.order(self.person, "2020-07-20", 0)
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
        self.assertEqual(care.user_id, self.manager, "a user who has left is skipped")
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
        self.assertFalse(theirs.care_ids, "not a customer of that company")
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
            ({"occasion": "festival"}, "Choose a festival"),
            ({"tier_ids": False}, "Choose tiers"),
            ({"activity_type_id": False}, "Choose an activity type"),
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
            added = []
            count = self.count_queries(lambda: added.append(self.Care._plan(self.company)["added"]))
            return count, *added

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
class TestCareTills(TillCase):
    def test_anniversary_of_the_first_order_at_a_till(self):
        """Whoever bought at a till first has been a customer since then, as their score says."""
        only, both, back = self.customers(3)
        self.sold(only, "2021-07-10")
        self.sold(both, "2021-07-11")
        self.order(both, "2022-07-12")
        self.order(back, "2022-07-13")
        self.sold(back, "2021-07-14", refund=True)
        self.policy._run(as_of=TODAY)
        rule = self.env["customer.value.care.rule"].create(
            {
                "name": "Anniversary",
                "company_id": self.company.id,
                "occasion": "first_order",
                "tier_ids": [Command.set(self.policy.tier_ids.ids)],
                "user_id": self.env.uid,
            }
        )
        with freeze_time(TODAY):
            self.env["customer.value.care"]._plan(self.company)
        self.env.invalidate_all()
        planned = self.env["customer.value.care"].search([("rule_id", "=", rule.id)])
        self.assertEqual(
            {care.partner_id: care.occasion_date for care in planned},
            {only: date(2025, 7, 10), both: date(2025, 7, 11), back: date(2025, 7, 13)},
        )
