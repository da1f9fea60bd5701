"""The probability of staying away as it is stored, against the same calculated customer by customer in plain Python."""

import math
from datetime import date, timedelta
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ...analytics.risk import at_risk, staying_away
from ...models.risk import customer_retention_risk
from ...models.scoring.customer_value_source import Scope
from ..core.value_case import ONE_TO_ONE, ValueCase
from ..scoring.cdnow import read_sample
from ..scoring.cdnow_loader import load_full
from .retention_risk_case import RiskCase, days_ago

AS_OF = date(1997, 12, 31)

LOST = 254


@tagged("post_install", "-at_install")
class TestRetentionRiskProbability(ValueCase):
    """The customers of the CDNOW sample, half a year before the end of the file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Risk = cls.env["customer.retention.risk"]
        cls.make_policy(ONE_TO_ONE, window_months=0, lost_days=LOST)
        cls.visits = {}
        purchases = read_sample()
        for purchase in purchases:
            # what had no price was not bought
            cls.visits.setdefault(purchase.customer, set()).update([purchase.date] if purchase.cents else [])
        numbers = sorted(cls.visits)
        cls.half = set(numbers[::2])
        cls.partners = load_full(cls.env, cls.company, purchases=[p for p in purchases if p.customer in cls.half])
        cls.rest = [p for p in purchases if p.customer not in cls.half]
        cls.analyze()

    @classmethod
    def analyze(cls):
        cls.env.cr.execute("ANALYZE res_partner, sale_order, sale_order_line, account_move, account_move_line")

    def load_rest(self):
        self.partners = self.partners | load_full(self.env, self.company, purchases=self.rest)
        self.analyze()

    def refresh(self, partners=None):
        counts = self.Risk._refresh(self.company, as_of=AS_OF, partners=partners)
        self.env.invalidate_all()
        return counts

    def stored(self):
        return {
            risk.partner_id.id: risk for risk in self.Risk.search([("company_id", "=", self.company.id)], order="id")
        }

    # -- the oracle ----------------------------------------------------------------------------------------------------

    def facts(self, number, ago=0):
        """Days with orders, days since the last and since the first one, so many days ago; None before the first."""
        past = sorted((AS_OF - day).days - ago for day in self.visits[number] if (AS_OF - day).days >= ago)
        return (len(past), past[0], past[-1]) if past else None

    def away(self, number, ago, horizon):
        return int(not any(ago - horizon <= (AS_OF - day).days < ago for day in self.visits[number]))

    def expected_learning(self):
        """The days and customers that should be learned from, chosen anew."""
        first = min(day for number in self.partners for day in self.visits[number])
        known = (AS_OF - first).days
        horizon = known // 2
        past = []
        for ago in range(horizon, horizon + 4 * (horizon // 4), horizon // 4):
            rows = [(self.facts(number, ago), self.away(number, ago, horizon)) for number in self.partners]
            past.append([(*facts, away) for facts, away in rows if facts and facts[1] <= LOST])
        now = [facts for number in self.partners if (facts := self.facts(number))]
        return known, horizon, now, past

    def expected_probability(self, learned, orders, recency, age):
        r, alpha, a, b = learned["purchases"]
        x, weeks, whole = orders - 1, learned["horizon"] / 7, age / 7
        alive = 1.0
        if x:
            alive = 1 / (1 + a / (b + x - 1) * ((alpha + whole) / (alpha + whole - recency / 7)) ** (r + x))
        none = 1 - alive * (1 - ((alpha + whole) / (alpha + whole + weeks)) ** (r + x))
        late = math.log((recency + 1) * orders / (age - recency + learned["gap"]))
        values = [math.log(none / (1 - none)), late, late * late, math.log(orders), math.log(recency + 1)]
        index = learned["constant"] + sum(w * v for w, v in zip(learned["weights"], values, strict=True))
        return 1 / (1 + math.exp(-index))

    # -- tests ---------------------------------------------------------------------------------------------------------

    def test_stored_values(self):
        """What is learned, and the probability, level, order and words of every customer."""
        self.load_rest()
        self.refresh()
        learned = self.company.retention_learned
        expected = staying_away.learn(*self.expected_learning())
        self.assertFalse(learned["missing"])
        for name in ("days", "horizon", "stayed", "returned"):
            self.assertEqual(learned[name], expected[name], name)
        for name in ("purchases", "weights"):
            for found, right in zip(learned[name], expected[name], strict=True):
                self.assertAlmostEqual(found, right, 5)
        risks, levels = self.stored(), set()
        for number, partner in self.partners.items():
            facts = self.facts(number)
            risk = risks.pop(partner, None)
            if facts is None or facts[1] > LOST:
                self.assertFalse(risk, "not known yet, or lost")
                continue
            probability = self.expected_probability(learned, *facts)
            if not risk:
                self.assertLess(probability, 0.2501)
                levels.add(False)
                continue
            self.assertAlmostEqual(risk.probability, probability, 3)
            self.assertEqual(risk.horizon_days, learned["horizon"])
            level = "urgent" if risk.probability >= 0.75 else "serious" if risk.probability >= 0.5 else "watch"
            self.assertEqual(risk.level, level)
            levels.add(level)
            self.assertEqual("alike" in risk.factors.split(), risk.probability >= 0.25)
            self.assertAlmostEqual(risk.expected_loss, risk.probability * risk.stake, 1)
        self.assertFalse(risks)
        self.assertEqual(levels, {False, "watch", "serious", "urgent"})
        found = self.Risk.search([("company_id", "=", self.company.id)])
        self.assertEqual(found.mapped("expected_loss"), sorted(found.mapped("expected_loss"), reverse=True))
        likely = found.filtered(lambda risk: risk.reason_id.code == "alike")[0]
        self.assertIn(f"{round(100 * likely.probability)}% of customers like them placed no order", likely.explanation)
        self.assertFalse(likely.probability_note)
        with self.subTest("nothing to write"):
            self.assertEqual(self.refresh(), {"added": 0, "changed": 0, "removed": 0})

    def test_queries_do_not_grow(self):
        self.refresh()
        few = self.count_queries(lambda: self.Risk._refresh(self.company, as_of=AS_OF))
        self.load_rest()
        self.assertEqual(self.count_queries(lambda: self.Risk._refresh(self.company, as_of=AS_OF)), few)

    def statements(self, function):
        asked = []
        execute = Cursor.execute

        def listen(cursor, query, *args, **kwargs):
            # with what is handed to the server as a text to be read by another process
            asked.append(cursor.mogrify(query).decode() if isinstance(query, SQL) else query)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", listen):
            function()
        return asked

    def test_orders_are_read_once(self):
        """What is learned and what is found come from the same reading."""
        self.refresh()
        asked = self.statements(self.refresh)
        reading = [statement for statement in asked if "so.margin" in statement or "so.date_order" in statement]
        with_margins = [statement for statement in reading if "so.margin" in statement]
        self.assertEqual(len(with_margins), 1)
        self.assertIn("CREATE UNLOGGED TABLE", with_margins[0])
        # beside them, the same statement looks for orders that were credited
        self.assertEqual(len(reading), 1)
        self.env.cr.execute("SHOW random_page_cost")
        cost = self.env.cr.fetchone()
        self.refresh()
        self.env.cr.execute("SHOW random_page_cost")
        self.assertEqual(self.env.cr.fetchone(), cost, "other statements are planned as the server says")

    def test_probability_is_calculated_once(self):
        """It takes longer than all that follows from it: the plan asks for it in one place."""
        self.refresh()
        scope = Scope.make(self.company, AS_OF, 12)
        watch = self.Risk._get_watch(self.company, AS_OF)
        self.assertFalse(watch.learned["missing"])
        differing = self.Risk._differing_sql(scope, watch, self.Risk._orders_sql(self.company, scope))
        query = at_risk.store_sql(watch, differing)
        self.env.cr.execute(SQL("EXPLAIN (VERBOSE) %s", query))
        plan = [line for (line,) in self.env.cr.fetchall()]
        # the logarithm of the odds, which no other fact has
        self.assertEqual(sum("Output" in line and "ln(" in line and "exp(" in line for line in plan), 1, plan)

    def test_halves_are_found_as_the_whole(self):
        """Of many customers, either half is looked at by a process of its own, and the same comes of it."""
        self.refresh()
        kept = [name for name in self.Risk._fields if self.Risk._fields[name].store]
        whole = self.Risk.search([], order="id").read(kept, load=None)
        self.assertGreater(len(whole), 20)
        some, gone = self.Risk.browse([row["id"] for row in whole[::3]]), whole[1]["id"]
        self.env.cr.execute("DELETE FROM customer_retention_risk WHERE id = %s", [gone])
        self.env.cr.execute(
            "UPDATE customer_retention_risk SET stake = -1, fingerprint = NULL WHERE id = ANY(%s)", [some.ids]
        )
        # somebody who is not at risk, beyond all who are
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.env.cr.execute(
            "INSERT INTO customer_retention_risk (partner_id, company_id, since) VALUES (%s, %s, %s)",
            [stranger.id, self.company.id, AS_OF],
        )
        self.env.invalidate_all()
        with patch.object(customer_retention_risk, "DIVIDED", 1):
            asked = self.statements(self.refresh)
        self.assertEqual(sum("upper_fingerprint" in statement for statement in asked), 1)
        divided = self.Risk.search([], order="id").read(kept, load=None)

        def by_partner(rows):
            return {row["partner_id"]: {name: row[name] for name in kept if name != "id"} for row in rows}

        self.assertEqual(by_partner(divided), by_partner(whole))

    def test_some_customers_use_what_was_learned(self):
        """A refresh of some asks nothing of the past, agrees with that of all, and leaves what was learned alone."""
        self.refresh()
        learned, risks = self.company.retention_learned, self.stored()
        some = self.env["res.partner"].browse(list(risks)[:20])
        before = {partner: risks[partner].probability for partner in some.ids}
        asked = self.statements(lambda: self.Risk._refresh(self.company, as_of=AS_OF, partners=some))
        self.assertFalse(
            [statement for statement in asked if "UPDATE res_company" in statement or "hashint4" in statement],
            "what was learned is read, not what it was learned from, and not written",
        )
        self.assertEqual(self.company.retention_learned, learned)
        self.env.cr.execute("DELETE FROM customer_retention_risk WHERE partner_id = ANY(%s)", [some.ids])
        self.assertEqual(self.refresh(some)["added"], 20)
        after = self.stored()
        self.assertEqual({partner: after[partner].probability for partner in some.ids}, before)

    def test_what_was_learned_lately_serves(self):
        """For a week nothing is learned, however much is new; a manager's button learns at once."""
        self.refresh()
        learned = self.company.retention_learned
        self.assertEqual(learned["as_of"], str(AS_OF))
        self.load_rest()

        def learns(days=0, **options):
            day = AS_OF + timedelta(days=days)
            asked = self.statements(lambda: self.Risk._refresh(self.company, as_of=day, **options))
            self.env.invalidate_all()
            found = any("UPDATE res_company" in statement for statement in asked)
            self.assertEqual(found, any("hashint4" in statement for statement in asked))
            return found

        self.assertFalse(learns())
        self.assertFalse(learns(6))
        self.assertEqual(self.company.retention_learned, learned)
        self.assertTrue(self.stored())
        with self.subTest("what was asked for"):
            self.assertTrue(learns(learn=True))
            anew = self.company.retention_learned
            self.assertGreater(anew["stayed"], learned["stayed"])
        with self.subTest("grown old"):
            self.assertTrue(learns(7))
            self.assertEqual(self.company.retention_learned["as_of"], str(AS_OF + timedelta(days=7)))
            self.assertFalse(learns(8))
        with self.subTest("of a later day"):
            self.assertTrue(learns())
            self.assertEqual(self.company.retention_learned, anew)
        with self.subTest("nothing was known"):
            self.company.retention_learned = anew | {"missing": "customers"}
            self.env.flush_all()
            self.assertTrue(learns())
        with self.subTest("the button"):
            self.company.retention_learned = anew | {"stayed": 0}
            self.env.flush_all()
            with patch.object(self.env.registry["res.company"], "_get_value_today", lambda company: AS_OF):
                self.Risk.with_company(self.company).with_context(allowed_company_ids=self.company.ids).action_refresh()
            self.env.invalidate_all()
            self.assertEqual(self.company.retention_learned, anew)

    def test_reason_put_away(self):
        """Without it nobody is listed for the probability alone; it still makes the level of others."""
        self.env.ref("customer_value.retention_reason_alike").active = False
        self.refresh()
        risks = self.stored().values()
        self.assertTrue(risks)
        for risk in risks:
            self.assertNotIn("alike", risk.factors)
            self.assertTrue(risk.probability)
        self.assertGreater(len({risk.level for risk in risks}), 1)

    def test_limits_are_settings(self):
        self.company.write(
            {"retention_probability_watch": 40, "retention_probability_serious": 60, "retention_probability_urgent": 80}
        )
        self.refresh()
        self.assertTrue(self.stored())
        for risk in self.stored().values():
            share = 100 * risk.probability
            self.assertEqual(risk.level, "urgent" if share >= 80 else "serious" if share >= 60 else "watch")
            self.assertEqual("alike" in risk.factors, share >= 40)
        for names, value in (("watch", 70), ("watch", 0), ("serious", 90), ("urgent", 101)):
            with (
                self.subTest(names),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.company[f"retention_probability_{names}"] = value
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestRetentionRiskUnknown(RiskCase):
    """Where too little is known the limits decide, and it is said what is missing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.customer()

    def test_too_few_customers(self):
        self.rhythm(self.partner, last=41, margin=30)
        self.rhythm(self.customer("Another"), last=5, orders=20)
        risk = self.risk(self.partner)
        self.assertRecordValues(risk, [{"level": "urgent", "factors": "rhythm", "horizon_days": 0, "probability": 0}])
        self.env.cr.execute("SELECT probability, expected_loss FROM customer_retention_risk")
        self.assertEqual(self.env.cr.fetchall(), [(None, None)])
        self.assertIn("20 who placed no order since and 20 who did are needed", risk.probability_note)
        self.assertEqual(self.company.retention_learned["missing"], "customers")

    def test_too_short_a_past(self):
        self.rhythm(self.partner, last=21, gap=5)
        risk = self.risk(self.partner)
        self.assertIn("orders of 45 days are needed, and there are 36 days", risk.probability_note)

    def test_no_orders_at_all(self):
        self.refresh()
        self.assertEqual(self.company.retention_learned["missing"], "days")

    def test_not_looked_yet(self):
        self.assertIn("with the next refresh", self.company.retention_learned_note)

    def test_grown_margin_does_not_top_the_list(self):
        """One good year is no habit: what is at stake is the mean of both."""
        grown, steady = self.customers(2, "Margin")
        self.order(grown, days_ago(500), 138, cost=100)
        for days in (81, 91, 101):
            self.order(grown, days_ago(days), 269, cost=100)
        self.order(steady, days_ago(500), 400, cost=0)
        for days in (81, 91, 101):
            self.order(steady, days_ago(days), 133, cost=0)
        for partner in (grown, steady):
            self.complaint(partner)
        self.refresh()
        self.assertRecordValues(
            self.Risk.search([("partner_id", "in", (grown | steady).ids)]),
            [
                {"partner_id": steady.id, "margin_before": 400, "margin_now": 399, "stake": 400},
                {"partner_id": grown.id, "margin_before": 38, "margin_now": 507, "stake": 272.5},
            ],
        )
