"""What is refused, who may see and calibrate, and what the page says of the forecast."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ...analytics.lifetime.backtest import WEEK
from ..core.value_case import AS_OF, ValueCase
from ..scoring.cdnow import LAST_DAY
from .lifetime_case import LifetimeCase

USER, MANAGER = "customer_value.group_customer_value_user", "customer_value.group_customer_value_manager"


@tagged("post_install", "-at_install")
class TestLifetimeMissing(ValueCase):
    """A company that knows too little says what is missing, and forecasts nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Calibration = cls.env["customer.lifetime.calibration"].sudo()
        cls.Value = cls.env["customer.lifetime.value"]

    def page(self, user=None):
        self.env.invalidate_all()
        Page = self.env["customer.lifetime.forecast"].with_user(user or self.env.user)
        return Page.with_context(allowed_company_ids=self.company.ids).get_page()

    def test_nothing_yet(self):
        page = self.page()
        self.assertIn("no forecast yet", page["missing"])
        self.assertEqual(page["calibrations"], [])
        calibration = self.Calibration._calibrate(self.company, AS_OF)
        self.assertRecordValues(
            calibration, [{"missing": "days", "days": 0, "customers": 0, "champion": False, "grade": False}]
        )

    def test_too_short(self):
        self.order(self.customer(), AS_OF - timedelta(days=364))
        self.Calibration._calibrate(self.company, AS_OF)
        self.assertIn("orders of 365 days are needed, and there are 364 days", self.page()["missing"])

    def test_too_few(self):
        partners = self.customers(3)
        for partner in partners:
            self.order(partner, AS_OF - timedelta(days=365))
        calibration = self.Calibration._calibrate(self.company, AS_OF)
        self.assertRecordValues(calibration, [{"missing": "customers", "days": 365, "customers": 3, "weeks": 26}])
        start = AS_OF - timedelta(days=26 * WEEK)
        self.assertIn(f"before {start} are needed, and there are 3", self.page()["missing"])
        self.assertFalse(self.Value.search([("company_id", "=", self.company.id)]))
        self.assertEqual(sum(self.Value._refresh(self.company).values()), 0)

    def test_orders_that_cost_nothing(self):
        """A hundred customers who paid with points are no base for amounts."""
        for partner in self.customers(100):
            self.order(partner, AS_OF - timedelta(days=365), lines=[{"price_unit": 9.0}, {"price_unit": -9.0}])
        calibration = self.Calibration._calibrate(self.company, AS_OF)
        self.assertRecordValues(calibration, [{"missing": "customers", "customers": 100}])

    def test_what_was_forecast_before_is_removed(self):
        partner = self.customer()
        self.order(partner, AS_OF)
        self.env.cr.execute(
            "INSERT INTO customer_lifetime_value (partner_id, company_id, lifetime_value) VALUES (%s, %s, 5)",
            [partner.id, self.company.id],
        )
        self.Calibration._calibrate(self.company, AS_OF)
        self.env.invalidate_all()
        self.assertFalse(self.Value.search([("company_id", "=", self.company.id)]))


@tagged("post_install", "-at_install")
class TestLifetimeForecast(LifetimeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.make_user("lifetime_user", USER)
        cls.manager = cls.make_user("lifetime_manager", MANAGER)

    @classmethod
    def make_user(cls, login, group, companies=None):
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            login,
            f"base.group_user,{group}",
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
        )

    def page(self, user, *arguments):
        self.env.invalidate_all()
        Page = self.env["customer.lifetime.forecast"].with_user(user)
        return Page.with_context(allowed_company_ids=user.company_ids.ids).get_page(*arguments)

    def test_page(self):
        page = self.page(self.user)
        results = self.calibration.results
        best = results["results"][self.calibration.champion]
        self.assertFalse(page["missing"])
        self.assertFalse(page["can_calibrate"])
        self.assertEqual(page["grade"], self.calibration.grade)
        self.assertEqual(
            [row["name"] for row in page["contestants"] if row["is_champion"]], [self.calibration.champion]
        )
        self.assertEqual(len(page["contestants"]), 6)
        self.assertEqual(len(page["deciles"]), 10)
        # eight of the sample have paid for nothing
        self.assertEqual(sum(group["customers"] for group in self.calibration.results["activity"]), 2349)
        self.assertIn("A low probability means seldom, not never", page["activity_note"])
        figures = {figure["key"]: figure for figure in page["figures"]}
        self.assertEqual(figures["found"]["value"], f"{100 * best['found']:.1f}%")
        self.assertEqual(figures["found"]["note"], "47.2% by revenue so far")
        # with its sign
        self.assertEqual(figures["error"]["value"], f"−{-100 * best['error']:.1f}%")
        self.assertIn("2,349 customers", page["verdict"][0])
        self.assertTrue(any("too low" in sentence for sentence in page["verdict"]))
        sentence = next(sentence for sentence in page["verdict"] if "too low" in sentence)
        self.assertIn("not corrected", sentence)

    def test_a_sample_is_called_one(self):
        self.assertFalse(any("drawn at random" in sentence for sentence in self.page(self.user)["verdict"]))
        results = self.calibration.results
        self.calibration.sudo().results = {**results, "judged": 1000}
        self.assertIn(
            "The figures below are of 1,000 of these customers, drawn at random.", self.page(self.user)["verdict"]
        )

    def test_a_rule_that_won_is_named(self):
        self.calibration.sudo().champion = "same"
        verdict = " ".join(self.page(self.user)["verdict"])
        self.assertIn("A rule of thumb did better than the models", verdict)
        self.assertIn("Rule: same again", verdict)

    def test_earlier_calibrations(self):
        later = self.Calibration.sudo()._calibrate(self.company, LAST_DAY + timedelta(days=1))
        page = self.page(self.user)
        self.assertEqual([found["id"] for found in page["calibrations"]], [later.id, self.calibration.id])
        self.assertEqual(page["id"], later.id)
        self.assertEqual(self.page(self.user, self.calibration.id)["id"], self.calibration.id)

    def test_who_calibrates(self):
        self.assertTrue(self.page(self.manager)["can_calibrate"])
        with self.assertRaisesRegex(AccessError, "Only managers"):
            self.Calibration.with_user(self.user).action_calibrate()
        before = self.Calibration.search_count([("company_id", "=", self.company.id)])
        self.Calibration.with_user(self.manager).with_context(allowed_company_ids=self.company.ids).action_calibrate()
        self.assertEqual(self.Calibration.search_count([("company_id", "=", self.company.id)]), before + 1)

    def test_nobody_writes(self):
        """Neither values nor calibrations, not even managers."""
        value = self.Value.search([("company_id", "=", self.company.id)], limit=1)
        for record, vals in ((value, {"lifetime_value": 1}), (self.calibration, {"grade": "poor"})):
            for user in (self.user, self.manager):
                with self.assertRaises(AccessError):
                    record.with_user(user).write(vals)
                with self.assertRaises(AccessError):
                    record.with_user(user).unlink()

    def test_other_companies_and_users(self):
        other = self.make_company("Other", "USD")
        stranger = self.make_user("lifetime_stranger", MANAGER, other)
        self.env.invalidate_all()
        for model in (self.Value, self.Calibration):
            theirs = model.with_user(stranger).with_context(allowed_company_ids=other.ids)
            self.assertFalse(theirs.search([("company_id", "=", self.company.id)]))
        self.assertIn("no forecast yet", self.page(stranger, self.calibration.id)["missing"])
        nobody = new_test_user(self.env, "lifetime_nobody", "base.group_user", company_id=self.company.id)
        portal = new_test_user(self.env, "lifetime_portal", "base.group_portal", company_id=self.company.id)
        for user in (nobody, portal):
            with self.assertRaises(AccessError):
                self.Value.with_user(user).search([])
            with self.assertRaises(AccessError):
                self.env["customer.lifetime.forecast"].with_user(user).get_page()

    def test_job(self):
        """Calibrates after a month, and renews what is forecast on other days."""
        today = self.company._get_value_today()
        count = self.Calibration.search_count([("company_id", "=", self.company.id)])
        # the last calibration is decades old
        self.Calibration.sudo()._renew(self.company)
        latest = self.Calibration._get_latest(self.company)
        self.assertEqual(latest.as_of, today)
        partner = self.env["res.partner"].browse(next(iter(self.partners.values())))
        self.order(partner, today, 500.0)
        purchases = self.value(partner).purchases
        self.Calibration.sudo()._renew(self.company)
        self.assertEqual(self.value(partner).purchases, purchases + 1)
        self.assertEqual(self.Calibration.search_count([("company_id", "=", self.company.id)]), count + 1)

    def test_policy_terms(self):
        """A longer horizon and no discount bring more; half of the share, half of the budget."""
        own = [("company_id", "=", self.company.id)]

        def totals():
            self.env.invalidate_all()
            [row] = self.Value._read_group(own, aggregates=["lifetime_current:sum", "keep_budget:sum"])
            return row

        def store():
            past = self.Value._collect(self.company, LAST_DAY)
            self.Value.sudo()._store(self.company, LAST_DAY, self.calibration, past)

        current, keep = totals()
        self.policy.lifetime_keep_share = 12.5
        store()
        self.assertAlmostEqual(totals()[1] / keep, 0.5, 2)
        self.policy.lifetime_discount = 0
        store()
        undiscounted = totals()[0]
        self.assertGreater(undiscounted, current)
        self.policy.lifetime_months = "12"
        store()
        [(year,)] = self.Value._read_group(own, aggregates=["expected_margin:sum"])
        self.assertLess(totals()[0], undiscounted)
        self.assertAlmostEqual(totals()[0] / year, 1, 3)
