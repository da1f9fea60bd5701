from odoo import models

from ...analytics.scoring.charged import DIFFERING_SQL

DIFFERING = DIFFERING_SQL.format(line="")


class SaleOrderLine(models.Model):
    """The few lines that a run has to look at are found without reading the others."""

    _inherit = "sale.order.line"

    _value_differing_idx = models.Index(f"(order_id) WHERE {DIFFERING} IS NOT NULL")

    _value_downpayment_idx = models.Index("(order_id) WHERE is_downpayment")

    def _auto_init(self):
        """Without statistics of it, a third of all lines are taken to differ, and all are read."""
        result = super()._auto_init()
        self.env.cr.execute(
            f"CREATE STATISTICS IF NOT EXISTS sale_order_line_value_differing ON ({DIFFERING}) FROM sale_order_line"
        )
        return result
