"""Channels, cohorts and leads, in a browser."""

from datetime import date

from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from .acquisition_case import AcquisitionCase


@tagged("post_install", "-at_install")
class TestAcquisitionTours(BrowserCase, AcquisitionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fair.name = "Tour fairs"
        faithful, once = cls.customer("Tour Faithful"), cls.customer("Tour Once")
        cls.order(faithful, date(2024, 1, 5), 100.0).source_id = cls.fair_source
        cls.order(faithful, date(2024, 2, 10), 80.0)
        cls.order(once, date(2024, 1, 6), 70.0).source_id = cls.search_source
        cls.cost(cls.fair, date(2024, 1, 1), date(2024, 1, 31), 60.0)
        for number, buyer in enumerate(cls.customers(30, "Older")):
            cls.order(buyer, date(2023, 3, 5), 100.0 + number).source_id = cls.fair_source
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        sales, value = "sales_team.group_sale_salesman_all_leads", "customer_value.group_customer_value_"
        cls.manager = new_test_user(cls.env, "acquisition_manager", f"{sales},{value}manager", **company)
        cls.user = new_test_user(cls.env, "acquisition_user", f"{sales},{value}user", **company)
        for name, probability in (("Tour worse lead", 10.0), ("Tour better lead", 90.0)):
            cls.lead(cls.customer(f"Contact of {name}"), probability=probability, name=name)
        cls.customer("Tour never sold to")
        cls.Lesson.sudo()._refresh(cls.company)

    def open(self, path, tour, user):
        self.env.flush_all()
        self.start_tour(f"/odoo/{path}", tour, login=user.login)

    def test_cohorts(self):
        self.open("customer-cohorts", "customer_acquisition_cohorts", self.manager)

    def test_leads(self):
        self.open("leads-by-worth", "customer_acquisition_leads", self.user)

    def test_report(self):
        self.open("where-customers-come-from", "customer_acquisition_report", self.manager)

    def test_prospects(self):
        self.open("look-alikes", "customer_acquisition_prospects", self.user)

    def test_backtest(self):
        self.open("backtest-of-leads", "customer_acquisition_backtest", self.manager)
