"""Forecasts of the CDNOW sample in a database, against what the same models say of the purchases in the file."""

from datetime import timedelta

import numpy as np
from odoo.tests import tagged
from odoo.tools import SQL

from ...analytics.lifetime.amounts import GammaGamma
from ...analytics.lifetime.purchasing import MODELS, Customers
from ..scoring.cdnow import LAST_DAY
from .lifetime_case import LifetimeCase

# Statements for the forecast of one customer, with those that read company, policy and calibration.
MOST_FOR_ONE = 20


@tagged("post_install", "-at_install")
class TestLifetime(LifetimeCase):
    def known(self, until=LAST_DAY):
        """x, t_x and T in weeks, and what was paid, of each customer of the file."""
        rows = {}
        for customer, days in self.days(until).items():
            first, last = min(days), max(days)
            paid = [amount for amount in days.values() if amount > 0]
            rows[customer] = (len(days) - 1, (last - first).days / 7, (until - first).days / 7, len(paid), sum(paid))
        return rows

    def some(self, count):
        return self.env["res.partner"].browse(sorted(self.partners.values())[:count])

    def test_parameters(self):
        """Learned from the orders as from the file."""
        rows = np.array(list(self.known().values())).T
        learned = self.calibration.learned
        for name in ("mbg", "pareto"):
            expected = MODELS[name].fit(Customers.make(*rows[:3])).params
            np.testing.assert_allclose(learned[name], expected, rtol=1e-6)
        paid = rows[3] > 0
        amounts = GammaGamma.fit(rows[3][paid], rows[4][paid] / rows[3][paid])
        np.testing.assert_allclose(learned["amounts"], [amounts.p, amounts.q, amounts.v], rtol=1e-5)

    def test_backtest(self):
        """39 weeks are held out: what is printed about the sample, of whom eight have paid for nothing."""
        calibration = self.calibration
        self.assertRecordValues(
            calibration, [{"customers": 2349, "weeks": 39, "missing": False, "as_of": LAST_DAY, "days": 545}]
        )
        results = calibration.results["results"]
        came = sum(
            amount
            for days in self.days().values()
            for day, amount in days.items()
            if day > LAST_DAY - timedelta(weeks=39)
        )
        for result in results.values():
            self.assertAlmostEqual(result["actual"], came, 1)
        self.assertIn(calibration.champion, ("mbg", "pareto"))
        self.assertAlmostEqual(calibration.results["baseline"]["found"], 0.472, 3)

    def test_every_customer(self):
        """Probability, expected orders and value of each, by the formulas and the file."""
        model = MODELS[self.calibration.champion](self.calibration.learned[self.calibration.champion])
        amounts = GammaGamma(*self.calibration.learned["amounts"])
        values = {value.partner_id.id: value for value in self.Value.search([("company_id", "=", self.company.id)])}
        self.assertEqual(len(values), 2357)
        for customer, (x, t_x, age, paid, total) in self.known().items():
            value = values[self.partners[customer]]
            self.assertAlmostEqual(value.p_active, float(model.p_active(x, t_x, age)), 4)
            self.assertAlmostEqual(value.expected_orders, float(model.expected(365.25 / 7, x, t_x, age)), 2)
            amount = float(amounts.expected([paid], [total / paid if paid else 0])[0])
            self.assertAlmostEqual(value.order_amount, amount, 2)
            self.assertEqual(value.purchases, x + 1)

    def test_parts_add_up(self):
        """In every row, and each part is what its formula says."""
        self.env.cr.execute(
            SQL(
                """SELECT count(*) FILTER (WHERE lifetime_value <> lifetime_historical + lifetime_current
                                                 + lifetime_potential), count(*)
                     FROM customer_lifetime_value WHERE company_id = %s""",
                self.company.id,
            )
        )
        self.assertEqual(self.env.cr.fetchone(), (0, 2357))
        for value in self.Value.search([("company_id", "=", self.company.id)], limit=50):
            self.assertAlmostEqual(
                value.lifetime_current, value.orders_ahead * value.order_amount * value.margin_rate, delta=0.00501
            )
            self.assertGreaterEqual(value.p_active, 0)
            self.assertLessEqual(value.p_active, 1)

    def test_historical_begins_with_the_net_margin(self):
        """As of the same day, over the whole time, as a policy without a window says."""
        policy = self.make_policy(["margin"], window_months=0)
        policy._run(as_of=LAST_DAY, partners=self.some(200))
        self.env.cr.execute(
            SQL(
                """SELECT count(*),
                          count(*) FILTER (WHERE v.lifetime_historical + costs.amount = round(s.margin, 2))
                     FROM customer_value_score s
                     JOIN customer_lifetime_value v ON v.partner_id = s.partner_id AND v.company_id = s.company_id
                    CROSS JOIN LATERAL (SELECT COALESCE(sum((cost.value #>> '{}')::numeric), 0) AS amount
                                          FROM jsonb_each(v.details) cost
                                         WHERE jsonb_typeof(cost.value) = 'number') costs
                    WHERE s.company_id = %s""",
                self.company.id,
            )
        )
        self.assertEqual(self.env.cr.fetchone(), (200, 200))

    def test_archived_customers_are_learned_from(self):
        """Who has left is often archived: it changes nothing in what is learned, nor in how good the forecast was."""
        archived = self.some(400)
        archived.active = False
        self.env.flush_all()
        found = self.Calibration.sudo()._calibrate(self.company, LAST_DAY)
        self.assertEqual(found.learned, self.calibration.learned)
        self.assertEqual(found.results, self.calibration.results)
        self.assertEqual(found.customers, self.calibration.customers)
        self.assertFalse(self.value(archived[0]))
        self.assertEqual(len(self.rows("customer_lifetime_value")), 2357 - 400)

    def test_nothing_is_written_twice(self):
        before = self.rows("customer_lifetime_value")
        past = self.Value._collect(self.company, LAST_DAY)
        counts = self.Value._store(self.company, LAST_DAY, self.calibration, past)
        self.assertEqual((counts["added"], counts["changed"], counts["removed"]), (0, 0, 0))
        self.assertEqual(self.rows("customer_lifetime_value"), before)

    def test_one_customer_as_all(self):
        """Whoever is looked at alone gets what the run for all gave them; others are left alone."""
        before = self.rows("customer_lifetime_value")
        partner = self.env["res.partner"].browse(next(iter(self.partners.values())))
        self.env.cr.execute(
            SQL("UPDATE customer_lifetime_value SET lifetime_current = 0 WHERE partner_id = %s", partner.id)
        )
        past = self.Value._collect(self.company, LAST_DAY, partner)
        counts = self.Value._store(self.company, LAST_DAY, self.calibration, past, partner)
        self.assertEqual((counts["added"], counts["changed"], counts["removed"]), (0, 1, 0))
        self.assertEqual([row[2] for row in self.rows("customer_lifetime_value")], [row[2] for row in before])

    def test_one_customer_takes_few_statements(self):
        partner = self.env["res.partner"].browse(next(iter(self.partners.values())))
        before = self.rows("customer_lifetime_value")
        self.Value._refresh(self.company, partner)
        self.env.invalidate_all()
        with self.assertQueryCount(MOST_FOR_ONE):
            self.Value._refresh(self.company, partner)
        self.assertEqual(len(self.rows("customer_lifetime_value")), len(before))

    def test_past_day(self):
        """As of an earlier day nothing is known of what came later."""
        day = self.before(180)
        self.calibration = self.Calibration.sudo()._calibrate(self.company, day)
        self.env.invalidate_all()
        rows = self.known(day)
        learned = self.calibration.learned
        expected = MODELS["mbg"].fit(Customers.make(*np.array(list(rows.values())).T[:3])).params
        np.testing.assert_allclose(learned["mbg"], expected, rtol=1e-6)
        values = self.Value.search([("company_id", "=", self.company.id)])
        self.assertEqual(len(values.filtered("purchases")), len(rows))
        self.assertEqual(sum(values.mapped("purchases")), sum(row[0] + 1 for row in rows.values()))

    def test_metrics(self):
        """For policies: unknown as of a day before the forecast."""
        partner = self.env["res.partner"].browse(self.partners[next(iter(self.days()))])
        value = self.value(partner)
        policy = self.make_policy({"lifetime_value": {}, "p_active": {}, "expected_margin": {}})
        policy._run(as_of=LAST_DAY, partners=partner)
        metrics = self.score(partner).metrics
        self.assertAlmostEqual(metrics["lifetime_value"], value.lifetime_value, 2)
        self.assertAlmostEqual(metrics["p_active"], 100 * value.p_active, 2)
        self.assertAlmostEqual(metrics["expected_margin"], value.expected_margin, 2)
        policy._run(as_of=self.before(1), partners=partner)
        self.assertIsNone(self.score(partner).metrics["lifetime_value"])

    def test_fields_of_the_score(self):
        """Sorted, searched and summed like stored ones."""
        partners = self.some(200)
        self.policy._run(as_of=LAST_DAY, partners=partners)
        own = [("company_id", "=", self.company.id), ("partner_id", "in", partners.ids)]
        best = self.Score.search(own, order="lifetime_value desc", limit=1)
        self.assertEqual(best.lifetime_value, max(self.Value.search(own).mapped("lifetime_value")))
        active = self.Score.search([*own, ("p_active", ">=", 0.5)])
        self.assertEqual(active.partner_id, self.Value.search([*own, ("p_active", ">=", 0.5)]).partner_id)
        undated = self.Score.search([*own, ("next_order_date", "=", False)])
        self.assertTrue(undated)
        self.assertFalse(any(undated.mapped("next_order_date")))
        [(total, mean)] = self.Score._read_group(own, aggregates=["lifetime_value:sum", "p_active:avg"])
        self.env.cr.execute(
            SQL(
                """SELECT sum(lifetime_value), avg(p_active) FROM customer_lifetime_value
                    WHERE company_id = %s AND partner_id IN %s""",
                self.company.id,
                tuple(partners.ids),
            )
        )
        expected = self.env.cr.fetchone()
        self.assertAlmostEqual(total, float(expected[0]), 2)
        self.assertAlmostEqual(mean, float(expected[1]), 6)
        self.assertTrue(self.Score.fields_get(["lifetime_value"])["lifetime_value"]["sortable"])
        self.assertEqual(self.Score.fields_get(["lifetime_value"])["lifetime_value"]["aggregator"], "sum")
