"""What runs have done and who proposed tiers is recorded, and not rewritten."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..core.value_case import ONE_TO_ONE, ValueCase

MANAGER = "customer_value.group_customer_value_manager"


class GuardCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.partner = cls.customer()
        cls.invoice(cls.partner, "2025-01-10", 50)
        companies = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.asker, cls.other, cls.third = (
            new_test_user(cls.env, login, groups=f"{MANAGER},base.group_partner_manager", **companies)
            for login in ("guard_asker", "guard_other", "guard_third")
        )
        cls.applied = cls.run_policy()


@tagged("post_install", "-at_install")
class TestRunGuards(GuardCase):
    def test_what_a_run_has_done_is_not_written(self):
        run = self.applied.with_user(self.asker)
        for values in (
            {"state": "draft"},
            {"customer_count": 1},
            {"user_id": self.other.id},
            {"calibration": {"x": 1}},
            {"company_id": self.env.ref("base.main_company").id},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                run.write(values)
        other = self.make_policy(ONE_TO_ONE, activate=False)
        for values in ({"policy_id": other.id}, {"as_of": "2020-01-01"}, {"simulate": True}, {"keep_tiers": True}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "applied run cannot be changed"):
                run.write(values)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            run.unlink()
        self.assertEqual((self.applied.state, self.applied.policy_id), ("done", self.policy))

    def test_none_is_made_as_done(self):
        Run = self.env["customer.value.run"].with_user(self.asker)
        with self.assertRaises(AccessError):
            Run.create({"policy_id": self.policy.id, "state": "done", "customer_count": 5})
        run = Run.with_context(default_state="done").create({"policy_id": self.policy.id})
        self.assertEqual(run.state, "draft")

    def test_a_simulated_one_is_not_passed_off_as_applied(self):
        run = self.env["customer.value.run"].with_user(self.asker).create({"policy_id": self.policy.id})
        run.action_simulate()
        self.assertEqual((run.state, run.simulate), ("done", True))
        with self.assertRaisesRegex(UserError, "has been simulated"):
            run.simulate = False
        run.action_apply()
        self.assertEqual((run.state, run.simulate, run.user_id), ("done", False, self.asker))
        run.action_undo()
        self.assertEqual((run.state, run.undone_user_id), ("undone", self.asker))

    def test_an_applied_policy_stays_in_its_company(self):
        elsewhere = self.make_company("Elsewhere", "EUR")
        self.asker.company_ids += elsewhere
        with self.assertRaisesRegex(UserError, "applied before"):
            self.policy.with_user(self.asker).company_id = elsewhere

    def test_history_without_its_run(self):
        entry = self.history(self.partner)[-1]
        self.assertEqual(entry.run_id, self.applied)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            # in whatever state: the history counts
            self.applied.sudo().state = "draft"
            self.applied.unlink()
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM customer_value_run WHERE id = %s", [self.applied.id])
        self.env.invalidate_all()
        found = (
            self.env["customer.value.history"]
            .with_user(self.asker)
            .web_search_read(
                [("id", "=", entry.id)],
                {
                    "display_name": {},
                    "run_id": {"fields": {"display_name": {}}},
                    "policy_id": {"fields": {"display_name": {}}},
                    "user_id": {"fields": {"display_name": {}}},
                    "tier_id": {"fields": {"display_name": {}}},
                },
            )["records"][0]
        )
        self.assertEqual((found["run_id"], found["policy_id"], found["user_id"]), (False, False, False))
        self.assertEqual(found["tier_id"]["display_name"], "Middle")


@tagged("post_install", "-at_install")
class TestOverrideTerms(GuardCase):
    def pending(self):
        top = self.tier("Top")
        top.policy_id.approval_tier_id = top
        values = {"partner_id": self.partner.id, "company_id": self.company.id, "tier_id": top.id, "reason": "Promised"}
        override = self.env["customer.value.override"].with_user(self.other).create(values)
        self.assertEqual(override.state, "pending")
        return override

    def test_whoever_changes_the_terms_proposes(self):
        another = self.customer("Another")
        for values in ({"partner_id": another.id}, {"date_until": "2099-01-01"}, {"tier_id": self.tier("Top").id}):
            with self.subTest(values):
                override = self.pending()
                override.with_user(self.asker).write(values)
                asked = override.activity_ids.user_id
                self.assertIn(self.third, asked)
                self.assertFalse(asked & (self.asker + self.other))
                for user in (self.asker, self.other):
                    with self.assertRaisesRegex(UserError, "Another manager"):
                        override.with_user(user).action_approve()
                override.with_user(self.third).action_approve()
                self.assertEqual((override.state, override.approver_id), ("active", self.third))

    def test_a_reason_proposes_nothing(self):
        override = self.pending()
        override.with_user(self.asker).reason = "Better words"
        override.with_user(self.asker).action_approve()
        self.assertEqual(override.state, "active")

    def test_nobody_writes_proposers(self):
        override = self.pending()
        for user in (self.asker, self.other):
            with self.assertRaises(AccessError):
                override.with_user(user).write({"proposer_ids": [(5,)]})
        with self.assertRaises(AccessError):
            self.env["customer.value.override"].with_user(self.asker).create(
                {
                    "partner_id": self.partner.id,
                    "tier_id": self.tier("Top").id,
                    "reason": "x",
                    "proposer_ids": [(6, 0, self.other.ids)],
                }
            )

    def test_import_for_one_of_two_namesakes(self):
        twins = self.customer("Same Name GmbH") + self.customer("Same Name GmbH")
        unique = self.customer("Only One GmbH")
        rows = [
            ["Same Name GmbH", "Base", "List"],
            ["Only One GmbH", "Base", "List"],
            ["Same Name GmbH", "Top", "List"],
        ]
        Override = self.env["customer.value.override"].with_user(self.asker).with_company(self.company)
        result = Override.load(["partner_id", "tier_id", "reason"], rows)
        self.assertFalse(result["ids"])
        self.assertEqual([message["record"] for message in result["messages"]], [0, 2])
        self.assertIn("2 customers are called Same Name GmbH", result["messages"][0]["message"])
        self.assertFalse(Override.search([("partner_id", "in", (twins + unique).ids)]))
        self.assertTrue(Override.load(["partner_id", "tier_id", "reason"], rows[1:2])["ids"])
        self.assertEqual(Override.search([("partner_id", "=", unique.id)]).tier_id, self.tier("Base"))
        result = Override.load(["partner_id/.id", "tier_id", "reason"], [[str(twins[1].id), "Base", "List"]])
        self.assertTrue(result["ids"], result["messages"])
