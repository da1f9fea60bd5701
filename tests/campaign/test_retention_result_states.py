"""When something may be said of a campaign, and what is said."""

from datetime import date, timedelta
from functools import partial

import pandas as pd
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .retention_result_case import AFTERWARDS, TODAY, UNTIL, ResultCase


@tagged("post_install", "-at_install")
class TestResultStates(ResultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners, cls.rng = cls.shoppers(160)
        cls.running = cls.started(cls.partners, holdout_percent=40.0, date_end=TODAY, measure_until=UNTIL)
        cls.draw_again(cls.running)

    def shop_on(self, extra=0.0, until=UNTIL):
        """Everybody goes on as before; those with the offer leave ``extra`` more."""
        arms = {arm: self.members(self.running, ("arm", "=", arm)).partner_id for arm in ("treatment", "holdout")}
        self.shop(arms["treatment"], self.rng, TODAY, until, extra)
        self.shop(arms["holdout"], self.rng, TODAY, until)

    def frame(self):
        """One row a member, from orders as the ORM reads them."""
        members = self.members(self.running)
        orders = self.env["sale.order"].search([("date_order", ">=", TODAY), ("company_id", "=", self.company.id)])
        margins = pd.DataFrame(
            {"partner": orders.partner_id.ids and [o.partner_id.id for o in orders], "m": orders.mapped("margin")}
        )
        frame = pd.DataFrame(
            {
                "partner": members.partner_id.ids,
                "treated": [arm == "treatment" for arm in members.mapped("arm")],
                "x": members.mapped("margin_before"),
                "stratum": members.mapped("stratum"),
                "drawn": members.mapped("stratum"),
            }
        )
        frame["y"] = frame["partner"].map(margins.groupby("partner")["m"].sum()).fillna(0.0)
        return frame

    def test_strata(self):
        """Arms are compared within the strata of the draw."""
        self.shop_on()
        campaign = self.measured(self.running)
        frame = self.frame()
        sizes = frame.groupby(["stratum", "treated"]).size()
        self.assertGreater(len(sizes), 2)
        self.assertGreaterEqual(sizes.min(), 10)
        self.assertAlmostEqual(campaign.effect, self.expected(frame), delta=0.02)
        self.check_interval(campaign, frame)

    def test_better(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_retention_member SET cost = 5, state = 'offered'"
            " WHERE campaign_id = %s AND arm = 'treatment'",
            (self.running.id,),
        )
        self.env.invalidate_all()
        self.shop_on(extra=90.0)
        campaign = self.measured(self.running)
        self.assertEqual(campaign.result_state, "better")
        self.assertGreater(campaign.effect_low, 0)
        self.assertLess(campaign.effect_low, 90)
        self.assertGreater(campaign.effect_high, 90)
        count = campaign.result_treated
        self.assertEqual(count, len(self.members(campaign, ("arm", "=", "treatment"))))
        self.assertAlmostEqual(campaign.cost_total, 5.0 * count)
        self.assertAlmostEqual(campaign.effect_total, campaign.effect * count, delta=0.01 * count)
        self.assertAlmostEqual(campaign.profit, campaign.effect_total - campaign.cost_total, delta=0.02)
        self.assertAlmostEqual(campaign.profit_low, campaign.effect_low * count - 5.0 * count, delta=0.01 * count)
        self.assertAlmostEqual(campaign.profit_high, campaign.effect_high * count - 5.0 * count, delta=0.01 * count)
        self.assertAlmostEqual(campaign.return_rate, campaign.profit / campaign.cost_total, places=3)
        result = campaign.get_result()
        self.assertIn("more than the control group (95%:", result["headline"])
        self.assertIn(f"{count} customers × ", result["sum"])
        self.assertIn("profit (95%:", result["sum"])
        self.assertEqual(result["tone"], "success")

    def test_worse(self):
        self.shop_on(extra=-90.0)
        campaign = self.measured(self.running)
        self.assertEqual(campaign.result_state, "worse")
        self.assertLess(campaign.effect_high, 0)
        self.assertLess(campaign.profit, 0)
        self.assertEqual(campaign.return_rate, 0, "Nothing was spent: there is no return on it")
        result = campaign.get_result()
        self.assertIn("less than the control group", result["headline"])
        self.assertIn("loss", result["sum"])

    def test_early(self):
        """However clear it looks: no verdict before the last day is over, on that day neither."""
        self.shop_on(extra=500.0, until=TODAY + timedelta(days=5))
        for now in (f"{TODAY + timedelta(days=6)} 10:00:00", f"{UNTIL} 23:00:00"):
            campaign = self.measured(self.running, now=now)
            self.assertEqual(campaign.result_state, "early")
            self.assertGreater(campaign.effect_low, 0)
            result = campaign.get_result()
            self.assertIn("09/27/2025", result["headline"])
            self.assertIn("Provisional", result["headline"])
            self.assertFalse(result["sum"])
            for verdict in ("chance", "significant"):
                self.assertNotIn(verdict, result["retained"]["sentence"])
        self.assertEqual(
            self.measured(self.running, now=f"{UNTIL + timedelta(days=1)} 00:30:00").result_state, "better"
        )

    def test_underpowered_and_no_difference(self):
        """No effect: whether that is a finding depends on what is worth it, and on what the data could have shown."""
        self.shop_on()
        campaign = self.measured(self.running)
        self.assertEqual(campaign.result_state, "underpowered")
        self.assertGreater(campaign.result_detectable, campaign.result_worthwhile)
        self.assertIn("may be due to chance", campaign.get_result()["headline"])
        self.assertFalse(campaign.get_result()["sum"])
        # no amount stands beside it in a list, and none is added up
        self.assertEqual((campaign.concluded_effect, campaign.concluded_profit), (0.0, 0.0))
        self.assertNotEqual(campaign.profit, 0.0)
        self.env.cr.execute(
            "UPDATE customer_retention_member SET cost = %s WHERE campaign_id = %s AND arm = 'treatment'",
            (campaign.result_detectable + 1, campaign.id),
        )
        self.env.invalidate_all()
        campaign = self.measured(campaign)
        self.assertEqual(campaign.result_state, "no_difference")
        self.assertEqual(
            (campaign.concluded_effect, campaign.concluded_profit), (campaign.effect_total, campaign.profit)
        )
        self.assertIn("would have been detected", campaign.get_result()["headline"])

    def test_few_customers(self):
        """A handful proves nothing, whatever they buy."""
        few = self.few(10)
        campaign = self.started(few, holdout_percent=40.0, date_end=TODAY, measure_until=UNTIL)
        self.orders(
            [
                (partner.id, TODAY, 1000.0 + number, 0.0)
                for number, partner in enumerate(self.members(campaign, ("arm", "=", "treatment")).partner_id)
            ]
        )
        campaign = self.measured(campaign)
        self.assertEqual(campaign.result_state, "underpowered")
        self.assertGreater(campaign.margin_treated - campaign.margin_holdout, 900)
        self.assertRecordValues(
            campaign,
            [{"is_effect_known": False, "result_obstacle": "buyers", "effect": 0.0, "profit": 0.0}],
        )
        result = campaign.get_result()
        self.assertIn("too few customers brought margin", result["headline"])
        self.assertFalse(result["interval"] or result["sum"])

    def test_too_few_with_margin(self):
        """Groups are large, but six customers brought all there is: no interval, no verdict, and the page says why."""
        treated = self.members(self.running, ("arm", "=", "treatment")).partner_id
        self.orders([(partner.id, TODAY, 5000.0, 0.0) for partner in treated[:6]])
        early = self.measured(self.running, now=f"{TODAY + timedelta(days=9)} 10:00:00")
        self.assertRecordValues(early, [{"result_state": "early", "is_effect_known": False}])
        self.assertIn("So far, too few customers have brought margin", early.get_result()["headline"])
        campaign = self.measured(self.running)
        self.assertRecordValues(
            campaign,
            [
                {"result_state": "underpowered", "is_effect_known": False, "result_obstacle": "buyers"}
                | dict.fromkeys(("effect", "effect_low", "effect_high", "profit", "result_detectable"), 0.0)
            ],
        )
        self.assertGreaterEqual(min(campaign.result_treated, campaign.result_holdout), 30)
        result = campaign.get_result()
        self.assertIn("too few customers brought margin", result["headline"])
        self.assertFalse(result["interval"] or result["sum"])
        self.assertIn("may be due to chance", result["retained"]["sentence"])

    def test_the_same_orders_give_the_same_interval(self):
        self.shop_on(extra=20.0)
        first = self.measured(self.running).read(["effect", "effect_low", "effect_high", "result_state"])
        self.env.cr.execute(
            "UPDATE customer_retention_member SET stratum = stratum WHERE id %% 3 = 0 AND campaign_id = %s",
            self.running.ids,
        )
        self.assertEqual(
            self.measured(self.running).read(["effect", "effect_low", "effect_high", "result_state"]), first
        )

    def test_nobody_ordered(self):
        few = self.few(10)
        campaign = self.measured(self.started(few, holdout_percent=40.0, date_end=TODAY, measure_until=UNTIL))
        self.assertRecordValues(
            campaign, [{"result_state": "underpowered", "is_effect_known": False, "effect": 0.0, "profit": 0.0}]
        )
        self.assertIn("too few", campaign.get_result()["headline"])
        self.assertFalse(campaign.get_result()["interval"])

    def test_nobody_left_alone(self):
        few = self.few(10)
        campaign = self.started(few, holdout_percent=0.0, without_holdout=True, date_end=TODAY, measure_until=UNTIL)
        self.orders([(partner.id, TODAY, 100.0, 10.0) for partner in few])
        campaign = self.measured(campaign)
        self.assertRecordValues(
            campaign,
            [{"result_state": "underpowered", "is_effect_known": False, "margin_treated": 90.0, "profit": 0.0}],
        )
        self.assertIn("the effect of the campaign cannot be measured", campaign.get_result()["headline"])

    def test_intention_to_treat(self):
        """Members whom the offer did not reach, or who drop out later, count in the group that they were drawn for."""
        self.shop_on(extra=90.0)
        before = self.measured(self.running).effect
        self.env.cr.execute(
            "UPDATE customer_retention_member SET state = 'failed', hindrance = 'No address' WHERE campaign_id = %s AND"
            " arm = 'treatment' AND partner_id %% 2 = 0",
            (self.running.id,),
        )
        self.env.invalidate_all()
        self.assertEqual(self.measured(self.running).effect, before)
        self.assertTrue([note for note in self.running.get_result()["notes"] if "did not reach" in note])

    def test_excluded(self):
        """A member merged across groups counts in no arm, but the cost of their offer was spent."""
        self.shop_on(extra=10.0)
        left = self.members(self.running, ("arm", "=", "treatment"))[:7]
        self.env.cr.execute(
            "UPDATE customer_retention_member SET excluded = 'Merged', cost = 3 WHERE id = ANY(%s)", (left.ids,)
        )
        self.env.invalidate_all()
        campaign = self.measured(self.running)
        self.assertEqual(campaign.result_excluded, 7)
        self.assertEqual(campaign.result_treated, len(self.members(self.running, ("arm", "=", "treatment"))) - 7)
        self.assertAlmostEqual(campaign.cost_total, 21.0)
        frame = self.frame()
        frame = frame[~frame["partner"].isin(left.partner_id.ids)]
        self.assertAlmostEqual(campaign.effect, self.expected(frame), delta=0.02)
        action = campaign.action_view_result("members_excluded")
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), left)

    def test_merged_customers(self):
        """The orders of two members who are one count once, and for no arm where they were in both."""
        holdout = self.members(self.running, ("arm", "=", "holdout")).partner_id[:1]
        treated = self.members(self.running, ("arm", "=", "treatment")).partner_id[:1]
        count = len(self.members(self.running))
        self.env.cr.execute(
            "UPDATE customer_retention_member SET state = 'offered', offered_on = '2025-07-01' WHERE campaign_id = %s"
            " AND partner_id = %s",
            (self.running.id, treated.id),
        )
        self.env.invalidate_all()
        self.shop_on()
        self.merge(holdout + treated, treated)
        campaign = self.measured(self.running)
        self.assertEqual(campaign.result_treated + campaign.result_holdout + campaign.result_excluded, count - 1)
        self.assertEqual(campaign.result_excluded, 1)

    def test_attribution(self):
        """What names the campaign, of those with the offer; it has no part in the effect."""
        self.shop_on()
        self.measured(self.running)
        effect = self.running.effect
        treated = self.members(self.running, ("arm", "=", "treatment")).partner_id
        orders = self.env["sale.order"].search(
            [("partner_id", "in", treated.ids), ("date_order", ">=", TODAY), ("date_order", "<", UNTIL)]
        )
        named = orders[:5]
        others = self.env["sale.order"].search(
            [("partner_id", "in", (self.partners - treated).ids), ("date_order", ">=", TODAY)], limit=2
        )
        (named + others).campaign_id = self.running.utm_campaign_id
        campaign = self.measured(self.running)
        self.assertAlmostEqual(campaign.attributed_amount, sum(named.mapped("amount_untaxed")), delta=0.01)
        ordered = self.env["sale.order"].search(
            [("partner_id", "in", treated.ids), ("date_order", ">=", TODAY), ("date_order", "<=", f"{UNTIL} 23:59:59")]
        )
        share = campaign.attributed_amount / sum(ordered.mapped("amount_untaxed"))
        self.assertAlmostEqual(campaign.attributed_rate, share, places=4)
        self.assertEqual(campaign.effect, effect)
        self.assertTrue([note for note in campaign.get_result()["notes"] if note.startswith("Attribution, not effect")])
        action = campaign.action_view_result("orders_attributed")
        self.assertEqual(self.env["sale.order"].search(action["domain"]), named.sorted())

    def test_records_behind(self):
        """Each figure opens what it was computed from."""
        self.shop_on()
        campaign = self.measured(self.running)
        for kind, arm in (("treated", "treatment"), ("holdout", "holdout")):
            members = self.members(campaign, ("arm", "=", arm))
            with self.reading_only():
                action = campaign.action_view_result(f"members_{kind}")
            self.assertEqual(
                self.env["customer.retention.member"].search(action["domain"]).sorted("id"), members.sorted("id")
            )
            action = campaign.action_view_result(f"orders_{kind}")
            orders = self.env["sale.order"].search(action["domain"])
            self.assertAlmostEqual(sum(orders.mapped("margin")) / len(members), campaign[f"margin_{kind}"], delta=0.011)
            self.assertAlmostEqual(len(orders.partner_id) / len(members), campaign[f"retained_{kind}"])
        kinds = {figure["kind"] for figure in campaign.get_result()["figures"]}
        for kind in kinds:
            campaign.action_view_result(kind)
        with self.assertRaises(UserError):
            campaign.action_view_result("everything")

    def test_before_it_starts(self):
        """A draft has no result, and nothing is stored."""
        draft = self.campaign(self.partners)
        draft._measure()
        self.assertFalse(draft.result_state)
        result = draft.get_result()
        self.assertIn("from the start", result["headline"])
        self.assertEqual((result["figures"], result["points"], result["notes"]), ([], [], []))
        with self.assertRaises(UserError):
            draft.action_view_result("orders_treated")

    def test_queries(self):
        """Twice as many customers, as many queries."""
        counts = []
        # the first one fills caches
        for partners in (self.few(20, "First"), self.few(20, "N"), self.few(40, "2N")):
            campaign = self.started(partners, holdout_percent=50.0, date_end=TODAY, measure_until=UNTIL)
            self.orders([(partner.id, TODAY, 100.0, 10.0) for partner in partners])
            counts.append(self.count_queries(partial(self.measured, campaign)))
        self.assertEqual(counts[1], counts[2])

    # -- the job -----------------------------------------------------------------------------------------------------

    def job(self, now):
        with freeze_time(now), self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_retention_measure").method_direct_trigger()
        self.env.invalidate_all()

    def test_job(self):
        """Measured every night until there is a verdict, which is announced once."""
        self.shop_on(extra=90.0, until=TODAY + timedelta(days=40))
        draft = self.campaign(self.partners)
        self.job(f"{TODAY + timedelta(days=15)} 02:00:00")
        self.assertFalse(draft.result_state)
        self.assertEqual(self.running.result_state, "early")
        self.assertEqual(self.running.result_date, TODAY + timedelta(days=15))
        week_ends = [TODAY + timedelta(days=6), TODAY + timedelta(days=13)]
        self.assertEqual(
            self.running.checkpoint_ids.filtered(lambda point: not point.is_before).mapped("date"), week_ends
        )
        messages = len(self.running.message_ids)
        self.job(f"{UNTIL + timedelta(days=1)} 02:00:00")
        self.assertEqual(self.running.result_state, "better")
        self.assertEqual(self.running.result_date, UNTIL)
        [message] = self.running.message_ids[: len(self.running.message_ids) - messages]
        self.assertIn("more than the control group", message.body)
        self.assertIn(self.manager.partner_id, message.notified_partner_ids)
        self.running.sudo().result_date = date(2000, 1, 1)
        self.job(AFTERWARDS)
        self.assertEqual(self.running.result_date, date(2000, 1, 1), "There is a verdict: it is not measured again")

    def test_job_goes_on_after_a_failure(self):
        other = self.started(self.few(5, "Other"), holdout_percent=40.0, date_end=TODAY, measure_until=UNTIL)
        Campaign = type(self.running)
        values, broken = Campaign._get_result_values, self.running.id

        def fail(campaign, *args):
            if campaign.id == broken:
                raise ZeroDivisionError("broken")
            return values(campaign, *args)

        self.patch(Campaign, "_get_result_values", fail)
        with self.assertLogs("odoo.addons.customer_value.models.core.ir_cron", "ERROR"):
            self.job(f"{TODAY + timedelta(days=2)} 02:00:00")
        self.assertFalse(self.running.result_state)
        self.assertEqual(other.result_state, "early")

    def test_ended_early(self):
        """Ending a campaign ends offers, not its time: else one could stop at a fortunate moment."""
        self.shop_on(extra=90.0)
        with freeze_time(f"{TODAY + timedelta(days=20)} 10:00:00"):
            self.running.action_end()
        self.assertEqual(self.running.result_state, "early")
        self.job(AFTERWARDS)
        self.assertEqual(self.running.result_state, "better")

    # -- roles -------------------------------------------------------------------------------------------------------

    def test_roles(self):
        self.shop_on()
        campaign = self.running
        with freeze_time(AFTERWARDS):
            with self.assertRaises(AccessError):
                campaign.with_user(self.user).action_measure()
            campaign.with_user(self.manager).action_measure()
        figures = campaign.with_user(self.user).get_result()["figures"]
        may = {figure["kind"]: figure["records"] for figure in figures}
        self.assertTrue(may["members_treated"] and may["cost"])
        self.assertFalse(may["orders_treated"] or may["orders_attributed"], "The user may not see orders")
        self.assertTrue(all(figure["records"] for figure in campaign.get_result()["figures"]))
        self.assertTrue(campaign.with_user(self.user).checkpoint_ids.mapped("effect_low"))
        for user in (self.user, self.manager):
            for values in ({"effect": 1e6}, {"result_state": "better"}, {"profit": 5.0}, {"checkpoint_ids": [(5,)]}):
                with self.assertRaises(AccessError):
                    campaign.with_user(user).write(values)
            point = campaign.checkpoint_ids[0].with_user(user)
            for act in (lambda point=point: point.write({"effect": 5.0}), point.unlink):
                with self.assertRaises(AccessError):
                    act()
        seller = new_test_user(
            self.env,
            "retention_seller",
            "sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        for call in (
            campaign.with_user(seller).get_result,
            lambda: campaign.with_user(seller).action_view_result("cost"),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_other_company(self):
        self.measured(self.running)
        other = self.make_company("Elsewhere", "USD")
        stranger = new_test_user(
            self.env,
            "retention_stranger",
            "base.group_user,customer_value.group_customer_value_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        theirs = self.running.with_user(stranger).with_context(allowed_company_ids=other.ids)
        for call in (theirs.get_result, theirs.action_measure, lambda: theirs.action_view_result("cost")):
            with self.assertRaises(AccessError):
                call()
        points = (
            self.env["customer.retention.checkpoint"].with_user(stranger).with_context(allowed_company_ids=other.ids)
        )
        self.assertFalse(points.search([]))
