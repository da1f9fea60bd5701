"""Forecasts in the list of customers at risk: a reason of their own, and what is lost by them."""

from odoo.tests import tagged

from .retention_risk_case import TODAY, RiskCase, days_ago


@tagged("post_install", "-at_install")
class TestLifetimeRisk(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.customer()
        # on time by their own rhythm, so that nothing else holds
        cls.rhythm(cls.partner, last=5, gap=20, orders=4, margin=10.0)

    def forecast(self, now, usual, margin=250.0, as_of=TODAY, partner=None):
        partner = partner or self.partner
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM customer_lifetime_value WHERE partner_id = %s", [partner.id])
        self.env.cr.execute(
            """INSERT INTO customer_lifetime_value
                      (partner_id, company_id, as_of, purchases, p_active, p_usual, active_margin)
               VALUES (%s, %s, %s, 4, %s, %s, %s)""",
            [partner.id, self.company.id, as_of, now, usual, margin],
        )

    def test_levels(self):
        self.assertFalse(self.risk(self.partner))
        self.levels(
            lambda now: self.forecast(now, 0.9),
            {0.9: False, 0.73: False, 0.72: "watch", 0.55: "watch", 0.54: "serious", 0.36: "urgent", 0.0: "urgent"},
        )

    def test_in_words(self):
        self.forecast(0.45, 0.9)
        risk = self.risk(self.partner)
        self.assertEqual(risk.reason_id, self.reason("activity"))
        self.assertEqual(
            risk.explanation, "The chance that they still buy at all is 50% lower than after their usual gap."
        )
        self.assertRecordValues(risk, [{"p_active": 0.45, "p_usual": 0.9, "stake": 40.0, "level": "serious"}])

    def test_limits_of_the_company(self):
        self.forecast(0.8, 0.9)
        self.assertFalse(self.risk(self.partner))
        self.company.retention_activity_watch = 10.0
        self.assertEqual(self.risk(self.partner).level, "watch")

    def test_two_orders_say_too_little(self):
        other = self.customer()
        self.rhythm(other, last=5, gap=20, orders=2)
        self.forecast(0.2, 0.9, partner=other)
        self.assertFalse(self.risk(other))

    def test_a_later_forecast_was_not_known(self):
        self.forecast(0.2, 0.9)
        self.refresh(as_of=days_ago(1))
        self.assertFalse(self.stored(self.partner))

    def test_at_stake(self):
        """What they brought, whatever is forecast; the forecast loss follows the probability of staying away."""
        self.complaint(self.partner, days=1)
        self.assertRecordValues(self.risk(self.partner), [{"stake": 40.0, "forecast_loss": 0.0}])
        for margin, expected in ((75.5, 75.5), (-3.0, 0.0)):
            self.forecast(0.9, 0.9, margin=margin)
            risk = self.risk(self.partner)
            self.assertEqual(risk.stake, 40.0)
            self.assertAlmostEqual(risk.forecast_loss, risk.probability * expected, 1)
