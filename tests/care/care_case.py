"""What the tests of care share."""

from freezegun import freeze_time
from odoo import Command

from ..scoring.staff_case import TODAY, StaffCase


class CareCase(StaffCase):
    staff = "care"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top, cls.middle = cls.tier("Top"), cls.tier("Middle")
        cls.partner = cls.customer("Firm", user_id=cls.user.id, email="firm@example.com")
        cls.person = cls.customer("Ada", parent_id=cls.partner.id, value_birthday="1985-07-20", email="ada@example.com")
        cls.member(cls.partner)
        cls.Care = cls.env["customer.value.care"]
        cls.Event = cls.env["calendar.event"]

    @classmethod
    def member(cls, *partners, amount=90.0):
        """Customers with such a revenue: 90 is Top, 50 is Middle."""
        for partner in partners:
            cls.invoice(partner, "2025-06-01", amount)
        cls.run_policy(as_of=TODAY)

    def rule(self, occasion="birthday", **values):
        values = {
            "name": f"Rule for {occasion}",
            "company_id": self.company.id,
            "occasion": occasion,
            "tier_ids": [Command.set(self.top.ids)],
            "user_id": self.deputy.id,
        } | values
        return self.env["customer.value.care.rule"].create(values)

    def festival(self, **values):
        return self.env["customer.value.festival"].create(
            {"name": "Founders' Day", "company_id": self.company.id, "month": "8", "day": 1} | values
        )

    def plan(self, day=TODAY, company=None):
        with freeze_time(day):
            counts = self.Care._plan(company or self.company)
            self.Care._sync_events(company or self.company)
        self.env.invalidate_all()
        return counts

    def job(self, day=TODAY):
        """The daily job, on ``day``."""
        with freeze_time(day), self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_care").method_direct_trigger()
        self.env.invalidate_all()

    def care(self, *domain):
        self.env.invalidate_all()
        return self.Care.search([("company_id", "=", self.company.id), *domain], order="occasion_date, id")

    def activities(self, partner):
        return self.env["mail.activity"].search([("res_model", "=", "res.partner"), ("res_id", "in", partner.ids)])

    def letters(self):
        return self.env["mail.mail"].search([("model", "=", "customer.value.care"), ("res_id", "in", self.care().ids)])
