from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists


class CrmLostReason(models.Model):
    """Which reasons for losing an opportunity are about the price."""

    _inherit = "crm.lost.reason"

    is_about_price = fields.Boolean(
        string="Price Related",
        help="Customers who leave after an opportunity was lost for this reason count as "
        "lost because of the price, if no other reason is known.",
    )

    def _auto_init(self):
        """Mark the one that comes with Odoo, once."""
        known = column_exists(self.env.cr, self._table, "is_about_price")
        result = super()._auto_init()
        if not known:
            self.env.cr.execute(
                SQL(
                    """UPDATE crm_lost_reason SET is_about_price = TRUE WHERE id IN (
                        SELECT res_id FROM ir_model_data WHERE module = 'crm' AND name = 'lost_reason_1')"""
                )
            )
        return result
