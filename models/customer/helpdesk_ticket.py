from odoo import models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    _value_customer_idx = models.Index("(commercial_partner_id, create_date DESC)")

    def action_open_customer_page(self):
        self.ensure_one()
        return self.partner_id.action_open_customer_page()
