"""The job that rebuilds months, and who may see and do what."""

from ast import literal_eval
from datetime import date

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .fact_case import FactCase


@tagged("post_install", "-at_install")
class TestFactRebuild(FactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.make_company("Foreign Company", "USD")

        def user(login, groups, company=cls.company):
            return new_test_user(cls.env, f"fact_{login}", groups, company_id=company.id, company_ids=company.ids)

        value_user = "customer_value.group_customer_value_user"
        cls.reader = user("reader", value_user)
        cls.manager = user("manager", "customer_value.group_customer_value_manager")
        cls.stranger = user("stranger", "customer_value.group_customer_value_manager", cls.foreign)
        cls.outsider = user("outsider", "sales_team.group_sale_salesman")
        cls.partner = cls.customer()
        for month in (3, 4, 5):
            cls.invoice(cls.partner, date(2025, month, 3), 10.0 * month)

    def of(self, model, user):
        """``model`` as the user finds it after logging in."""
        return self.env[model].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def start(self, months=2):
        rebuild = self.of("customer.value.fact.rebuild", self.manager).create({"months": months})
        with freeze_time("2025-06-20"):
            rebuild.action_start()
        return rebuild

    def job(self):
        with self.enter_registry_test_mode(), freeze_time("2025-06-20"):
            self.env.ref("customer_value.cron_customer_value_fact_rebuild").method_direct_trigger()
        self.env.invalidate_all()

    def test_job(self):
        """Month by month backwards, with its progress on the record."""
        rebuild = self.start()
        self.assertRecordValues(rebuild, [{"state": "running", "done": 0, "month": date(2025, 5, 1)}])
        rebuild.sudo()._rebuild_month()
        self.assertRecordValues(rebuild, [{"state": "running", "done": 1, "progress": 50.0, "month": date(2025, 4, 1)}])
        self.job()
        self.assertRecordValues(rebuild, [{"state": "done", "done": 2, "progress": 100.0}])
        self.assertEqual([self.fact(self.partner, month).revenue for month in (3, 4, 5)], [0.0, 40.0, 50.0])

    def test_failure(self):
        """What fails is said on the record, and can be started again."""
        self.env["customer.value.policy"].search([("company_id", "=", self.company.id)]).state = "archived"
        rebuild = self.start()
        self.job()
        self.assertEqual(rebuild.state, "failed")
        self.assertIn("05/01/2025", rebuild.error)

    def test_rights(self):
        self.rebuild(3, 4)
        own = [("company_id", "=", self.company.id)]
        for model in ("customer.value.fact", "customer.value.fact.move"):
            self.assertTrue(self.of(model, self.reader).search(own))
            self.assertFalse(self.of(model, self.stranger).search(own))
            with self.assertRaises(AccessError):
                self.of(model, self.outsider).search([])
        fact = self.fact(self.partner, 4)
        for user in (self.reader, self.manager):
            with self.assertRaises(AccessError):
                fact.with_user(user).write({"revenue": 1.0})
        with self.assertRaises(AccessError):
            fact.with_user(self.reader).action_refresh()
        self.of("customer.value.fact", self.manager).action_refresh()
        with self.assertRaises(AccessError):
            self.of("customer.value.fact.rebuild", self.reader).create({"months": 2})
        rebuild = self.of("customer.value.fact.rebuild", self.manager).create({"months": 2})
        with self.assertRaises(AccessError):
            rebuild.write({"state": "done"})
        with self.assertRaises(AccessError):
            rebuild.with_user(self.stranger).action_start()

    def test_customers_of_one_company_only(self):
        """A customer of a company alone is not seen from another one."""
        both = new_test_user(
            self.env,
            "fact_both",
            "customer_value.group_customer_value_user",
            company_id=self.foreign.id,
            company_ids=(self.company | self.foreign).ids,
        )
        self.partner.company_id = self.company
        self.rebuild(4)
        found = [("partner_id", "=", self.partner.id)]
        Fact = self.env["customer.value.fact"].with_user(both)
        self.assertTrue(Fact.with_context(allowed_company_ids=(self.company | self.foreign).ids).search(found))
        self.assertFalse(Fact.with_context(allowed_company_ids=self.foreign.ids).search(found))

    def test_favourites(self):
        """Filters that come with the app open what they name."""
        self.rebuild(4, 5)
        Fact = self.of("customer.value.fact", self.reader)
        filters = self.env["ir.filters"].search([("model_id", "=", "customer.value.fact")])
        self.assertGreaterEqual(len(filters), 4)
        for favourite in filters:
            context = literal_eval(favourite.context)
            groups = context["pivot_row_groupby"] + context["pivot_column_groupby"]
            measures = [name if name == "__count" else f"{name}:sum" for name in context["pivot_measures"]]
            self.assertTrue(Fact._read_group(favourite._get_eval_domain(), groups, measures), favourite.name)
