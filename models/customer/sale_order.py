from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_open_customer_page(self):
        self.ensure_one()
        return self.partner_id.action_open_customer_page()
