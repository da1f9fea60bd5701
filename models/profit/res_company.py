from odoo import fields, models


class ResCompany(models.Model):
    """What it costs to keep and to win customers, for the profit centre. 0 or empty: not known."""

    _inherit = "res.company"

    retention_service_account_id = fields.Many2one(
        "account.analytic.account",
        string="Analytic Account of Service",
        ondelete="restrict",
        check_company=True,
        help="What was booked on it is the cost of service. Empty: tickets closed times the cost of a ticket.",
    )
    retention_ticket_cost = fields.Monetary(
        string="Cost of a Ticket", help="Counts for each ticket and complaint closed, unless there is an account."
    )
    retention_activity_cost = fields.Monetary(string="Cost of a Care Activity", help="A call or a visit.")
    retention_letter_cost = fields.Monetary(string="Cost of a Care Letter", help="A letter of the care plan.")
    retention_acquisition_account_id = fields.Many2one(
        "account.analytic.account",
        string="Analytic Account of Acquisition",
        ondelete="restrict",
        check_company=True,
        help="What was booked on it is the cost of winning customers. Empty: new customers times the cost of one.",
    )
    retention_acquisition_cost = fields.Monetary(
        string="Cost of a New Customer", help="Counts for each new customer, unless there is an account."
    )

    _retention_costs = models.Constraint(
        "CHECK(COALESCE(retention_ticket_cost, 0) >= 0 AND COALESCE(retention_activity_cost, 0) >= 0"
        " AND COALESCE(retention_letter_cost, 0) >= 0 AND COALESCE(retention_acquisition_cost, 0) >= 0)",
        "The costs of keeping and winning customers cannot be negative.",
    )
