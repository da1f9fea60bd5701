from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form, new_test_user

from ..core.value_case import ONE_TO_ONE, ValueCase

SELLER = "sales_team.group_sale_salesman"

MANAGER = "sales_team.group_sale_manager"


class OrderCase(ValueCase):
    """Tier Top allows 20%, Middle 10%, Base anything; the customer is Middle."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.tier("Top").write({"limit_discount": True, "maximum_discount": 20})
        cls.tier("Middle").write({"limit_discount": True, "maximum_discount": 10})
        cls.product.list_price = 100
        cls.partner = cls.customer()
        cls.invoice(cls.partner, "2025-01-10", 50)
        cls.pay(cls.env["account.move"].search([("partner_id", "=", cls.partner.id)]), "2025-01-10")
        cls.run_policy()
        companies = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.seller, cls.colleague = (
            new_test_user(cls.env, login, SELLER, name=login, **companies) for login in ("seller", "colleague")
        )
        cls.manager, cls.chief = (
            new_test_user(cls.env, login, MANAGER, name=login, **companies) for login in ("boss", "chief")
        )

    @classmethod
    def quotation(cls, *discounts, user=None, partner=None, company=None, **line):
        """A quotation written by ``user``, of one thing for 100 for each discount."""
        user = user or cls.seller
        company = company or cls.company
        order = cls.env["sale.order"].with_user(user).with_company(company)
        return order.create(
            {
                "partner_id": (partner or cls.partner).id,
                "company_id": company.id,
                "user_id": user.id,
                "order_line": [
                    Command.create(
                        {"product_id": cls.product.id, "price_unit": 100, "tax_ids": False, "discount": discount} | line
                    )
                    for discount in discounts
                ],
            }
        )

    def ask(self, order, reason="It is a big customer"):
        """Press Confirm as the user who has ``order`` open, and ask for approval."""
        action = order.action_confirm()
        self.assertEqual(action["res_model"], "customer.value.order.approval", "the confirmation stops")
        wizard = Form(order.env["customer.value.order.approval"].with_context(**action["context"]))
        wizard.reason = reason
        wizard = wizard.save()
        wizard.action_request()
        order.invalidate_recordset()
        return order.sudo().value_approval_ids[:1]

    @classmethod
    def gate(cls, metric="overdue_days", value=90, effect="at_most", **values):
        values = {"policy_id": cls.policy.id, "metric": metric, "value": value, "effect": effect} | values
        return cls.env["customer.value.gate"].create({"tier_id": cls.tier("Base").id} | values)

    @classmethod
    def owe(cls, days, amount=70.0, partner=None, company=None):
        due = fields.Date.today() - timedelta(days=days)
        return cls.invoice(partner or cls.partner, due, amount, company=company)
