from odoo import models

# Activity on a credit note or an order that somebody has to finish
FINISHING = "customer_value.activity_complaint_redress"


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "customer.complaint.mixin"]

    def _post(self, soft=True):
        posted = super()._post(soft)
        if refunds := posted.filtered(lambda move: move.move_type == "out_refund"):
            # sudo: it was asked of somebody, and another may post
            refunds.sudo().activity_unlink([FINISHING])
        return posted

    def _get_refundable(self):
        """How much of an invoice can still be refunded: credit notes made from it, or from its orders, count.

        Drafts count: they are about to be given. Call with sudo.

        :return: amount with taxes in the currency of the invoice; negative where more has been credited
        """
        self.ensure_one()
        own = self.reversal_move_ids
        orders = self.invoice_line_ids.sale_line_ids.order_id
        invoices = orders.invoice_ids.filtered(lambda move: move.move_type == "out_invoice" and move.state == "posted")
        # one from an order names no invoice: it leaves less of them together
        credits = orders.invoice_ids.filtered(lambda move: move.move_type == "out_refund") | invoices.reversal_move_ids
        return min(
            self.amount_total - self._sum_in_currency(own),
            self._sum_in_currency(invoices | self) - self._sum_in_currency(credits | own),
        )

    def _sum_in_currency(self, moves):
        """:return: total of ``moves``, without cancelled ones, in the currency of this invoice"""
        rate = self.invoice_currency_rate or 1.0
        return sum(
            move.amount_total
            if move.currency_id == self.currency_id
            else self.currency_id.round(abs(move.amount_total_signed) * rate)
            for move in moves
            if move.state != "cancel"
        )
