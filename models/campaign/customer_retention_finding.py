from odoo import models
from odoo.exceptions import UserError


class CustomerRetentionFinding(models.AbstractModel):
    """Customers in a list of findings can be chosen for a campaign."""

    _inherit = "customer.retention.finding"

    def _get_in_campaign(self):
        """:return: set of the rows whose customers are advised no offer, see ``_filter_in_campaign`` of customers"""
        found = set()
        for company, rows in self.grouped("company_id").items():
            # sudo: whom a reader of the list may not read is no reason to advise otherwise
            customers = set(rows.sudo().partner_id._filter_in_campaign(company)._ids)
            found.update(row for row in rows if row.sudo().partner_id.id in customers)
        return found

    def _check_one_company(self):
        """:raise UserError: the customers are of several companies"""
        self.check_access("read")
        if len(self.company_id) > 1:
            raise UserError(
                self.env._("These customers belong to several companies. Select customers of one company only.")
            )

    def _open_campaign_wizard(self, purpose, **defaults):
        """The campaign wizard with the selected customers.

        :param str purpose: of the campaign
        :param defaults: ids by field of the wizard; those that are not set are left to it
        :raise UserError: the customers are of several companies
        """
        self._check_one_company()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_wizard")
        context = {
            "active_model": self._name,
            "active_ids": self.ids,
            "active_id": self[:1].id,
            "default_company_id": self.company_id.id or self.env.company.id,
            "default_purpose": purpose,
            **{f"default_{name}": value for name, value in defaults.items() if value},
        }
        return action | {"context": context}

    def _open_campaign_wizard_of_list(self, purpose, **defaults):
        """The same; of a whole list that is selected, the client sends no more than so many ids, and its domain."""
        action = self._open_campaign_wizard(purpose, **defaults)
        if "active_domain" in self.env.context:
            action["context"]["active_domain"] = self.env.context["active_domain"]
        return action
