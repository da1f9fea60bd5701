"""Asking for approval and giving it, in a browser."""

from odoo import fields
from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .order_case import OrderCase


@tagged("post_install", "-at_install")
class TestOrderTours(BrowserCase, OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        user = cls.env.ref("customer_value.group_customer_value_user")
        (cls.seller + cls.manager).group_ids += user
        cls.gate()
        cls.debtor = cls.customer("Tour Debtor")
        cls.owe(100, 10.0, cls.debtor)
        cls.run_policy(fields.Date.today(), cls.debtor)

    def tour(self, name, user):
        self.start_tour("/odoo", f"customer_value_order_{name}", login=user.login, timeout=120)
        self.env.invalidate_all()

    def test_ask_and_approve(self):
        order = self.quotation(0, partner=self.debtor)
        self.tour("ask", self.seller)
        self.assertEqual((order.state, order.sudo().value_approval_ids.reason), ("draft", "They pay on Monday"))
        self.tour("approve", self.manager)
        self.assertEqual((order.state, order.sudo().value_approval_ids.approver_id), ("sale", self.manager))

    def test_new_quotation(self):
        self.tour("new", self.seller)
