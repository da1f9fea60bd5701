from odoo import models

from .account_move import FINISHING


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "customer.complaint.mixin"]

    def _action_confirm(self):
        """Replacements are free: other orders need not be looked at."""
        result = super()._action_confirm()
        if free := self.filtered(lambda order: order.currency_id.is_zero(order.amount_total)):
            # sudo: it was asked of somebody, and another may confirm
            free.sudo().activity_unlink([FINISHING])
        return result
