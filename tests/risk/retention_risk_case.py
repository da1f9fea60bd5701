"""What the tests of customers at risk share."""

from datetime import date, datetime, time, timedelta

from freezegun import freeze_time

from ..core.value_case import ValueCase

TODAY = date(2025, 6, 30)


def days_ago(days):
    return TODAY - timedelta(days=days)


class RiskCase(ValueCase):
    """Today is the 30th of June 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clock = freeze_time(datetime.combine(TODAY, time(15)))
        clock.start()
        cls.addClassCleanup(clock.stop)
        cls.Risk = cls.env["customer.retention.risk"]
        cls.Offer = cls.env["customer.retention.offer"]
        cls.billing = cls.env.ref("customer_value.complaint_type_invoice")
        cls.late = cls.env.ref("customer_value.complaint_type_late")

    @classmethod
    def refresh(cls, as_of=None, partners=None, company=None):
        counts = cls.Risk._refresh(company or cls.company, as_of=as_of, partners=partners)
        cls.env.invalidate_all()
        return counts

    @classmethod
    def risk(cls, partner, company=None):
        """The risk of a customer after a refresh; empty if they are not at risk."""
        cls.refresh(company=company)
        return cls.stored(partner, company)

    @classmethod
    def stored(cls, partner, company=None):
        return cls.Risk.search([("partner_id", "=", partner.id), ("company_id", "=", (company or cls.company).id)])

    @classmethod
    def rhythm(cls, partner, last=10, gap=10, orders=4, margin=0.0, **options):
        """Orders every ``gap`` days, the last one ``last`` days ago, each with so much margin."""
        return [
            cls.order(partner, days_ago(last + number * gap), 100.0, cost=100.0 - margin, **options)
            for number in range(orders)
        ]

    @classmethod
    def complaint(cls, partner, days=0, company=None, **values):
        with freeze_time(datetime.combine(days_ago(days), time(9))):
            return cls.ticket(partner, company=company, is_complaint=True, **values).sudo()

    def levels(self, prepare, expected):
        """Each value prepared, and the level it makes (False: not at risk)."""
        for value, level in expected.items():
            with self.subTest(value=value), self.env.cr.savepoint() as savepoint:
                prepare(value)
                self.assertEqual(self.risk(self.partner).level, level)
                savepoint.rollback()

    def reason(self, code):
        return self.env.ref(f"customer_value.retention_reason_{code}")
