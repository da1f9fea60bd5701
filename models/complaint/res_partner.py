from odoo import models

from ..core.together import Search, search_ahead


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "customer.complaint.mixin"]

    def _get_unsettled(self, company):
        """Open complaints come before everything else."""
        self.ensure_one()
        # sudo: a number, and nothing of the tickets themselves
        count = len(search_ahead(self.env["helpdesk.ticket"].sudo(), self._get_open_complaints_domain(company)))
        text, step = self.env._("No open complaints"), ""
        if count:
            text = self.env._("1 open complaint") if count == 1 else self.env._("%s open complaints", count)
            step = self.env._(
                "Resolve the open complaints first: %s open. Customers waiting for an answer are not ready to buy.",
                count,
            )
        complaints = {
            "code": "complaint",
            "value": count,
            "text": text,
            "step": step,
            "icon": "fa-life-ring",
            "style": "text-warning",
            "action": self.env["helpdesk.ticket"].has_access("read") and "action_view_open_complaints",
        }
        return [complaints, *super()._get_unsettled(company)]

    def _get_searches_ahead(self, company):
        # sudo: as in _get_unsettled
        Ticket = self.env["helpdesk.ticket"].sudo()
        names = ("commercial_partner_id", "company_id")
        return [
            *super()._get_searches_ahead(company),
            Search(Ticket, self._get_open_complaints_domain(company), names),
        ]

    def _get_open_complaints_domain(self, company):
        """Open complaints of the customer, as a domain of ``helpdesk.ticket``."""
        return self.env["helpdesk.ticket"]._get_open_complaints_domain(
            self.commercial_partner_id, company._get_value_books()
        )

    def action_view_open_complaints(self):
        """Open the customer's open complaints in the current company."""
        self.ensure_one()
        return self.env["customer.value.source"]._list_action(
            self.env._("Open Complaints of %s", self.commercial_partner_id.sudo().display_name),
            "helpdesk.ticket",
            list(self._get_open_complaints_domain(self.env.company)),
        )

    def _get_complaint_customer(self):
        return self.commercial_partner_id

    def _get_complaint_companies(self):
        return self.env.companies
