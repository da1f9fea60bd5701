from odoo import fields, models


class ResCompany(models.Model):
    """What the pursuit of a lead costs, and by what leads are sorted."""

    _inherit = "res.company"

    acquisition_pursuit_basis = fields.Selection(
        [("lead", "An amount for each open lead"), ("activity", "Activities still to be done")],
        string="Cost of Pursuing a Lead",
        default="lead",
        required=True,
        help="What is deducted from the expected margin of a lead: an amount, or the activities that leads take on "
        "average (those planned at least) without those already done, times the cost of a sales activity.",
    )
    acquisition_pursuit_cost = fields.Monetary(
        string="Cost of an Open Lead", help="Time and travel that an open lead takes until it is decided."
    )
    acquisition_sort = fields.Selection(
        [("worth", "Worth"), ("probability", "Probability")],
        string="Leads Are Sorted by",
        default="worth",
        required=True,
        help="The backtest of leads sets this to what has found more margin.",
    )

    _acquisition_pursuit_cost = models.Constraint(
        "CHECK(COALESCE(acquisition_pursuit_cost, 0) >= 0)", "The cost of pursuing a lead cannot be negative."
    )
