"""Campaigns at the edge: clocks of elsewhere, a single day, arms without anybody, margins that are not numbers."""

import json
from datetime import date, timedelta

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged

from .retention_result_case import AFTERWARDS, TODAY, UNTIL, ResultCase


@tagged("post_install", "-at_install")
class TestResultEdges(ResultCase):
    def begun(self, count=10, **values):
        values = {"holdout_percent": 40.0, "date_end": TODAY, "measure_until": UNTIL} | values
        return self.started(self.few(count), **values)

    def sent(self, campaign):
        """What a browser gets: strict JSON knows neither infinity nor NaN."""
        with self.reading_only():
            return json.loads(json.dumps(campaign.get_result(), allow_nan=False))

    # -- clocks ------------------------------------------------------------------------------------------------------

    def test_the_last_day_ends_by_the_clock_of_the_company(self):
        self.company.value_tz = "America/Los_Angeles"
        campaign = self.begun()
        night = UNTIL + timedelta(days=1)
        for hour, is_early in ((3, True), (6, True), (8, False)):
            state = self.measured(campaign, now=f"{night} 0{hour}:00:00").result_state
            self.assertEqual(state == "early", is_early, f"{hour} o'clock in Greenwich")

    def test_it_ends_by_the_clock_of_the_company(self):
        """Offers and campaign: not in the afternoon of their last day, as Greenwich would have it."""
        self.company.value_tz = "America/Los_Angeles"
        campaign = self.begun()

        def job(moment):
            with freeze_time(moment), self.enter_registry_test_mode():
                self.env.ref("customer_value.cron_retention_close").method_direct_trigger()
            self.env.invalidate_all()
            return campaign.state, "planned" in self.members(campaign).mapped("state")

        self.assertEqual(job(f"{TODAY + timedelta(days=1)} 03:00:00"), ("running", True))
        self.assertEqual(job(f"{TODAY + timedelta(days=1)} 08:00:00"), ("running", False))
        self.assertEqual(job(f"{UNTIL + timedelta(days=1)} 03:00:00"), ("running", False))
        self.assertEqual(job(f"{UNTIL + timedelta(days=1)} 08:00:00"), ("ended", False))
        self.assertEqual(campaign.result_state, "underpowered")

    def test_the_picture_does_not_depend_on_who_looks(self):
        """Started in the morning of Shanghai, which is the evening before in Greenwich."""
        self.company.value_tz = "Asia/Shanghai"
        with freeze_time("2025-06-29 23:00:00"):
            campaign = self.begun(date_start=TODAY)
        self.assertEqual(campaign._get_day(campaign.started_on), TODAY)
        days = None
        for zone in ("UTC", "Asia/Shanghai", "America/Los_Angeles"):
            self.measured(campaign.with_context(tz=zone))
            days = days or campaign.checkpoint_ids.mapped("date")
            self.assertEqual(campaign.checkpoint_ids.mapped("date"), days, zone)
        self.assertIn(TODAY - timedelta(days=1), days)

    def test_the_time_before_is_the_same_for_the_draw_and_the_picture(self):
        """An order of the last evening before the start counts as before in both, wherever the manager sits."""
        self.company.value_tz = "Asia/Shanghai"
        partners = self.few(10)
        # 22 o'clock of the 29th in Shanghai
        self.orders([(partner.id, "2025-06-29 14:00:00", 100.0, 60.0) for partner in partners])
        with freeze_time("2025-06-29 23:00:00"):
            campaign = self.campaign(
                partners, holdout_percent=40.0, date_start=TODAY, date_end=TODAY, measure_until=UNTIL
            ).with_context(tz="America/Los_Angeles")
            campaign.action_start()
        self.assertEqual(campaign.date_start, TODAY)
        self.assertEqual(set(self.members(campaign).mapped("margin_before")), {40.0})
        eve = self.measured(campaign).checkpoint_ids.filtered("is_before").sorted("date")[-1]
        self.assertEqual((eve.date, eve.margin_treated, eve.margin_holdout), (date(2025, 6, 29), 40.0, 40.0))

    def test_not_begun(self):
        """Started, but its first day is still ahead: there is nothing to measure, and nothing is stored."""
        campaign = self.begun(date_start=TODAY + timedelta(days=5), date_end=TODAY + timedelta(days=6))
        with self.assertRaisesRegex(UserError, "07/05/2025"):
            campaign.with_user(self.manager).action_measure()
        campaign._measure()
        campaign._measure(as_of=TODAY - timedelta(days=30))
        self.assertFalse(campaign.result_state or campaign.checkpoint_ids)
        self.assertEqual(self.sent(campaign)["points"], [])

    def test_a_single_day(self):
        campaign = self.begun(measure_until=TODAY)
        self.orders([(member.partner_id.id, TODAY, 90.0 + member.id % 5, 50.0) for member in self.members(campaign)])
        self.measured(campaign, now=f"{TODAY + timedelta(days=1)} 10:00:00")
        self.assertEqual((campaign.result_state, campaign.result_date), ("underpowered", TODAY))
        result = self.sent(campaign)
        self.assertEqual(result["first"], "2025-06-29")
        self.assertEqual([point["date"] for point in result["points"]], ["2025-06-29", "2025-06-30"])
        self.page(campaign)

    # -- arms --------------------------------------------------------------------------------------------------------

    def page(self, campaign):
        return self.env["report.customer_value.report_retention_result"]._get_page(campaign)

    def test_nobody_gets_it(self):
        """So few that all of them were drawn for the control group."""
        campaign = self.begun(count=1, holdout_percent=99.0)
        self.env.cr.execute(
            "UPDATE customer_retention_member SET arm = 'holdout', state = 'holdout' WHERE campaign_id = %s",
            campaign.ids,
        )
        self.env.invalidate_all()
        self.measured(campaign)
        self.assertEqual((campaign.result_treated, campaign.result_holdout), (0, 1))
        self.assertIn("too few customers", self.sent(campaign)["headline"])
        self.page(campaign)

    def test_holdout_mixed_up(self):
        """There was a control group, but none of it counts any more: not the same as having none."""
        campaign = self.begun()
        self.env.cr.execute(
            "UPDATE customer_retention_member SET excluded = 'Merged' WHERE campaign_id = %s AND arm = 'holdout'",
            campaign.ids,
        )
        self.env.invalidate_all()
        self.measured(campaign)
        result = self.sent(campaign)
        self.assertIn("too few customers", result["headline"])
        self.assertFalse(result["interval"])
        self.page(campaign)

    def test_margins_that_are_no_numbers(self):
        campaign = self.begun()
        members = self.members(campaign)
        self.orders([(partner.id, TODAY + timedelta(days=3), 100.0, 60.0) for partner in members.partner_id])
        self.env.cr.execute(
            "UPDATE sale_order SET margin = 'NaN' WHERE partner_id = ANY(%s) AND date_order >= %s",
            (members.partner_id[:1].ids, TODAY),
        )
        self.measured(campaign)
        self.assertEqual((campaign.result_state, campaign.is_effect_known), ("underpowered", False))
        self.sent(campaign)
        self.page(campaign)

    def test_no_margin_at_all(self):
        """Everybody ordered, at cost."""
        campaign = self.begun()
        self.orders([(partner.id, TODAY, 60.0, 60.0) for partner in self.members(campaign).partner_id])
        self.measured(campaign)
        self.assertEqual((campaign.result_state, campaign.effect, campaign.return_rate), ("underpowered", 0.0, 0.0))
        self.assertEqual((campaign.retained_treated, campaign.retained_holdout), (1.0, 1.0))
        self.sent(campaign)
        self.page(campaign)

    # -- words -------------------------------------------------------------------------------------------------------

    def test_numbers_of_the_reader(self):
        campaign = self.measured(self.begun(), now=AFTERWARDS)
        campaign.sudo().write(
            {
                "result_treated": 1234, "result_state": "better", "retained_treated": 0.755, "retained_holdout": 0.5,
                "retained_low": -0.014, "retained_high": 0.182, "retained_p_value": 0.00002,
            }
        )  # fmt: skip
        sentence = campaign.get_result()["retained"]["sentence"]
        for part in ("75.5%", "-1.4 to +18.2 points", "p < 0.001"):
            self.assertIn(part, sentence)
        self.assertIn("1,234 customers", campaign.get_result()["sum"])
        self.env["res.lang"]._activate_lang("de_DE")
        german = campaign.with_context(lang="de_DE").get_result()
        for part in ("75,5%", "-1,4 to +18,2 points", "p < 0,001"):
            self.assertIn(part, german["retained"]["sentence"])
        self.assertIn("1.234 customers", german["sum"])
        self.assertIn("1.234", [figure["value"] for figure in german["figures"]])
