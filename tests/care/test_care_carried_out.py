"""What is due is done: once, in the right language, and one that fails blocks no other."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..scoring.staff_case import TODAY
from .care_case import CareCase


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
        self.assertIn("care_user", self.letters()[0].email_from)

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
            return self.count_queries(lambda: self.Care._sync_events(self.company))

        queries(3)
        few, many = queries(10), queries(20)
        self.assertLessEqual(many - few, 10 * 4)
