"""What customers accept and pay online: nothing crashes, no signature and no payment is lost."""

import json
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from .order_case import OrderCase

# one transparent pixel
SIGNATURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestSignature(HttpCase, OrderCase):
    def sent(self, *discounts, **values):
        order = self.quotation(*discounts)
        order.write({"require_signature": True, "require_payment": False} | values)
        order.sudo().state = "sent"
        return order

    def sign(self, order):
        order._portal_ensure_token()
        self.env.flush_all()
        self.authenticate(None, None)
        response = self.url_open(
            f"/my/orders/{order.id}/accept",
            data=json.dumps(
                {"params": {"access_token": order.access_token, "name": "Mrs Customer", "signature": SIGNATURE}}
            ),
            headers={"Content-Type": "application/json"},
        )
        self.env.invalidate_all()
        result = response.json()["result"]
        self.assertTrue(result.get("force_refresh"), result)
        return self.url_open(result["redirect_url"]).text

    def test_nothing_in_the_way(self):
        order = self.sent(10)
        self.assertIn("has been confirmed", self.sign(order))
        self.assertEqual(order.state, "sale")

    def test_beyond_a_gate(self):
        """Signed and kept; it waits for a manager, and their approval confirms it."""
        self.gate()
        self.owe(100)
        order = self.sent(0)
        page = self.sign(order)
        self.assertIn("has been signed", page)
        self.assertIn("confirm it as soon as possible", page)
        self.assertEqual((order.state, order.signed_by, bool(order.signature)), ("sent", "Mrs Customer", True))
        approval = order.sudo().value_approval_ids
        self.assertRecordValues(
            approval, [{"state": "pending", "online": True, "user_id": self.seller.id, "purpose": "confirm"}]
        )
        self.assertIn("Mrs Customer", approval.reason)
        self.assertEqual(order.activity_ids.user_id, self.manager + self.chief)
        approval.with_user(self.manager).action_approve()
        self.assertEqual(order.state, "sale")

    def test_offered_discount_is_honoured(self):
        order = self.quotation(15)
        order.action_quotation_send()
        order._request_approval(order._get_approval_needs(gates=False)[order], "send", "Big").with_user(
            self.manager
        ).action_approve()
        order.action_quotation_sent()
        order.write({"require_signature": True, "require_payment": False})
        self.sign(order)
        self.assertEqual(order.state, "sale")

    def test_discount_that_nobody_approved(self):
        """The link of a quotation that was never sent: signed, and it waits."""
        order = self.sent(15)
        self.sign(order)
        self.assertEqual((order.state, order.signed_by), ("sent", "Mrs Customer"))
        self.assertEqual(order.sudo().value_approval_ids.mapped("state"), ["pending"])

    def test_without_a_salesperson(self):
        """Without a salesperson there is no proposer to exclude: any manager decides."""
        self.gate()
        self.owe(100)
        order = self.sent(0, user_id=False)
        self.sign(order)
        approval = order.sudo().value_approval_ids
        self.assertEqual(approval.user_id, self.env.ref("base.user_root"))
        approval.with_user(self.manager).action_approve()
        self.assertEqual(order.state, "sale")

    def test_nobody_to_ask(self):
        """No sales manager at all: the signature is kept all the same."""
        self.gate()
        self.owe(100)
        (self.manager + self.chief).active = False
        order = self.sent(0)
        self.sign(order)
        self.assertEqual((order.state, order.signed_by), ("sent", "Mrs Customer"))


@tagged("post_install", "-at_install")
class TestPayment(OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.env["payment.provider"].create({"name": "Till", "company_id": cls.company.id})
        cls.method = cls.env["payment.method"].create({"name": "Card", "code": "value_card"})

    def pay_online(self, order, amount):
        """What Odoo does after an online payment, without the accounting of it."""
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": f"Payment of {order.name}",
                "amount": amount,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "sale_order_ids": [Command.set(order.ids)],
                "state": "done",
                "last_state_change": fields.Datetime.now(),
            }
        )
        order.invalidate_recordset(["amount_paid"])
        with patch.object(type(transaction), "_create_payment"):
            transaction._post_process()
        return order

    def to_pay(self, *discounts, share=1.0):
        order = self.quotation(*discounts)
        order.write({"require_signature": False, "require_payment": True, "prepayment_percent": share})
        order.sudo().state = "sent"
        return order.sudo()

    def test_paid_in_full(self):
        """Customers who have paid get their order, whatever else they owe."""
        self.gate()
        self.owe(100)
        order = self.to_pay(15)
        self.pay_online(order, order.amount_total)
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.value_approval_ids)

    def test_down_payment(self):
        """A part of it confirms only where nothing is in the way."""
        self.assertEqual(self.pay_online(self.to_pay(0, share=0.1), 10).state, "sale")
        self.gate()
        self.owe(100)
        order = self.to_pay(0, share=0.1)
        self.pay_online(order, 10)
        self.assertEqual((order.state, order.amount_paid), ("sent", 10))
        approval = order.value_approval_ids
        self.assertEqual(approval.mapped("state"), ["pending"])
        approval.with_user(self.manager).action_approve()
        self.assertEqual(order.state, "sale")

    def test_paid_while_waiting(self):
        """A payment in full settles it: no decision is needed any more."""
        order = self.to_pay(15)
        self.ask(order.with_user(self.seller))
        self.pay_online(order, order.amount_total)
        self.assertEqual((order.state, order.value_approval_ids.state), ("sale", "withdrawn"))
        self.assertFalse(order.activity_ids)
