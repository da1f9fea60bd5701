"""What the addon costs those who confirm orders and post invoices, in statements."""

from unittest.mock import patch

from odoo import Command
from odoo.sql_db import Cursor
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..core.value_case import ONE_TO_ONE, ValueCase

OURS = ("customer_value_", "customer_retention_", "customer_competition_", "customer_complaint_", "customer_referral_")


@tagged("post_install", "-at_install")
class TestHostsCost(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.partner = cls.customer()
        cls.order(cls.partner)
        cls.invoice(cls.partner)
        cls.run_policy()
        cls.seller = new_test_user(
            cls.env,
            "cost_seller",
            "sales_team.group_sale_salesman_all_leads,account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def statements(self, record, method):
        """The statements of a call by the salesperson: what is remembered is known, nothing of records is."""
        record = record.with_user(self.seller)
        self.env.flush_all()
        self.env.invalidate_all()
        found = []
        execute = Cursor.execute

        def note(cursor, query, *args, **kwargs):
            found.append(query.code if isinstance(query, SQL) else query)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", note):
            getattr(record, method)()
            record.env.flush_all()
        return found

    def ours(self, statements):
        return [text for text in statements if any(f"{start}" in text for start in OURS) and "SELECT" in text]

    def lines(self, count):
        return [{"price_unit": 10.0 * number} for number in range(1, count + 1)]

    def test_confirming_an_order(self):
        """One statement of ours: the tier that is kept, and whether an approval is pending."""
        self.statements(self.order(self.partner, confirm=False), "action_confirm")
        for count in (1, 10):
            order = self.order(self.partner, lines=self.lines(count), confirm=False)
            statements = self.statements(order, "action_confirm")
            self.assertEqual(len(self.ours(statements)), 1, statements)
            self.assertEqual(order.state, "sale")
            self.assertEqual(order.confirmed_tier_id, self.score(self.partner).tier_id)
            self.assertFalse([text for text in statements if "retention_gap_watch" in text], "settings of a company")

    def test_posting_an_invoice(self):
        """No statement of ours, and the tracked fields of the customer by one."""
        self.statements(self.invoice(self.partner, post=False), "action_post")
        for count in (1, 10):
            move = self.invoice(self.partner, lines=self.lines(count), post=False)
            statements = self.statements(move, "action_post")
            self.assertEqual(self.ours(statements), [])
            alone = [text for text in statements if text.count('"res_partner"."') == 3 and "vat" in text]
            self.assertEqual(alone, [], "a tracked field that is read by itself")
            self.assertEqual(move.state, "posted")

    def test_rules_are_remembered_until_they_change(self):
        order = self.order(self.partner, lines=[{"price_unit": 10.0, "discount": 50.0}], confirm=False)
        order = order.with_user(self.seller)
        self.product.list_price = 10.0
        self.assertFalse(order._get_approval_needs())
        self.score(self.partner).tier_id.write({"limit_discount": True, "maximum_discount": 10.0})
        self.assertTrue(order._get_approval_needs())
        self.score(self.partner).tier_id.limit_discount = False
        self.assertFalse(order._get_approval_needs())

    def test_programs_are_remembered_until_they_change(self):
        order = self.order(self.partner, confirm=False)
        program = self.env["loyalty.program"].create({"name": "Reserved", "program_type": "promotion"})
        self.assertNotIn(program, order._get_closed_programs())
        others = self.policy.tier_ids - self.score(self.partner).tier_id
        others[0].loyalty_program_ids = program
        self.assertIn(program, order._get_closed_programs())
        program.tier_ids = self.score(self.partner).tier_id
        self.assertNotIn(program, order._get_closed_programs())

    def test_customer_of_an_order_is_that_of_its_confirmation(self):
        """Also where the contact has moved on since the quotation."""
        contact = self.customer("Contact", parent_id=self.partner.id)
        order = self.order(contact, confirm=False)
        self.assertEqual(order.value_customer_id, self.partner)
        other = self.customer("Other")
        contact.parent_id = other
        order.action_confirm()
        self.assertRecordValues(order, [{"value_customer_id": other.id, "value_payer_id": other.id}])
        contact.parent_id = self.partner
        order._action_cancel()
        self.assertEqual(order.value_customer_id, other)

    def test_competitors_follow_orders_from_the_first_one_on(self):
        before, order = (self.order(self.partner, confirm=False) for _number in range(2))
        before.action_confirm()
        competitor = self.customer("Competitor", is_competitor=True)
        line = self.env["customer.competition.line"].create({"order_id": order.id, "competitor_id": competitor.id})
        self.assertEqual(line.outcome, "open")
        order.action_confirm()
        self.assertEqual(line.outcome, "won")
        order._action_cancel()
        self.assertEqual(line.outcome, "lost")
