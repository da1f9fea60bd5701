from odoo import models


class CustomerValueScore(models.Model):
    _inherit = "customer.value.score"

    def action_open_customer_page(self):
        self.ensure_one()
        return self.partner_id.action_open_customer_page()
