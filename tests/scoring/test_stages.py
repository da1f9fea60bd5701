"""Stage of life, kind of relation, and the explanation of a score, on worked examples."""

from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..core.value_case import AS_OF, ValueCase


def ago(days):
    return AS_OF - timedelta(days=days)


@tagged("post_install", "-at_install")
class TestLifecycle(ValueCase):
    """Limits set by the manager: dormant after 90 days, lost after 200; a trend of 25%."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(["revenue"], dormant_days=90, lost_days=200)

    def stage(self, *orders):
        """Stage of a customer with these orders: days ago, or (days ago, amount)."""
        partner = self.customer()
        for bought in orders:
            days, amount = bought if isinstance(bought, tuple) else (bought, 100)
            self.order(partner, ago(days), amount)
        self.run_policy()
        return self.score(partner).lifecycle

    def test_lost_and_dormant_begin_after_their_limit(self):
        self.assertEqual(self.stage(200), "dormant")
        self.assertEqual(self.stage(201), "lost")
        self.assertEqual(self.stage(91), "dormant")
        self.assertEqual(self.stage(90), "new")

    def test_new_ends_with_the_dormant_limit(self):
        self.assertEqual(self.stage(90, 60, 30, 1), "new")
        self.assertNotEqual(self.stage(91, 60, 30, 1), "new")

    def test_won_back_after_a_gap_longer_than_lost(self):
        self.assertEqual(self.stage(300, 10), "won_back")
        self.assertEqual(self.stage(210, 10), "loyal", "200 days are not lost yet")
        self.assertEqual(self.stage(211, 10), "won_back")
        self.assertEqual(
            self.stage(600, 300, 10, 5), "growing", "the gap before the last order counts, and that was short"
        )

    def test_several_orders_of_one_day_are_one_visit(self):
        self.assertEqual(self.stage(300, 10, 10), "won_back")

    def test_declining_against_his_own_rhythm(self):
        """The customer ordered every 20 days: 41 days without an order mean something, long before 90."""
        self.assertEqual(self.stage(141, 121, 101, 81, 61, 41), "declining")
        self.assertNotEqual(self.stage(140, 120, 100, 80, 60, 40), "declining")

    def test_growing_and_declining_by_sales(self):
        """The later half of the year against the earlier half, at 25% more or less."""
        first = [(300, 100), (240, 100)]
        self.assertEqual(self.stage(*first, (120, 125), (60, 125)), "loyal")
        self.assertEqual(self.stage(*first, (120, 125), (60, 126)), "growing")
        self.assertEqual(self.stage(*first, (120, 75), (60, 75)), "loyal")
        self.assertEqual(self.stage(*first, (120, 75), (60, 74)), "declining")

    def test_without_a_window_the_last_year_tells_the_trend(self):
        """Years of sales before do not make everybody decline."""
        self.policy.window_months = 0
        years = [(days, 100) for days in range(1980, 380, -60)]
        self.assertEqual(self.stage(*years, (300, 100), (240, 100), (120, 100), (60, 100)), "loyal")

    def test_without_orders_he_is_a_prospect(self):
        partner = self.customer()
        self.invoice(partner)
        self.run_policy()
        self.assertEqual(self.score(partner).lifecycle, "prospect")

    def test_limits_are_derived_from_the_gaps_of_the_population(self):
        """Ten customers with mean gaps of 10, 20 ... 100 days: 80% come more often than 80 days, 95% than 100."""
        self.make_policy(["revenue"])
        for number, partner in enumerate(self.customers(10), start=1):
            self.order(partner, ago(0))
            self.order(partner, ago(number * 10))
        once = self.customer("Came once")
        self.order(once, ago(300))
        run = self.run_policy()
        self.assertEqual((run.calibration["dormant_days"], run.calibration["lost_days"]), (80, 120))

    def test_nobody_came_twice(self):
        self.make_policy(["revenue"])
        self.order(self.customer(), ago(10))
        run = self.run_policy()
        self.assertEqual((run.calibration["dormant_days"], run.calibration["lost_days"]), (180, 365))

    def test_limits_of_the_manager_go_first(self):
        run = self.run_policy()
        self.assertEqual((run.calibration["dormant_days"], run.calibration["lost_days"]), (90, 200))


@tagged("post_install", "-at_install")
class TestRelationship(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(
            ["revenue", "open_pipeline"],
            dormant_days=90,
            lost_days=200,
            relational_orders=2,
            transactional_discount=20.0,
        )
        cls.partner = cls.customer()

    def kind(self):
        self.run_policy()
        return self.score(self.partner).relationship_class

    def test_one_order_is_transactional(self):
        self.order(self.partner, ago(10))
        self.assertEqual(self.kind(), "transactional")

    def test_coming_back_is_a_relation(self):
        self.order(self.partner, ago(10))
        self.order(self.partner, ago(20))
        self.assertEqual(self.kind(), "cash_flow")

    def test_only_for_the_discount(self):
        for days in (10, 20, 30):
            self.order(self.partner, ago(days), lines=[{"price_unit": 100.0, "discount": 20.0}])
        self.assertEqual(self.kind(), "transactional")
        self.order(self.partner, ago(5), 1)
        self.assertEqual(self.kind(), "cash_flow", "just below the limit")

    def test_silent_with_an_open_opportunity(self):
        self.order(self.partner, ago(91))
        self.lead(self.partner)
        self.assertEqual(self.kind(), "near_cash_flow")

    def test_silent_without_one(self):
        self.order(self.partner, ago(91))
        self.assertEqual(self.kind(), "no_action")

    def test_prospect_with_an_opportunity(self):
        self.lead(self.partner)
        self.assertEqual(self.kind(), "near_cash_flow")


@tagged("post_install", "-at_install")
class TestExplanation(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(
            {
                "recency_days": {"scale": "linear", "cap": 100.0, "weight": 1.0},
                "revenue": {"scale": "linear", "cap": 200.0, "weight": 2.0},
                "influence": {"scale": "linear", "cap": 100.0, "weight": 1.0, "missing_points": 10.0},
            }
        )
        cls.partner = cls.customer()
        cls.order(cls.partner, "2025-06-10")
        cls.move = cls.invoice(cls.partner, "2025-06-10", 150)
        cls.run_policy()

    def test_every_point_is_explained(self):
        explanation = self.score(self.partner).get_explanation()
        lines = [
            (line["metric"], line["raw"], line["points"], line["contribution"], line["maximum"], line["documents"])
            for line in explanation["lines"]
        ]
        self.assertEqual(
            lines,
            [
                ("recency_days", 20, 80, 20, 25, True),
                ("revenue", 150, 75, 37.5, 50, True),
                ("influence", None, 10, 2.5, 25, False),
            ],
        )
        self.assertEqual((explanation["score"], explanation["tier"], explanation["gate"]), (60, "Middle", ""))
        self.assertEqual(explanation["currency_id"], self.company.currency_id.id)

    def test_explained_by_the_weights_of_their_run(self):
        """Names and weights are kept once for all scores of a run; those of other runs keep theirs."""
        other = self.customer()
        self.invoice(other, "2025-06-10", 100)
        before = self.score(self.partner).contributions
        self.assertEqual(before["revenue"], {"raw": 150, "points": 75, "weight": 2, "contribution": 37.5})
        self.policy.dimension_ids.filtered(lambda dimension: dimension.metric == "recency_days").unlink()
        run = self.run_policy(partners=other)
        self.assertEqual(run.dimension_weights, [["revenue", 2.0], ["influence", 1.0]])
        self.assertEqual(self.score(self.partner).contributions, before)
        self.assertEqual(set(self.score(other).contributions), {"revenue", "influence"})
        line = {"raw": 100, "points": 50, "weight": 2, "contribution": 33.33}
        self.assertEqual(self.score(other).contributions["revenue"], line)
        self.env.cr.execute("SELECT contributions FROM customer_value_score WHERE id = %s", self.score(other).ids)
        # the sum is 36.67
        self.assertEqual(self.env.cr.fetchone(), ([5000, 3333, 1000, 334],))

    def test_documents_open_as_of_the_score(self):
        self.invoice(self.partner, date(2025, 7, 1), 10)
        action = self.score(self.partner).action_open_documents("revenue")
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), self.move)

    def test_what_is_entered_by_hand_has_no_documents(self):
        with self.assertRaisesRegex(UserError, "entered manually"):
            self.score(self.partner).action_open_documents("influence")

    def test_the_gate_is_named(self):
        self.env["customer.value.gate"].create(
            {"policy_id": self.policy.id, "metric": "revenue", "value": 150, "tier_id": self.tier("Top").id}
        )
        self.run_policy()
        explanation = self.score(self.partner).get_explanation()
        self.assertEqual(
            (explanation["tier"], explanation["gate"]),
            ("Top", f"Revenue net of credit notes is at least {self.company.currency_id.format(150)}: At least Top"),
        )

    def test_moves_carry_the_contributions_before_and_after(self):
        self.credit_note(self.partner, "2025-06-20", 150)
        self.run_policy()
        entry = self.history(self.partner)[-1]
        self.assertEqual(entry.tier_move, "down")
        self.assertEqual(
            (entry.previous_contributions["revenue"]["contribution"], entry.contributions["revenue"]["contribution"]),
            (37.5, 0),
        )
