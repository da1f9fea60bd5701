from odoo import api, fields, models

from .groups import COMPLAINT_OFFICER


class CustomerComplaintMixin(models.AbstractModel):
    """Shows on partners and on their documents how many complaints of the customer are open."""

    _name = "customer.complaint.mixin"
    _description = "Open Complaints of the Customer"

    complaint_open_count = fields.Integer(
        string="Open Complaints", compute="_compute_complaint_open_count", groups=COMPLAINT_OFFICER
    )

    def _get_complaint_customer(self):
        """The commercial entity whose complaints are meant."""
        return self.partner_id.commercial_partner_id

    def _get_complaint_companies(self):
        return self.company_id or self.env.companies

    @api.depends_context("allowed_company_ids")
    def _compute_complaint_open_count(self):
        Ticket = self.env["helpdesk.ticket"]
        domain = Ticket._get_open_complaints_domain(self._get_complaint_customer(), self.env.companies)
        counts = {
            (customer.id, company.id): count
            for customer, company, count in Ticket._read_group(
                domain, ["commercial_partner_id", "company_id"], ["__count"]
            )
        }
        for record in self:
            customer = record._get_complaint_customer()
            companies = record._get_complaint_companies()
            record.complaint_open_count = sum(counts.get((customer.id, company.id), 0) for company in companies)

    def action_view_complaints(self):
        """The board with the complaints of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_complaint")
        customer = self._get_complaint_customer()
        return action | {
            "domain": [
                ("is_complaint", "=", True),
                ("commercial_partner_id", "=", customer.id),
                ("company_id", "in", self._get_complaint_companies().ids),
            ],
            "context": {
                "search_default_open": 1,
                "default_is_complaint": True,
                "default_partner_id": customer.id,
            },
        }
