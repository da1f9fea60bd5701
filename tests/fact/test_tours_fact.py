"""Monthly figures, in a browser."""

from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from .fact_case import FactCase


@tagged("post_install", "-at_install")
class TestFactTours(BrowserCase, FactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env,
            "fact_tour",
            "customer_value.group_customer_value_manager",
            name="Manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        today = fields.Date.today()
        cls.before = today.replace(day=1) - relativedelta(days=1)
        cls.riser = cls.customer("Tour Riser")
        cls.invoice(cls.riser, cls.before, 10.0)
        cls.invoice(cls.riser, today, 90.0)
        cls.Fact._rebuild(cls.company, cls.before.replace(day=1))
        cls.run_policy(as_of=today)
        cls.Fact._refresh(cls.company)

    def open(self, path, tour):
        self.start_tour(f"/odoo/{path}", tour, login=self.user.login)
        self.env.invalidate_all()

    def test_moves(self):
        """A cell of the matrix opens the customers who moved."""
        self.open("customer-tier-moves", "customer_fact_moves")

    def test_figures(self):
        self.open("customer-monthly-figures", "customer_fact_figures")

    def test_rebuild(self):
        """A manager asks for months to be rebuilt, and finds the progress."""
        self.open("customer-rebuild-months", "customer_fact_rebuild")
        rebuild = self.env["customer.value.fact.rebuild"].search([("company_id", "=", self.company.id)])
        self.assertRecordValues(rebuild, [{"months": 3, "state": "running"}])
