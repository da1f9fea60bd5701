"""Who may see the profit center, in two companies with two currencies; and what is printed of it."""

from datetime import date, datetime

from lxml import html
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .retention_profit_case import MANAGER, PERIOD, ProfitCase

REPORT = "customer_value.report_retention_profit"


@tagged("post_install", "-at_install")
class TestProfitRights(ProfitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company("Sister Company", "EUR")
        cls.partner = cls.customer("Shared")
        cls.theirs = cls.customer("Theirs alone", company_id=cls.other.id)
        for company, scale, partners in ((cls.company, 1, cls.partner), (cls.other, 10, cls.partner + cls.theirs)):
            company.retention_ticket_cost = 7.0 * scale
            # the only one of the time before had gone by then: no margin is expected of the others
            before = cls.customer("Before", company_id=company.id)
            cls.order(before, datetime(2024, 2, 1), 1.0, company=company)
            for partner in partners:
                for month in (2, 5):
                    cls.order(partner, datetime(2025, month, 3), 100.0 * scale, cost=60.0 * scale, company=company)
            cls.closed_ticket(cls.partner, datetime(2025, 5, 1), company=company)
            cls.offered(cls.campaign(company), cls.partner, datetime(2025, 5, 2), cost=2.0 * scale)
        cls.both = cls.make_user("profit_both", MANAGER, cls.company + cls.other)
        cls.portal = new_test_user(cls.env, "profit_portal", "base.group_portal")
        cls.employee = cls.make_user("profit_employee", "base.group_user")

    def test_managers_only(self):
        for user in (self.user, self.employee, self.portal):
            for model, method, args in (
                ("customer.retention.profit", "get_profit_center", PERIOD),
                ("customer.retention.profit", "get_years", PERIOD),
                ("customer.retention.profit", "get_records_action", ("tickets", *PERIOD)),
                ("customer.retention.profit", "action_print", PERIOD),
                ("customer.retention.profit.customer", "search", ([],)),
                ("customer.retention.profit.print", "create", ({"date_from": PERIOD[0], "date_to": PERIOD[1]},)),
            ):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(self.env[model].with_user(user), method)(*args)
        self.assertEqual(self.page(user=self.manager)["figures"]["kept"]["value"], 1)
        for operation in ("write", "create", "unlink"):
            self.assertFalse(self.Rows.with_user(self.manager).has_access(operation))

    def test_each_company_for_itself(self):
        ours, theirs = self.values(user=self.both), self.values(user=self.both, company=self.other)
        expected = {"kept": 1, "margin_kept": 40.0, "service": 7.0, "campaigns": 2.0, "profit": 31.0, "contacted": 1}
        self.assertEqual({key: ours[key] for key in expected}, expected)
        expected = {
            "kept": 2,
            "margin_kept": 800.0,
            "service": 70.0,
            "campaigns": 20.0,
            "profit": 710.0,
            "contacted": 1,
        }
        self.assertEqual({key: theirs[key] for key in expected}, expected)
        page = self.page(user=self.both, company=self.other)
        self.assertEqual(page["currency_id"], self.other.currency_id.id)
        self.assertEqual(page["company"], "Sister Company")

    def test_not_of_another_company(self):
        with self.assertRaises(AccessError):
            self.page(user=self.manager, company=self.other)
        rows = self.records("base", user=self.manager)
        self.assertEqual(rows.partner_id, self.partner)
        self.assertEqual(rows.company_id, self.company)
        document = self.env["customer.retention.profit.print"].create(
            {"date_from": PERIOD[0], "date_to": PERIOD[1], "company_id": self.other.id}
        )
        for call in (
            lambda: document.with_user(self.manager).action_print(),
            lambda: self.env[f"report.{REPORT}"].with_user(self.manager)._get_report_values(document.ids),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_what_one_may_not_open(self):
        """The figure is there, the way to documents of others is not."""
        complaint = self.closed_complaint(self.partner, datetime(2025, 5, 3))
        self.redress(complaint, datetime(2025, 5, 4), 5.0, kind="apology")
        figure = self.page(user=self.manager)["figures"]["redress"]
        self.assertEqual((figure["value"], figure["records"]), (5.0, False))
        with self.assertRaises(AccessError):
            self.records("redress", user=self.manager)
        officer = self.make_user("profit_officer", f"{MANAGER},customer_value.group_complaint_officer")
        self.assertTrue(self.page(user=officer)["figures"]["redress"]["records"])
        self.assertEqual(sum(self.records("redress", user=officer).mapped("cost")), 5.0)

    def test_foreign_currency(self):
        euro = self.currency("EUR", d2025_01_01=0.5)
        self.order(self.partner, datetime(2025, 5, 9), 30.0, cost=10.0, currency=euro)
        self.assertAlmostEqual(self.values()["margin_kept"], 40.0 + 2 * 20.0)

    def test_own_people_are_no_customers(self):
        for partner in (self.company.partner_id, self.manager.partner_id):
            self.order(partner, datetime(2025, 5, 3), lines=[{"product_id": self.service.id, "price_unit": 100.0}])
        self.assertEqual(self.values()["new"], 0)

    def test_archived_customers_count(self):
        """Customers who left are archived some day; without them the retention rate would look too high."""
        self.order(self.customer("Gone", active=False), datetime(2025, 1, 3), 100.0)
        values = self.values()
        self.assertEqual([values[key] for key in ("base", "kept", "missed")], [2, 1, 1])
        self.assertEqual(self.records("missed").partner_id.name, "Gone")

    def render(self, **context):
        document = self.env["customer.retention.profit.print"].with_user(self.manager).create(
            {"date_from": PERIOD[0], "date_to": PERIOD[1], "company_id": self.company.id}
        )  # fmt: skip
        Report = self.env["ir.actions.report"].with_user(self.manager)
        Report = Report.with_context(allowed_company_ids=self.company.ids, **context)
        tree = html.fromstring(Report._render_qweb_html(REPORT, document.ids)[0])
        return " ".join(tree.text_content().replace("\xa0", " ").split())

    def test_paper(self):
        self.measured = self.campaign(measure_until=date(2025, 5, 5))
        self.measured.sudo().write(
            {"result_state": "better", "is_effect_known": True, "effect_total": 77.0, "cost_total": 7.0, "profit": 70.0}
        )
        text = self.render()
        for part in (
            "Value Company", "04/01/2025", "06/30/2025", "01/01/2025", "$ 9.00", "$ 31.00", "Thirty-One Dollars",
            "Nine Dollars", "Forty Dollars", "No tier", "100.0%", "$ 77.00", "The cost of care is unknown",
        ):  # fmt: skip
            self.assertIn(part, text)
        self.assertNotIn("The cost of service", text)
        self.assertNotIn("No campaign results", text)

    def test_paper_in_chinese(self):
        """Renminbi as on a cheque, other money with ordinary numerals."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.manager.lang = "zh_CN"
        for currency, words in ((self.currency("CNY"), "人民币叁拾壹元整"), (self.currency("EUR"), "三十一欧元")):
            self.company.currency_id = currency
            text = self.render(lang="zh_CN")
            self.assertIn(words, text)
            for english in ("Thirty", "Yuan", "Euro"):
                self.assertNotIn(english, text)

    def test_print(self):
        action = self.Profit.with_user(self.manager).with_context(allowed_company_ids=self.company.ids).action_print(
            *PERIOD
        )  # fmt: skip
        self.assertEqual(action["report_name"], REPORT)
        document = self.env["customer.retention.profit.print"].browse(action["context"]["active_ids"])
        self.assertEqual((document.date_from, document.date_to), PERIOD)
        self.assertEqual(document.display_name, "Profit center 2025-04-01 to 2025-06-30 Value Company")
