"""Proposed weights: learned on one time, judged on the next, kept as a draft and never activated."""

import datetime

import numpy as np
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_backtest import TODAY, WEEKS, BacktestCase, best_share, gini


@tagged("post_install", "-at_install")
class TestBacktestAdvice(BacktestCase):
    EVERY = 8

    def advise(self, policy=None, user=None, **values):
        wizard = self.env["customer.value.backtest"].with_user(user or self.env.user)
        wizard = wizard.create({"policy_id": (policy or self.policy).id} | values)
        wizard.action_advise()
        return wizard

    def draft(self):
        return self.policy.browse(self.policy.action_new_version()["res_id"])

    def test_weights_are_a_policy(self):
        for money in ("margin", "revenue"):
            with self.subTest(money):
                lines = self.advise(money=money).advice["weights"]
                self.assertEqual({line["metric"] for line in lines}, set(self.policy.dimension_ids.mapped("metric")))
                self.assertTrue(all(line["after"] >= 0 for line in lines), lines)
                self.assertEqual(sum(line["after"] for line in lines), 100)
                self.assertAlmostEqual(sum(line["before"] for line in lines), 100)

    def test_few_of_them_where_few_foretell_anything(self):
        """Nobody has leads, and nothing is overdue: with a weight these would change nothing."""
        draft = self.draft()
        draft.dimension_ids.weight = 10.0
        after = {line["metric"]: line["after"] for line in self.advise(draft).advice["weights"]}
        self.assertLess(sum(weight > 0 for weight in after.values()), len(after))

    def test_judged_on_a_time_they_were_not_learned_from(self):
        advice = self.advise(money="revenue").advice
        day = TODAY - datetime.timedelta(weeks=WEEKS)
        self.assertEqual(advice["learned"], [str(day - datetime.timedelta(weeks=WEEKS)), str(day)])
        self.assertEqual(advice["judged"], [str(day), str(TODAY)])

    def test_gain_is_that_of_the_purchases(self):
        """Points of every dimension, added up with both weights, against what customers spent since."""
        advice = self.advise(money="revenue").advice
        as_of = TODAY - datetime.timedelta(weeks=WEEKS)
        Hindsight = self.env["customer.value.hindsight"]
        hindsight = Hindsight._look_back(self.policy, as_of, TODAY, all_dimensions=True)
        since = self.amounts(as_of + datetime.timedelta(days=1), TODAY)
        brought = [since[partner_id] for partner_id in hindsight.partner_ids.tolist()]
        for when in ("before", "after"):
            score = sum(
                np.array(hindsight.points[line["metric"]]) * line[when] / 100 for line in advice["weights"]
            ).round(2)
            self.assertAlmostEqual(advice[when]["gini"], gini(score, brought), 6)
            for share in (5, 10, 20):
                self.assertAlmostEqual(advice[when][f"top{share}"], best_share(score, brought, share / 100), 6)
        difference = advice["differences"]["gini"]
        self.assertAlmostEqual(difference["value"], advice["after"]["gini"] - advice["before"]["gini"])

    def test_later_purchases_teach_nothing(self):
        before = self.advise(money="revenue").advice["weights"]
        for partner_id in list(self.partners.values())[:20]:
            self.invoice(self.env["res.partner"].browse(partner_id), TODAY, 5000.0)
        self.assertEqual(self.advise(money="revenue").advice["weights"], before)

    def test_nothing_is_changed(self):
        self.run_policy(as_of=TODAY)
        tables = ("customer_value_score", "customer_value_history", "customer_value_run", "customer_value_tier")
        tables += ("customer_value_policy", "customer_value_dimension")
        before = [self.rows(table) for table in tables]
        self.advise()
        self.assertEqual([self.rows(table) for table in tables], before)

    def test_saved_as_a_new_version(self):
        before = {dimension.metric: dimension.weight for dimension in self.policy.dimension_ids}
        wizard = self.advise()
        draft = self.policy.browse(wizard.action_keep_advice()["res_id"])
        self.assertEqual((draft.state, draft.origin_id, self.policy.state), ("draft", self.policy, "active"))
        proposed = {line["metric"]: line["after"] for line in wizard.advice["weights"]}
        self.assertEqual({dimension.metric: dimension.weight for dimension in draft.dimension_ids}, proposed)
        self.assertEqual({dimension.metric: dimension.weight for dimension in self.policy.dimension_ids}, before)
        self.assertIn("Weights proposed by a backtest", draft.message_ids[0].body)
        self.assertEqual(self.Policy._get_active(self.company), self.policy)

    def test_saved_in_the_draft_it_was_made_for(self):
        draft = self.draft()
        wizard = self.advise(draft)
        self.assertEqual(wizard.action_keep_advice()["res_id"], draft.id)
        self.assertEqual((draft.state, sum(draft.dimension_ids.mapped("weight"))), ("draft", 100))

    def test_what_there_must_be_first(self):
        wizard = self.env["customer.value.backtest"].create({"policy_id": self.policy.id})
        with self.assertRaisesRegex(UserError, "Press Propose Weights first"):
            wizard.action_keep_advice()
        draft = self.draft()
        wizard = self.advise(draft)
        draft.dimension_ids[0].copy({"metric": "average_order"})
        with self.assertRaisesRegex(UserError, "present dimensions"):
            wizard.action_keep_advice()
        draft.dimension_ids[1:].unlink()
        with self.assertRaisesRegex(UserError, "one dimension only"):
            self.advise(draft)
        draft = self.draft()
        wizard = self.advise(draft)
        draft.action_archive()
        with self.assertRaisesRegex(UserError, "is archived"):
            wizard.action_keep_advice()

    def test_short_history_is_said(self):
        wizard = self.advise(weeks_ago=52)
        self.assertTrue(wizard.advice["missing"])
        self.assertFalse(wizard.has_advice)
        with self.assertRaisesRegex(UserError, "Press Propose Weights first"):
            wizard.action_keep_advice()

    def test_roles(self):
        wizard = self.advise(user=self.user("group_customer_value_manager"))
        self.assertEqual(self.policy.browse(wizard.action_keep_advice()["res_id"]).state, "draft")
        other = self.user("group_customer_value_manager", self.make_company("Other Company", "USD"))
        with self.assertRaises(AccessError):
            self.advise(user=other)
        with self.assertRaises(AccessError):
            self.advise(user=self.user("group_customer_value_user"))

    def test_other_companies_teach_nothing(self):
        before = self.advise().advice
        other = self.make_company("Other Company", "USD")
        partners = self.env["res.partner"].browse(list(self.partners.values())[:10])
        for partner in partners:
            self.order(partner, TODAY - datetime.timedelta(weeks=40), 5000.0, company=other)
        self.assertEqual(self.advise().advice, before)

    def test_backtest_from_code(self):
        """``_backtest`` has the numbers of the page."""
        as_of = TODAY - datetime.timedelta(weeks=WEEKS)
        found = self.policy._backtest(as_of, TODAY)
        result = self.backtest().result
        policy, *rivals = result["numbers"]
        for name in ("gini", "top5", "top10", "top20", "auc"):
            self.assertEqual(found[name], policy[name])
            self.assertEqual(
                {code: measures[name] for code, measures in found["baselines"].items()},
                {rival["code"]: rival[name] for rival in rivals},
            )
        self.assertEqual(found["tiers"], result["tiers"])
        self.assertEqual(found["missing"], [])

    def test_backtest_from_code_of_nobody(self):
        company = self.make_company("Small Company", "USD")
        policy = self.Policy.with_context(allowed_company_ids=company.ids)._get_active(company)
        found = policy._backtest(TODAY - datetime.timedelta(weeks=WEEKS), TODAY)
        self.assertEqual((found["gini"], found["top5"], found["baselines"]["revenue"]["auc"]), (None, None, None))
        self.assertTrue(found["missing"])
