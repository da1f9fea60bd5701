from odoo import models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    def action_open_customer_page(self):
        self.ensure_one()
        return self.partner_id.action_open_customer_page()
