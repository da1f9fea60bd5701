from odoo import fields, models


class ResPartner(models.Model):
    """What is unsettled between a customer and a company: complaints and overdue invoices."""

    _inherit = "res.partner"

    def _get_open_complaints_domain(self, company):
        """Open complaints of the customer, as a domain of ``helpdesk.ticket``."""
        return self.env["helpdesk.ticket"]._get_open_complaints_domain(self.commercial_partner_id, company)

    def _get_open_complaint_count(self, company):
        """:return: their number; all of them, for the salesperson has to know that the customer waits"""
        self.ensure_one()
        # sudo: a number, and nothing of the tickets themselves
        return self.env["helpdesk.ticket"].sudo().search_count(self._get_open_complaints_domain(company))

    def _get_overdue(self, company):
        """:return: (amount due before today and not paid, in company currency; days since the oldest due date)"""
        self.ensure_one()
        # sudo: a sum, and nothing of the invoices themselves
        Source = self.env["customer.value.source"].sudo()
        customer = self.commercial_partner_id
        values = Source._read_now(company, customer, {"overdue_amount", "overdue_days"}).get(customer.id, {})
        return values.get("overdue_amount") or 0.0, int(values.get("overdue_days") or 0)

    def action_view_open_complaints(self):
        """Open the customer's open complaints in the current company."""
        self.ensure_one()
        return self.env["customer.value.source"]._list_action(
            self.env._("Open Complaints of %s", self.commercial_partner_id.sudo().display_name),
            "helpdesk.ticket",
            list(self._get_open_complaints_domain(self.env.company)),
        )

    def action_view_overdue(self):
        """Open the invoices of the customer with something overdue in the current company."""
        self.ensure_one()
        customer = self.commercial_partner_id
        overdue = [
            ("account_type", "=", "asset_receivable"),
            ("display_type", "=", "payment_term"),
            ("balance", ">", 0),
            ("reconciled", "=", False),
            ("date_maturity", "<", fields.Date.context_today(self)),
        ]
        domain = [
            ("commercial_partner_id", "=", customer.id),
            ("company_id", "=", self.env.company.id),
            ("state", "=", "posted"),
            ("line_ids", "any", overdue),
        ]
        name = self.env._("Overdue Invoices of %s", customer.sudo().display_name)
        return self.env["customer.value.source"]._list_action(name, "account.move", domain)
