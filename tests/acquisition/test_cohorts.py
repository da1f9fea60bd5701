"""The map of cohorts: months that are over, who ordered in them, and what they brought."""

from datetime import date

import pandas as pd
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .acquisition_case import TODAY, AcquisitionCase
from .test_acquisition_report import months_between


@tagged("post_install", "-at_install")
class TestCohorts(AcquisitionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "cohort_manager",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        cls.Cohort = cls.env["customer.acquisition.cohort"].with_user(cls.manager)
        cls.orders = []
        for name, source, *orders in (
            ("A", cls.fair_source, ("2024-12-31", 100.0), ("2025-01-30", 10.0), ("2025-01-31", 20.0)),
            ("B", cls.fair_source, ("2024-12-01", 50.0), ("2025-02-01", 30.0), ("2025-02-28", 5.0)),
            ("C", cls.search_source, ("2024-12-15", 70.0)),
            ("D", cls.fair_source, ("2025-05-31", 40.0), ("2025-06-15", 8.0)),
        ):
            buyer = cls.customer(name)
            for day, amount in orders:
                cls.order(buyer, day + " 12:00:00", amount).source_id = source
                cls.orders.append((buyer, source, pd.Timestamp(orders[0][0]).date(), pd.Timestamp(day).date(), amount))

    def page(self, channel=False, today=TODAY):
        self.refresh(today)
        return self.shown(channel, today)

    def shown(self, channel=False, today=TODAY):
        with self.at(today), self.reading_only():
            self.env.invalidate_all()
            return self.Cohort.get_page(channel)

    def test_against_pandas(self):
        frame = pd.DataFrame(self.orders, columns=["partner", "source", "first", "day", "margin"])
        frame["month"] = [
            months_between(first, day) + 1 for first, day in zip(frame["first"], frame["day"], strict=True)
        ]
        for channel, rows in ((False, frame), (self.fair, frame[frame["source"] == self.fair_source])):
            page = self.page(channel and channel.id)
            cohorts = {cohort["day"]: cohort for cohort in page["cohorts"]}
            self.assertEqual(list(cohorts), ["2025-05-01", "2024-12-01"])
            mine = rows[rows["first"] < date(2025, 1, 1)]
            found = cohorts["2024-12-01"]
            self.assertEqual(found["customers"], mine["partner"].nunique())
            complete = [cell for cell in found["cells"] if cell["is_complete"]]
            # 31 December and 5 months is 31 May, and 6 months 30 June, which is over when its day begins
            self.assertEqual([cell["month"] for cell in complete], list(range(1, 7)))
            for cell in complete:
                now = mine[mine["month"] == cell["month"]]
                self.assertEqual(cell["buyers"], now["partner"].nunique())
                self.assertAlmostEqual(cell["retention"], 100 * now["partner"].nunique() / found["customers"])
                self.assertAlmostEqual(cell["margin"], now["margin"].sum(), 2)
                so_far = mine["margin"][mine["month"] <= cell["month"]].sum()
                self.assertAlmostEqual(cell["total"], so_far / found["customers"], 2)

    def test_months_that_are_not_over_are_marked(self):
        [young, old] = self.page(today=date(2025, 6, 29))["cohorts"]
        self.assertEqual([cell["is_complete"] for cell in young["cells"]], [False])
        self.assertEqual((young["cells"][0]["margin"], young["cells"][0]["text_margin"]), (None, ""))
        self.assertEqual([cell["is_complete"] for cell in old["cells"]], [True] * 5 + [False])
        [young, old] = self.page(today=TODAY)["cohorts"]
        self.assertEqual([cell["is_complete"] for cell in young["cells"]], [True, False])
        self.assertEqual(young["cells"][0]["margin"], 48.0)

    def test_months_are_said_as_the_reader_says_them(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.assertEqual(self.page()["cohorts"][-1]["label"], "Dec 2024")
        self.manager.lang = "zh_CN"
        self.Cohort = self.Cohort.with_context(lang="zh_CN")
        self.assertEqual(self.page()["cohorts"][-1]["label"], "2024年12月")

    def test_cells_open_their_customers(self):
        self.refresh()
        with self.at():
            action = self.Cohort.open_cell("2024-12-01", 2)
            found = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
            self.assertEqual(found.mapped("partner_id.name"), ["A"])
            action = self.Cohort.open_cell("2024-12-01", False, self.fair.id)
            found = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
            self.assertEqual(set(found.mapped("partner_id.name")), {"A", "B"})
            for wrong in (("tomorrow",), ("2024-12-01", "2"), ("2024-12-01", 61)):
                with self.assertRaises(UserError):
                    self.Cohort.open_cell(*wrong)

    def test_days_are_those_of_the_company(self):
        """What comes after midnight in Shanghai belongs to the next month of a customer, and to the next cohort."""
        self.company.value_tz = "Asia/Shanghai"
        buyer = self.customer("E")
        self.order(buyer, "2025-02-28 17:00:00", 10.0)
        self.order(buyer, "2025-03-31 17:00:00", 20.0)
        found = {cohort["day"]: cohort for cohort in self.page()["cohorts"]}
        self.assertEqual([cell["margin"] for cell in found["2025-03-01"]["cells"][:2]], [10.0, 20.0])

    def test_queries_do_not_grow(self):
        self.page()
        few = self.count_queries(self.shown)
        for partner in self.customers(8, "More"):
            self.order(partner, date(2024, 11, 5))
        self.refresh()
        self.assertEqual(self.count_queries(self.shown), few)
