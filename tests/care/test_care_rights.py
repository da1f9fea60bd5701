"""Who may see and change care, birthdays, rules and festivals; and the dates of festivals."""

from datetime import date, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..core.value_case import ONE_TO_ONE
from ..scoring.staff_case import TODAY
from .care_case import CareCase
from .new_moons import new_moons


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
        self.assertNotIn(self.manager, festival.activity_ids.user_id, "they have been told already")

    def test_one_date_a_year(self):
        festival = self.festival(kind="dates", date_ids=[Command.create({"date": "2030-01-05"})])
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            festival.date_ids = [Command.create({"date": "2030-12-26"})]

    def test_festival_of_another_company(self):
        other = self.make_company("Elsewhere", "EUR")
        with self.assertRaisesRegex(ValidationError, "another company"):
            self.rule("festival", festival_id=self.festival(company_id=other.id).id)
