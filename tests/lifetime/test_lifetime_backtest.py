"""What was expected on a past day as a rival of a policy, against the same reckoning on what was known that day."""

from datetime import timedelta

import numpy as np
from odoo.tests import tagged

from ...analytics.lifetime.amounts import GammaGamma
from ...analytics.lifetime.forecasting import Known, forecast
from ...analytics.lifetime.purchasing import MODELS, Customers
from ..core.value_case import ValueCase
from ..scoring.cdnow import LAST_DAY, read_sample
from ..scoring.cdnow_loader import load_full

WEEK = timedelta(weeks=1)


class LifetimeBacktestCase(ValueCase):
    EVERY = 6

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        numbers = set(sorted({purchase.customer for purchase in read_sample()})[:: cls.EVERY])
        cls.purchases = [purchase for purchase in read_sample() if purchase.customer in numbers]
        cls.partners = load_full(cls.env, cls.company, purchases=cls.purchases, due_days=1000)
        cls.env.cr.execute("ANALYZE res_partner, sale_order, sale_order_line, account_move, account_move_line")
        cls.Hindsight = cls.env["customer.value.hindsight"]

    def known(self, as_of):
        """``{customer number: {day: dollars}}`` up to a day, as the file has it."""
        found = {}
        for purchase in self.purchases:
            if purchase.date <= as_of and purchase.cents:
                days = found.setdefault(purchase.customer, {})
                days[purchase.date] = days.get(purchase.date, 0) + purchase.cents / 100
        return found


@tagged("post_install", "-at_install")
class TestLifetimeBacktest(LifetimeBacktestCase):
    AS_OF = LAST_DAY - 20 * WEEK

    def rival(self, as_of=AS_OF, until=LAST_DAY):
        hindsight = self.Hindsight._look_back(self.policy, as_of, until)
        return hindsight, self.Hindsight._rival_lifetime(hindsight)

    def test_as_known_then(self):
        """Fitted to the purchases of the file up to that day: the same number for each customer."""
        hindsight, values = self.rival()
        rows, customers = [], list(self.known(self.AS_OF).items())
        for _customer, days in customers:
            first, last = min(days), max(days)
            paid = [amount for amount in days.values() if amount > 0]
            rows.append((len(days) - 1, (last - first).days / 7, (self.AS_OF - first).days / 7, len(paid), sum(paid)))
        x, t_x, age, count, total = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
        paid = count > 0
        amounts = GammaGamma.fit(count[paid], total[paid] / count[paid])
        learned = {"amounts": [amounts.p, amounts.q, amounts.v], "retention": 1.0, "weeks": 20.0}
        known = Known(x, t_x, age, count, total, *(np.zeros(len(x)),) * 3)
        expected = {}
        for name in ("mbg", "pareto"):
            learned[name] = list(MODELS[name].fit(Customers.make(x, t_x, age)).params)
            weeks = 24 * 365.25 / 7 / 12
            expected[name] = forecast(name, learned, known, weeks, 0.1).revenue
        # goods without a cost: all of the revenue is margin
        found = dict(zip(hindsight.partner_ids.tolist(), values.tolist(), strict=True))
        told = np.array([found[self.partners[customer]] for customer, _days in customers])
        self.assertTrue(
            any(np.allclose(told, numbers, rtol=1e-4, atol=1e-4) for numbers in expected.values()),
            "one of the two models, whichever was better on the weeks before",
        )

    def test_what_came_later_changes_nothing(self):
        _hindsight, before = self.rival()
        partner = self.env["res.partner"].browse(min(self.partners.values()))
        self.order(partner, self.AS_OF + timedelta(days=1), 50000.0)
        self.invoice(partner, self.AS_OF + timedelta(days=1), 50000.0)
        newcomer = self.customer("Newcomer")
        self.order(newcomer, LAST_DAY, 10.0)
        _hindsight, after = self.rival()
        np.testing.assert_array_equal(before, after)
        self.order(partner, self.AS_OF - timedelta(days=1), 50000.0)
        _hindsight, other = self.rival()
        self.assertFalse(np.array_equal(before, other))

    def test_nothing_is_stored(self):
        tables = ("customer_lifetime_value", "customer_lifetime_calibration")
        before = [self.rows(table) for table in tables]
        result = self.policy._backtest(self.AS_OF, LAST_DAY)
        self.assertIn("lifetime", result["baselines"])
        self.assertEqual(result["left_out"], [])
        self.assertGreater(result["baselines"]["lifetime"]["gini"], 0)
        self.assertEqual([self.rows(table) for table in tables], before)

    def test_short_history_is_left_out(self):
        """Less than a year is known: the others are compared, and it is said why this one is not."""
        as_of = min(purchase.date for purchase in self.purchases) + timedelta(days=300)
        _hindsight, reason = self.rival(as_of, as_of + 10 * WEEK)
        self.assertIn("365", reason)
        result = self.policy._backtest(as_of, as_of + 10 * WEEK)
        self.assertNotIn("lifetime", result["baselines"])
        self.assertIn("revenue", result["baselines"])
        self.assertIn(reason, result["left_out"][0])
