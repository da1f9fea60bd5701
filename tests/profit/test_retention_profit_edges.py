"""The profit center at the edge: more booked back than spent, nothing but costs, periods that cannot be."""

import json
from datetime import date, datetime

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged

from .retention_profit_case import PERIOD, ProfitCase


@tagged("post_install", "-at_install")
class TestProfitEdges(ProfitCase):
    def printed(self, period=PERIOD):
        document = self.env["customer.retention.profit.print"].create(
            {"date_from": period[0], "date_to": period[1], "company_id": self.company.id}
        )
        return self.env["report.customer_value.report_retention_profit"]._get_page(document)

    def test_more_booked_back_than_spent(self):
        """A cost below zero is a gain in the picture, and nothing is a multiple of it."""
        partner = self.customer("Loyal")
        for month in (2, 5):
            self.order(partner, datetime(2025, month, 3), 100.0, cost=60.0)
        self.order(self.customer("New"), datetime(2025, 5, 3), 10.0)
        account, spent = self.analytic_account(), self.analytic_account("Advertising")
        self.company.write({"retention_service_account_id": account.id, "retention_acquisition_account_ids": spent.ids})
        self.booked(account, date(2025, 5, 1), 25.0)
        self.booked(spent, date(2025, 5, 1), -9.0)
        values = self.values()
        self.assertEqual((values["service"], values["keeping"], values["margin_kept"]), (-25.0, -25.0, 40.0))
        # there was nobody before to compare with
        self.assertIsNone(values["profit"])
        self.assertEqual((values["per_new"], values["per_kept"]), (9.0, -25.0))
        self.assertIsNone(values["ratio"])
        kinds = {bar["key"]: bar["kind"] for bar in self.printed()["bars"]}
        self.assertEqual(kinds, {"service": "gain", "redress": "cost", "campaigns": "cost"})
        self.company.retention_service_account_id = False
        self.company.retention_ticket_cost = 4.0
        self.closed_ticket(partner, datetime(2025, 5, 2))
        self.assertAlmostEqual(self.values()["ratio"], 9.0 / 4.0)

    def test_margin_lost(self):
        """Retained customers bought below cost: the bar of the margin is one of cost."""
        partner = self.customer("Dear")
        for month in (2, 5):
            self.order(partner, datetime(2025, month, 3), 10.0, cost=60.0)
        self.order(self.customer("Before"), datetime(2024, 12, 20), 10.0)
        page = self.printed()
        self.assertEqual(page["figures"]["margin_kept"]["value"], -50.0)
        self.assertEqual(page["figures"]["margin_above"]["value"], -50.0)
        self.assertEqual(page["figures"]["profit"]["value"], -50.0)
        self.assertEqual({bar["key"]: bar["kind"] for bar in page["bars"]}["margin_above"], "cost")
        self.assertEqual({bar["key"]: bar["kind"] for bar in page["bars"]}["profit"], "total")
        self.assertTrue(all(0 <= bar["left"] <= 100 and bar["left"] + bar["width"] <= 100.001 for bar in page["bars"]))

    def test_costs_without_customers_are_shown(self):
        self.assertTrue(self.page()["empty"])
        account = self.analytic_account()
        self.booked(account, date(2025, 5, 1), -25.0)
        for name, field in (
            ("service", "retention_service_account_id"), ("acquisition", "retention_acquisition_account_ids"),
        ):  # fmt: skip
            self.company[field] = account
            page = self.page()
            self.assertFalse(page["empty"], name)
            self.assertEqual(page["figures"][name]["value"], 25.0)
            json.dumps(page, allow_nan=False)
            self.company[field] = False

    def test_periods(self):
        """A day, the end of a leap February, a year of accounts that ends in March: none breaks a figure."""
        self.order(self.customer("Loyal"), datetime(2024, 2, 29, 4), 100.0, cost=60.0)
        for first, last, before in (
            (date(2024, 2, 29), date(2024, 2, 29), ("2024-02-28", "2024-02-28")),
            (date(2024, 2, 1), date(2024, 2, 29), ("2024-01-01", "2024-01-31")),
            (date(2023, 4, 1), date(2024, 3, 31), ("2022-04-01", "2023-03-31")),
            (date(1900, 1, 1), date(2024, 3, 31), ("1775-10-01", "1899-12-31")),
        ):
            page = self.page((first, last))
            self.assertEqual((page["before"]["from"], page["before"]["to"]), before)
            self.assertEqual(page["figures"]["new"]["value"], 1, first)
            json.dumps(page, allow_nan=False)
            self.printed((first, last))

    def test_periods_that_cannot_be(self):
        for first in (date(1, 1, 1), "0202-01-01", date(1899, 12, 31)):
            with self.assertRaisesRegex(UserError, "before 1900"):
                self.page((first, date(2025, 6, 30)))
        with freeze_time("2025-06-30"), self.assertRaisesRegex(UserError, "is in the future"):
            self.page((date(2025, 7, 1), date(9999, 12, 31)))
