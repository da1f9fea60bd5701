from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def action_open_customer_page(self):
        self.ensure_one()
        return self.partner_id.action_open_customer_page()
