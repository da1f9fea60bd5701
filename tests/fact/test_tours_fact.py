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


@tagged("post_install", "-at_install")
class TestDashboardTours(BrowserCase, FactCase):
    """The dashboards as their readers see them, over months written by hand."""

    # high enough that nothing of a dashboard has to be scrolled to: what is out of sight is not drawn
    browser_size = "1400x1500"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        base, *_between, top = cls.policy.tier_ids.sorted("entry_score")
        segment = cls.env["customer.value.segment"].search([("policy_id", "=", cls.policy.id)], limit=1)
        faller, riser, starter = (cls.customer(f"Tour {name}") for name in ("Faller", "Riser", "Starter"))
        now = fields.Date.today().replace(day=1)
        first, second = now - relativedelta(months=4), now - relativedelta(months=3)
        names = (
            *("month", "partner_id", "tier_id", "lifecycle", "revenue", "margin", "order_count", "complaint_count"),
            *("service_cost", "risk_level", "is_closed"),
        )
        rows = [
            (first, faller.id, top.id, "loyal", 100.0, 40.0, 2, 1, 10.0, False, True),
            (first, riser.id, base.id, "dormant", 0.0, 0.0, 0, 0, 0.0, False, True),
            (second, faller.id, base.id, "lost", 0.0, 0.0, 0, 0, 0.0, False, True),
            # the present is what is not closed: whether the current month is shown depends on the day
            (second, riser.id, top.id, "won_back", 50.0, 20.0, 1, 2, 5.0, "urgent", False),
            (second, starter.id, base.id, "new", 7.0, 2.0, 1, 0, 0.0, False, True),
        ]
        common = {"company_id": cls.company.id, "origin": "recorded", "score": 1.0, "segment_id": segment.id}
        cls.Fact.create([dict(zip(names, row, strict=True)) | common for row in rows])

    def look(self, login, groups):
        user = new_test_user(self.env, login, groups, company_id=self.company.id, company_ids=self.company.ids)
        self.start_tour("/odoo/dashboards", "customer_dashboards", login=user.login, timeout=180)

    def test_dashboards(self):
        """A manager opens each, sees the figures, and the customers behind one of them."""
        self.look("dashboard_manager", "customer_value.group_customer_value_manager")

    def test_dashboards_of_an_account_manager(self):
        """They read the same figures, and may open them."""
        self.look("dashboard_user", "sales_team.group_sale_salesman,customer_value.group_customer_value_user")
