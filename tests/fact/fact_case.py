from datetime import date

from ..core.value_case import ValueCase

TODAY = date(2025, 6, 20)


class FactCase(ValueCase):
    """Figures of months that are long past; ``TODAY`` is in June 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Fact = cls.env["customer.value.fact"].sudo()
        cls.policy = cls.make_policy()

    @classmethod
    def refresh(cls, as_of=TODAY, company=None):
        counts = cls.Fact._refresh(company or cls.company, as_of)
        cls.env.invalidate_all()
        return counts

    @classmethod
    def rebuild(cls, *months, company=None):
        for month in months:
            cls.Fact._rebuild(company or cls.company, date(2025, month, 1))
        cls.env.invalidate_all()

    @classmethod
    def fact(cls, partner, month, company=None):
        return cls.Fact.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or cls.company).id),
                ("month", "=", date(2025, month, 1)),
            ]
        )

    def amounts(self, partner, *months, company=None):
        """Revenue, margin and orders of each of these months of 2025."""
        facts = [self.fact(partner, month, company) for month in months]
        return [(fact.revenue, fact.margin, fact.order_count) for fact in facts]
