from odoo import fields, models


class ResCompany(models.Model):
    """Rates and accounts for the profit center: what they are applied to are records. 0 or empty: not known."""

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
    retention_acquisition_account_ids = fields.Many2many(
        "account.analytic.account",
        relation="retention_acquisition_account_rel",
        column1="company_id",
        column2="account_id",
        string="Acquisition Analytic Accounts",
        ondelete="restrict",
        check_company=True,
        help="Amounts booked on these accounts are the cost of acquisition: vendor bills for advertising and fairs, "
        "commissions, time of the sales team. Use one account for each campaign or source to see them apart.",
    )
    retention_sales_activity_cost = fields.Monetary(
        string="Sales Activity Cost",
        help="Cost of an activity done on a lead, an opportunity or a quotation of those who had not ordered yet. 0 if "
        "the time of the sales team is booked on the accounts.",
    )
    retention_interest_rate = fields.Float(
        string="Interest on Late Payments (%)",
        default=6.0,
        help="Yearly rate at which the company finances what customers pay late.",
    )

    _retention_costs = models.Constraint(
        "CHECK(COALESCE(retention_ticket_cost, 0) >= 0 AND COALESCE(retention_activity_cost, 0) >= 0"
        " AND COALESCE(retention_letter_cost, 0) >= 0 AND COALESCE(retention_sales_activity_cost, 0) >= 0)",
        "The costs of retaining and acquiring customers cannot be negative.",
    )
    _retention_interest_rate = models.Constraint(
        "CHECK(COALESCE(retention_interest_rate, 0) >= 0)", "The interest on late payments cannot be negative."
    )
