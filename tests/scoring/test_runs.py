"""Runs: simulated and applied, for all and for some, at once, interrupted, in the past."""

from datetime import date
from functools import partial
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError, ValidationError
from odoo.sql_db import db_connect
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from ...analytics.scoring.scoring import METRICS
from ...models.core.shared_rows import share_rows
from ..core.value_case import AS_OF, ONE_TO_ONE, ValueCase
from .run_case import RunCase


@tagged("post_install", "-at_install")
class TestRun(RunCase):
    def test_the_first_run_needs_no_setting_up(self):
        company = self.make_company("Brand new", "EUR")
        partner = self.customer()
        self.order(partner, company=company)
        run = self.Policy._get_active(company)._run(as_of=AS_OF)
        self.assertEqual((run.state, run.customer_count, run.entered_count), ("done", 1, 1))
        self.assertTrue(self.score(partner, company).tier_id)

    def test_counts_of_an_applied_run(self):
        run = self.run_policy()
        self.assertRecordValues(
            run,
            [
                {
                    "state": "done",
                    "simulate": False,
                    "scope": "all",
                    "customer_count": 3,
                    "changed_count": 3,
                    "entered_count": 3,
                    "up_count": 0,
                    "down_count": 0,
                    "left_count": 0,
                    "user_id": self.env.uid,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(self.policy.calibration_run_id, run)
        self.assertEqual(self.policy.calibration, run.calibration)
        self.assertEqual([self.score(partner).score for partner in (self.low, self.middle, self.top)], [10, 50, 90])

    def test_simulation_changes_nothing(self):
        self.run_policy()
        newcomer = self.customer()
        self.invoice(newcomer, "2025-06-10", 85)
        self.invoice(self.low, "2025-06-10", 80)
        self.top.active = False
        before = self.tables()
        run = self.run_policy(simulate=True)
        self.assertEqual(run.state, "done")
        for name, rows in self.tables().items():
            self.assertEqual(rows, before[name], name)

    def test_matrix_by_hand(self):
        self.run_policy()
        newcomer = self.customer()
        self.invoice(newcomer, "2025-06-10", 85)
        self.invoice(self.low, "2025-06-10", 80)
        self.credit_note(self.middle, "2025-06-10", 20)
        self.top.active = False
        top, middle, base = (self.tier(name).id for name in ("Top", "Middle", "Base"))
        expected = {
            (None, top): (1, 85),
            (base, top): (1, 90),
            (middle, base): (1, 30),
            (top, None): (1, 90),
        }
        simulated = self.run_policy(simulate=True)
        applied = self.run_policy()
        for run in (simulated, applied):
            self.assertEqual({(a, b): (n, money) for a, b, n, money in run.matrix}, expected)
            self.assertEqual(
                (run.customer_count, run.entered_count, run.up_count, run.down_count, run.left_count), (3, 1, 1, 1, 1)
            )
        cells = {(c["from"], c["to"]): (c["customers"], c["revenue"]) for c in simulated.get_matrix()["cells"]}
        self.assertEqual(cells, {(a or False, b or False): found for (a, b), found in expected.items()})
        moves = {
            move.partner_id: (move.tier_move, move.previous_tier_id.id, move.tier_id.id) for move in simulated.move_ids
        }
        self.assertEqual(
            moves,
            {
                newcomer: ("entered", False, top),
                self.low: ("up", base, top),
                self.middle: ("down", middle, base),
                self.top: ("left", top, False),
            },
        )

    def test_simulating_again_replaces_the_moves(self):
        run = self.Run.create({"policy_id": self.policy.id, "as_of": AS_OF})
        run.action_simulate()
        self.assertEqual(len(run.move_ids), 3)
        self.top.active = False
        run.action_simulate()
        self.assertEqual(len(run.move_ids), 2)
        run.action_apply()
        self.assertFalse(run.simulate)
        self.assertEqual(len(self.state()), 2)
        with self.assertRaisesRegex(UserError, "has been applied"):
            run.action_apply()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            run.unlink()

    def test_the_form_starts_with_the_active_policy(self):
        form = Form(self.Run)
        self.assertEqual(form.policy_id, self.policy)
        self.assertTrue(form.simulate)

    def test_backdated_run_is_flagged(self):
        early = self.Run.create({"policy_id": self.policy.id, "as_of": "2025-05-31"})
        self.assertFalse(early.is_backdated)
        self.run_policy(as_of=date(2025, 6, 15))
        early.invalidate_recordset()
        late = self.Run.create({"policy_id": self.policy.id, "as_of": "2025-06-15"})
        self.assertTrue(early.is_backdated)
        self.assertFalse(late.is_backdated)

    def test_selected_customers_have_to_be_selected(self):
        with self.assertRaisesRegex(ValidationError, "at least one customer"):
            self.Run.create({"policy_id": self.policy.id, "scope": "some"})

    def test_history_is_only_added_to(self):
        self.run_policy()
        entry = self.history(self.low)
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            entry.score = 99
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            entry.unlink()
        before = self.rows("customer_value_history")
        self.invoice(self.low, "2025-06-10", 80)
        self.run_policy()
        after = self.rows("customer_value_history")
        self.assertGreater(len(after), len(before))
        self.assertEqual(after[: len(before)], before)

    def test_number_of_queries_does_not_grow_with_customers(self):
        """Neither with those that there are, nor with those who are new and get a tier."""
        self.run_policy()
        counts = []
        for new in (1, 9):
            for partner in self.customers(new):
                self.invoice(partner, "2025-06-01", 20)
            counts.append(self.count_queries(self.run_policy))
        self.assertEqual(self.Score.search_count([("company_id", "=", self.company.id)]), 13)
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
class TestPartialRun(RunCase):
    def test_partial_run_before_any_full_one(self):
        """It calibrates on everybody for itself, scores the chosen ones only, and freezes nothing."""
        self.make_policy({"revenue": {"quantiles": 3}})
        policy = self.Policy._get_active(self.company)
        run = self.run_policy(partners=self.middle)
        self.assertEqual((run.scope, run.customer_count), ("some", 1))
        self.assertFalse(policy.calibration)
        self.assertFalse(self.score(self.low))
        partial = self.state()
        self.run_policy()
        self.assertEqual([row for row in self.state() if row["partner_id"] == self.middle.id], partial)
        self.assertEqual(partial[0]["score"], 50)

    def test_contacts_count_for_their_company(self):
        contact = self.customer("Contact", parent_id=self.low.id)
        self.run_policy(partners=contact)
        self.assertEqual(self.Score.search([("company_id", "=", self.company.id)]).partner_id, self.low)

    def test_the_others_are_not_touched(self):
        self.run_policy()
        self.invoice(self.low, "2025-06-10", 5)
        self.invoice(self.top, "2025-06-10", 5)
        self.run_policy(partners=self.low)
        self.assertEqual((self.score(self.low).score, self.score(self.top).score), (15, 90))

    def test_frozen_calibration_stays(self):
        """The cut points stay those of the last full run, whatever the chosen customers bring."""
        self.make_policy({"revenue": {"quantiles": 3}})
        policy = self.Policy._get_active(self.company)
        self.run_policy()
        frozen = policy.calibration
        self.invoice(self.low, "2025-06-10", 1000)
        run = self.run_policy(partners=self.low)
        self.assertEqual(run.calibration, frozen)
        self.assertEqual(policy.calibration, frozen)
        self.assertEqual(self.score(self.low).score, 100)

    def test_changed_policy_makes_the_calibration_useless(self):
        self.make_policy({"revenue": {"quantiles": 3}})
        policy = self.Policy._get_active(self.company)
        self.run_policy()
        frozen = policy.calibration
        policy.dimension_ids.quantiles = 2
        run = self.run_policy(partners=self.middle)
        self.assertEqual(len(run.calibration["cuts"]["revenue"]), 1)
        self.assertEqual(policy.calibration, frozen)
        policy.dimension_ids.write({"quantiles": 3, "compared_with": "positive"})
        run = self.run_policy(partners=self.middle)
        self.assertEqual(run.calibration["cuts"]["revenue"][0], 0)
        self.assertEqual(policy.calibration, frozen)


@tagged("post_install", "-at_install")
class TestRunTrouble(RunCase):
    def find_metrics(self):
        """Names of tables and views that are there while a run is under way."""
        names = "^customer_value_(metric|decided)(_[0-9]+)?$"
        self.env.cr.execute("SELECT relname FROM pg_class WHERE relname ~ %s", [names])
        return {name for (name,) in self.env.cr.fetchall()}

    def test_raw_metrics_are_there_for_the_run_alone(self):
        seen = []
        for step in ("_score", "_leave"):
            original = getattr(type(self.Run), step)

            def looking(run, *args, original=original):
                seen.append(self.find_metrics())
                return original(run, *args)

            self.patch(type(self.Run), step, looking)
        self.env.cr.execute("SELECT pg_backend_pid()")
        shared = {"customer_value_metric", f"customer_value_metric_{self.env.cr.fetchone()[0]}"}
        for simulate in (True, False):
            self.run_policy(simulate=simulate)
            self.assertEqual(seen, [shared, shared | {"customer_value_decided"}])
            seen.clear()
            self.assertFalse(self.find_metrics())
        self.run_policy(partners=self.low)
        self.assertEqual(seen, [set(), set()])

    def test_runs_of_other_companies_do_not_meet(self):
        """What another session has collected meanwhile keeps no run waiting, nor does it count."""
        other = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(other.close)
        share_rows(other, METRICS, SQL("SELECT 0 AS partner_id"))
        self.env.cr.execute("SET LOCAL lock_timeout = '2s'")
        self.assertEqual(self.run_policy().customer_count, 3)
        other.execute(SQL("SELECT partner_id FROM %s", SQL.identifier(METRICS)))
        self.assertEqual(other.fetchall(), [(0,)])
        other.rollback()

    def test_crash_in_the_middle_leaves_the_state_before_whole(self):
        self.run_policy()
        self.invoice(self.low, "2025-06-10", 80)
        self.top.active = False
        before = self.tables()
        for step in ("_collect", "_calibrate", "_score", "_leave", "_follow_up"):
            original = getattr(type(self.Run), step)

            def failing(run, *args, original=original):
                original(run, *args)
                raise RuntimeError("power cut")

            with self.subTest(step), patch.object(type(self.Run), step, failing):
                with self.assertRaisesRegex(RuntimeError, "power cut"), self.env.cr.savepoint():
                    self.run_policy()
                self.env.invalidate_all()
                self.assertFalse(self.find_metrics())
                for name, rows in self.tables().items():
                    self.assertEqual(rows, before[name], name)
        run = self.run_policy()
        self.assertEqual((run.customer_count, run.up_count, run.left_count), (2, 1, 1))

    def test_policy_without_dimensions(self):
        self.policy.dimension_ids.unlink()
        with self.assertRaisesRegex(UserError, "has no dimensions. Add at least one"):
            self.run_policy()

    def test_metrics_of_an_app_that_was_removed(self):
        """Named, instead of an error of the database; scores stay, and a version without them can be run."""
        partner = self.customer()
        self.order(partner)
        policy = self.make_policy({"revenue": {}, "order_count": {}}, gate_ids=[])
        policy._run(as_of=AS_OF)
        before = self.score(partner).score
        self.env.cr.execute(
            "UPDATE customer_value_dimension SET metric = 'gone' WHERE policy_id = %s AND metric = 'order_count'",
            [policy.id],
        )
        self.env.invalidate_all()
        for run in (policy._run, partial(policy._run, simulate=True), partial(policy._run, partners=partner)):
            with self.assertRaisesRegex(UserError, "no installed app provides: gone"):
                run(as_of=AS_OF)
        self.assertEqual(self.score(partner).score, before)
        self.assertTrue(self.score(partner).get_explanation()["lines"])
        version = self.Policy.browse(policy.action_new_version()["res_id"])
        version.dimension_ids.filtered(lambda dimension: dimension.metric == "gone").unlink()
        version.action_activate()
        self.assertEqual(version._run(as_of=AS_OF).state, "done")

    def test_weights_of_zero(self):
        self.policy.dimension_ids.weight = 0
        with self.assertRaisesRegex(UserError, "weight of zero"):
            self.run_policy()

    def test_no_tiers(self):
        self.policy.tier_ids.unlink()
        with self.assertRaisesRegex(UserError, "has no tiers. Add at least one"):
            self.run_policy()

    def test_overlapping_tiers(self):
        with self.assertRaisesRegex(ValidationError, "Middle.*Top.*overlap.*40.*80|Middle and Top overlap"):
            self.tier("Top").keep_score = 39.99
        with self.assertRaisesRegex(ValidationError, "overlap: both start at the score 0"):
            self.tier("Middle").write({"keep_score": 0, "entry_score": 0})
        with self.assertRaisesRegex(ValidationError, "overlap"):
            self.policy.write({"tier_ids": [Command.create({"name": "Another", "entry_score": 80.0})]})

    @mute_logger("odoo.sql_db")
    def test_values_out_of_range(self):
        for record, values in (
            (self.tier("Top"), {"entry_score": 101}),
            (self.tier("Top"), {"keep_score": 81}),
            (self.tier("Top"), {"grace_days": -1}),
            (self.tier("Top"), {"grace_days": 10**6}),
            (self.tier("Top"), {"hold_months": 10**6}),
            (self.tier("Top"), {"membership_months": 10**6}),
            (self.policy.dimension_ids, {"weight": -1}),
            (self.policy.dimension_ids, {"floor": 100.0}),
            (self.policy.dimension_ids, {"missing_points": 101}),
            (self.policy.dimension_ids, {"scale": "quantile", "quantiles": 1}),
            (self.policy, {"abc_a_share": 95.0}),
            (self.policy, {"lost_days": 10, "dormant_days": 10}),
            (self.policy, {"window_months": -1}),
            (self.policy, {"window_months": 10**6}),
            (self.low, {"value_influence": 101}),
        ):
            with self.subTest(values=values), self.assertRaises(Exception) as caught, self.env.cr.savepoint():
                record.write(values)
                self.env.flush_all()
            self.assertRegex(type(caught.exception).__name__, "CheckViolation|ValidationError")

    def test_bands_without_a_band(self):
        with self.assertRaisesRegex(ValidationError, "uses bands but has none"):
            self.policy.dimension_ids.scale = "bands"

    def test_grid_without_a_first_cell(self):
        with self.assertRaisesRegex(ValidationError, "two different dimensions"):
            self.policy.tier_method = "grid"

    def test_a_draft_is_simulated_but_not_applied(self):
        draft = self.make_policy(ONE_TO_ONE, activate=False)
        self.assertEqual(self.run_policy(policy=draft, simulate=True).customer_count, 3)
        with self.assertRaisesRegex(UserError, "not the active policy"), self.env.cr.savepoint():
            self.run_policy(policy=draft)
        self.assertFalse(self.state())

    def test_only_one_policy_is_active(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.make_policy(ONE_TO_ONE, activate=False).state = "active"
            self.env.flush_all()
        self.assertIn("UniqueViolation", type(caught.exception).__name__)

    def test_only_drafts_are_deleted(self):
        draft = self.make_policy(ONE_TO_ONE, activate=False)
        draft.unlink()
        with self.assertRaisesRegex(UserError, "Only draft policies can be deleted"):
            self.policy.unlink()


@tagged("post_install", "-at_install")
class TestRunSessions(ValueCase):
    """What two database sessions see of each other. They use the first company, which both see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.main = cls.env.ref("base.main_company")
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.main.ids})
        if not cls.env["customer.value.policy"]._get_active(cls.main):
            raise AssertionError("installing gives every company an active policy")

    def test_two_runs_at_once(self):
        policy = self.env["customer.value.policy"]._get_active(self.main)
        with self.registry.cursor() as cr:
            other = api.Environment(cr, SUPERUSER_ID, dict(self.env.context))
            other["customer.value.policy"].browse(policy.id)._run(simulate=True)
            with self.assertRaisesRegex(UserError, "Another run of .* is in progress"), self.env.cr.savepoint():
                policy._run(simulate=True)
            # another company does not have to wait
            self.assertEqual(self.Policy._get_active(self.company)._run(simulate=True).state, "done")
            cr.rollback()
        self.assertEqual(policy._run(simulate=True).state, "done")

    def test_progress_is_seen_while_the_run_is_under_way(self):
        policy_id = self.env["customer.value.policy"]._get_active(self.main).id
        seen = []

        def runs(cr):
            return api.Environment(cr, SUPERUSER_ID, dict(self.env.context))["customer.value.run"]

        def look(run_id):
            with self.registry.cursor() as cr:
                seen.append(runs(cr).browse(run_id).get_progress())

        # leaving the block commits: other sessions see the run
        with self.registry.cursor() as cr:
            run_id = runs(cr).create({"policy_id": policy_id}).id
        try:
            look(run_id)
            for step in ("_collect", "_calibrate", "_score", "_leave"):
                original = getattr(self.registry["customer.value.run"], step)

                def watched(self, *args, original=original):
                    look(self.id)
                    return original(self, *args)

                self.patch(self.registry["customer.value.run"], step, watched)
            with self.registry.cursor() as cr:
                runs(cr).browse(run_id).action_simulate()
                cr.rollback()
            look(run_id)
        finally:
            with self.registry.cursor() as cr:
                runs(cr).browse(run_id).unlink()
        self.assertEqual(seen[0], {"state": "draft"})
        self.assertEqual(seen[-1], {"state": "draft"})
        under_way = seen[1:-1]
        self.assertEqual(
            [look["step"] for look in under_way],
            ["Reading documents", "Calibrating", "Scoring customers", "Recording changes"],
        )
        percents = [look["percent"] for look in under_way]
        self.assertEqual(percents, sorted(set(percents)), "it only ever goes on")
        self.assertTrue(all(0 < percent < 100 for percent in percents))
