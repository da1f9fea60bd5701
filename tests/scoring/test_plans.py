from datetime import timedelta
from functools import partial
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ...models.core import kept_plans
from ...models.scoring import customer_value_source
from ...models.scoring.customer_value_source import BY_ENTRY, Scope
from ..core.value_case import AS_OF, ValueCase
from .cdnow import Purchase
from .cdnow_loader import load_full

# What a run for some customers must not read as a whole, however much of it there is.
DOCUMENTS = ("sale_order", "sale_order_line", "account_move", "account_move_line")
CUSTOMERS = 1000
PURCHASES = 6


@tagged("post_install", "-at_install")
class TestPlans(ValueCase):
    """How the database reads documents, with as many that a wrong plan would show, and statistics that say so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        days = [AS_OF - timedelta(days=30 * number) for number in range(PURCHASES)]
        cls.partners = load_full(
            cls.env,
            cls.company,
            purchases=[Purchase(number, day, 1, 1000 + number) for number in range(1, CUSTOMERS + 1) for day in days],
        )
        for table in ("res_partner", "sale_order_line_invoice_rel", *DOCUMENTS):
            cls.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        cls.run_policy()

    def nodes(self, query):
        return self.explained(SQL("EXPLAIN (FORMAT JSON) %s", query))

    def kept_nodes(self, query, lists_only=False):
        """Of the plan that is kept for all values."""
        cr = self.env.cr
        _digest, types, text, arguments = kept_plans._split(cr, query, lists_only)
        cr.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cr.execute(SQL("PREPARE looked_at (%s) AS %s", SQL(types), SQL(text.replace("%", "%%"))))
        found = list(self.explained(SQL("EXPLAIN (FORMAT JSON) EXECUTE looked_at (%s)", SQL(", ").join(arguments))))
        cr.execute("DEALLOCATE looked_at")
        return found

    def explained(self, query):
        self.env.cr.execute(query)
        waiting = [self.env.cr.fetchone()[0][0]["Plan"]]
        while waiting:
            node = waiting.pop()
            below = node.get("Plans", [])
            if node.get("Parent Relationship") == "SubPlan":
                # what is asked for a row, with all that it is made of
                for part in below:
                    part["Parent Relationship"] = "SubPlan"
            waiting += below
            yield node

    def read_whole(self, query, nodes=None):
        """Tables of documents that ``query`` reads from the first row to the last."""
        return {
            node["Relation Name"]
            for node in (nodes or self.nodes)(query)
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in DOCUMENTS
        }

    def collecting(self, partners):
        run = self.Run.new({"policy_id": self.policy.id, "as_of": AS_OF})
        return run._collect_sql(Scope.make(self.company, AS_OF, self.policy.window_months, partners))

    def test_documents_of_some_are_looked_up(self):
        every = self.env["res.partner"].browse(sorted(self.partners.values()))
        for count in (1, 5, 20):
            with self.subTest(count=count):
                self.assertEqual(self.read_whole(self.collecting(every[:count])), set())

    def test_entries_are_asked_for_losses_once(self):
        """Not once a line: a payment of hundreds of customers is one entry, of as many lines."""
        every = self.env["res.partner"].browse(sorted(self.partners.values()))
        for count in (1, BY_ENTRY):
            with self.subTest(count=count):
                nodes = self.nodes(self.collecting(every[:count]))
                asked = {
                    (node["Parent Relationship"], node.get("Index Name"))
                    for node in nodes
                    if node.get("Alias") == "loss"
                }
                self.assertEqual(asked, {("SubPlan", "account_move_line_value_entry_loss_idx")})

    def test_only_credited_orders_are_asked_for_credit_notes(self):
        every = self.env["res.partner"].browse(sorted(self.partners.values()))
        for count in (1, 20):
            for nodes in (self.nodes, self.kept_nodes):
                with self.subTest(count=count, nodes=nodes.__name__):
                    found = [node.get("Index Name") for node in nodes(self.collecting(every[:count]))]
                    self.assertIn("sale_order_value_credited_idx", found)
                    self.assertEqual(self.read_whole(self.collecting(every[:count]), nodes), set())

    def test_of_more_losses_are_read_once(self):
        """Not the lines of entries: with those of each payment, each of hundreds of customers leads to all of them."""
        every = self.env["res.partner"].browse(sorted(self.partners.values()))
        for nodes in (self.nodes, self.kept_nodes):
            with self.subTest(nodes=nodes.__name__):
                losses = [node for node in nodes(self.collecting(every[: BY_ENTRY + 1])) if node.get("Alias") == "loss"]
                self.assertEqual(len(losses), 1)
                self.assertNotEqual(losses[0]["Parent Relationship"], "SubPlan")

    def test_orders_and_invoices_are_read_side_by_side(self):
        """Of everybody, in parts by a process each, and what comes of it is the same."""
        run = self.Run.new({"policy_id": self.policy.id, "as_of": AS_OF})
        paid = {metric.source for metric in run._needed_metrics().values()} & {"payment", "overdue"}
        self.assertTrue(paid)
        scope = Scope.make(self.company, AS_OF, self.policy.window_months)
        expected = self.env.execute_query(run._collect_sql(scope))
        self.assertEqual(len(expected), CUSTOMERS)
        for tills, parts in ((True, 2), (False, 3)):
            if tills and not self.Source._has_tills():
                continue
            has_tills = patch.object(
                self.registry["customer.value.source"], "_has_tills", lambda source, has=tills: has
            )
            with self.subTest(tills=tills), has_tills:
                query = run._collect_side_by_side_sql(scope)
                self.assertCountEqual(self.env.execute_query(query), expected)
                nodes = list(self.nodes(query))
                [divided] = [node for node in nodes if node["Node Type"] == "Append" and node.get("Parallel Aware")]
                names = [node.get("Function Name") for node in divided["Plans"]]
                self.assertEqual(names, ["customer_value_read"] * (parts + len(paid)))

    def test_plans_are_kept(self):
        """Of few, one plan serves all customers and days, and looks documents up as well."""
        every = self.env["res.partner"].browse(sorted(self.partners.values()))
        for count in (1, 10):
            with self.subTest(count=count):
                self.assertEqual(self.read_whole(self.collecting(every[:count]), self.kept_nodes), set())
        self.forget_kept()
        self.policy._run(partners=every[0], as_of=AS_OF)
        kept = self.get_kept()
        self.assertTrue(kept)
        for number in range(1, 11):
            some = every[10 * number : 10 * number + 1 + number % 3]
            self.policy._run(partners=some, as_of=AS_OF - timedelta(days=number % 4))
        self.assertEqual(self.get_kept(), kept)

    def test_plans_of_several_are_kept(self):
        """Of some hundred, the plan that finds documents is kept for a day, and gives what one of their own does."""
        every = self.env["res.partner"].browse(sorted(self.partners.values()))
        some, others = every[:150], every[200:420]
        self.forget_kept()
        self.assertEqual(len(kept_plans._split(self.env.cr, self.collecting(some), lists_only=True)[3]), 1)
        # few of those who are scored, as hundreds are of many thousands
        few = patch.object(customer_value_source, "MANY_SHARE", 1)
        for partners in (some, others):
            with few:
                query = self.collecting(partners)
                self.assertEqual(self.read_whole(query, partial(self.kept_nodes, lists_only=True)), set())
                expected = self.env.execute_query(query)
                self.assertEqual(len(expected), len(partners))
                kept_plans.execute_kept(self.env.cr, query, "customer_value_test_kept")
            self.assertCountEqual(self.env.execute_query(SQL("SELECT * FROM customer_value_test_kept")), expected)
            self.env.cr.execute("DROP TABLE customer_value_test_kept")
        with few:
            self.policy._run(partners=some, as_of=AS_OF)
            kept = self.get_kept()
            self.assertTrue(kept)
            self.policy._run(partners=others, as_of=AS_OF)
        self.assertEqual(self.get_kept(), kept)

    def forget_kept(self):
        """What other tests have left would make room for what this one asks for."""
        self.env.cr.execute("DEALLOCATE ALL")
        kept_plans._known.pop(self.env.cr._obj, None)

    def get_kept(self):
        cr = self.env.cr
        cr.execute("SELECT name FROM pg_prepared_statements WHERE starts_with(name, %s)", [kept_plans.PREFIX])
        return set(cr.fetchall())

    def test_it_would_be_seen(self):
        """A full run reads documents as a whole, so the plans above say something."""
        orders = SQL("SELECT sum(amount_untaxed) FROM sale_order")
        self.assertEqual(self.read_whole(orders), {"sale_order"})
        found = {node.get("Relation Name") for node in self.nodes(self.collecting(self.env["res.partner"].browse(1)))}
        self.assertLessEqual({"sale_order", "account_move"}, found)

    def test_opportunities_of_some_are_looked_up(self):
        """By contact, however many there are: the planner would read all of them and ask for the customer of each."""
        every = self.env["res.partner"].browse(sorted(self.partners.values()))
        self.env["crm.lead"].create(
            [{"name": "Chance", "type": "opportunity", "partner_id": partner.id} for partner in every]
        )
        self.env.flush_all()
        self.env.cr.execute("ANALYZE crm_lead")
        Source = self.env["customer.value.source"]
        for count in (1, 20):
            with self.subTest(count=count):
                scope = Scope.make(self.company, AS_OF, self.policy.window_months, every[:count])
                nodes = list(self.nodes(Source._source_crm(scope, {"open_pipeline"})))
                read = [node["Node Type"] for node in nodes if node.get("Relation Name") == "crm_lead"]
                self.assertTrue(read)
                self.assertNotIn("Seq Scan", read)

    def test_what_a_page_costs_holds_for_reading_only(self):
        def cost():
            self.env.cr.execute("SELECT current_setting('random_page_cost')")
            return self.env.cr.fetchone()[0]

        self.env.cr.execute("SET LOCAL random_page_cost = 3")
        self.run_policy()
        self.assertEqual(cost(), "3")
