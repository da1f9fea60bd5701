"""Managers who raise what holds orders cannot use that alone, however they go about it."""

from dateutil.relativedelta import relativedelta
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from .order_case import OrderCase

SELLER = "sales_team.group_sale_salesman_all_leads"

VALUE_MANAGER = "customer_value.group_customer_value_manager"


@tagged("post_install", "-at_install")
class TestLimitsRelaxed(BrowserCase, OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        groups = f"{SELLER},{VALUE_MANAGER}"
        cls.insider = new_test_user(cls.env, "limits_insider", groups=groups, name="Insider", **company)
        cls.second = new_test_user(cls.env, "limits_second", groups=groups, name="Second", **company)
        cls.middle = cls.tier("Middle").with_user(cls.insider)

    def pending(self):
        self.env.flush_all()
        return self.env["customer.value.relaxation"].search(
            [("company_id", "=", self.company.id), ("state", "=", "pending")]
        )

    def needs(self, order):
        return bool(order._get_approval_needs())

    def assertHeld(self, discount=15):
        """The insider is held to the old limit, others are not, and the second manager may confirm it."""
        self.assertTrue(self.needs(self.quotation(discount, user=self.insider)))
        self.assertFalse(self.needs(self.quotation(10, user=self.insider)))
        self.assertFalse(self.needs(self.quotation(discount, user=self.second)))
        policy = self.pending().policy_id
        with self.assertRaisesRegex(UserError, "Another manager has to confirm"):
            policy.with_user(self.insider).action_confirm_relaxation()
        self.assertIn(self.second, policy.activity_ids.user_id)
        policy.with_user(self.second).action_confirm_relaxation()
        self.assertFalse(self.pending())
        self.assertFalse(self.needs(self.quotation(discount, user=self.insider)))

    def test_raised(self):
        self.middle.maximum_discount = 40
        self.assertIn("Middle: at most 10% discount", self.middle.relaxation_text)
        self.assertIn("Insider", self.middle.relaxation_text)
        self.assertFalse(self.middle.can_confirm_relaxation)
        self.assertTrue(self.middle.with_user(self.second).can_confirm_relaxation)
        order = self.quotation(15, user=self.insider)
        [need] = order._get_approval_needs().values()
        self.assertIn("at most 10.00% is allowed until another manager confirms", need.reasons[0])
        self.assertEqual(order.action_confirm()["res_model"], "customer.value.order.approval")
        self.assertEqual(order.state, "draft")
        self.assertHeld()

    def test_confirmed_in_a_browser(self):
        self.middle.maximum_discount = 40
        action = "customer_value.action_customer_value_policy"
        url = f"/odoo/action-{action}/{self.policy.id}"
        self.start_tour(url, "customer_value_limits_confirm", login=self.second.login)
        self.assertFalse(self.pending())

    def test_set_back_between(self):
        self.middle.maximum_discount = 40
        order = self.quotation(15, user=self.insider)
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.middle.maximum_discount = 10
        self.assertFalse(self.pending())
        self.assertFalse(self.policy.activity_ids)
        self.assertTrue(self.needs(order))

    def test_raised_in_steps(self):
        self.middle.maximum_discount = 20
        self.middle.maximum_discount = 40
        self.assertEqual(len(self.pending()), 2)
        self.middle.maximum_discount = 20
        self.assertEqual(len(self.pending()), 1)
        self.assertHeld()

    def test_limit_switched_off(self):
        self.middle.limit_discount = False
        self.assertHeld(60)

    def test_switched_off_on_every_tier(self):
        """Orders ask for no limit at all any more."""
        self.policy.with_user(self.insider).tier_ids = [
            Command.update(tier.id, {"limit_discount": False}) for tier in self.policy.tier_ids
        ]
        self.assertEqual(len(self.pending()), 1, "what is written together counts as a whole")
        self.assertHeld(60)

    def test_lowered_is_stricter(self):
        self.middle.maximum_discount = 5
        self.assertFalse(self.pending())

    def test_imported(self):
        fields = [".id", "maximum_discount"]
        result = self.env["customer.value.tier"].with_user(self.insider).load(fields, [[str(self.middle.id), "40"]])
        self.assertTrue(result["ids"], result["messages"])
        self.assertHeld()

    def test_written_by_somebody_else_confirmed_by_the_insider(self):
        """Whoever set the prices stands behind the order, whoever confirms it."""
        self.middle.maximum_discount = 40
        order = self.quotation(15, user=self.insider)
        order.with_user(self.second).user_id = self.second
        self.assertTrue(self.needs(order.with_user(self.second)))
        theirs = self.quotation(0, user=self.second)
        theirs.with_user(self.insider).order_line.discount = 15
        self.assertTrue(self.needs(theirs.with_user(self.second)))

    def test_accepted_online(self):
        self.middle.maximum_discount = 40
        order = self.quotation(15, user=self.insider)
        order.with_user(self.env.ref("base.public_user")).sudo()._validate_order()
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.sudo().value_approval_id.online, True)

    def test_sent(self):
        self.middle.maximum_discount = 40
        order = self.quotation(15, user=self.insider)
        self.assertEqual(order.action_quotation_send()["res_model"], "customer.value.order.approval")
        with self.assertRaisesRegex(UserError, "requires a sales manager"):
            order.action_quotation_sent()

    def test_a_confirmed_order_is_changed(self):
        order = self.quotation(10, user=self.insider)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.middle.maximum_discount = 40
        with self.assertRaisesRegex(UserError, "until another manager confirms"):
            order.order_line.discount = 15

    def test_policy_archived_between(self):
        policy = self.policy.with_user(self.insider)
        policy.action_archive()
        self.assertTrue(self.needs(self.quotation(15, user=self.insider)), "without a policy, too")
        policy.action_unarchive()
        self.middle.maximum_discount = 40
        policy.action_activate()
        self.assertHeld()

    def test_new_version(self):
        draft = self.Policy.browse(self.policy.with_user(self.insider).action_new_version()["res_id"])
        draft.tier_ids.filtered(lambda tier: tier.name == "Middle").with_user(self.insider).maximum_discount = 40
        self.assertFalse(self.pending(), "a draft decides nothing")
        draft.with_user(self.insider).action_activate()
        self.assertHeld()

    def test_new_version_that_allows_as_much(self):
        draft = self.Policy.browse(self.policy.with_user(self.insider).action_new_version()["res_id"])
        draft.with_user(self.insider).action_activate()
        self.assertFalse(self.pending())

    def test_a_new_tier_in_the_place_of_another(self):
        """The tier of a policy that was no copy takes the place of the one at its entry score."""
        other = self.policy.copy({"name": "Other"})
        other.tier_ids.limit_discount = False
        other.with_user(self.insider).action_activate()
        self.run_policy(policy=other)
        self.assertNotEqual(self.score(self.partner).tier_id, self.middle.sudo())
        self.assertHeld(60)

    def test_a_tier_added(self):
        """The customer moves to a new one between, which has no limit."""
        added = self.env["customer.value.tier"].with_user(self.insider)
        added = added.create({"name": "Added", "policy_id": self.policy.id, "entry_score": 45, "keep_score": 45})
        self.run_policy()
        self.assertEqual(self.score(self.partner).tier_id, added.sudo())
        self.assertHeld(60)

    def test_nobody_to_confirm(self):
        (self.second | self.env.ref("base.user_admin")).active = False
        others = self.company._get_group_users(VALUE_MANAGER) - self.insider
        others.filtered(lambda user: user.id != 1).active = False
        self.middle.maximum_discount = 40
        self.assertFalse(self.pending())

    def test_defaults_confirm_nothing(self):
        defaults = {"default_state": "approved", "default_approver_id": self.second.id, "default_limits": {}}
        self.middle.with_context(**defaults).maximum_discount = 40
        self.assertHeld()

    def test_policy_deleted(self):
        """What a version that is deleted has asked of orders is read with the policy in force."""
        moment = self.policy.copy({"name": "Moment"})
        moment.gate_ids.create(
            {"policy_id": moment.id, "tier_id": moment.tier_ids[-1].id, "metric": "overdue_days", "operator": ">=",
             "value": 30, "effect": "at_most"}
        )  # fmt: skip
        moment.action_activate()
        moment.with_user(self.insider).write({"state": "draft"})
        moment.with_user(self.insider).unlink()
        self.policy.write({"state": "active"})
        self.assertTrue(self.pending())
        self.assertIn("30 days", self.policy.with_user(self.insider).relaxation_text)
        self.owe(60)
        self.assertTrue(self.needs(self.quotation(0, user=self.insider)))
        self.assertFalse(self.needs(self.quotation(0, user=self.second)))

    def test_nobody_enters_one(self):
        self.middle.maximum_discount = 40
        for attack in (
            lambda pending: pending.write({"state": "approved"}),
            lambda pending: pending.write({"limits": {}}),
            lambda pending: pending.unlink(),
            lambda pending: pending.create({"company_id": self.company.id}),
        ):
            with self.assertRaises(AccessError):
                attack(self.pending().with_user(self.insider))

    # -- rules by which orders need approval ---------------------------------------------------------------------------

    def assertGateHeld(self, attack):
        gate = self.gate("overdue_days", 30)
        self.owe(60)
        self.assertTrue(self.needs(self.quotation(0, user=self.second)))
        attack(gate.with_user(self.insider))
        self.assertTrue(self.pending())
        self.assertTrue(self.needs(self.quotation(0, user=self.insider)))
        self.assertFalse(self.needs(self.quotation(0, user=self.second)))
        self.assertIn("30", self.policy.with_user(self.insider).relaxation_text)
        self.policy.with_user(self.second).action_confirm_relaxation()
        self.assertFalse(self.needs(self.quotation(0, user=self.insider)))

    def test_rule_raised(self):
        self.assertGateHeld(lambda gate: gate.write({"value": 90}))

    def test_rule_holds_no_orders(self):
        self.assertGateHeld(lambda gate: gate.write({"hold_orders": False}))

    def test_rule_lifts_instead(self):
        self.assertGateHeld(lambda gate: gate.write({"metric": "order_count"}))

    def test_rule_deleted(self):
        self.assertGateHeld(lambda gate: gate.unlink())

    def test_rule_deleted_on_the_form(self):
        policy = self.policy.with_user(self.insider)
        self.assertGateHeld(lambda gate: policy.write({"gate_ids": [Command.delete(gate.id)]}))

    def test_rule_back(self):
        gate = self.gate("overdue_days", 30).with_user(self.insider)
        gate.hold_orders = False
        gate.hold_orders = True
        self.assertFalse(self.pending())
        gate.value = 20
        self.assertFalse(self.pending(), "stricter")

    # -- the window in which a rule counts -----------------------------------------------------------------------------

    def assertWindowHeld(self, operator, before, after, words, change=None):
        """The customer had revenue of 50 once, 18 months ago; ``before`` holds orders and ``after`` does not."""
        self.policy.window_months = before
        day = fields.Date.today() - relativedelta(months=18)
        self.order(self.partner, day, 50)
        self.pay(self.invoice(self.partner, day, 50), day)
        self.gate("revenue", 40, operator=operator)
        self.assertFalse(self.pending())
        self.assertTrue(self.needs(self.quotation(0, user=self.second)))
        policy = self.policy.with_user(self.insider)
        (change or (lambda: policy.write({"window_months": after})))()
        self.assertEqual(len(self.pending()), 1)
        self.assertTrue(self.needs(self.quotation(0, user=self.insider)))
        self.assertFalse(self.needs(self.quotation(0, user=self.second)))
        self.assertIn(words, policy.relaxation_text)
        return policy

    def test_window_longer(self):
        policy = self.assertWindowHeld("<=", 12, 60, "of 12 months")
        policy.window_months = 12
        self.assertFalse(self.pending(), "all is as it was: nothing to confirm")

    def test_window_shorter(self):
        policy = self.assertWindowHeld(">=", 0, 12, "of the entire history")
        policy.with_user(self.second).action_confirm_relaxation()
        self.assertFalse(self.needs(self.quotation(0, user=self.insider)))

    def test_window_of_a_new_version(self):
        def activate():
            draft = self.Policy.browse(self.policy.with_user(self.insider).action_new_version()["res_id"])
            draft.with_user(self.insider).window_months = 60
            self.assertFalse(self.pending(), "a draft decides nothing")
            draft.with_user(self.insider).action_activate()

        self.assertWindowHeld("<=", 12, 60, "of 12 months", activate)

    def test_window_in_steps(self):
        """Held to the one that was confirmed last, whoever goes back to it."""
        policy = self.assertWindowHeld("<=", 12, 60, "of 12 months")
        policy.window_months = 0
        self.assertEqual(len(self.pending()), 1)
        self.assertTrue(self.needs(self.quotation(0, user=self.insider)))
        self.policy.with_user(self.second).window_months = 24
        self.assertEqual(self.pending().create_uid, self.insider | self.second)
        self.policy.with_user(self.second).window_months = 12
        self.assertFalse(self.pending(), "all is as it was: nothing to confirm")

    def test_window_that_no_rule_counts_in(self):
        self.gate("overdue_days", 30)
        self.policy.with_user(self.insider).window_months = 60
        self.assertFalse(self.pending())

    def test_which_metrics_count_in_the_window(self):
        """An oracle: the customer's numbers differ with the window, or do not, as the metric says."""
        for months in (1, 18):
            day = fields.Date.today() - relativedelta(months=months)
            self.order(self.partner, day, 50 * months)
            self.invoice(self.partner, day, 50 * months)
        metrics = self.Source._get_metrics()
        short, long = (
            self.Source._read_now(self.company, self.partner, metrics, window)[self.partner.id] for window in (12, 60)
        )
        differing = {code for code in metrics if short[code] != long[code]}
        self.assertLessEqual({"revenue", "margin", "order_count", "average_order"}, differing)
        self.assertEqual([code for code in differing if not metrics[code].windowed], [])
