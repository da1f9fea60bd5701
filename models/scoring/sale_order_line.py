from odoo import models

from ...analytics.scoring.charged import DIFFERING_SQL, UNORDERED_SQL
from ..core.statistics import keep_statistics

DIFFERING = DIFFERING_SQL.format(line="")


class SaleOrderLine(models.Model):
    """The few lines that a run has to look at are found without reading the others."""

    _inherit = "sale.order.line"

    _value_differing_idx = models.Index(f"(order_id) WHERE {DIFFERING} IS NOT NULL")

    _value_downpayment_idx = models.Index("(order_id) WHERE is_downpayment")

    _value_unordered_idx = models.Index(f"(order_id) WHERE {UNORDERED_SQL.format(line='')}")

    def _auto_init(self):
        result = super()._auto_init()
        keep_statistics(self.env.cr, "sale_order_line", "differing", DIFFERING)
        return result
