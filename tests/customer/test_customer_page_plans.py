"""The statements of the customer page can be served by indexes, table by table."""

from odoo import api
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .test_customer_page import ROLES, PageCase

# Tables that grow with the business; an inventory app is not there everywhere.
# Hardly any contacts are in it.
SMALL = "res_partner_value_former"
LARGE = {"account_move", "crm_lead", "helpdesk_ticket", "mail_message", "res_partner", "sale_order", "sale_order_line"}


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
        """Large tables that the plan reads without a condition on an index; of few rows, unless it is told not to."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(SQL("EXPLAIN (FORMAT JSON) %s", query))
        [[[plan]]] = self.env.cr.fetchall()
        self.env.cr.execute("SET LOCAL enable_seqscan = on")
        found, nodes = set(), [plan["Plan"]]
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", [])
            is_bitmap = node["Node Type"] == "Bitmap Heap Scan"
            is_asked = "Index Cond" in node or is_bitmap or node.get("Index Name") == SMALL
            if node.get("Relation Name") in LARGE and not is_asked:
                found.add(f"{node['Node Type']} on {node['Relation Name']} {node.get('Index Name', '')}")
        return found

    def test_no_table_is_read_as_a_whole(self):
        self.history()
        self.run_policy(as_of=self.today)
        self.env.cr.execute("ANALYZE sale_order, account_move, mail_message, res_partner, helpdesk_ticket, crm_lead")
        for role, groups in ROLES.items():
            user = new_test_user(
                self.env, f"plan_{role}", groups, company_id=self.company.id, company_ids=self.company.ids
            )
            asked = self.statements(user)
            self.assertTrue(asked)
            for query in asked:
                with self.subTest(role, query=query.code[:200]):
                    self.assertEqual(self.read_as_a_whole(query), set())
