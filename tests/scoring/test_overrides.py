"""Manual tiers: in force, approved by another, until a day, and undone runs."""

from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tests.common import freeze_time
from odoo.tools import mute_logger

from ..core.value_case import ONE_TO_ONE, ValueCase

MANAGER = "customer_value.group_customer_value_manager"


@tagged("post_install", "-at_install")
class TestOverrides(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.top, cls.middle, cls.base = (cls.tier(name) for name in ("Top", "Middle", "Base"))
        cls.partner = cls.customer()
        cls.invoice(cls.partner, "2025-01-10", 50)
        companies = {"company_id": cls.company.id, "company_ids": [fields.Command.set(cls.company.ids)]}
        cls.asker, cls.other = (
            new_test_user(cls.env, login, groups=MANAGER, **companies) for login in ("asker", "other")
        )
        cls.user = new_test_user(
            cls.env, "reader", groups="customer_value.group_customer_value_user,base.group_partner_manager", **companies
        )
        cls.run_policy()

    def override(self, tier, user=None, **values):
        vals = {"partner_id": self.partner.id, "company_id": self.company.id, "tier_id": tier.id, "reason": "Promised"}
        return self.env["customer.value.override"].with_user(user or self.asker).create(vals | values)

    def now(self):
        return self.score(self.partner).tier_id

    def last_cause(self):
        return self.history(self.partner)[-1].cause

    def test_it_acts_at_once_and_ends_at_once(self):
        override = self.override(self.top)
        self.assertEqual((override.state, self.now(), self.last_cause()), ("active", self.top, "override"))
        self.assertEqual(self.score(self.partner).computed_tier_id, self.middle)
        override.with_user(self.asker).action_end()
        self.assertEqual((override.state, self.now(), self.last_cause()), ("ended", self.middle, "expiry"))

    def test_no_run_changes_it(self):
        self.override(self.base)
        self.invoice(self.partner, "2025-02-10", 45)
        self.assertEqual(self.run_policy(as_of=fields.Date.today()).up_count, 0)
        self.assertEqual((self.now(), self.score(self.partner).computed_tier_id), (self.base, self.top))

    def test_a_contact_counts_for_his_company(self):
        contact = self.customer("Contact", parent_id=self.partner.id)
        override = self.override(self.top, partner_id=contact.id)
        self.assertEqual((override.partner_id, self.now()), (self.partner, self.top))

    def test_a_new_one_ends_the_one_before(self):
        first = self.override(self.top)
        second = self.override(self.base)
        self.assertEqual((first.state, second.state, self.now()), ("ended", "active", self.base))

    def test_last_day(self):
        with freeze_time("2025-08-01"):
            override = self.override(self.top, date_from="2025-08-01", date_until="2025-08-31")
        for day, tier in (("2025-08-31", self.top), ("2025-09-01", self.middle)):
            with freeze_time(day), self.enter_registry_test_mode():
                self.env.ref("customer_value.cron_end_overrides").method_direct_trigger()
            self.assertEqual(self.now(), tier, day)
        self.assertEqual((override.state, self.last_cause()), ("ended", "expiry"))

    def test_expiry_does_not_wait_for_the_job(self):
        """A run after the last day lets the score decide, whether or not the job has come by."""
        with freeze_time("2025-08-01"):
            self.override(self.top, date_from="2025-08-01", date_until="2025-08-31")
        self.run_policy(as_of=date(2025, 9, 1))
        self.assertEqual(self.now(), self.middle)

    def test_approval_by_another(self):
        self.top.policy_id.approval_tier_id = self.top
        self.assertEqual(self.override(self.middle).state, "active")
        override = self.override(self.top)
        self.assertEqual((override.state, self.now()), ("pending", self.middle))
        self.assertIn(self.other, override.activity_ids.user_id)
        self.assertNotIn(self.asker, override.activity_ids.user_id)
        with self.assertRaisesRegex(UserError, "Another manager"):
            override.with_user(self.asker).action_approve()
        with self.assertRaises(AccessError):
            override.with_user(self.user).action_approve()
        override.with_user(self.other).action_approve()
        self.assertEqual((override.state, override.approver_id, self.now()), ("active", self.other, self.top))
        with self.assertRaisesRegex(UserError, "already been decided"):
            override.with_user(self.other).action_approve()

    def test_refused(self):
        self.top.policy_id.approval_tier_id = self.top
        override = self.override(self.top)
        override.with_user(self.other).action_refuse()
        self.assertEqual((override.state, self.now(), override.activity_ids.ids), ("refused", self.middle, []))

    def test_nobody_writes_the_state(self):
        self.top.policy_id.approval_tier_id = self.top
        override = self.override(self.top)
        for values in ({"state": "active"}, {"approver_id": self.other.id}, {"user_id": self.other.id}):
            with self.subTest(values), self.assertRaises(AccessError):
                override.with_user(self.asker).write(values)
            with self.subTest(values), self.assertRaises(AccessError):
                self.override(self.top, **values)

    def test_a_decision_is_not_rewritten(self):
        override = self.override(self.top)
        for values in ({"tier_id": self.base.id}, {"date_until": "2099-01-01"}, {"reason": "Other"}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "cannot be changed"):
                override.with_user(self.asker).write(values)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            override.with_user(self.asker).unlink()

    def test_users_may_look_only(self):
        override = self.override(self.top)
        self.assertEqual(override.with_user(self.user).tier_id, self.top)
        with self.assertRaises(AccessError):
            self.override(self.base, user=self.user)

    def test_tier_of_another_company(self):
        elsewhere = self.make_company("Elsewhere", "EUR")
        foreign = self.Policy.sudo()._get_active(elsewhere).tier_ids[0]
        self.asker.company_ids += elsewhere
        with self.assertRaisesRegex(ValidationError, "not a tier of the active policy"):
            self.override(foreign)

    def test_merged_customers_keep_the_higher(self):
        other = self.customer("Same customer")
        self.invoice(other, "2025-01-10", 50)
        self.run_policy()
        low, high = self.override(self.base), self.override(self.top, partner_id=other.id)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | other).ids, self.partner)
        self.assertEqual((low.state, high.state, high.partner_id), ("ended", "active", self.partner))
        self.run_policy(partners=self.partner)
        self.assertEqual(self.now(), self.top)

    def test_assign_many(self):
        partners = self.customers(3)
        for partner in partners:
            self.invoice(partner, amount=10)
        self.run_policy()
        context = {"active_model": "res.partner", "active_ids": partners.ids}
        wizard = Form(self.env["customer.value.assign"].with_user(self.asker).with_context(**context))
        wizard.tier_id = self.top
        wizard.reason = "Founding members"
        action = wizard.save().action_assign()
        overrides = self.env["customer.value.override"].search(action["domain"])
        self.assertEqual(overrides.partner_id, partners)
        self.assertEqual([self.score(partner).tier_id for partner in partners], [self.top] * 3)

    def test_import_of_many(self):
        partners = self.customers(2, "Imported")
        for partner in partners:
            self.invoice(partner, amount=10)
        self.run_policy()
        rows = [[str(partner.id), str(self.top.id), "From the list", "2099-12-31"] for partner in partners]
        result = (
            self.env["customer.value.override"]
            .with_user(self.asker)
            .load(["partner_id/.id", "tier_id/.id", "reason", "date_until"], rows)
        )
        self.assertFalse(result["messages"])
        self.assertEqual([self.score(partner).tier_id for partner in partners], [self.top] * 2)

    def load(self, rows, columns=("partner_id", "tier_id", "reason", "date_until")):
        return self.env["customer.value.override"].with_user(self.asker).load(list(columns), rows)

    def test_import_by_names(self):
        """A list as people write it: customer by name or reference, tier by its name, which every version has."""
        self.Policy.browse(self.top.policy_id.action_new_version()["res_id"])
        by_name, by_ref = self.customer("Known by Name"), self.customer("Somebody", ref="C-4711")
        for partner in by_name | by_ref:
            self.invoice(partner, amount=10)
        self.run_policy()
        runs = self.Run.search_count([])
        result = self.load([["Known by Name", "Top", "List", "2099-12-31"], ["C-4711", "Middle", "List", ""]])
        self.assertFalse(result["messages"])
        overrides = self.env["customer.value.override"].browse(result["ids"])
        self.assertEqual([override.tier_id for override in overrides], [self.top, self.middle])
        self.assertEqual(overrides.mapped("user_id"), self.asker)
        self.assertEqual([self.score(partner).tier_id for partner in (by_name, by_ref)], [self.top, self.middle])
        self.assertEqual(self.Run.search_count([]), runs + 1, "one run for all of them")

    @mute_logger("odoo.sql_db")
    def test_import_of_an_unknown_tier(self):
        result = self.load([[self.partner.name, "Platinum", "List", ""]])
        self.assertFalse(result["ids"])
        [message] = [message for message in result["messages"] if "Platinum" in message["message"]]
        self.assertIn("The tiers of the active policy are: Top, Middle, Base.", message["message"])

    def test_import_gives_no_approval(self):
        self.top.policy_id.approval_tier_id = self.top
        columns = ("partner_id", "tier_id", "reason")
        result = self.load([[self.partner.name, "Top", "List"]], columns)
        self.assertEqual(self.env["customer.value.override"].browse(result["ids"]).state, "pending")
        for column, value in (("state", "In force"), ("approver_id", self.other.name), ("user_id", self.other.name)):
            with self.subTest(column):
                result = self.load([[self.partner.name, "Top", "List", value]], (*columns, column))
                self.assertFalse(result["ids"])
                self.assertIn("Use the button to approve", result["messages"][0]["message"])
        self.assertEqual(self.now(), self.middle)

    def test_assign_from_scores_and_from_the_app(self):
        action = self.env["customer.value.override"].with_user(self.asker).action_assign_many()
        self.assertEqual((action["res_model"], action["target"]), ("customer.value.assign", "new"))
        Assign = self.env["customer.value.assign"].with_user(self.asker)
        for context, partners in (
            ({"active_model": "customer.value.score", "active_ids": self.score(self.partner).ids}, self.partner),
            (action["context"], self.env["res.partner"]),
        ):
            wizard = Form(Assign.with_context(**context))
            self.assertEqual(wizard.partner_ids.ids, partners.ids)
            self.assertEqual(wizard.company_id, self.company)


@tagged("post_install", "-at_install")
class TestReviewAndUndo(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.up, cls.down, cls.same = cls.customers(3)
        for partner, amount in ((cls.up, 50), (cls.down, 90), (cls.same, 90)):
            cls.invoice(partner, "2025-01-10", amount)
        cls.run_policy(as_of=date(2025, 1, 31))
        cls.invoice(cls.up, "2025-02-10", 40)
        cls.credit_note(cls.down, "2025-02-10", 60)

    def tiers(self):
        return [self.score(partner).tier_id.name for partner in (self.up, self.down, self.same)]

    def test_scheduled_runs_may_leave_tiers_alone(self):
        newcomer = self.customer("Newcomer")
        self.invoice(newcomer, "2025-02-10", 50)
        self.Policy._get_active(self.company)._run(as_of=date(2025, 2, 28), keep_tiers=True)
        self.assertEqual(self.tiers(), ["Middle", "Top", "Top"])
        self.assertEqual(self.score(self.up).score, 90)
        self.assertEqual(self.score(newcomer).tier_id.name, "Middle", "customers without a tier get one")
        self.run_policy(as_of=date(2025, 2, 28))
        self.assertEqual(self.tiers(), ["Top", "Base", "Top"])

    def test_what_scheduled_runs_do_is_a_setting(self):
        policy = self.Policy._get_active(self.company)
        policy.scheduled_tiers = "review"
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_recalibrate").method_direct_trigger()
        self.assertEqual(self.tiers(), ["Middle", "Top", "Top"])
        policy.scheduled_tiers = "change"
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_recalibrate").method_direct_trigger()
        self.assertEqual(self.tiers(), ["Top", "Base", "Top"])

    def test_take_out_and_apply_the_rest(self):
        run = self.run_policy(as_of=date(2025, 2, 28), simulate=True)
        moves = {move.partner_id: move for move in run.move_ids}
        self.assertEqual(set(moves), {self.up, self.down})
        moves[self.down].action_take_out()
        self.assertTrue(moves[self.down].taken_out)
        run.action_apply()
        self.assertEqual(self.tiers(), ["Top", "Top", "Top"])
        self.assertEqual((run.up_count, run.down_count), (1, 0))

    def test_put_back(self):
        run = self.run_policy(as_of=date(2025, 2, 28), simulate=True)
        run.move_ids.action_take_out()
        run.move_ids.filtered(lambda move: move.partner_id == self.up).action_put_back()
        run.action_apply()
        self.assertEqual(self.tiers(), ["Top", "Top", "Top"])

    def test_undo(self):
        since = [self.score(partner).tier_since for partner in (self.up, self.down, self.same)]
        run = self.run_policy(as_of=date(2025, 2, 28))
        self.assertEqual(self.tiers(), ["Top", "Base", "Top"])
        run.action_undo()
        self.assertEqual((run.state, self.tiers()), ("undone", ["Middle", "Top", "Top"]))
        self.assertEqual([self.score(partner).tier_since for partner in (self.up, self.down, self.same)], since)
        self.assertEqual(
            [(entry.cause, entry.tier_move) for entry in self.history(self.up)],
            [("run", False), ("run", "up"), ("undo", "down")],
        )
        for method in ("action_undo", "action_apply", "action_simulate"):
            with self.subTest(method), self.assertRaises(UserError):
                getattr(run, method)()

    def test_undo_leaves_later_changes(self):
        run = self.run_policy(as_of=date(2025, 2, 28))
        self.invoice(self.down, "2025-03-10", 20)
        self.run_policy(as_of=date(2025, 3, 31))
        self.assertEqual(self.tiers(), ["Top", "Middle", "Top"])
        run.action_undo()
        self.assertEqual(self.tiers(), ["Middle", "Middle", "Top"])

    def test_a_simulation_cannot_be_undone(self):
        run = self.run_policy(as_of=date(2025, 2, 28), simulate=True)
        with self.assertRaisesRegex(UserError, "applied"):
            run.action_undo()

    def test_one_step_at_a_time(self):
        policy = self.Policy._get_active(self.company)
        policy.demotion = "step"
        self.tier("Middle").write({"hold_months": 1})
        day = date(2025, 2, 28)
        self.run_policy(as_of=day)
        self.assertEqual(self.tiers()[1], "Middle")
        self.run_policy(as_of=day + timedelta(days=20))
        self.assertEqual(self.tiers()[1], "Middle", "each step has its own minimum hold")
        self.run_policy(as_of=day + timedelta(days=32))
        self.assertEqual(self.tiers()[1], "Base")
