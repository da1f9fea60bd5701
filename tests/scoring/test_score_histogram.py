"""How customers are spread over the scores: sums are those of the scores themselves."""

from collections import defaultdict
from datetime import datetime, time, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..core.value_case import AS_OF, ONE_TO_ONE, ValueCase

BOUGHT = ["|", ("recency_days", "!=", False), ("revenue", "!=", 0)]


@tagged("post_install", "-at_install")
class TestScoreHistogram(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # leads make customers of those who have not bought
        pipeline = {"scale": "linear", "floor": 0.0, "cap": 1.0, "weight": 0.0}
        cls.policy = cls.make_policy(ONE_TO_ONE | {"open_pipeline": pipeline})
        cls.amounts = [90, 90, 70.5, 70.5, 70.5, 30, 5, 0]
        cls.margins = [10, -4, 20, 0, 3, 8, -8, 1]
        cls.partners = cls.customers(len(cls.amounts))
        for partner, amount, margin in zip(cls.partners, cls.amounts, cls.margins, strict=True):
            if amount:
                cls.invoice(partner, AS_OF, amount)
            cls.order(partner, AS_OF - timedelta(days=10), 100.0 + margin, cost=100.0)
        cls.prospect = cls.customer("Prospect")
        cls.lead(cls.prospect)
        cls.run_policy()

    def expected(self):
        rows = defaultdict(lambda: [0, 0, 0])
        for amount, margin in zip(self.amounts, self.margins, strict=True):
            row = rows[float(amount)]
            rows[float(amount)] = [row[0] + 1, row[1] + margin, row[2] + max(margin, 0)]
        return [[score, *rows[score]] for score in sorted(rows, reverse=True)]

    def user(self, group, company=None):
        company = company or self.company
        return new_test_user(
            self.env,
            f"histogram_{group}_{company.id}",
            groups=f"customer_value.{group}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def test_active_policy(self):
        histogram = self.policy.get_score_histogram()
        self.assertEqual(histogram["currency_id"], self.company.currency_id.id)
        self.assertEqual([[round(number, 2) for number in row] for row in histogram["rows"]], self.expected())

    def test_sums_are_those_of_the_domain(self):
        scores = self.Score.search([("company_id", "=", self.company.id), *BOUGHT])
        self.assertEqual(len(scores), len(self.partners))
        self.assertEqual(self.Score.search_count([("company_id", "=", self.company.id)]), len(self.partners) + 1)
        _scores, customers, margin, gained = zip(*self.policy.get_score_histogram()["rows"], strict=True)
        self.assertEqual(sum(customers), len(scores))
        self.assertAlmostEqual(sum(margin), sum(scores.mapped("margin")), 2)
        self.assertAlmostEqual(sum(gained), sum(max(score.margin, 0) for score in scores), 2)

    def test_draft_is_scored_and_nothing_is_stored(self):
        draft = self.Policy.browse(self.policy.action_new_version()["res_id"])
        draft.dimension_ids.filtered(lambda dimension: dimension.metric == "revenue").cap = 200.0
        tables = ("customer_value_score", "customer_value_history", "customer_value_run", "customer_value_tier")
        before = [self.rows(table) for table in tables]
        with freeze_time(datetime.combine(AS_OF, time(12))):
            rows = draft.get_score_histogram()["rows"]
        self.assertEqual([self.rows(table) for table in tables], before)
        self.assertEqual(
            [[round(number, 2) for number in row] for row in rows],
            [[score / 2, *numbers] for score, *numbers in self.expected()],
        )

    def test_draft_that_cannot_be_run(self):
        draft = self.Policy.browse(self.policy.action_new_version()["res_id"])
        draft.dimension_ids.weight = 0.0
        with self.assertRaisesRegex(UserError, "weight of zero"):
            draft.get_score_histogram()

    def test_nobody_scored(self):
        company = self.make_company("Fresh Company", "USD")
        policy = self.Policy.with_context(allowed_company_ids=company.ids)._get_active(company)
        self.assertEqual(policy.get_score_histogram()["rows"], [])

    def test_companies_are_apart(self):
        before = self.policy.get_score_histogram()
        other = self.make_company("Other Company", "USD")
        for partner in self.partners:
            self.order(partner, AS_OF, 50.0, company=other)
        self.Policy.with_context(allowed_company_ids=other.ids)._get_active(other)._run(as_of=AS_OF)
        self.assertEqual(self.policy.get_score_histogram(), before)
        with self.assertRaises(AccessError):
            self.policy.with_user(self.user("group_customer_value_manager", other)).get_score_histogram()

    def test_roles(self):
        manager = self.user("group_customer_value_manager")
        self.assertTrue(self.policy.with_user(manager).get_score_histogram()["rows"])
        draft = self.Policy.browse(self.policy.action_new_version()["res_id"])
        self.assertTrue(draft.with_user(manager).get_score_histogram()["rows"])
        with self.assertRaises(AccessError):
            self.policy.with_user(self.user("group_customer_value_user")).get_score_histogram()
