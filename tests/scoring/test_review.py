"""Reviewing expected tier changes: reasons, revenue at stake, exclusions, and what scheduled runs leave."""

from datetime import date, timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..core.value_case import ValueCase

LINEAR = {"scale": "linear", "floor": 0.0, "cap": 100.0}

BEFORE, AFTER = date(2025, 1, 31), date(2025, 2, 28)


class ReviewCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(
            {"revenue": LINEAR | {"weight": 3.0}, "order_count": LINEAR | {"cap": 4.0}}, window_months=0
        )
        cls.up, cls.down, cls.same = (cls.customer(name) for name in ("Rising", "Falling", "Steady"))
        for partner, amount in ((cls.up, 50), (cls.down, 90), (cls.same, 90)):
            cls.invoice(partner, "2025-01-10", amount)
            for _repetition in range(2):
                cls.order(partner, "2025-01-10", 10)
        cls.run_policy(as_of=BEFORE)
        cls.manager = new_test_user(
            cls.env,
            "reviewer",
            groups="customer_value.group_customer_value_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def trade(self):
        self.invoice(self.up, "2025-02-10", 40)
        self.order(self.up, "2025-02-10", 10)
        self.order(self.up, "2025-02-10", 10)
        self.credit_note(self.down, "2025-02-10", 60)

    def moves(self, run=None):
        run = run or self.run_policy(as_of=AFTER, simulate=True)
        return {move.partner_id: move for move in run.move_ids}

    def tiers(self):
        return [self.score(partner).tier_id.name for partner in (self.up, self.down, self.same)]


@tagged("post_install", "-at_install")
class TestReasons(ReviewCase):
    def test_score_and_contributions(self):
        """Revenue 50 → 90 is 30 points of score more, two orders more are 12.5; 60 credited take 45."""
        self.trade()
        newcomer = self.customer("Newcomer")
        self.invoice(newcomer, "2025-02-10", 5)
        moves = self.moves()
        self.assertEqual(
            moves[self.up].reason,
            "The score 92.50 reaches Top (from 80.00). Revenue net of credit notes +30.00, Number of orders +12.50",
        )
        self.assertEqual(
            moves[self.down].reason, "The score 35.00 is too low to keep Top. Revenue net of credit notes −45.00"
        )
        self.assertEqual(moves[newcomer].reason, "New customer.")
        self.assertEqual(moves[self.up].cause, "run")

    def test_who_leaves(self):
        self.down.active = False
        self.assertIn("No longer a customer", self.moves()[self.down].reason)

    def gate(self, **values):
        return self.env["customer.value.gate"].create({"policy_id": self.policy.id} | values)

    def test_gate_that_acts_and_gate_that_ends(self):
        vals = {"metric": "ticket_count", "operator": ">=", "value": 1.0, "effect": "at_most"}
        gate = self.gate(**vals, tier_id=self.tier("Base").id)
        self.ticket(self.same, BEFORE)
        move = self.moves()[self.same]
        self.assertEqual((move.cause, move.gate_id), ("gate", gate))
        self.assertIn(gate.display_name, move.reason)
        self.run_policy(as_of=AFTER)
        gate.value = 2.0
        move = self.moves()[self.same]
        self.assertEqual((move.tier_move, move.cause, move.gate_id), ("up", "gate_off", gate))
        self.assertIn("no longer applies", move.reason)

    def test_end_of_grace_and_of_the_minimum_hold(self):
        for field, cause, words in (("grace_days", "grace", "grace period"), ("hold_months", "hold", "minimum stay")):
            with self.subTest(field):
                top = self.tier("Top")
                top.write({"grace_days": 0, "hold_months": 0})
                partner = self.customer(field)
                self.invoice(partner, "2025-01-10", 100)
                for _repetition in range(4):
                    self.order(partner, "2025-01-10", 10)
                self.run_policy(as_of=BEFORE, partners=partner)
                top[field] = {"grace_days": 10, "hold_months": 2}[field]
                self.credit_note(partner, "2025-02-05", 60)
                self.run_policy(as_of=date(2025, 2, 10), partners=partner)
                self.assertEqual(self.score(partner).tier_id, top)
                run = self.run_policy(as_of=date(2025, 5, 1), partners=partner, simulate=True)
                move = self.moves(run)[partner]
                self.assertEqual((move.tier_move, move.cause), ("down", cause))
                self.assertIn(words, move.reason)

    def test_set_by_hand_and_its_end(self):
        override = self.env["customer.value.override"].create(
            {
                "partner_id": self.same.id,
                "company_id": self.company.id,
                "tier_id": self.tier("Base").id,
                "reason": "Promised",
                "date_from": BEFORE,
            }
        )
        self.assertEqual(self.score(self.same).tier_id.name, "Base")
        override.sudo().state = "ended"
        run = self.run_policy(as_of=fields.Date.today(), simulate=True)
        self.assertIn("manual tier has ended", self.moves(run)[self.same].reason)

    def test_other_limits(self):
        """The score is the same, the ladder is another."""
        draft = self.Policy.browse(self.policy.action_new_version()["res_id"])
        self.tier("Top", draft).write({"entry_score": 60.0, "keep_score": 60.0})
        move = self.moves(self.run_policy(as_of=BEFORE, simulate=True, policy=draft))
        self.assertFalse(move.get(self.up), "50 is below 60")
        self.tier("Middle", draft).write({"entry_score": 55.0, "keep_score": 55.0})
        move = self.moves(self.run_policy(as_of=BEFORE, simulate=True, policy=draft))[self.up]
        self.assertEqual(move.reason, "The score 50.00 is too low to keep Middle. The tier limits have changed.")

    def test_reasons_cost_no_query_a_mover(self):
        self.trade()
        run = self.run_policy(as_of=AFTER, simulate=True)
        source = run.move_ids.filtered(lambda move: move.partner_id == self.up)
        many = source
        for number in range(20):
            many |= source.sudo().copy({"partner_id": self.customer(f"Copy {number}").id})

        def queries(moves):
            return self.count_queries(lambda: self.assertTrue(all(moves.mapped("reason"))))

        queries(many)
        self.assertEqual(queries(many[:5]), queries(many))


@tagged("post_install", "-at_install")
class TestReview(ReviewCase):
    def review(self, records=None):
        run = self.env["customer.value.run"].with_user(self.manager)
        return run.browse(run._open_review(records)["res_id"])

    def test_hint_and_revenue(self):
        self.trade()
        run = self.run_policy(as_of=AFTER, simulate=True).with_user(self.manager)
        self.assertEqual((run.move_count, run.taken_out_count, run.revenue_at_stake), (2, 0, 30.0))
        self.assertIn("2 customers would change tier", run.review_hint)
        self.assertNotIn("Excluded", run.review_hint)
        self.moves(run)[self.down].action_take_out()
        self.assertEqual((run.taken_out_count, run.revenue_at_stake), (1, 0.0))
        self.assertIn("Excluded: 1", run.review_hint)
        self.assertIn("30.00", run.review_hint)
        out = self.env["customer.value.run.move"].search([("run_id", "=", run.id), ("taken_out", "=", True)])
        self.assertEqual(out.partner_id, self.down)
        rest = self.env["customer.value.run.move"].search([("run_id", "=", run.id), ("taken_out", "=", False)])
        self.assertEqual(rest.partner_id, self.up)
        run.action_apply()
        self.assertFalse(run.review_hint)
        self.assertEqual(self.tiers(), ["Top", "Top", "Top"])

    def test_simulated_again_those_taken_out_can_be_put_back(self):
        self.trade()
        run = self.run_policy(as_of=AFTER, simulate=True)
        self.moves(run)[self.down].action_take_out()
        run.action_simulate()
        move = self.moves(run)[self.down]
        self.assertTrue(move.taken_out)
        move.action_put_back()
        run.action_apply()
        self.assertEqual(self.tiers(), ["Top", "Base", "Top"])

    def test_who_leaves_or_is_new_cannot_be_taken_out(self):
        self.down.active = False
        newcomer = self.customer("Newcomer")
        self.invoice(newcomer, "2025-02-10", 50)
        moves = self.moves()
        for partner, message in ((self.down, "Former customers have no tier"), (newcomer, "new customer has no tier")):
            with self.assertRaisesRegex(UserError, message):
                moves[partner].action_take_out()

    def test_selection_of_partners_and_of_scores(self):
        self.trade()
        contact = self.customer("Contact", parent_id=self.up.id)
        for records in (self.up, contact, self.score(self.up), self.up | contact):
            run = self.review(records.with_user(self.manager))
            self.assertEqual((run.state, run.simulate, run.partner_ids), ("done", True, self.up))
            self.assertEqual(run.move_ids.partner_id, self.up)
        self.assertEqual(self.review().move_ids.partner_id, self.up | self.down)
        self.assertEqual(self.tiers(), ["Middle", "Top", "Top"])

    def test_scores_of_several_companies(self):
        other = self.make_company("Sister Company", "EUR")
        self.manager.company_ids += other
        self.invoice(self.up, "2025-02-10", 10, company=other)
        self.Policy._get_active(other)._run(as_of=AFTER)
        scores = self.score(self.up) | self.score(self.up, other)
        both = (self.company | other).ids
        scores = scores.with_user(self.manager).with_context(allowed_company_ids=both)
        with self.assertRaisesRegex(UserError, "several companies"):
            scores.env["customer.value.run"]._open_review(scores)
        action = scores.env["customer.value.run"]._open_review(scores[1:])
        self.assertEqual(scores.env["customer.value.run"].browse(action["res_id"]).company_id, other)

    def test_no_active_policy(self):
        self.policy.action_archive()
        with self.assertRaisesRegex(UserError, "no active policy"):
            self.review()

    def test_outdated_after_another_run(self):
        self.trade()
        run = self.run_policy(as_of=AFTER, simulate=True)
        self.assertFalse(run.is_outdated)
        run.started -= timedelta(minutes=1)
        self.run_policy(as_of=AFTER, partners=self.up)
        run.invalidate_recordset()
        self.assertTrue(run.is_outdated)
        run.action_simulate()
        self.assertFalse(run.is_outdated)

    def reviews(self):
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_review")
        self.assertEqual(action["res_model"], "customer.value.run")
        domain = [("simulate", "=", True), ("state", "=", "done"), ("policy_id.state", "=", "active")]
        return self.Run.search([*domain, ("company_id", "=", self.company.id), ("scheduled", "=", True)])

    def schedule(self):
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_recalibrate").method_direct_trigger()

    def test_scheduled_runs_leave_one_review(self):
        """It is renewed by the next one, and customers excluded by a manager stay excluded."""
        self.policy.scheduled_tiers = "review"
        self.schedule()
        self.assertFalse(self.reviews(), "no tier would change")
        self.trade()
        self.schedule()
        review = self.reviews()
        self.assertEqual(review.move_ids.partner_id, self.up | self.down)
        self.assertEqual(self.tiers(), ["Middle", "Top", "Top"])
        self.moves(review)[self.down].action_take_out()
        self.schedule()
        renewed = self.reviews()
        self.assertEqual(len(renewed), 1)
        self.assertNotEqual(renewed, review)
        self.assertEqual(renewed.kept_partner_ids, self.down)
        renewed.with_user(self.manager).action_apply()
        self.assertEqual(self.tiers(), ["Top", "Top", "Top"])
        self.assertFalse(self.reviews())

    def test_scheduled_runs_that_change_tiers_leave_none(self):
        self.trade()
        self.schedule()
        self.assertEqual(self.tiers(), ["Top", "Base", "Top"])
        self.assertFalse(self.reviews())
