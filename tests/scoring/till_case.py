"""Orders at a till, as tests of several rooms write them."""

from odoo import Command

from ..core.value_case import AS_OF
from .source_case import SourceCase


class TillCase(SourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("point_of_sale.group_pos_manager")
        cls.session = cls.open_till(cls.company)
        cls.product.standard_price = 0

    @classmethod
    def open_till(cls, company):
        env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        journal = env["account.journal"].create(
            {"name": "Till", "code": "TLL", "type": "cash", "company_id": company.id}
        )
        cash = env["pos.payment.method"].create(
            {"name": "Till cash", "journal_id": journal.id, "company_id": company.id}
        )
        config = env["pos.config"].create(
            {"name": "Shop", "company_id": company.id, "payment_method_ids": [Command.set(cash.ids)]}
        )
        return env["pos.session"].create({"config_id": config.id, "user_id": env.uid})

    @classmethod
    def sold(cls, partner, day=AS_OF, amount=100.0, cost=60.0, *, session=None, state="paid", refund=False, **values):
        """An order at the till of one line; a refund takes back goods for ``amount``."""
        session = session or cls.session
        sign = -1 if refund else 1
        line = {
            "product_id": cls.product.id,
            "qty": sign,
            "price_unit": amount,
            "price_subtotal": sign * amount,
            "price_subtotal_incl": sign * amount,
            "total_cost": sign * cost,
            "is_total_cost_computed": True,
            "tax_ids": [Command.clear()],
        }
        order = cls.env["pos.order"].create(
            {
                "session_id": session.id,
                "company_id": session.company_id.id,
                "partner_id": partner.id,
                "date_order": cls._moment(day),
                "is_refund": refund,
                "amount_tax": 0,
                "amount_total": sign * amount,
                "amount_paid": sign * amount,
                "amount_return": 0,
                "lines": [Command.create(line | values)],
            }
        )
        order.state = state
        return order

    def bill(self, order, day, amount, move_type="out_invoice"):
        order.account_move = self.invoice(order.partner_id, day, amount, move_type=move_type)
        order.state = "done"
