from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _lowers_order(self):
        """Whether the line takes money off the whole order: Odoo's discount lines and whatever is used like them.

        Rewards are given by their program and down payments by the customer. Goods of negative quantity are returned.
        """
        self.ensure_one()
        if self.display_type or self.is_reward_line or self.is_downpayment or self.price_subtotal >= 0:
            return False
        return self._is_discount_line() or self.price_unit < 0 or self.product_id.type == "service"

    def _get_given_discounts(self):
        """What the salesperson gives away on each line of one order.

        Counted are the discount of the line (that of the pricelist, where it shows as a discount, too), a unit price
        below the automatic one, and the line's share of discounts on the whole order.

        :return: list of (line, percent, amount in the order's currency)
        """
        lowering = self.filtered(lambda line: line._lowers_order())
        sold = self.filtered(
            lambda line: (
                not line.display_type
                and not line.is_reward_line
                and not line.is_downpayment
                and line.product_uom_qty > 0
                and line.price_unit >= 0
            )
        )
        subtotal = sum(sold.mapped("price_subtotal"))
        share = min(-sum(lowering.mapped("price_subtotal")) / subtotal, 1.0) if subtotal > 0 else 0.0
        given = []
        for line in sold:
            full = max(line.technical_price_unit, line.price_unit)
            if full:
                paid = line.price_unit * (1 - line.discount / 100) * (1 - share)
                given.append((line, 100 * (1 - paid / full), (full - paid) * line.product_uom_qty))
        return given
