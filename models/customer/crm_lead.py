from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def action_open_customer_page(self):
        self.ensure_one()
        return self.partner_id.action_open_customer_page()

    def _merge_dependences(self, opportunities):
        """Contacts that were made about the others, or led to them, are about this one."""
        result = super()._merge_dependences(opportunities)
        # sudo: whoever merges, and whoever spoke with the customer
        Contact = self.env["customer.contact"].sudo()
        Contact.search([("lead_id", "in", opportunities.ids)]).lead_id = self
        led = [("outcome_model", "=", self._name), ("outcome_res_id", "in", opportunities.ids)]
        Contact.search(led).outcome_res_id = self.id
        return result
