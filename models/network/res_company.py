from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    referral_saved_cost = fields.Monetary(
        string="Usual Cost of Winning a Customer",
        help="What a referral saves where the customer would have come anyway.",
    )
    referral_borders = fields.Selection(
        [("median", "Medians of all customers"), ("amount", "Amounts")],
        string="High Values Begin At",
        default="median",
        required=True,
        help="Which customers have a high value of their own, and a high referral value. Most customers refer nobody: "
        "the median of referral values usually is zero.",
    )
    referral_own_border = fields.Monetary(string="High Own Value Above")
    referral_value_border = fields.Monetary(string="High Referral Value Above")

    _referral_saved_cost = models.Constraint(
        "CHECK(COALESCE(referral_saved_cost, 0) >= 0)", "The usual cost of winning a customer cannot be below zero."
    )
