"""Versions of a policy: what keeps pointing where when one takes the place of another."""

from odoo import Command
from odoo.tests import tagged

from ..core.value_case import AS_OF
from .run_case import RunCase


@tagged("post_install", "-at_install")
class TestVersions(RunCase):
    def new_version(self, policy=None):
        action = (policy or self.policy).action_new_version()
        return self.Policy.browse(action["res_id"])

    def test_new_version_is_a_draft_copy(self):
        top = self.tier("Top")
        top.write({"keep_score": 70, "hold_months": 2, "grace_days": 5})
        gate = self.env["customer.value.gate"].create(
            {"policy_id": self.policy.id, "metric": "revenue", "value": 1000, "tier_id": top.id}
        )
        draft = self.new_version()
        self.assertEqual((draft.state, draft.version, draft.origin_id), ("draft", self.policy.version + 1, self.policy))
        self.assertEqual(draft.name, self.policy.name)
        self.assertEqual(len(draft.segment_ids), 14)
        self.assertEqual(draft.dimension_ids.mapped("metric"), ["revenue"])
        copied = self.tier("Top", draft)
        self.assertEqual((copied.keep_score, copied.hold_months, copied.grace_days), (70, 2, 5))
        self.assertEqual((draft.gate_ids.tier_id, draft.gate_ids.value), (copied, 1000))
        self.assertEqual(gate.tier_id, top)
        self.assertFalse(draft.calibration)

    def test_bands_and_grid_are_copied(self):
        policy = self.policy
        influence = self.env["customer.value.dimension"].create(
            {
                "policy_id": policy.id,
                "metric": "influence",
                "scale": "bands",
                "band_ids": [Command.create({"from_value": 50, "points": 100})],
            }
        )
        policy.write(
            {
                "grid_x_id": policy.dimension_ids[0].id,
                "grid_y_id": influence.id,
                "tier_method": "grid",
                "grid_cell_ids": [
                    Command.create({"x_from": 0, "y_from": 0, "tier_id": self.tier("Base").id}),
                    Command.create({"x_from": 50, "y_from": 50, "tier_id": self.tier("Top").id}),
                ],
            }
        )
        draft = self.new_version()
        self.assertEqual(draft.grid_x_id.policy_id, draft)
        self.assertEqual(draft.grid_y_id.metric, "influence")
        self.assertEqual(draft.grid_y_id.band_ids.mapped("points"), [100])
        self.assertEqual(draft.grid_cell_ids.tier_id.policy_id, draft)
        self.assertEqual(self.run_policy(policy=draft, simulate=True).customer_count, 3)

    def test_activation_keeps_the_identity_of_tiers_and_segments(self):
        self.run_policy()
        top, segment = self.tier("Top"), self.policy.segment_ids.filtered(lambda box: box.name == "High value")
        scored = self.score(self.top)
        scores_before = self.rows("customer_value_score")
        draft = self.new_version()
        self.tier("Top", draft).write({"entry_score": 85, "name": "Platinum"})
        draft.segment_ids.filtered(lambda box: box.name == "High value").name = "Stars"
        draft.action_activate()
        self.assertEqual((draft.state, self.policy.state), ("active", "archived"))
        self.assertEqual(self.rows("customer_value_score"), scores_before, "activating scores no customer")
        # customers in Top are in the tier that replaces Top
        self.assertEqual(scored.tier_id, top)
        self.assertEqual((top.name, top.entry_score, top.policy_id), ("Platinum", 85, draft))
        self.assertEqual((segment.name, segment.policy_id), ("Stars", draft))
        # the old version still says what it said
        old = self.tier("Top", self.policy)
        self.assertEqual((old.entry_score, old.policy_id), (80, self.policy))
        self.assertEqual(len(draft.tier_ids), 3)
        self.assertEqual(len(self.policy.tier_ids), 3)
        self.assertEqual(len(draft.segment_ids), 14)
        run = self.run_policy()
        self.assertEqual((run.policy_id, run.up_count, run.down_count), (draft, 0, 0))

    def test_gates_follow_their_tier(self):
        self.env["customer.value.gate"].create(
            {"policy_id": self.policy.id, "metric": "revenue", "value": 5, "tier_id": self.tier("Top").id}
        )
        draft = self.new_version()
        draft.action_activate()
        self.assertEqual(draft.gate_ids.tier_id, self.tier("Top", draft))
        self.assertEqual(self.policy.gate_ids.tier_id, self.tier("Top", self.policy))
        self.run_policy()
        self.assertEqual(self.score(self.low).tier_id, self.tier("Top", draft))

    def test_simulating_a_draft_shows_the_moves_against_the_active_version(self):
        self.run_policy()
        draft = self.new_version()
        self.tier("Top", draft).write({"entry_score": 95, "keep_score": 95})
        run = self.run_policy(policy=draft, simulate=True)
        self.assertEqual((run.up_count, run.down_count, run.entered_count), (0, 1, 0))
        self.assertEqual(run.move_ids.partner_id, self.top)
        names = {tier["id"]: tier["name"] for tier in run.get_matrix()["tiers"]}
        cells = {(names[c["from"]], names[c["to"]]): c["customers"] for c in run.get_matrix()["cells"]}
        self.assertEqual(cells, {("Top", "Middle"): 1, ("Middle", "Middle"): 1, ("Base", "Base"): 1})

    def test_going_back_to_the_version_before(self):
        self.run_policy()
        top = self.tier("Top")
        draft = self.new_version()
        self.tier("Top", draft).write({"entry_score": 95, "keep_score": 95})
        draft.action_activate()
        self.run_policy()
        self.assertEqual(self.score(self.top).tier_id.name, "Middle")
        self.policy.action_unarchive()
        self.assertEqual(self.policy.state, "draft")
        self.policy.action_activate()
        run = self.run_policy()
        self.assertEqual((run.up_count, run.down_count), (1, 0))
        self.assertEqual(self.score(self.top).tier_id, top, "Top is the same Top again")
        self.assertEqual((top.entry_score, top.policy_id), (80, self.policy))

    def test_an_unrelated_policy_takes_over(self):
        self.run_policy()
        other = self.make_policy(tiers={"All": 0.0})
        run = self.run_policy(as_of=AS_OF)
        self.assertEqual(run.policy_id, other)
        self.assertEqual(self.Score.search([("company_id", "=", self.company.id)]).tier_id, other.tier_ids)
        self.assertEqual(
            (run.up_count, run.down_count, run.left_count), (0, 0, 0), "tiers of another ladder do not compare"
        )
