from datetime import date, datetime, time

from freezegun import freeze_time
from odoo.tests import new_test_user

from ..core.value_case import ValueCase

TODAY = date(2025, 7, 1)
NOON = datetime.combine(TODAY, time(12))


class DiagnosisCase(ValueCase):
    """A company whose customers are all as they should be; each test plants what is wrong."""

    # a browser needs a clock that goes on
    is_frozen = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.is_frozen:
            cls.clock = cls.enterClassContext(freeze_time(NOON))
        cls.Diagnosis = cls.env["customer.diagnosis"]
        cls.Finding = cls.env["customer.diagnosis.finding"].with_context(active_test=False)
        cls.industry = cls.env["res.partner.industry"].create({"name": "Music"})
        cls.sellers = [cls.make_user(f"diagnosis_seller_{number}") for number in range(4)]

    @classmethod
    def make_user(cls, login, groups="sales_team.group_sale_salesman_all_leads", company=None):
        company = company or cls.company
        return new_test_user(cls.env, login, groups, company_id=company.id, company_ids=company.ids)

    @classmethod
    def sound(cls, name="Sound", amount=100.0, seller=0, **values):
        """A customer of whom everything is known, with an invoiced order of June."""
        partner = cls.customer(
            name,
            **{
                "is_company": True,
                "email": f"{name.lower().replace(' ', '.')}@example.com",
                "phone": "+1 650 253 0000",
                "street": "1 Main Street",
                "city": "Springfield",
                "country_id": cls.env.ref("base.us").id,
                "industry_id": cls.industry.id,
                "user_id": cls.sellers[seller].id,
            }
            | values,
        )
        order = cls.order(partner, date(2025, 6, 20), amount)
        cls.invoice(partner, date(2025, 6, 21), amount, order=order)
        return partner

    @classmethod
    def diagnose(cls, company=None):
        cls.env.flush_all()
        cls.env.invalidate_all()
        return cls.Diagnosis._diagnose(company or cls.company)

    @classmethod
    def finding(cls, code, company=None):
        return cls.Finding.search([("company_id", "=", (company or cls.company).id), ("code", "=", code)])

    @classmethod
    def listed(cls, finding):
        """The records of the list that the button opens."""
        action = finding.action_view_records()
        return cls.env[action["res_model"]].with_context(**action["context"]).search(action["domain"])

    def assertFound(self, code, records, total=None, amount=None):
        """The finding names exactly these records, in its figure and in its list."""
        finding = self.finding(code)
        self.assertEqual(set(self.listed(finding).ids), set(records.ids), code)
        self.assertEqual(finding.count, len(records), code)
        self.assertEqual(finding.active, bool(records), code)
        if total is not None:
            self.assertEqual(finding.total, total, code)
        if amount is not None:
            self.assertAlmostEqual(finding.amount, amount, 2, code)
        return finding
