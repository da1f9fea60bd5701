"""Who may open the wizards of sales managers, and in which company."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..core.value_case import AS_OF
from .what_if_case import DIMENSIONS, TIERS, WhatIfCase


@tagged("post_install", "-at_install")
class TestWhatIfRoles(WhatIfCase):
    def test_users_may_not(self):
        for groups in ("customer_value.group_customer_value_user", "sales_team.group_sale_manager"):
            user = new_test_user(
                self.env,
                f"what_if_{next(self.logins)}",
                groups=f"base.group_user,{groups}",
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            with self.subTest(groups):
                with self.assertRaises(AccessError):
                    self.what_if(user=user)
                with self.assertRaises(AccessError):
                    self.what_if().with_user(user).action_show_effect()
                with self.assertRaises(AccessError):
                    self.env["customer.value.run"].with_user(user)._open_review(self.partners.with_user(user))
                with self.assertRaises(AccessError):
                    self.env["customer.value.assign"].with_user(user).create({})
                for name in ("review_partners", "review_scores"):
                    action = self.env.ref(f"customer_value.action_customer_value_{name}").with_user(user)
                    model = action.sudo().model_id.model
                    with self.assertRaises(AccessError):
                        action.with_context(active_model=model, active_ids=self.partners.ids).run()
                for model in ("res.partner", "customer.value.score"):
                    bound = self.env["ir.actions.actions"].with_user(user).get_bindings(model).get("action", ())
                    ours = {vals["name"] for vals in bound} & {
                        "Review Tiers", "Review Customer Tiers", "What If", "Customer Tiers: What If", "Assign a Tier",
                        "Assign a Customer Tier",
                    }  # fmt: skip
                    self.assertFalse(ours)
                menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
                for name in ("review", "what_if"):
                    self.assertNotIn(self.env.ref(f"customer_value.menu_customer_value_{name}").id, menus)

    def test_managers_have_it_in_menu_and_actions(self):
        menus = self.env["ir.ui.menu"].with_user(self.manager).load_menus(False)
        for name in ("review", "what_if"):
            self.assertIn(self.env.ref(f"customer_value.menu_customer_value_{name}").id, menus)
        for model, names in (
            ("res.partner", {"Review Customer Tiers", "Customer Tiers: What If", "Assign a Customer Tier"}),
            ("customer.value.score", {"Review Tiers", "What If", "Assign a Tier"}),
        ):
            bound = self.env["ir.actions.actions"].with_user(self.manager).get_bindings(model)["action"]
            self.assertLessEqual(names, {vals["name"] for vals in bound})

    def test_another_company_is_closed(self):
        """The manager of one company neither opens, nor computes, nor keeps anything of another."""
        theirs = self.make_company("Sister Company", "EUR")
        policy = self.make_policy(DIMENSIONS, TIERS, company=theirs)
        partner = self.customer("Theirs")
        self.invoice(partner, "2025-06-10", 500, company=theirs)
        policy._run(as_of=AS_OF)
        boss = new_test_user(
            self.env,
            "what_if_boss",
            groups="customer_value.group_customer_value_manager",
            company_id=theirs.id,
            company_ids=[Command.set(theirs.ids)],
        )
        context = {"allowed_company_ids": theirs.ids}
        wizard = self.what_if(user=boss, **context)
        self.change(wizard, terms={"Middle": {"entry_score": 36.0, "keep_score": 36.0}})
        wizard.action_show_effect()
        self.assertEqual(wizard.customer_count, 1, "our customers are not theirs")
        mine = wizard.with_user(self.manager).with_context(allowed_company_ids=self.company.ids)
        for method in ("action_show_effect", "action_keep", "action_reset", "get_matrix"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(mine, method)()
        with self.assertRaises(AccessError):
            self.what_if(policy)
        with self.assertRaises(AccessError):
            self.env["customer.value.what.if"].with_user(self.manager).create({"policy_id": policy.id})
        with self.assertRaises(AccessError):
            self.what_if(self.score(partner, theirs))
        with self.assertRaises(AccessError):
            self.env["customer.value.run"].with_user(self.manager)._open_review(
                self.score(partner, theirs).with_user(self.manager)
            )
        Move = self.env["customer.value.what.if.move"]
        self.assertTrue(Move.sudo().search([("what_if_id", "=", wizard.id)]))
        self.assertFalse(Move.with_user(self.manager).search([("what_if_id", "=", wizard.id)]))
