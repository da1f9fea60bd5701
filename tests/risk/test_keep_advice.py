"""What is told to keep a tier is true: the purchase is really made, and a run judges it."""

import math
import random
from datetime import date, timedelta

from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tests.common import freeze_time

from ..core.value_case import ONE_TO_ONE, ValueCase

TODAY = date(2025, 6, 30)

GRACE = 45

LAST = TODAY + timedelta(days=GRACE)

LATER = TODAY + timedelta(days=400)


class KeepCase(ValueCase):
    """A company in euro whose customers are in grace today."""

    currency_code = "EUR"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        money = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", cls.currency_code)])
        money.active = True
        cls.company.currency_id = money

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(TODAY))

    def apart(self, function, *args):
        """``function(...)`` with everything it does to the database undone."""
        with self.env.cr.savepoint() as savepoint:
            result = function(*args)
            savepoint.rollback()
        self.env.invalidate_all()
        return result

    def advice(self, partner):
        return self.score(partner)._get_keep_advice()

    def buy(self, partner, day, amount, share=0.0):
        cost = amount * (1 - share)
        order = self.order(partner, day, amount, cost=math.floor(cost * 100) / 100)
        self.invoice(partner, day, amount, order=order, due=LATER)

    def kept(self, partner, day, amount, share, judged):
        """Whether a purchase on ``day`` lets the run on the day ``judged`` keep the tier."""
        self.buy(partner, day, amount, share)
        self.run_policy(as_of=judged, partners=partner)
        score = self.score(partner)
        return score.tier_id.name == "Top" and not score.grace_until


class KeepProof(KeepCase):
    """Random customers under one policy after the other; not run by itself."""

    seed = 0
    cap = 20000

    def populate(self, generator, count=5):
        """Customers with orders of two years and credit notes; what they bought, for the margin that is usual."""
        bought = {}
        for partner in self.customers(count):
            purchases = bought[partner] = []
            for _number in range(generator.randint(1, 4)):
                day = TODAY - timedelta(days=generator.randint(1, 500))
                amount = round(generator.uniform(50, self.cap / 8), 0 if self.currency_code == "JPY" else 2)
                cost = round(amount * generator.uniform(0.4, 0.9), 0 if self.currency_code == "JPY" else 2)
                order = self.order(partner, day, amount, cost=cost)
                self.invoice(partner, day, amount, order=order, due=LATER)
                purchases.append((day, amount, amount - cost))
            if generator.random() < 0.3:
                day = TODAY - timedelta(days=generator.randint(1, 300))
                self.credit_note(partner, day, round(purchases[0][1] / 3))
        return bought

    def usual_margin(self, purchases, window_months):
        """Margin over sales of the window, or of all orders where there are none in it."""
        start = TODAY - timedelta(days=365 if window_months else 9999)
        recent = [purchase for purchase in purchases if purchase[0] > start] or purchases
        return sum(margin for _day, _amount, margin in recent) / sum(amount for _day, amount, _margin in recent)

    def lift(self, policy):
        """Everybody in the top tier; then the ladder is as it is meant, and those below are in grace."""
        top = self.tier("Top", policy)
        wanted = (top.entry_score, top.keep_score)
        if policy.tier_method == "grid":
            low = policy.grid_cell_ids.filtered(lambda cell: cell.tier_id != top)
            base = low.tier_id
            low.tier_id = top
            self.run_policy(as_of=TODAY - timedelta(days=200))
            self.run_policy(as_of=TODAY - timedelta(days=1))
            low.tier_id = base
        else:
            top.write({"entry_score": 0.01, "keep_score": 0})
            self.run_policy(as_of=TODAY - timedelta(days=1))
            top.write({"entry_score": wanted[0], "keep_score": wanted[1]})
        self.run_policy(as_of=TODAY)

    def prove(self, policy, seed):
        """:return: numbers of customers who can and who cannot earn their tier by a purchase"""
        generator = random.Random(seed)
        bought = self.populate(generator)
        self.lift(policy)
        able = unable = 0
        for partner, purchases in bought.items():
            if not self.score(partner).grace_until:
                continue
            advice = self.advice(partner)
            share = self.usual_margin(purchases, policy.window_months)
            if advice["amount"] is None:
                unable += 1
                for amount in (self.cap, self.cap * 1000):
                    moments = [self.apart(self.kept, partner, day, amount, share, day) for day in (TODAY, LAST)]
                    self.assertFalse(all(moments), (seed, partner.name, amount))
                continue
            able += 1
            amount = advice["amount"]
            days = [TODAY, LAST, TODAY + timedelta(days=generator.randint(1, GRACE - 1))]
            for day in days if amount else ():
                for judged in (day, day + timedelta(days=1)):
                    self.assertTrue(
                        self.apart(self.kept, partner, day, amount, share, judged), (seed, partner.name, advice, day)
                    )
            less = min(amount - 1, math.floor(amount * 0.98))
            if less > 0:
                self.assertFalse(self.always_kept(partner, less, share), (seed, partner.name, advice))
        return able, unable

    def always_kept(self, partner, amount, share):
        """Whether so much is enough on each day and judged the day after, too: from the end, where it is hardest."""
        for after in sorted({0, 1, *range(0, GRACE, math.ceil(GRACE / 4)), GRACE}, reverse=True):
            day = TODAY + timedelta(days=after)
            for judged in (day + timedelta(days=1), day):
                if not self.apart(self.kept, partner, day, amount, share, judged):
                    return False
        return True

    def check(self, dimensions, keep=45.0, seeds=(1,), **values):
        tiers = {"Top": {"entry_score": keep + 10, "keep_score": keep, "grace_days": GRACE}, "Base": 0.0}
        able = 0
        for seed in seeds:
            with self.subTest(seed=seed):
                with self.env.cr.savepoint() as savepoint:
                    able += self.prove(self.make_policy(dimensions, tiers, **values), seed)[0]
                    savepoint.rollback()
                self.env.invalidate_all()
        self.assertTrue(able, "no customer could earn the tier: nothing was proved")


@tagged("post_install", "-at_install")
class TestKeepProof(KeepProof):
    def test_linear(self):
        self.check({"revenue": {"scale": "linear", "cap": self.cap / 4}})

    def test_quantiles(self):
        self.check({"revenue": {"quantiles": 10}, "order_count": {"quantiles": 4}, "recency_days": {"quantiles": 5}})

    def test_bands(self):
        bands = [
            Command.create({"from_value": self.cap * part, "points": points})
            for part, points in ((0.01, 20), (0.05, 45), (0.11, 60), (0.4, 100))
        ]
        self.check({"revenue": {"scale": "bands", "band_ids": bands}, "recency_days": {"scale": "linear", "cap": 200}})

    def test_margin(self):
        self.check(
            {
                "margin": {"scale": "linear", "cap": self.cap / 8, "weight": 3},
                "average_order": {"quantiles": 5},
                "tenure_days": {"scale": "linear", "cap": 700},
            },
            seeds=(3,),
        )

    def test_all_history(self):
        self.check({"revenue": {"scale": "linear", "cap": self.cap / 2}, "margin": {}}, window_months=0)

    def test_returns(self):
        self.check(
            {
                "return_share": {"scale": "linear", "cap": 60, "missing_points": 50},
                "revenue": {"scale": "linear", "cap": self.cap / 4},
            },
            keep=40.0,
            seeds=(1, 5),
        )

    def test_default_policy(self):
        dimensions = {metric: {"weight": weight} | extra for metric, weight, extra in self.Policy._default_dimensions()}
        self.check(dimensions, keep=60.0, seeds=(1, 2))


@tagged("post_install", "-at_install")
class TestKeepProofYen(KeepProof):
    """A currency without cents, whose amounts are large."""

    currency_code = "JPY"
    cap = 2000000

    def test_linear_and_quantiles(self):
        self.check({"revenue": {"scale": "linear", "cap": self.cap / 4}, "margin": {"quantiles": 10}})

    def test_grid(self):
        policy = self.make_policy(
            {"revenue": {"quantiles": 5}, "order_count": {"scale": "linear", "cap": 4.0}},
            {"Top": {"entry_score": 50.0, "grace_days": GRACE}, "Base": 0.0},
            activate=False,
        )
        columns, rows = policy.dimension_ids
        policy.write(
            {
                "tier_method": "grid",
                "grid_x_id": columns.id,
                "grid_y_id": rows.id,
                "grid_cell_ids": [
                    Command.create({"x_from": x, "y_from": y, "tier_id": self.tier(tier, policy).id})
                    for x, y, tier in ((0, 0, "Base"), (60, 50, "Top"))
                ],
            }
        )
        policy.action_activate()
        able = sum(self.prove(policy, seed)[0] for seed in (7, 8))
        self.assertTrue(able, "no customer could earn the tier: nothing was proved")


@tagged("post_install", "-at_install")
class TestKeepAdvice(KeepCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = {"entry_score": 80.0, "keep_score": 70.0, "grace_days": GRACE}
        cls.partner = cls.customer("Good Customer")

    def fall(self, dimensions=None, **values):
        """A customer who had 90 and has 30."""
        policy = self.make_policy(dimensions or ONE_TO_ONE, {"Top": self.top, "Middle": 40.0, "Base": 0.0}, **values)
        self.order(self.partner, "2025-01-10", 90)
        self.invoice(self.partner, "2025-01-10", 90, due=LATER)
        self.run_policy(as_of=date(2025, 1, 10))
        self.credit_note(self.partner, "2025-06-10", 60)
        self.run_policy(as_of=TODAY)
        return policy

    def test_sentence(self):
        self.fall()
        advice = self.advice(self.partner)
        self.assertEqual(
            (advice["amount"], advice["currency"], advice["date"], advice["tier"], advice["hint"]),
            (40, "EUR", LAST, "Top", ""),
        )
        self.assertEqual(advice["sentence"], "Order 40.00\u00a0€ more by 08/14/2025 to keep Top.")

    def test_thousands(self):
        self.fall({"revenue": {"scale": "linear", "cap": 100.0}})
        self.credit_note(self.partner, "2025-06-12", 1200.5)
        self.assertEqual(self.advice(self.partner)["sentence"], "Order 1,241.00\u00a0€ more by 08/14/2025 to keep Top.")

    def test_what_leaves_the_window_is_needed_as_well(self):
        """An invoice of last July no longer counts at the end of the grace: what is bought then has to replace it."""
        self.invoice(self.partner, "2024-07-20", 25, due=LATER)
        self.make_policy(ONE_TO_ONE, {"Top": self.top, "Base": 0.0})
        self.invoice(self.partner, "2025-01-10", 60, due=LATER)
        self.run_policy(as_of=date(2025, 1, 31))
        self.credit_note(self.partner, "2025-06-10", 20)
        self.run_policy(as_of=TODAY)
        self.assertEqual(self.score(self.partner).score, 65)
        self.assertEqual(self.advice(self.partner)["amount"], 30)

    def test_only_in_grace(self):
        self.assertFalse(self.score(self.partner), "no score, no advice")
        self.fall()
        self.assertTrue(self.advice(self.partner))
        with freeze_time(LAST + timedelta(days=1)):
            self.assertEqual(self.advice(self.partner), {}, "too late")
        self.tier("Top").hold_months = 12
        self.run_policy(as_of=TODAY)
        self.assertFalse(self.score(self.partner).grace_until)
        self.assertEqual(self.advice(self.partner), {}, "held: nothing to earn yet")

    def test_nothing_for_a_tier_set_by_hand(self):
        self.fall()
        self.env["customer.value.override"].create(
            {
                "partner_id": self.partner.id,
                "company_id": self.company.id,
                "tier_id": self.tier("Top").id,
                "reason": "!",
            }
        )
        self.assertEqual(self.advice(self.partner), {})

    def test_earned_since_the_last_run(self):
        self.fall()
        self.invoice(self.partner, TODAY, 55, due=LATER)
        advice = self.advice(self.partner)
        self.assertEqual(
            (advice["amount"], advice["sentence"]), (0, "Top has been regained: nothing more is needed to keep it.")
        )

    def test_any_order(self):
        self.fall(
            {"revenue": {"scale": "linear", "cap": 100.0}, "recency_days": {"scale": "linear", "cap": 10, "weight": 5}}
        )
        self.assertEqual(self.advice(self.partner)["sentence"], "Place any order by 08/14/2025 to keep Top.")

    def test_no_false_promise(self):
        """Sales weigh half: with a bad standing in the other half no purchase is enough."""
        policy = self.fall(ONE_TO_ONE | {"influence": {"scale": "linear", "cap": 100.0, "weight": 0.01}})
        policy.dimension_ids[1].weight = 1.0
        advice = self.advice(self.partner)
        self.assertIsNone(advice["amount"])
        self.assertEqual(advice["sentence"], "Orders alone cannot keep Top beyond 08/14/2025.")
        self.assertEqual(
            advice["hint"],
            "An order can raise the score to 50.00 at most, but Top requires 70.00. "
            "Largest shortfall: Market influence (0.99 points).",
        )

    def test_a_gate_in_the_way(self):
        policy = self.fall()
        gate = self.env["customer.value.gate"].create(
            {
                "policy_id": policy.id,
                "metric": "ticket_count",
                "operator": ">=",
                "value": 1,
                "effect": "at_most",
                "tier_id": self.tier("Base").id,
            }
        )
        self.ticket(self.partner, "2025-06-20")
        advice = self.advice(self.partner)
        self.assertIsNone(advice["amount"])
        self.assertIn(gate.display_name, advice["hint"])
        self.assertNotIn(gate.display_name, advice["sentence"])

    def test_a_gate_that_lifts(self):
        """Customers who buy for 55 are in the tier, whatever the score."""
        policy = self.fall()
        self.env["customer.value.gate"].create(
            {
                "policy_id": policy.id,
                "metric": "revenue",
                "operator": ">=",
                "value": 55,
                "effect": "at_least",
                "tier_id": self.tier("Top").id,
            }
        )
        self.assertEqual(self.advice(self.partner)["amount"], 25)

    def test_more_is_not_always_better(self):
        """A band that punishes large customers: the sentence promises the order of that amount only."""
        bands = [Command.create({"from_value": start, "points": points}) for start, points in ((60, 75), (200, 10))]
        self.fall(
            {"revenue": {"scale": "bands", "band_ids": [*bands, Command.create({"from_value": 85, "points": 90})]}}
        )
        self.assertEqual(self.advice(self.partner)["sentence"], "Order for 30.00\u00a0€ by 08/14/2025 to keep Top.")

    def test_settings_changed_since_the_calibration(self):
        policy = self.fall()
        policy.abc_a_share = 70
        self.assertEqual(self.advice(self.partner), {}, "the next run calibrates anew: its cut points are not known")

    def test_left_to_a_review(self):
        """Tiers may change on any day up to the end: what is bought today has to last until then."""
        dimensions = ONE_TO_ONE | {"recency_days": {"scale": "linear", "cap": 90.0}}
        policy = self.fall(dimensions)
        prompt = self.advice(self.partner)["amount"]
        policy.scheduled_tiers = "review"
        patient = self.advice(self.partner)["amount"]
        # 100 points for an order of yesterday and 50 for one of 45 days ago; the rest of 140 is sales
        self.assertEqual((prompt, patient), (12, 60))

    def test_scoring_alone_does_not_end_the_grace(self):
        policy = self.fall()
        policy._run(as_of=TODAY + timedelta(days=5), partners=self.partner, keep_tiers=True)
        self.assertEqual(self.score(self.partner).grace_until, LAST)

    def test_the_daily_job_ends_the_grace_without_new_documents(self):
        policy = self.fall()
        with freeze_time(LAST):
            policy._rescore_changed()
            self.assertEqual(self.score(self.partner).tier_id.name, "Top")
        with freeze_time(LAST + timedelta(days=1)):
            policy._rescore_changed()
            self.assertEqual(self.score(self.partner).tier_id.name, "Base")

    def test_nothing_is_written(self):
        self.fall()
        tables = ("customer_value_score", "customer_value_run", "customer_value_history", "sale_order", "account_move")
        before = [self.rows(table) for table in tables]
        self.assertTrue(self.advice(self.partner))
        self.assertEqual([self.rows(table) for table in tables], before)

    def test_readers_may_ask(self):
        self.fall()
        companies = {"company_id": self.company.id, "company_ids": self.company.ids}
        reader = new_test_user(self.env, "keep_reader", "customer_value.group_customer_value_user", **companies)
        with self.reading_only():
            values = self.score(self.partner).with_user(reader).get_value_explanation()
        self.assertEqual(values["keep"]["amount"], 40)
        self.assertEqual([entry["to"]["name"] for entry in values["timeline"]], ["Top"])
