"""Messages are found by indexes, whoever looks at the customer page."""

from odoo import api
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .test_customer_page import ROLES, PageCase

# Tables of which every database of the tests has many rows; of a few rows, plans say nothing.
LARGE = {"mail_message"}


@tagged("post_install", "-at_install")
class TestCustomerPagePlans(PageCase):
    def statements(self, user):
        """What the first screen asks, as ``SQL``."""
        asked = []
        execute = api.Environment.execute_query

        def listen(env, query):
            asked.append(query)
            return execute(env, query)

        self.env.invalidate_all()
        self.patch(api.Environment, "execute_query", listen)
        Page = self.Page.with_user(user).with_context(allowed_company_ids=self.company.ids)
        Page.get_page(self.firm.id, with_products=False)
        self.patch(api.Environment, "execute_query", execute)
        return asked

    def read_as_a_whole(self, query):
        """Large tables that the plan reads without a condition on an index, where it may choose one."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(SQL("EXPLAIN (FORMAT JSON) %s", query))
        [[[plan]]] = self.env.cr.fetchall()
        self.env.cr.execute("SET LOCAL enable_seqscan = on")
        found, nodes = set(), [plan["Plan"]]
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", [])
            is_bitmap = node["Node Type"] == "Bitmap Heap Scan"
            if node.get("Relation Name") in LARGE and not (is_bitmap or "Index Cond" in node):
                found.add(f"{node['Node Type']} on {node['Relation Name']} {node.get('Index Name', '')}")
        return found

    def test_overdue_items_are_read_once(self):
        """For the amount, the next step and the list of invoices."""
        self.invoice(self.contact, self.days_ago(40), 70)
        self.run_policy(as_of=self.today)
        user = new_test_user(
            self.env, "overdue_once", ROLES["manager"], company_id=self.company.id, company_ids=self.company.ids
        )
        asked = self.statements(user)
        self.assertEqual(len([query for query in asked if "up_to_here" in query.code]), 1)

    def test_no_table_is_read_as_a_whole(self):
        self.history()
        self.run_policy(as_of=self.today)
        self.env.cr.execute("ANALYZE mail_message")
        for role, groups in ROLES.items():
            user = new_test_user(
                self.env, f"plan_{role}", groups, company_id=self.company.id, company_ids=self.company.ids
            )
            asked = self.statements(user)
            self.assertTrue(asked)
            for query in asked:
                with self.subTest(role, query=query.code[:200]):
                    self.assertEqual(self.read_as_a_whole(query), set())
