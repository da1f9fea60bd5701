from ..core.value_case import AS_OF, ValueCase


class NetworkCase(ValueCase):
    """Customers whose lifetime values are given, so that what referrals bring can be added up by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Referral = cls.env["customer.referral.value"]
        cls.Report = cls.env["customer.referral.report"]

    @classmethod
    def worth(cls, partner, amount, purchases=1, company=None):
        """A customer's lifetime value, in place of a forecast."""
        cls.env.flush_all()
        cls.env.cr.execute(
            "INSERT INTO customer_lifetime_value (partner_id, company_id, as_of, lifetime_value, purchases)"
            " VALUES (%s, %s, %s, %s, %s)",
            [partner.id, (company or cls.company).id, AS_OF, amount, purchases],
        )
        cls.env.invalidate_all()

    @classmethod
    def refresh(cls, company=None):
        counts = cls.Referral._refresh(company or cls.company, AS_OF)
        cls.env.invalidate_all()
        return counts

    @classmethod
    def referral(cls, partner, company=None):
        return cls.Referral.search([("partner_id", "=", partner.id), ("company_id", "=", (company or cls.company).id)])
