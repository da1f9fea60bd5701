from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ValueCase

LINEAR = {"scale": "linear", "floor": 0.0}


@tagged("post_install", "-at_install")
class TestTierWizardTours(BrowserCase, ValueCase):
    """What sales managers do with tiers, in a browser: review, assign and approve, what if, undo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        groups = "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager"
        cls.manager, cls.second = (
            new_test_user(cls.env, login, groups, name=login.title(), **company)
            for login in ("tier_manager", "second_manager")
        )
        # the runs that people start in the browser are as of today
        cls.today = fields.Date.today()
        cls.policy = cls.make_policy(
            {
                "revenue": LINEAR | {"cap": 100.0, "weight": 3.0},
                "order_count": LINEAR | {"cap": 10.0, "weight": 0.0},
            },
            window_months=0,
        )
        cls.policy.approval_tier_id = cls.tier("Top")
        cls.falls, cls.rises, cls.stays = (cls.customer(name) for name in ("Falls", "Rises", "Stays"))
        earlier = cls.today - timedelta(days=40)
        for partner, amount in ((cls.falls, 90), (cls.rises, 50), (cls.stays, 50)):
            cls.invoice(partner, earlier, amount)
        cls.run_policy(earlier)

    def trade(self):
        """Documents after which two customers would move."""
        yesterday = self.today - timedelta(days=1)
        self.credit_note(self.falls, yesterday, 60)
        self.invoice(self.rises, yesterday, 40)

    def tiers(self):
        self.env.invalidate_all()
        return [self.score(partner).tier_id.name for partner in (self.falls, self.rises, self.stays)]

    def tour(self, name, user=None):
        self.start_tour("/odoo", f"customer_value_{name}", login=(user or self.manager).login, timeout=120)
        self.env.invalidate_all()

    def test_review(self):
        """Simulate, take one customer out, apply the rest."""
        self.trade()
        self.tour("review")
        self.assertEqual(self.tiers(), ["Top", "Top", "Middle"])

    def test_review_selection(self):
        self.trade()
        self.tour("review_selection")
        self.assertEqual(self.tiers(), ["Top", "Middle", "Middle"])
        run = self.Run.search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual((run.partner_ids, run.simulate, run.user_id), (self.rises, True, self.manager))

    def test_assign_and_approve(self):
        """The tier is in force only after a second manager has approved it."""
        self.tour("assign")
        self.assertEqual(self.tiers()[2], "Middle")
        self.tour("approve", self.second)
        self.assertEqual(self.tiers()[2], "Top")
        override = self.env["customer.value.override"].search([("partner_id", "=", self.stays.id)])
        self.assertEqual((override.user_id, override.approver_id), (self.manager, self.second))

    def test_what_if(self):
        """Change a weight, see the effect, keep it as a draft; customers keep their tiers."""
        before = self.tiers()
        self.tour("what_if")
        self.assertEqual(self.tiers(), before)
        draft = self.Policy.search([("company_id", "=", self.company.id), ("state", "=", "draft")])
        self.assertEqual(draft.origin_id, self.policy)
        weights = {dimension.metric: dimension.weight for dimension in draft.dimension_ids}
        self.assertEqual(weights, {"revenue": 3.0, "order_count": 10.0})

    def test_undo(self):
        before = self.tiers()
        self.trade()
        self.run_policy(self.today)
        self.assertNotEqual(self.tiers(), before)
        self.tour("undo")
        self.assertEqual(self.tiers(), before)
