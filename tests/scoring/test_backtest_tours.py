"""Backtests, proposed weights and limits of tiers that are moved, in a browser."""

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ValueCase
from .cdnow import LAST_DAY, read_sample
from .cdnow_loader import load_full


@tagged("post_install", "-at_install")
class TestBacktestTours(BrowserCase, ValueCase):
    """With some customers of the CDNOW sample, whose last purchase was yesterday."""

    EVERY = 8

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        numbers = set(sorted({purchase.customer for purchase in read_sample()})[:: cls.EVERY])
        today = fields.Date.today()
        cls.partners = load_full(
            cls.env,
            cls.company,
            shift_days=(today - LAST_DAY).days - 1,
            purchases=[purchase for purchase in read_sample() if purchase.customer in numbers],
            due_days=1000,
        )
        cls.env.cr.execute("ANALYZE res_partner, sale_order, sale_order_line, account_move, account_move_line")
        cls.run_policy(as_of=today)
        cls.manager = new_test_user(
            cls.env,
            "backtest_manager",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            name="Manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def tour(self, name):
        self.start_tour("/odoo", f"customer_value_{name}", login=self.manager.login, timeout=120)
        self.env.invalidate_all()

    def draft(self):
        draft = self.Policy.search([("state", "=", "draft"), ("company_id", "=", self.company.id)])
        self.assertEqual(draft.origin_id, self.policy)
        self.assertEqual(self.Policy._get_active(self.company), self.policy)
        return draft

    def test_backtest(self):
        """The page says which number is better than the policy, and in what; nothing is stored."""
        Hindsight = self.registry["customer.value.hindsight"]
        rivals = self.env["customer.value.hindsight"]._get_rivals()
        rival = type(rivals["revenue"])("What came true", "_rival_known")
        Hindsight._rival_known = lambda self, hindsight: hindsight.brought["margin"]
        self.addCleanup(delattr, Hindsight, "_rival_known")
        self.patch(Hindsight, "_get_rivals", lambda self: rivals | {"known": rival})
        tables = ("customer_value_score", "customer_value_history", "customer_value_run", "customer_value_tier")
        before = [self.rows(table) for table in tables]
        self.tour("backtest")
        self.assertEqual([self.rows(table) for table in tables], before)

    def test_advice(self):
        """A weight that tells nobody apart is put right in a draft, which nobody has activated."""
        wrong = {"open_pipeline": 100.0}
        for dimension in self.policy.dimension_ids:
            dimension.weight = wrong.get(dimension.metric, 0.0)
        self.tour("backtest_advice")
        weights = {dimension.metric: dimension.weight for dimension in self.draft().dimension_ids}
        self.assertEqual(sum(weights.values()), 100)
        self.assertEqual(weights["open_pipeline"], 0)
        self.assertEqual(
            {dimension.metric: dimension.weight for dimension in self.policy.dimension_ids if dimension.weight}, wrong
        )

    def test_histogram(self):
        """A limit is moved in a draft: entry score and share of the tier follow, those of the active policy do not."""
        gold = self.tier("Gold")
        before = gold.read(["entry_score", "keep_score", "entry_share", "keep_share"])
        self.tour("histogram")
        moved = self.tier("Gold", self.draft())
        self.assertAlmostEqual(moved.entry_score, gold.entry_score - 10, 2)
        self.assertGreater(moved.entry_share, gold.entry_share)
        self.assertEqual(gold.read(["entry_score", "keep_score", "entry_share", "keep_share"]), before)
