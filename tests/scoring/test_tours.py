from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestTours(BrowserCase, ValueCase):
    """What people do with the app, in a browser, with customers of their own company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        sales = "sales_team.group_sale_salesman_all_leads"
        cls.manager = new_test_user(
            cls.env, "value_manager", f"{sales},customer_value.group_customer_value_manager", name="Manager", **company
        )
        cls.user = new_test_user(
            cls.env, "value_user", f"{sales},customer_value.group_customer_value_user", name="User", **company
        )
        # the runs that people start in the browser are as of today
        cls.yesterday = fields.Date.today() - timedelta(days=1)
        cls.partners = cls.customers(10, "Tour Customer")
        for number, partner in enumerate(cls.partners, start=1):
            for _repetition in range(number % 4 + 1):
                cls.order(partner, cls.yesterday, amount=150.0 * number)
            cls.invoice(partner, cls.yesterday, amount=150.0 * number)
        cls.best = cls.partners[-1]
        cls.contact = cls.customer("Tour Contact", parent_id=cls.best.id)

    def states(self):
        """Tier and score of every customer."""
        return {
            score.partner_id: (score.tier_id, score.score)
            for score in self.Score.search([("company_id", "=", self.company.id)])
        }

    def tour(self, name, user):
        self.start_tour("/odoo", f"customer_value_{name}", login=user.login, timeout=120)
        self.env.invalidate_all()

    def test_run(self):
        """A manager opens the app, presses Run and sees the matrix; all customers are scored."""
        self.tour("run", self.manager)
        self.assertEqual(set(self.states()), set(self.partners))
        run = self.Run.search([("company_id", "=", self.company.id)], limit=1)
        self.assertRecordValues(
            run, [{"state": "done", "simulate": False, "customer_count": 10, "user_id": self.manager.id}]
        )

    def test_simulate(self):
        """A simulation shows the expected tier changes, and applies nothing."""
        self.run_policy(self.yesterday)
        before = self.states()
        history = self.History.search_count([("company_id", "=", self.company.id)])
        for number, partner in enumerate(self.partners[:3], start=1):
            self.order(partner, self.yesterday, amount=9000.0 * number)
            self.invoice(partner, self.yesterday, amount=9000.0 * number)
        self.tour("simulate", self.manager)
        self.assertEqual(self.states(), before)
        self.assertEqual(self.History.search_count([("company_id", "=", self.company.id)]), history)
        run = self.Run.search([("company_id", "=", self.company.id)], limit=1)
        self.assertTrue(run.simulate and run.up_count)

    def test_explain(self):
        """The tab of a customer adds up to the score, and that of a contact shows the same."""
        self.run_policy(self.yesterday)
        self.tour("explain", self.user)

    def test_open_documents(self):
        """A bar opens the documents that it was computed from."""
        self.run_policy(self.yesterday)
        self.tour("open_documents", self.user)

    def test_partner_list(self):
        """Partners are grouped and filtered by tier."""
        self.run_policy(self.yesterday)
        self.tour("partner_list", self.user)

    def test_quotation(self):
        """A quotation shows what the customer is worth."""
        self.run_policy(self.yesterday)
        self.order(self.best, self.yesterday, amount=10.0, confirm=False)
        self.tour("quotation", self.user)

    def test_policy(self):
        """A new version is made of the active policy, weighed anew, simulated."""
        self.run_policy(self.yesterday)
        self.tour("policy", self.manager)
        draft = self.Policy.search([("state", "=", "draft"), ("company_id", "=", self.company.id)])
        self.assertEqual(draft.origin_id, self.policy)
        self.assertTrue(self.Run.search_count([("policy_id", "=", draft.id), ("simulate", "=", True)]))
        self.assertEqual(self.Policy._get_active(self.company), self.policy)

    def test_no_score_yet(self):
        """A customer without a score is told what to do next."""
        self.tour("no_score", self.manager)
