"""Backtests: what was known on a past day against what customers brought since, counted again from the purchases."""

import datetime
from collections import defaultdict

import numpy as np
from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..core.value_case import ValueCase
from .cdnow import LAST_DAY, read_sample
from .cdnow_loader import load_full

# the day after the last purchase of the file
TODAY = LAST_DAY + datetime.timedelta(days=1)

WEEKS = 26


def gini(values, brought):
    """By the covariance of what was brought with the place; equal values have the mean of their places."""
    values, brought = np.asarray(values, dtype=float), np.asarray(brought, dtype=float)
    order = np.sort(values)
    places = (np.searchsorted(order, values) + np.searchsorted(order, values, side="right") + 1) / 2
    return 2 * np.mean((places - places.mean()) * (brought - brought.mean())) / (len(values) * brought.mean())


def best_share(values, brought, share):
    """What the best ``share`` of customers brought: those surely in, and of those who tie at the border their part."""
    values, brought = np.asarray(values, dtype=float), np.asarray(brought, dtype=float)
    wanted = share * len(values)
    border = np.sort(values)[::-1][int(np.ceil(wanted)) - 1]
    above, at = values > border, values == border
    return (brought[above].sum() + brought[at].mean() * (wanted - above.sum())) / brought.sum()


class BacktestCase(ValueCase):
    """A shop of some customers of the CDNOW sample, on the day after the last purchase."""

    EVERY = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(datetime.datetime.combine(TODAY, datetime.time(12))))
        numbers = sorted({purchase.customer for purchase in read_sample()})[:: cls.EVERY]
        cls.purchases = [purchase for purchase in read_sample() if purchase.customer in set(numbers)]
        # nothing is overdue: what customers owe is no subject here
        cls.partners = load_full(cls.env, cls.company, purchases=cls.purchases, due_days=1000)
        cls.env.cr.execute("ANALYZE res_partner, sale_order, sale_order_line, account_move, account_move_line")

    def backtest(self, policy=None, **values):
        wizard = self.env["customer.value.backtest"].create({"policy_id": (policy or self.policy).id} | values)
        wizard.action_run()
        return wizard

    def amounts(self, first, last):
        """:return: dict of partner id: dollars from ``first`` to ``last``, both included"""
        # cents add up exactly: equal customers stay equal
        found = defaultdict(int)
        for purchase in self.purchases:
            found[self.partners[purchase.customer]] += (first <= purchase.date <= last) * purchase.cents
        return {partner_id: cents / 100 for partner_id, cents in found.items()}

    def user(self, group, companies=None):
        companies = companies or self.company
        return new_test_user(
            self.env,
            f"backtest_{group}_{companies[0].id}",
            groups=f"customer_value.{group}",
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
        )


@tagged("post_install", "-at_install")
class TestBacktestCdnow(BacktestCase):
    """The default policy on the customers of the demo.

    Its groups and weights were chosen on the 21,213 others of the file: see ``analytics/scoring/tests``, where the
    figures of BG/NBD x Gamma-Gamma are reckoned, too.
    """

    # 26 and 52 weeks before the end, each against the 26 weeks that followed: gini and share of the best 5%
    FIGURES = {26: (0.647, 0.391), 52: (0.575, 0.342)}
    # gini of expected purchases x expected amount, fitted to what was known then
    BG_GAMMA_GAMMA = {26: 0.601, 52: 0.503}

    def test_default_policy_against_its_rivals(self):
        for weeks_ago, (expected_gini, expected_top) in self.FIGURES.items():
            with self.subTest(weeks_ago):
                result = self.backtest(weeks_ago=weeks_ago, money="revenue").result
                policy, *rivals = result["numbers"]
                self.assertEqual(result["missing"], [])
                self.assertEqual(result["customers"], len(self.partners))
                self.assertAlmostEqual(policy["gini"], expected_gini, delta=0.002)
                self.assertAlmostEqual(policy["top5"], expected_top, delta=0.002)
                for rival in rivals:
                    self.assertGreater(policy["gini"], rival["gini"])
                    self.assertGreater(policy["top5"], rival["top5"])
                self.assertGreater(policy["gini"], self.BG_GAMMA_GAMMA[weeks_ago])

    def test_figures_are_those_of_the_purchases(self):
        as_of = TODAY - datetime.timedelta(weeks=WEEKS)
        before = self.amounts(datetime.date(1997, 1, 1), as_of)
        since = self.amounts(as_of + datetime.timedelta(days=1), TODAY)
        wizard = self.backtest(money="revenue")
        result = wizard.result
        self.assertEqual((wizard.as_of, wizard.until), (as_of, TODAY))
        self.assertAlmostEqual(result["total"], sum(since.values()), 2)
        self.assertEqual(result["buyers"], sum(amount > 0 for amount in since.values()))
        revenue = result["numbers"][1]
        values, brought = zip(*((before[partner], since[partner]) for partner in before), strict=True)
        self.assertAlmostEqual(revenue["gini"], gini(values, brought), 6)
        for share in (5, 10, 20):
            self.assertAlmostEqual(revenue[f"top{share}"], best_share(values, brought, share / 100), 6)
        self.assertAlmostEqual(result["best"]["gini"], gini(brought, brought), 6)

    def test_score_is_that_of_a_run_of_the_day(self):
        as_of = TODAY - datetime.timedelta(weeks=WEEKS)
        self.run_policy(as_of=as_of)
        stored = {score.partner_id.id: score for score in self.Score.search([("company_id", "=", self.company.id)])}
        hindsight = self.env["customer.value.hindsight"]._look_back(self.policy, as_of, TODAY)
        since = self.amounts(as_of + datetime.timedelta(days=1), TODAY)
        self.assertEqual(set(hindsight.partner_ids.tolist()), set(stored))
        for place, partner_id in enumerate(hindsight.partner_ids.tolist()):
            self.assertAlmostEqual(hindsight.score[place], stored[partner_id].score, 2)
            tier_id = hindsight.tier_ids[hindsight.ranks[place] - 1]
            self.assertEqual(tier_id, stored[partner_id].computed_tier_id.id)
            self.assertAlmostEqual(hindsight.brought["revenue"][place], since[partner_id], 2)
            self.assertAlmostEqual(hindsight.brought["margin"][place], since[partner_id], 2)


@tagged("post_install", "-at_install")
class TestBacktest(BacktestCase):
    EVERY = 8

    def test_nothing_is_stored(self):
        self.run_policy(as_of=TODAY)
        tables = ("customer_value_score", "customer_value_history", "customer_value_run", "customer_value_tier")
        before = [self.rows(table) for table in (*tables, "customer_value_policy")]
        self.backtest()
        self.assertEqual([self.rows(table) for table in (*tables, "customer_value_policy")], before)

    def test_later_documents_change_no_score(self):
        def look():
            hindsight = self.env["customer.value.hindsight"]._look_back(self.policy, as_of, TODAY)
            return dict(zip(hindsight.partner_ids.tolist(), hindsight.score.tolist(), strict=True))

        as_of = TODAY - datetime.timedelta(weeks=WEEKS)
        partner = self.env["res.partner"].browse(min(self.partners.values()))
        before = look()
        self.order(partner, TODAY, 100000.0)
        self.invoice(partner, TODAY, 100000.0)
        self.assertEqual(look(), before)
        self.order(partner, as_of, 100000.0)
        self.assertNotEqual(look(), before)

    def test_credit_notes_since_take_away(self):
        as_of = TODAY - datetime.timedelta(weeks=WEEKS)
        partner = self.env["res.partner"].browse(min(self.partners.values()))
        total = self.backtest(money="revenue").result["total"]
        self.credit_note(partner, as_of, 40.0)
        self.assertAlmostEqual(self.backtest(money="revenue").result["total"], total, 2)
        self.credit_note(partner, as_of + datetime.timedelta(days=1), 30.0)
        self.assertAlmostEqual(self.backtest(money="revenue").result["total"], total - 30, 2)
        self.assertAlmostEqual(self.backtest(money="margin").result["total"], total - 30, 2)

    def test_tiers_and_tenths_add_up(self):
        result = self.backtest(money="revenue").result
        self.assertAlmostEqual(sum(tier["money"] for tier in result["tiers"]), result["total"], 2)
        self.assertEqual(sum(tier["customers"] for tier in result["tiers"]), result["customers"])
        self.assertEqual(sum(tier["buyers"] for tier in result["tiers"]), result["buyers"])
        self.assertAlmostEqual(sum(tenth["money"] for tenth in result["tenths"]), result["total"], 2)
        self.assertEqual(
            [tier["name"] for tier in result["tiers"]], self.policy.tier_ids.sorted("entry_score")[::-1].mapped("name")
        )

    def test_who_is_in_no_tier(self):
        self.make_policy({"revenue": {}}, {"Top": 90.0, "Middle": 50.0})
        policy = self.Policy._get_active(self.company)
        tiers = self.backtest(policy).result["tiers"]
        self.assertEqual([tier["name"] for tier in tiers], ["Top", "Middle", "No tier"])
        self.assertTrue(tiers[-1]["customers"])

    def test_draft_beside_the_active_policy(self):
        draft = self.policy.browse(self.policy.action_new_version()["res_id"])
        draft.dimension_ids.filtered(lambda line: line.metric != "recency_days").weight = 0.0
        action = draft.action_backtest()
        wizard = self.env["customer.value.backtest"].with_context(**action["context"]).create({})
        self.assertEqual(wizard.policy_id, draft)
        wizard.action_run()
        found = {row["code"]: row for row in wizard.result["numbers"]}
        # in this draft, days since the last order are all there is; they end at half a year, and have 20 groups
        self.assertAlmostEqual(found["policy"]["auc"], found["recency"]["auc"], 1)
        self.assertNotEqual(wizard.result["numbers"][0]["gini"], self.backtest().result["numbers"][0]["gini"])

    def test_policy_that_cannot_be_run(self):
        draft = self.policy.browse(self.policy.action_new_version()["res_id"])
        draft.dimension_ids.weight = 0.0
        with self.assertRaisesRegex(UserError, "weight of zero"):
            self.backtest(draft)

    def test_what_has_not_happened_cannot_be_compared(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.backtest(weeks_ago=10, weeks=26)

    def test_more_weeks_than_there_are_dates(self):
        """Typing it calculates dates at once; saving it says what is possible."""
        form = Form(self.env["customer.value.backtest"].with_context(default_policy_id=self.policy.id))
        form.weeks_ago = 10**8
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            form.save()

    def test_short_history_is_said(self):
        missing = self.backtest(weeks_ago=52, weeks=52).result["missing"]
        self.assertEqual(len(missing), 1)
        self.assertIn("01/01/1997", missing[0])
        self.assertNotIn("numbers", self.backtest(weeks_ago=52, weeks=52).result)

    def test_few_customers_are_said(self):
        company = self.make_company("Small Company", "USD")
        self.env.user.company_ids += company
        policy = self.Policy.with_context(allowed_company_ids=company.ids)._get_active(company)
        missing = self.backtest(policy).result["missing"]
        self.assertEqual(len(missing), 3)
        self.assertIn("There were 0", missing[1])

    def test_companies_are_apart(self):
        before = self.backtest().result
        other = self.make_company("Other Company", "USD")
        partner = self.env["res.partner"].browse(min(self.partners.values()))
        day = TODAY - datetime.timedelta(days=7)
        self.order(partner, day, 5000.0, company=other)
        self.invoice(partner, day, 5000.0, company=other)
        self.assertEqual(self.backtest().result, before)

    def test_rivals_are_a_registry(self):
        Hindsight = self.registry["customer.value.hindsight"]
        rival = type(next(iter(self.env["customer.value.hindsight"]._get_rivals().values())))
        numbers = {
            "known": lambda self, hindsight: hindsight.brought["margin"],
            "unknown": lambda self, hindsight: None,
        }
        for code, method in numbers.items():
            setattr(Hindsight, f"_rival_{code}", method)
            self.addCleanup(delattr, Hindsight, f"_rival_{code}")
        self.patch(Hindsight, "_get_rivals", lambda self: {code: rival(code, f"_rival_{code}") for code in numbers})
        result = self.backtest().result
        self.assertEqual([row["code"] for row in result["numbers"]], ["policy", "known"])
        self.assertAlmostEqual(result["numbers"][1]["gini"], result["best"]["gini"])
        self.assertEqual(result["numbers"][1]["differences"]["gini"]["verdict"], -1)

    # -- roles -------------------------------------------------------------------------------------------------------

    def test_manager_without_rights_on_documents(self):
        wizard = self.env["customer.value.backtest"].with_user(self.user("group_customer_value_manager"))
        wizard = wizard.create({"policy_id": self.policy.id})
        wizard.action_run()
        self.assertEqual(wizard.get_result()["result"]["customers"], len(self.partners))

    def test_user_is_refused(self):
        with self.assertRaises(AccessError):
            self.env["customer.value.backtest"].with_user(self.user("group_customer_value_user")).create(
                {"policy_id": self.policy.id}
            )

    def test_policy_of_another_company_is_refused(self):
        company = self.make_company("Other Company", "USD")
        manager = self.user("group_customer_value_manager", company)
        with self.assertRaises(AccessError):
            self.env["customer.value.backtest"].with_user(manager).create({"policy_id": self.policy.id}).action_run()
