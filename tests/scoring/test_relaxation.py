"""Managers who take the approval of manual tiers away cannot use that alone, however they go about it."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..core.value_case import ONE_TO_ONE, ValueCase

MANAGER = "customer_value.group_customer_value_manager"


@tagged("post_install", "-at_install")
class TestRelaxation(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.partner = cls.customer()
        cls.invoice(cls.partner, "2025-01-10", 60)
        cls.run_policy()
        cls.top, cls.middle, cls.base = cls.policy.tier_ids.sorted("entry_score", reverse=True)
        cls.policy.approval_tier_id = cls.middle
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.insider = new_test_user(cls.env, "relaxing_insider", groups=MANAGER, **company)
        cls.second = new_test_user(cls.env, "relaxing_second", groups=MANAGER, **company)
        cls.reader = new_test_user(
            cls.env, "relaxing_reader", groups="customer_value.group_customer_value_user", **company
        )

    def override(self, tier, user):
        vals = {"partner_id": self.partner.id, "company_id": self.company.id, "tier_id": tier.id, "reason": "Promised"}
        return self.env["customer.value.override"].with_user(user).create(vals)

    def pending(self):
        self.env.flush_all()
        return self.env["customer.value.relaxation"].search(
            [("company_id", "=", self.company.id), ("state", "=", "pending")]
        )

    def assertHeld(self, tier, freed):
        """The insider's own manual tiers wait, the second manager's act, and the second one may confirm it."""
        self.assertEqual(self.pending()._get_tiers("approval"), freed)
        self.assertEqual(self.pending().create_uid, self.insider)
        self.assertEqual(self.override(tier, self.insider).state, "pending")
        with self.assertRaisesRegex(UserError, "Another manager has to confirm"):
            self.policy.with_user(self.insider).action_confirm_relaxation()
        self.assertEqual(self.override(tier, self.second).state, "active")

    def test_cleared(self):
        policy = self.policy.with_user(self.insider)
        self.assertEqual(self.override(self.top, self.insider).state, "pending")
        policy.approval_tier_id = False
        self.assertHeld(self.top, self.top | self.middle)
        self.assertIn(self.insider.name, policy.relaxation_text)
        self.assertFalse(policy.can_confirm_relaxation)
        self.assertTrue(self.policy.with_user(self.second).can_confirm_relaxation)
        asked = self.policy.activity_ids.user_id
        self.assertIn(self.second, asked)
        self.assertNotIn(self.insider, asked)

    def test_set_back_between(self):
        """The way that this is about: clear it, assign, set it back."""
        policy = self.policy.with_user(self.insider)
        policy.approval_tier_id = False
        override = self.override(self.top, self.insider)
        policy.approval_tier_id = self.middle
        self.assertEqual((override.state, self.score(self.partner).tier_id), ("pending", self.middle))
        self.assertFalse(self.pending(), "all is as it was: nothing to confirm")
        self.assertFalse(self.policy.activity_ids)
        self.assertFalse(policy.relaxation_text)
        self.assertEqual(self.override(self.base, self.insider).state, "active")

    def test_raised(self):
        self.policy.with_user(self.insider).approval_tier_id = self.top
        self.assertHeld(self.middle, self.middle)

    def test_lowered_is_stricter(self):
        self.policy.with_user(self.insider).approval_tier_id = self.base
        self.assertFalse(self.pending())

    def test_tiers_change_places(self):
        self.middle.with_user(self.insider).write({"keep_score": 1.0, "entry_score": 1.0})
        self.policy.approval_tier_id = self.top
        self.middle.with_user(self.insider).write({"entry_score": 95.0, "keep_score": 95.0})
        self.assertFalse(self.pending())
        self.middle.with_user(self.insider).write({"entry_score": 40.0, "keep_score": 40.0})
        self.assertHeld(self.middle, self.middle)

    def test_lines_of_the_form(self):
        self.policy.approval_tier_id = self.top
        lines = [Command.update(self.middle.id, {"entry_score": 99.0, "keep_score": 99.0})]
        self.policy.with_user(self.insider).tier_ids = lines
        self.assertFalse(self.pending())
        lines = [Command.update(self.middle.id, {"entry_score": 45.0, "keep_score": 45.0})]
        self.policy.with_user(self.insider).tier_ids = lines
        self.assertHeld(self.middle, self.middle)

    def test_threshold_deleted(self):
        extra = self.env["customer.value.tier"].create(
            {"name": "Unused", "policy_id": self.policy.id, "entry_score": 45.0, "keep_score": 45.0}
        )
        self.policy.approval_tier_id = extra
        extra.with_user(self.insider).unlink()
        self.assertFalse(self.policy.approval_tier_id)
        self.assertHeld(self.top, self.top)

    def test_threshold_deleted_and_made_anew(self):
        extra = {"name": "Extra", "policy_id": self.policy.id, "entry_score": 99.5, "keep_score": 99.5}
        first = self.env["customer.value.tier"].create(extra)
        self.policy.approval_tier_id = first
        first.with_user(self.insider).unlink()
        second = self.env["customer.value.tier"].with_user(self.insider).create(extra)
        self.assertEqual(self.override(second, self.insider).state, "pending")

    def test_new_version(self):
        draft = self.Policy.browse(self.policy.with_user(self.insider).action_new_version()["res_id"])
        draft.with_user(self.insider).approval_tier_id = False
        self.assertFalse(self.pending(), "a draft decides nothing")
        draft.with_user(self.insider).action_activate()
        self.policy = draft
        self.assertHeld(self.top, self.top | self.middle)

    def test_new_version_that_asks_as_much(self):
        draft = self.Policy.browse(self.policy.with_user(self.insider).action_new_version()["res_id"])
        draft.with_user(self.insider).action_activate()
        self.assertEqual((draft.state, draft.approval_tier_id), ("active", self.middle))
        self.assertFalse(self.pending())
        self.assertFalse(draft.activity_ids)

    def test_archived_between(self):
        policy = self.policy.with_user(self.insider)
        policy.action_archive()
        policy.action_unarchive()
        policy.approval_tier_id = False
        policy.action_activate()
        self.assertHeld(self.top, self.top | self.middle)

    def test_state_written_by_hand(self):
        policy = self.policy.with_user(self.insider)
        policy.write({"state": "draft"})
        policy.write({"approval_tier_id": False, "state": "active"})
        self.assertHeld(self.top, self.top | self.middle)

    def test_context_from_outside(self):
        policy = self.policy.with_user(self.insider).with_context(customer_value_watching_limits=True)
        policy.approval_tier_id = False
        self.assertHeld(self.top, self.top | self.middle)

    def test_confirmed(self):
        self.policy.with_user(self.insider).approval_tier_id = False
        with self.assertRaises(AccessError):
            self.policy.with_user(self.reader).action_confirm_relaxation()
        self.policy.with_user(self.second).action_confirm_relaxation()
        self.assertFalse(self.pending())
        self.assertFalse(self.policy.activity_ids)
        self.assertEqual(self.override(self.top, self.insider).state, "active")
        with self.assertRaisesRegex(UserError, "already been decided"):
            self.policy.with_user(self.second).action_confirm_relaxation()

    def test_two_who_wait_for_each_other(self):
        self.policy.with_user(self.insider).approval_tier_id = self.top
        self.policy.with_user(self.second).approval_tier_id = False
        self.assertEqual(self.pending().create_uid, self.insider | self.second)
        self.policy.with_user(self.second).action_confirm_relaxation()
        self.assertEqual(self.pending().create_uid, self.second)
        self.assertIn(self.insider, self.policy.activity_ids.user_id, "still to be confirmed")
        self.policy.with_user(self.insider).action_confirm_relaxation()
        self.assertFalse(self.pending())

    def test_only_manager(self):
        """Nobody could confirm it, nor approve a manual tier: there is nothing that a second person has decided."""
        Company = type(self.env["res.company"])
        with patch.object(Company, "_get_group_users", lambda company, group: self.insider):
            self.policy.with_user(self.insider).approval_tier_id = False
        self.assertFalse(self.pending())

    def test_nobody_enters_one(self):
        self.policy.with_user(self.insider).approval_tier_id = False
        with self.assertRaises(AccessError):
            self.pending().with_user(self.insider).write({"state": "approved"})
        with self.assertRaises(AccessError):
            self.pending().with_user(self.insider).unlink()

    def test_copies_are_named_in_each_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.policy.with_context(lang="zh_CN").name = "批发客户"
        copied = self.policy.copy()
        self.assertEqual(copied.with_context(lang="en_US").name, f"{self.policy.name} (copy)")
        self.assertEqual(copied.with_context(lang="zh_CN").name, "批发客户（副本）")
