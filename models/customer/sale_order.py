from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    _value_customer_date_idx = models.Index("(value_customer_id, date_order DESC, id DESC)")

    def action_open_customer_page(self):
        self.ensure_one()
        return self.partner_id.action_open_customer_page()
