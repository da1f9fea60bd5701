"""Who is slipping, why, how much so, and what is at stake."""

from odoo.tests import tagged

from .retention_risk_case import RiskCase, days_ago


@tagged("post_install", "-at_install")
class TestRetentionRisk(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.customer("Firm")

    def test_nobody(self):
        self.rhythm(self.partner)
        self.assertEqual(self.refresh(), {"added": 0, "changed": 0, "removed": 0})

    def test_later_than_usual(self):
        """More than two, three, four times the usual gap of ten days."""
        orders = self.rhythm(self.partner, last=20)
        for days, level in (
            (20, False),
            (21, "watch"),
            (30, "watch"),
            (31, "serious"),
            (40, "serious"),
            (41, "urgent"),
        ):
            with self.subTest(days=days):
                for number, order in enumerate(orders):
                    order.date_order = self._moment(days_ago(days + 10 * number))
                risk = self.risk(self.partner)
                self.assertEqual(risk.level, level)
        self.assertRecordValues(risk, [{"gap_days": 41, "usual_gap_days": 10, "gap_ratio": 4.1, "factors": "rhythm"}])
        self.assertEqual(risk.reason_id, self.env.ref("customer_value.retention_reason_rhythm"))
        self.assertEqual(risk.explanation, "Orders about every 10 days, the last one was 41 days ago.")
