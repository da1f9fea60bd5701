"""A company and its branches: what customers do with a branch counts for the company above it, if it says so."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ..core.value_case import AS_OF
from .source_case import SourceCase


@tagged("post_install", "-at_install")
class TestBranches(SourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create({"name": "South", "parent_id": cls.company.id})
        # the accounts are those of the company above; what is preset for new documents is not
        cls.env["account.chart.template"].try_loading("generic_coa", company=cls.branch, install_demo=False)
        cls.env.user.company_ids += cls.branch
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": (cls.company + cls.branch).ids})
        if "stock.warehouse" in cls.env:
            Warehouse = cls.env["stock.warehouse"]
            if not Warehouse.search([("company_id", "=", cls.branch.id)]):
                Warehouse.create({"name": "South", "code": "STH", "company_id": cls.branch.id})
        cls.head = cls.order(cls.partner, AS_OF - timedelta(days=20), 1000, cost=600)
        cls.south = cls.order(cls.partner, AS_OF - timedelta(days=10), 500, cost=300, company=cls.branch)

    def bill(self, company, amount):
        return self.invoice(self.partner, AS_OF, amount, company=company)

    def test_a_customer_of_both_is_seen_whole(self):
        self.bill(self.company, 1000)
        self.bill(self.branch, 500)
        self.lead(self.partner, 100, 50, company=self.branch)
        self.ticket(self.partner, company=self.branch)
        expected = {
            "order_count": 2, "average_order": 750, "recency_days": 10, "margin": 600, "revenue": 1500,
            "open_pipeline": 50, "ticket_count": 1,
        }  # fmt: skip
        self.assertEqual({metric: self.raw(metric) for metric in expected}, expected)
        self.assertEqual(self.documents("order_count"), self.head + self.south)
        self.assertEqual(sum(self.documents("revenue").mapped("amount_untaxed")), 1500)
        self.assertEqual(self.documents("open_pipeline").company_id, self.branch)
        self.assertEqual(self.documents("ticket_count").company_id, self.branch)

    def test_payments_of_a_branch(self):
        overdue = self.invoice(self.partner, AS_OF - timedelta(days=40), 70, company=self.branch)
        self.assertEqual((self.raw("overdue_amount"), self.raw("overdue_days")), (70, 40))
        self.assertEqual(self.documents("overdue_amount").move_id, overdue)

    def test_apart_by_the_setting(self):
        with Form(self.env["res.config.settings"].with_company(self.company)) as form:
            self.assertTrue(form.value_branches)
            form.value_branches = False
        form.save().execute()
        self.assertEqual((self.raw("order_count"), self.raw("average_order")), (1, 1000))
        self.assertEqual(self.documents("order_count"), self.head)

    def test_a_branch_sees_what_is_its_own(self):
        policy = self.Policy._get_active(self.branch)
        policy.with_company(self.branch)._run(as_of=AS_OF)
        self.assertEqual(self.score(self.partner, self.branch).order_count, 1)
        self.assertFalse(self.score(self.partner))

    def test_branches_of_branches_and_archived_ones(self):
        deep = self.env["res.company"].create({"name": "Deep South", "parent_id": self.branch.id})
        self.assertEqual(self.company._get_value_books(), self.company + self.branch + deep)
        self.assertEqual(self.branch._get_value_books(), self.branch + deep)
        deep.active = False
        self.assertIn(deep, self.company._get_value_books())
        stranger = self.make_company("Stranger", "EUR")
        self.assertEqual(stranger._get_value_books(), stranger)

    def test_whoever_runs_it(self):
        """The same total for a manager who works for the head office only."""
        manager = self.env["res.users"].create(
            {
                "name": "Head Manager",
                "login": "head_manager",
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [Command.link(self.env.ref("customer_value.group_customer_value_manager").id)],
            }
        )
        policy = self.policy.with_user(manager).with_context(allowed_company_ids=self.company.ids)
        policy._run(as_of=AS_OF)
        self.assertEqual(self.score(self.partner).order_count, 2)

    def test_news_of_a_branch_rescore_the_customer(self):
        self.policy._run()
        self.policy.rescored_until = fields.Datetime.now() + timedelta(hours=2)
        self.assertFalse(self.policy._rescore_changed())
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET write_date = write_date + interval '1 day' WHERE id = %s", [self.south.id]
        )
        self.policy.rescored_until = fields.Datetime.now() + timedelta(hours=2)
        self.assertEqual(self.policy._rescore_changed().partner_ids, self.partner)
        self.company.value_branches = False
        self.policy.rescored_until = fields.Datetime.now() + timedelta(hours=2)
        self.assertFalse(self.policy._rescore_changed())

    def test_lists_of_both_count_once(self):
        """What a customer brought with the branch is in the company's row already; each alone has its own."""
        self.bill(self.company, 1000)
        self.bill(self.branch, 500)
        self.policy._run(as_of=AS_OF)
        self.Policy._get_active(self.branch).with_company(self.branch)._run(as_of=AS_OF)
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_value_score")
        for companies, revenue in (
            (self.company + self.branch, 1500),
            (self.branch + self.company, 1500),
            (self.company, 1500),
            (self.branch, 500),
        ):
            scores = self.Score.with_context(allowed_company_ids=companies.ids)
            # by the record rule, to which superusers are not held
            domain = [*safe_eval(action["domain"]), ("partner_id", "=", self.partner.id)]
            domain.append(("company_id", "in", companies.ids))
            self.assertEqual(scores._read_group(domain, aggregates=["revenue:sum"]), [(revenue,)], companies)
            [score] = scores.search(domain)
            self.assertTrue(score.is_counted_once)
        self.company.value_branches = False
        domain[-1] = ("company_id", "in", (self.company + self.branch).ids)
        self.assertEqual(len(self.Score.search(domain)), 2)

    def test_every_list_of_customers_counts_once(self):
        # each row is something of its own: of a campaign or a club, not of a company
        apart = {"customer.retention.member", "customer.value.membership"}
        for row in self.env["ir.model.data"].search(
            [("module", "=", "customer_value"), ("model", "=", "ir.actions.act_window")]
        ):
            action = self.env[row.model].browse(row.res_id)
            model = self.env.get(action.res_model)
            if model is None or model._name in apart:
                continue
            if "is_counted_once" in model._fields and model._auto and "list" in action.view_mode:
                self.assertIn("is_counted_once", action.domain or "", row.name)
