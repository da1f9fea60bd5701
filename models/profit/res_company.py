from odoo import fields, models


class ResCompany(models.Model):
    """Cost of customer retention and acquisition, for the profit center. 0 or empty: not known."""

    _inherit = "res.company"

    retention_service_account_id = fields.Many2one(
        "account.analytic.account",
        string="Service Analytic Account",
        ondelete="restrict",
        check_company=True,
        help="Amounts booked on this account are the cost of service. Leave empty to use closed tickets times the "
        "cost of a ticket.",
    )
    retention_ticket_cost = fields.Monetary(
        string="Ticket Cost", help="Applied to each closed ticket and complaint, unless an analytic account is set."
    )
    retention_activity_cost = fields.Monetary(string="Care Activity Cost", help="Cost of a call or a visit.")
    retention_letter_cost = fields.Monetary(string="Care Letter Cost", help="Cost of a letter sent by a care rule.")
    retention_acquisition_account_id = fields.Many2one(
        "account.analytic.account",
        string="Acquisition Analytic Account",
        ondelete="restrict",
        check_company=True,
        help="Amounts booked on this account are the cost of acquisition. Leave empty to use new customers times "
        "the cost of a new customer.",
    )
    retention_acquisition_cost = fields.Monetary(
        string="New Customer Cost", help="Applied to each new customer, unless an analytic account is set."
    )

    _retention_costs = models.Constraint(
        "CHECK(COALESCE(retention_ticket_cost, 0) >= 0 AND COALESCE(retention_activity_cost, 0) >= 0"
        " AND COALESCE(retention_letter_cost, 0) >= 0 AND COALESCE(retention_acquisition_cost, 0) >= 0)",
        "The costs of retaining and acquiring customers cannot be negative.",
    )
