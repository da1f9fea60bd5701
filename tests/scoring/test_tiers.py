"""From the score to the tier: gates, grid, scales, and what protects a tier once reached."""

from datetime import date

from odoo import Command
from odoo.tests import tagged

from ..core.value_case import ONE_TO_ONE, ValueCase


@tagged("post_install", "-at_install")
class TestScales(ValueCase):
    def points(self, partner, metric="revenue"):
        return self.score(partner).contributions[metric]["points"]

    def test_bands_start_with_their_value(self):
        bands = [
            Command.create({"from_value": start, "points": points}) for start, points in ((10, 30), (20, 100), (30, 5))
        ]
        self.make_policy({"revenue": {"scale": "bands", "band_ids": bands}})
        expected = {9.99: 0, 10: 30, 19.99: 30, 20: 100, 29.99: 100, 30: 5, 1000: 5}
        partners = dict(zip(expected, self.customers(len(expected)), strict=True))
        for amount, partner in partners.items():
            self.invoice(partner, amount=amount)
        self.run_policy()
        self.assertEqual({amount: self.points(partner) for amount, partner in partners.items()}, expected)

    def test_linear_stops_at_floor_and_cap(self):
        self.make_policy({"revenue": {"scale": "linear", "floor": 50.0, "cap": 150.0}})
        expected = {0: 0, 49: 0, 50: 0, 75: 25, 125: 75, 150: 100, 9999: 100}
        partners = dict(zip(expected, self.customers(len(expected)), strict=True))
        for amount, partner in partners.items():
            self.invoice(partner, amount=amount)
        self.run_policy()
        self.assertEqual({amount: self.points(partner) for amount, partner in partners.items()}, expected)

    def test_linear_where_lower_is_better(self):
        self.make_policy({"ticket_count": {"scale": "linear", "floor": 0.0, "cap": 4.0}})
        quiet, loud, louder = self.customers(3)
        self.order(quiet)
        self.ticket(loud)
        for _ticket in range(5):
            self.ticket(louder)
        self.run_policy()
        self.assertEqual([self.points(partner, "ticket_count") for partner in (quiet, loud, louder)], [100, 75, 0])

    def test_quantiles_in_both_directions(self):
        """Five customers, five groups: 0, 25, 50, 75, 100; the other way round where lower is better."""
        self.make_policy({"revenue": {"quantiles": 5}, "recency_days": {"quantiles": 5}})
        partners = self.customers(5)
        for place, partner in enumerate(partners):
            self.invoice(partner, amount=10 + place)
            self.order(partner, date(2025, 6, 1 + place))
        run = self.run_policy()
        self.assertEqual([self.points(partner) for partner in partners], [0, 25, 50, 75, 100])
        self.assertEqual([self.points(partner, "recency_days") for partner in partners], [0, 25, 50, 75, 100])
        self.assertEqual(run.calibration["cuts"]["revenue"], [10, 11, 12, 13])
        self.assertEqual(run.calibration["cuts"]["recency_days"], [29, 28, 27, 26])

    def test_quantiles_above_zero(self):
        """Who has nothing, or less, fills no group and earns nothing; whoever has anything earns more."""
        self.make_policy({"revenue": {"quantiles": 4, "compared_with": "positive"}})
        nothing = self.customers(6)
        for partner in nothing:
            self.order(partner)
        self.credit_note(nothing[0], amount=5)
        buyers = self.customers(8)
        for place, partner in enumerate(buyers):
            self.invoice(partner, amount=10 + place // 2 * 10)
        run = self.run_policy()
        self.assertEqual(run.calibration["cuts"]["revenue"], [0, 10, 20, 30])
        self.assertEqual([self.points(partner) for partner in buyers], [25, 25, 50, 50, 75, 75, 100, 100])
        self.assertEqual({self.points(partner) for partner in nothing}, {0})

    def test_nobody_above_zero(self):
        self.make_policy({"revenue": {"quantiles": 4, "compared_with": "positive"}})
        partner = self.customer()
        self.order(partner)
        run = self.run_policy()
        self.assertEqual(run.calibration["cuts"]["revenue"], [])
        self.assertEqual(self.points(partner), 0)

    def test_above_zero_is_for_what_is_better_when_higher(self):
        self.make_policy({"recency_days": {"quantiles": 2, "compared_with": "positive", "nothing_from": 0}})
        partners = self.customers(2)
        self.order(partners[0], "2025-06-30")
        self.order(partners[1], "2025-06-01")
        self.run_policy()
        self.assertEqual([self.points(partner, "recency_days") for partner in partners], [100, 0])

    def test_recency_ends_after_a_year_even_for_the_best(self):
        """Among customers of long ago, being the latest of them is worth nothing."""
        self.make_policy({"recency_days": {"quantiles": 4}})
        days = ("2024-03-06", "2024-06-30", "2024-07-01", "2024-12-29", "2025-01-01", "2025-06-30")
        partners = self.customers(len(days))
        for partner, day in zip(partners, days, strict=True):
            self.order(partner, day)
        self.run_policy()
        points = [self.points(partner, "recency_days") for partner in partners]
        self.assertEqual(points, [0, 0, 0.55, 66.67, 66.67, 100])
        explanation = self.score(partners[0]).get_explanation()["lines"][0]
        self.assertEqual((explanation["points"], explanation["note"]), (0, "No points from 365 days on."))
        self.Policy._get_active(self.company).dimension_ids.nothing_from = 0
        self.run_policy()
        self.assertEqual(self.points(partners[2], "recency_days"), 33.33, "compared with the others alone")

    def test_owing_nothing_takes_trade(self):
        bands = [Command.create({"from_value": start, "points": points}) for start, points in ((0, 100), (0.01, 20))]
        self.make_policy(
            {
                "revenue": {"scale": "linear", "cap": 100.0},
                "overdue_amount": {"scale": "bands", "band_ids": bands},
                "overdue_days": {"scale": "linear", "cap": 100.0},
            }
        )
        gone, debtor, buyer, invoiced = self.customers(4)
        self.order(gone, "2023-01-01")
        self.invoice(debtor, "2023-01-01", due="2023-01-02")
        self.order(buyer, "2025-06-01")
        self.invoice(invoiced, "2025-06-01", due="2025-08-01")
        self.run_policy()
        partners = (gone, debtor, buyer, invoiced)
        self.assertEqual([self.points(partner, "overdue_amount") for partner in partners], [0, 20, 100, 100])
        self.assertEqual([self.points(partner, "overdue_days") for partner in partners], [0, 0, 100, 100])
        notes = {line["metric"]: line["note"] for line in self.score(gone).get_explanation()["lines"]}
        self.assertIn("without orders or sales", notes["overdue_amount"])
        self.assertFalse(notes["revenue"])

    def test_missing_values_get_their_points(self):
        self.make_policy(
            {
                "recency_days": {"scale": "linear", "cap": 100.0, "missing_points": 30.0, "weight": 1.0},
                "payment_delay_days": {"quantiles": 4, "missing_points": 60.0, "weight": 2.0},
            }
        )
        partner = self.customer()
        self.invoice(partner)
        self.run_policy()
        score = self.score(partner)
        self.assertIsNone(score.contributions["recency_days"]["raw"])
        self.assertEqual(self.points(partner, "recency_days"), 30)
        self.assertEqual(self.points(partner, "payment_delay_days"), 60)
        self.assertEqual(score.score, 50)

    def test_weights_share_the_score(self):
        self.make_policy(
            {
                "revenue": {"scale": "linear", "cap": 100.0, "weight": 3.0},
                "order_count": {"scale": "linear", "cap": 10.0, "weight": 1.0},
                "ticket_count": {"scale": "linear", "cap": 10.0, "weight": 0.0},
            }
        )
        partner = self.customer()
        self.invoice(partner, amount=50)
        self.order(partner)
        self.run_policy()
        score = self.score(partner)
        self.assertEqual(score.score, 40)
        self.assertEqual(score.contributions["revenue"]["contribution"], 37.5)
        self.assertEqual(score.contributions["order_count"]["contribution"], 2.5)
        self.assertNotIn("ticket_count", score.contributions, "what weighs nothing explains nothing")


@tagged("post_install", "-at_install")
class TestGates(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tiers = {"Top": 80.0, "Middle": 40.0, "Low": 20.0, "Base": 0.0}
        cls.policy = cls.make_policy(ONE_TO_ONE, tiers)
        cls.partner = cls.customer()
        cls.invoice(cls.partner, amount=50, due="2025-06-29")

    def gate(self, metric, operator, value, effect, tier):
        return self.env["customer.value.gate"].create(
            {
                "policy_id": self.policy.id,
                "metric": metric,
                "operator": operator,
                "value": value,
                "effect": effect,
                "tier_id": self.tier(tier).id,
            }
        )

    def outcome(self):
        self.run_policy()
        score = self.score(self.partner)
        return score.tier_id.name, score.gate_id

    def test_no_gate(self):
        self.assertEqual(self.outcome(), ("Middle", self.env["customer.value.gate"]))

    def test_at_least_lifts(self):
        gate = self.gate("revenue", ">=", 50, "at_least", "Top")
        self.assertEqual(self.outcome(), ("Top", gate))
        self.assertEqual(self.score(self.partner).score, 50, "a gate changes the tier, not the score")
        self.assertEqual(self.history(self.partner).cause, "gate")

    def test_just_below_the_value_does_not_lift(self):
        self.gate("revenue", ">=", 50.01, "at_least", "Top")
        self.assertEqual(self.outcome()[0], "Middle")

    def test_at_least_never_lowers(self):
        self.gate("revenue", ">=", 1, "at_least", "Low")
        self.assertEqual(self.outcome(), ("Middle", self.env["customer.value.gate"]))

    def test_at_most_caps(self):
        gate = self.gate("revenue", "<=", 50, "at_most", "Base")
        self.assertEqual(self.outcome(), ("Base", gate))

    def test_at_most_never_lifts(self):
        self.gate("revenue", ">=", 1, "at_most", "Top")
        self.assertEqual(self.outcome(), ("Middle", self.env["customer.value.gate"]))

    def test_the_highest_at_least_wins(self):
        gate = self.gate("revenue", ">=", 20, "at_least", "Top")
        self.gate("revenue", ">=", 40, "at_least", "Middle")
        self.gate("revenue", ">=", 60, "at_least", "Top")
        self.assertEqual(self.outcome(), ("Top", gate))

    def test_the_lowest_at_most_wins(self):
        self.gate("revenue", ">=", 40, "at_most", "Low")
        gate = self.gate("revenue", ">=", 20, "at_most", "Base")
        self.assertEqual(self.outcome(), ("Base", gate))

    def test_at_most_has_the_last_word(self):
        """Customers who do not pay are not top customers, whatever they buy."""
        self.gate("revenue", ">=", 20, "at_least", "Top")
        gate = self.gate("overdue_amount", ">=", 50, "at_most", "Low")
        self.assertEqual(self.outcome(), ("Low", gate))

    def test_a_missing_number_passes_no_gate(self):
        self.gate("recency_days", ">=", 0, "at_most", "Base")
        self.gate("recency_days", "<=", 9999, "at_least", "Top")
        self.assertEqual(self.outcome()[0], "Middle")

    def test_a_cap_acts_within_hold_and_grace(self):
        self.tier("Middle").write({"hold_months": 12, "grace_days": 100})
        self.assertEqual(self.outcome()[0], "Middle")
        self.gate("overdue_amount", ">=", 50, "at_most", "Base")
        self.assertEqual(self.outcome()[0], "Base")


@tagged("post_install", "-at_install")
class TestGrid(ValueCase):
    def test_sales_by_influence(self):
        policy = self.make_policy(
            {
                "revenue": {"scale": "linear", "cap": 100.0},
                "influence": {"scale": "linear", "cap": 100.0, "weight": 0.0},
            },
            activate=False,
        )
        sales, influence = policy.dimension_ids
        cells = [(0, 0, "Base"), (50, 0, "Middle"), (0, 50, "Middle"), (50, 50, "Top")]
        policy.write(
            {
                "tier_method": "grid",
                "grid_x_id": sales.id,
                "grid_y_id": influence.id,
                "grid_cell_ids": [
                    Command.create({"x_from": x, "y_from": y, "tier_id": self.tier(tier, policy).id})
                    for x, y, tier in cells
                ],
            }
        )
        policy.action_activate()
        expected = {
            (49, 49): "Base",
            (50, 0): "Middle",
            (100, 49): "Middle",
            (0, 50): "Middle",
            (49, 100): "Middle",
            (50, 50): "Top",
            (49.99, 0): "Base",
        }
        partners = dict(zip(expected, self.customers(len(expected)), strict=True))
        for (amount, points), partner in partners.items():
            self.invoice(partner, amount=amount)
            partner.value_influence = points
        self.run_policy()
        found = {key: self.score(partner).tier_id.name for key, partner in partners.items()}
        self.assertEqual(found, expected)
        score = self.score(partners[49, 100])
        self.assertEqual(score.contributions["influence"]["contribution"], 0, "it places, and does not weigh")
        self.assertEqual(score.score, 49)


@tagged("post_install", "-at_install")
class TestKeeping(ValueCase):
    """Promotion at once; demotion only after keep score, minimum hold and grace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = {"entry_score": 80.0, "keep_score": 70.0}
        cls.partner = cls.customer()

    def use(self, **protection):
        return self.make_policy(ONE_TO_ONE, {"Top": self.top | protection, "Middle": 40.0, "Base": 0.0})

    def at(self, day):
        """(tier, tier by score alone, last day of grace) after a run on ``day``."""
        self.run_policy(as_of=date.fromisoformat(day))
        score = self.score(self.partner)
        return score.tier_id.name, score.computed_tier_id.name, str(score.grace_until or "")

    def test_keep_score(self):
        self.use()
        self.invoice(self.partner, "2025-01-10", 80)
        self.assertEqual(self.at("2025-01-31"), ("Top", "Top", ""))
        self.credit_note(self.partner, "2025-02-10", 10)
        self.assertEqual(self.at("2025-02-28"), ("Top", "Middle", ""), "70 keeps")
        self.credit_note(self.partner, "2025-03-10", 0.01)
        self.assertEqual(self.at("2025-03-31"), ("Middle", "Middle", ""), "69.99 does not")
        self.invoice(self.partner, "2025-04-10", 5)
        self.assertEqual(self.at("2025-04-30"), ("Middle", "Middle", ""), "74.99 would keep, but does not enter")
        self.invoice(self.partner, "2025-05-10", 5.01)
        self.assertEqual(self.at("2025-05-31"), ("Top", "Top", ""), "80 enters at once")
        moves = self.history(self.partner).filtered(lambda entry: entry.tier_move in ("up", "down"))
        self.assertEqual(
            moves.mapped(
                lambda entry: (str(entry.date), entry.tier_move, entry.previous_tier_id.name, entry.tier_id.name)
            ),
            [("2025-03-31", "down", "Top", "Middle"), ("2025-05-31", "up", "Middle", "Top")],
        )

    def test_minimum_hold_and_then_grace(self):
        self.use(hold_months=3, grace_days=30)
        self.invoice(self.partner, "2025-01-10", 90)
        self.assertEqual(self.at("2025-01-31"), ("Top", "Top", ""))
        self.credit_note(self.partner, "2025-02-10", 60)
        self.assertEqual(self.at("2025-02-28"), ("Top", "Base", ""))
        self.assertEqual(self.at("2025-04-29"), ("Top", "Base", ""), "the last day of the third month")
        self.assertEqual(self.at("2025-04-30"), ("Top", "Base", "2025-05-30"), "the hold is over, grace begins")
        self.assertEqual(self.at("2025-05-15"), ("Top", "Base", "2025-05-30"), "grace is not prolonged")
        self.assertEqual(self.at("2025-05-30"), ("Top", "Base", "2025-05-30"), "the last day of grace")
        self.assertEqual(self.at("2025-05-31"), ("Base", "Base", ""))
        self.assertEqual(str(self.score(self.partner).tier_since), "2025-05-31")

    def test_earning_the_tier_back_in_grace(self):
        self.use(grace_days=30)
        self.invoice(self.partner, "2025-01-10", 90)
        self.at("2025-01-31")
        self.credit_note(self.partner, "2025-02-10", 60)
        self.assertEqual(self.at("2025-02-28"), ("Top", "Base", "2025-03-30"))
        self.invoice(self.partner, "2025-03-10", 45)
        self.assertEqual(self.at("2025-03-15"), ("Top", "Middle", ""), "75 keeps")
        self.assertEqual(str(self.score(self.partner).tier_since), "2025-01-31")
        self.credit_note(self.partner, "2025-06-10", 30)
        self.assertEqual(self.at("2025-06-15"), ("Top", "Middle", "2025-07-15"), "a new grace, not the rest of the old")

    def test_lost_customers_leave_when_hold_and_grace_are_over(self):
        top = self.top | {"excludes_lost": True, "hold_months": 2, "grace_days": 30}
        policy = self.make_policy(ONE_TO_ONE, {"Top": top, "Middle": 40.0, "Base": 0.0}, dormant_days=30, lost_days=60)
        self.order(self.partner, "2025-01-10")
        self.invoice(self.partner, "2025-01-10", 90)
        self.assertEqual(self.at("2025-01-31"), ("Top", "Top", ""))
        self.assertEqual(self.at("2025-03-11"), ("Top", "Top", ""), "60 days: dormant")
        self.assertEqual(self.at("2025-03-12"), ("Top", "Middle", ""), "lost, but the minimum stay lasts")
        self.assertEqual(self.at("2025-03-31"), ("Top", "Middle", "2025-04-30"), "grace begins")
        self.assertEqual(self.at("2025-05-01"), ("Middle", "Middle", ""), "the score is still 90")
        entry = self.history(self.partner)[-1]
        self.assertEqual((entry.cause, entry.tier_move), ("lost", "down"))
        self.assertEqual(entry.reason, "The customer is lost, and Top is not for lost customers.")
        self.order(self.partner, "2025-05-02")
        self.assertEqual(self.at("2025-05-02"), ("Top", "Top", ""), "back, and no longer lost")
        self.assertEqual(policy.tier_ids.mapped("excludes_lost"), [True, False, False])

    def test_lost_customers_do_not_enter_whatever_lifts_them(self):
        closed = {"excludes_lost": True}
        tiers = {"Top": self.top | closed, "Middle": closed | {"entry_score": 40.0}, "Base": 0.0}
        self.make_policy(ONE_TO_ONE, tiers, dormant_days=30, lost_days=60)
        self.env["customer.value.gate"].create(
            {
                "policy_id": self.Policy._get_active(self.company).id,
                "metric": "revenue",
                "operator": ">=",
                "value": 10,
                "effect": "at_least",
                "tier_id": self.tier("Top").id,
            }
        )
        self.order(self.partner, "2025-01-10")
        self.invoice(self.partner, "2025-01-10", 90)
        self.assertEqual(self.at("2025-06-30"), ("Base", "Base", ""))
        never = self.customer()
        self.invoice(never, "2025-01-10", 90)
        self.run_policy()
        self.assertEqual(self.score(never).tier_id.name, "Top", "who has no order is not lost")

    def test_neither_hold_nor_grace(self):
        self.use()
        self.invoice(self.partner, "2025-01-10", 90)
        self.at("2025-01-31")
        self.credit_note(self.partner, "2025-02-10", 60)
        self.assertEqual(self.at("2025-02-10"), ("Base", "Base", ""))

    def test_hold_does_not_delay_a_promotion(self):
        self.make_policy(ONE_TO_ONE, {"Top": 80.0, "Middle": {"entry_score": 40.0, "hold_months": 12}, "Base": 0.0})
        self.invoice(self.partner, "2025-01-10", 50)
        self.assertEqual(self.at("2025-01-31")[0], "Middle")
        self.invoice(self.partner, "2025-02-01", 50)
        self.assertEqual(self.at("2025-02-01")[0], "Top")

    def test_falling_two_tiers(self):
        self.use()
        self.invoice(self.partner, "2025-01-10", 90)
        self.at("2025-01-31")
        self.credit_note(self.partner, "2025-02-10", 80)
        self.assertEqual(self.at("2025-02-28")[0], "Base")

    def test_below_the_lowest_tier_there_is_none(self):
        """Customers who get their first tier have moved up; those who lose their tier have moved down."""
        self.make_policy(ONE_TO_ONE, {"Top": 80.0, "Middle": 40.0})
        self.invoice(self.partner, "2025-01-10", 39.99)
        self.assertEqual(self.at("2025-01-31"), (False, False, ""))
        self.invoice(self.partner, "2025-02-10", 0.01)
        run = self.run_policy(as_of=date(2025, 2, 28))
        self.assertEqual(self.score(self.partner).tier_id.name, "Middle")
        self.assertEqual((run.up_count, run.down_count), (1, 0))
        self.assertEqual(self.history(self.partner)[-1].tier_move, "up")
        self.credit_note(self.partner, "2025-03-10", 10)
        run = self.run_policy(as_of=date(2025, 3, 31))
        self.assertFalse(self.score(self.partner).tier_id)
        self.assertEqual((run.up_count, run.down_count), (0, 1))

    def test_a_run_in_the_past_knows_nothing_of_later_tiers(self):
        self.use(hold_months=12)
        self.invoice(self.partner, "2025-01-10", 30)
        self.invoice(self.partner, "2025-06-10", 60)
        self.assertEqual(self.at("2025-06-30")[0], "Top")
        run = self.run_policy(as_of=date(2025, 1, 31), simulate=True)
        base = self.tier("Base")
        self.assertEqual(run.matrix, [[None, base.id, 1, 30.0]], "the customer comes from no tier that January knew")
        self.assertEqual((run.entered_count, run.up_count, run.down_count), (1, 0, 0))
        self.assertEqual(
            run.move_ids.mapped(lambda move: (move.tier_move, move.previous_tier_id.id)), [("entered", False)]
        )
        self.assertEqual(self.at("2025-01-31")[0], "Base", "the hold of a tier reached in June is unknown in January")
