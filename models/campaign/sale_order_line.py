from odoo import models


class SaleOrderLine(models.Model):
    """Where codes of campaigns have been used."""

    _inherit = "sale.order.line"

    # what codes have been used for would read every line without it
    _retention_coupon = models.Index("(coupon_id) WHERE coupon_id IS NOT NULL")
