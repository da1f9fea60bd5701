from odoo import models

from .sale_order_approval import OPEN


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        """A payment in full confirms the order, whatever the customer owes; with a part of it the order waits."""
        held = self.browse()
        for transaction in self:
            order = transaction.sale_order_ids
            if len(order) != 1 or order.state not in OPEN or not order._is_confirmation_amount_reached():
                continue
            if order.currency_id.compare_amounts(order.amount_paid, order.amount_total) >= 0:
                continue
            if needs := order._get_approval_needs():
                order._wait_for_approval(needs[order])
                held |= transaction
        return super(PaymentTransaction, self - held)._check_amount_and_confirm_order()
