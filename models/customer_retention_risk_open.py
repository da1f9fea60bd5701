from odoo import fields, models
from odoo.exceptions import UserError

from .customer_value_source import Scope


class CustomerRetentionRisk(models.Model):
    """What opens from a slipping customer, and what managers do about several."""

    _inherit = "customer.retention.risk"

    def _explain_with_stake(self):
        """The explanation, and what is at stake."""
        self.ensure_one()
        if not self.stake:
            return self.explanation
        return self.env._(
            "%(explanation)s At stake: %(stake)s a year.", explanation=self.explanation, stake=self._money(self.stake)
        )

    # -- documents -----------------------------------------------------------------------------------------------------

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def action_view_complaints(self):
        """Open the complaints that count here: those in good faith."""
        self.ensure_one()
        self.check_access("read")
        Source = self.env["customer.value.source"]
        # sudo: which ones are in bad faith is known to the system, and the list does not show the others
        abusive = Source.sudo()._abusive_tickets(Scope.make(self.company_id, fields.Date.context_today(self), 12))
        domain = self.env["helpdesk.ticket"]._get_open_complaints_domain(self.partner_id, self.company_id)
        return Source._list_action(
            self.env._("Open Complaints of %s", self.partner_id.display_name),
            "helpdesk.ticket",
            [*domain, ("duplicate_id", "=", False), ("id", "not in", abusive.ids)],
        )

    def action_view_overdue(self):
        """Open the overdue invoices of the customer, disputed or not."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id.with_company(self.company_id).action_view_overdue()

    def action_view_orders(self):
        """Open the confirmed orders of the customer, the latest first."""
        self.ensure_one()
        self.check_access("read")
        scope = Scope.make(self.company_id, fields.Date.context_today(self), 24, self.partner_id)
        return self.env["customer.value.source"]._documents_action("recency_days", scope, self.partner_id)

    # -- managers ------------------------------------------------------------------------------------------------------

    def action_start_campaign(self):
        """Open the retention wizard with the selected customers.

        :raise UserError: they are of several companies
        """
        self.check_access("read")
        if len(self.company_id) > 1:
            raise UserError(self.env._("These customers belong to several companies. Select those of one company."))
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_wizard")
        context = {"active_model": self._name, "active_ids": self.ids, "active_id": self[:1].id}
        if "active_domain" in self.env.context:
            # the client sends no more than so many ids of a selected whole list
            context["active_domain"] = self.env.context["active_domain"]
        return action | {"context": context}
