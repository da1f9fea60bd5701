from datetime import timedelta

from ..core.value_case import ValueCase
from ..scoring.cdnow import LAST_DAY, read_sample
from ..scoring.cdnow_loader import load_full


class LifetimeCase(ValueCase):
    """A company with the customers of the CDNOW sample, and forecasts as of its last day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Value = cls.env["customer.lifetime.value"]
        cls.Calibration = cls.env["customer.lifetime.calibration"]
        cls.purchases = read_sample()
        cls.partners = load_full(cls.env, cls.company, purchases=cls.purchases)
        cls.env.cr.execute("ANALYZE res_partner, sale_order, sale_order_line, account_move, account_move_line")
        cls.policy = cls.make_policy(["revenue", "recency_days"], lifetime_holdout_weeks=39)
        cls.calibration = cls.Calibration.sudo()._calibrate(cls.company, LAST_DAY)
        cls.env.invalidate_all()

    @classmethod
    def value(cls, partner, company=None):
        cls.env.invalidate_all()
        company = company or cls.company
        return cls.Value.search([("partner_id", "=", partner.id), ("company_id", "=", company.id)])

    @classmethod
    def days(cls, until=LAST_DAY):
        """``{customer number: {day: dollars}}`` up to a day."""
        found = {}
        for purchase in cls.purchases:
            # what had no price was not bought
            if purchase.date <= until and purchase.cents:
                days = found.setdefault(purchase.customer, {})
                days[purchase.date] = days.get(purchase.date, 0) + purchase.cents / 100
        return found

    @classmethod
    def before(cls, days):
        return LAST_DAY - timedelta(days=days)
