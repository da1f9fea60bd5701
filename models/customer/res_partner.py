from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_open_customer_page(self):
        """Open everything about the customer on one page."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id("customer_value.action_customer_page")
        return action | {"params": {"partner_id": self.id}, "context": {"active_id": self.id}}
