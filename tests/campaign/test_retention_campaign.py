"""The life of a campaign, from draft to its end."""

from datetime import date, timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..scoring.staff_case import TODAY
from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestCampaignLife(RetentionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.buyers(10)

    def test_start(self):
        campaign = self.started(self.partners)
        members = self.members(campaign)
        self.assertEqual(members.partner_id, self.partners)
        self.assertEqual(set(members.mapped("is_open")), {True})
        holdout = members.filtered(lambda member: member.arm == "holdout")
        self.assertEqual(len(holdout), 2)
        self.assertEqual(set(holdout.mapped("state")), {"holdout"})
        self.assertEqual(set((members - holdout).mapped("state")), {"planned"})
        self.assertRecordValues(campaign, [{"state": "running", "pause_reason": False, "ended_on": False}])
        self.assertTrue(campaign.started_on)
        self.assertEqual(campaign.utm_campaign_id.title, campaign.name)
        self.assertEqual(campaign.utm_campaign_id.company_id, self.company)

    def test_margin_before(self):
        """Of the time before the start that is as long as the one measured, less what was credited."""
        partner = self.partners[0]
        campaign = self.campaign(
            partner,
            date_start=TODAY,
            measure_until=TODAY + timedelta(days=9),
            without_holdout=True,
            holdout_percent=0,
            date_end=TODAY,
        )
        self.order(partner, "2025-06-20 00:00:00", 50, cost=20)
        self.order(partner, "2025-06-29 23:59:59", 7, cost=0)
        self.order(partner, "2025-06-19 23:59:59", 1000, cost=0)
        self.order(partner, "2025-06-30 00:00:00", 1000, cost=0)
        self.credit_note(partner, "2025-06-25", 5)
        campaign.action_start()
        self.assertEqual(self.members(campaign).margin_before, 30 + 7 - 5)

    def test_pause_and_resume_keep_everything(self):
        campaign = self.started(self.partners)
        before = self.rows("customer_retention_member")
        campaign.action_pause()
        self.assertEqual((campaign.state, campaign.pause_reason), ("paused", "hand"))
        campaign.action_resume()
        self.assertEqual((campaign.state, campaign.pause_reason), ("running", False))
        self.assertEqual(self.rows("customer_retention_member"), before)
        campaign._pause("budget")
        self.assertEqual(campaign.pause_reason, "budget")

    def test_cancelled_half_way(self):
        """Customers who have the offer stay offered, the rest are withdrawn; all may be in another campaign at once."""
        campaign = self.started(self.partners)
        offered = self.members(campaign, ("state", "=", "planned"))[:3]
        offered.sudo().write({"state": "offered", "offered_on": "2025-06-30 10:00:00"})
        campaign.action_cancel()
        states = self.members(campaign).mapped("state")
        self.assertEqual([states.count(state) for state in ("offered", "withdrawn", "holdout")], [3, 5, 2])
        withdrawn = self.members(campaign, ("state", "=", "withdrawn"))
        self.assertEqual(set(withdrawn.mapped("hindrance")), {"The campaign was canceled."})
        self.assertEqual(set(self.members(campaign).mapped("is_open")), {False})
        self.assertTrue(campaign.ended_on)
        again = self.started(self.partners, name="Another")
        self.assertEqual(len(self.members(again)), 10)

    def test_jobs_end_it(self):
        """No offers after the last day for them; closed once the time measured is over."""
        campaign = self.started(self.partners, date_end="2025-07-10", measure_until="2025-08-01")

        def job(day):
            with freeze_time(day), self.enter_registry_test_mode():
                self.env.ref("customer_value.cron_retention_close").method_direct_trigger()
            self.env.invalidate_all()
            return campaign.state, self.members(campaign).mapped("state").count("planned")

        self.assertEqual(job("2025-07-10"), ("running", 8))
        self.assertEqual(job("2025-07-11"), ("running", 0))
        self.assertEqual(job("2025-08-01"), ("running", 0))
        self.assertEqual(set(self.members(campaign).mapped("is_open")), {True})
        self.assertEqual(job("2025-08-02"), ("ended", 0))
        self.assertEqual(set(self.members(campaign).mapped("is_open")), {False})

    def test_days_are_those_of_the_company(self):
        """Where it is still yesterday, offers may still be made, and orders still count."""
        self.company.value_tz = "Pacific/Honolulu"
        with freeze_time("2025-06-30 12:00:00"):
            campaign = self.started(self.partners, date_end="2025-07-10", measure_until="2025-08-01")

        def job(moment):
            with freeze_time(moment):
                campaign._close_what_is_over()
                campaign._measure()
            return self.members(campaign).mapped("state").count("planned"), campaign.state, campaign.result_state

        self.assertEqual(job("2025-07-11 09:59:00"), (8, "running", "early"))
        self.assertEqual(job("2025-07-11 10:01:00"), (0, "running", "early"))
        self.assertEqual(job("2025-08-02 09:59:00"), (0, "running", "early"))
        self.assertEqual(job("2025-08-02 10:01:00"), (0, "ended", "underpowered"))

    def test_nothing_is_measured_before_the_first_day(self):
        campaign = self.started(self.partners, date_start="2025-07-05")
        campaign._measure()
        self.assertFalse(campaign.result_date)
        with freeze_time("2025-07-05 12:00:00"):
            campaign._measure()
        self.assertEqual(campaign.result_date, date(2025, 7, 5))

    def test_job_leaves_what_was_ended_meanwhile(self):
        campaign = self.started(self.partners)
        campaign.action_end()
        before = campaign.ended_on, campaign.message_ids
        with freeze_time("2026-01-01"):
            campaign._close_what_is_over()
        self.assertEqual((campaign.ended_on, campaign.message_ids), before)

    def test_hooks_are_called(self):
        calls = []
        Campaign = type(self.Campaign)
        for name in ("_plan_offers", "_withdraw_offers", "_measure"):
            self.patch(Campaign, name, lambda records, *args, name=name: calls.append((name, records.ids)))
        campaign = self.started(self.partners)
        campaign.action_end()
        self.assertEqual([name for name, _ids in calls], ["_plan_offers", "_withdraw_offers", "_measure"])
        other = self.started(self.partners)
        calls.clear()
        other.action_cancel()
        self.assertEqual(calls, [("_withdraw_offers", other.ids)])

    def test_steps_that_do_not_follow(self):
        campaign = self.campaign(self.partners)
        for name in ("action_pause", "action_resume", "action_end"):
            with self.subTest(name), self.assertRaisesRegex(UserError, "is Draft"):
                getattr(campaign, name)()
        campaign.action_start()
        with self.assertRaisesRegex(UserError, "is Running"):
            campaign.action_start()
        campaign.action_cancel()
        for name in ("action_start", "action_pause", "action_resume", "action_end", "action_cancel"):
            with self.subTest(name), self.assertRaisesRegex(UserError, "is Canceled"):
                getattr(campaign, name)()

    def test_a_draft_is_cancelled(self):
        campaign = self.campaign(self.partners)
        campaign.action_cancel()
        self.assertEqual((campaign.state, len(self.members(campaign))), ("cancelled", 0))

    def test_what_is_missing(self):
        for values, message in (
            ({"date_end": False}, "Enter the schedule"),
            ({"seed": "  "}, "Enter a seed"),
            ({"holdout_percent": 0}, "the effect of the campaign cannot be measured"),
            ({"executor": "users"}, "Choose the assigned users"),
            ({"audience_model": False}, "Choose the audience of the campaign"),
            ({"audience_domain": "[("}, "cannot be read"),
            ({"audience_domain": "[('nothing', '=', 1)]"}, "cannot be read"),
            ({"audience_domain": "5"}, "cannot be read"),
            ({"audience_domain": "None"}, "cannot be read"),
            ({"audience_domain": "{[]: 1}"}, "cannot be read"),
            ({"audience_domain": "[('name', '=')]"}, "cannot be read"),
            ({"audience_domain": "(" * 1000}, "cannot be read"),
            ({"holdout_percent": 1e-6}, "the effect of the campaign cannot be measured"),
            ({"audience_model": "res.country"}, "has no customers"),
            ({"audience_domain": "[('id', '=', 0)]"}, "no customers in the audience"),
            ({"date_start": "2025-05-01", "date_end": "2025-06-01"}, "has passed"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, message):
                self.campaign(self.partners, **values).action_start()

    @mute_logger("odoo.sql_db")
    def test_a_filter_that_the_database_refuses(self):
        campaign = self.campaign(self.partners, audience_domain="[('id', '=', 'abc')]")
        with self.assertRaisesRegex(UserError, "cannot be read"), self.env.cr.savepoint():
            campaign.action_start()
        self.assertEqual(campaign.state, "draft")

    def test_contradictions(self):
        for values, message in (
            ({"holdout_percent": 100}, "less than 100"),
            ({"holdout_percent": -1}, "less than 100"),
            ({"holdout_percent": 99.99999}, "less than 100"),
            ({"confidence": 100}, "between 50"),
            ({"power": 5}, "between 50"),
            ({"date_end": "2025-06-01"}, "end before"),
            ({"measure_until": "2025-07-01"}, "must end after the last offer"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, message):
                self.campaign(self.partners, **values)

    def test_started_late(self):
        """The first day is that on which it starts, if the one planned has passed."""
        campaign = self.campaign(self.partners, date_start="2025-06-01")
        campaign.action_start()
        self.assertEqual(campaign.date_start, TODAY)

    def test_the_experiment_is_fixed(self):
        campaign = self.started(self.partners).with_user(self.manager)
        for values in (
            {"seed": "other"},
            {"holdout_percent": 5},
            {"measure_until": "2026-01-01"},
            {"confidence": 90},
            {"audience_domain": "[]"},
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "has already started"):
                campaign.write(values)
        campaign.write({"name": "New name", "budget": 10, "date_end": "2025-07-20", "seed": campaign.seed})

    def test_workflow_fields_are_guarded(self):
        campaign = self.campaign(self.partners).with_user(self.manager)
        for values in (
            {"state": "running"},
            {"started_on": "2025-01-01"},
            {"pause_reason": "hand"},
            {"detectable_effect": 1},
            {"member_ids": []},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                campaign.write(values)
            with self.subTest(create=values), self.assertRaises(AccessError):
                campaign.create({"name": "Sly", "offer_id": self.offer.id} | values)

    def test_deletion(self):
        campaign = self.started(self.partners)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            campaign.unlink()
        self.campaign(self.partners).unlink()

    def test_copy(self):
        campaign = self.started(self.partners)
        copied = campaign.copy()
        self.assertEqual((copied.state, copied.utm_campaign_id.id, copied.started_on), ("draft", False, False))
        self.assertNotEqual(copied.seed, campaign.seed)
        self.assertFalse(copied.member_ids)

    def test_same_seed_same_draw(self):
        first = self.started(self.partners, seed="the same")
        first.action_cancel()
        second = self.started(self.partners, seed="the same")
        self.assertEqual(
            self.members(first, ("arm", "=", "holdout")).partner_id,
            self.members(second, ("arm", "=", "holdout")).partner_id,
        )

    def test_queries_do_not_grow_with_the_customers(self):
        def queries(count):
            campaign = self.campaign(self.buyers(count, f"Many {count}"))
            taken = self.count_queries(campaign.action_start)
            self.assertEqual(len(self.members(campaign)), count)
            return taken

        queries(2)
        self.assertEqual(queries(10), queries(20))

    def test_dates_default(self):
        campaign = self.campaign(self.partners)
        self.assertEqual(
            (campaign.date_start, campaign.date_end, campaign.measure_until),
            (TODAY, date(2025, 7, 30), date(2025, 9, 28)),
        )
