from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "customer.complaint.mixin"]

    def _get_complaint_customer(self):
        return self.commercial_partner_id

    def _get_complaint_companies(self):
        return self.env.companies
