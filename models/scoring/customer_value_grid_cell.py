from odoo import fields, models


class CustomerValueGridCell(models.Model):
    """A cell of a policy's grid: from so many points in the two dimensions on, a customer is in this tier.

    Of the cells whose two lower limits a customer reaches, the one with the highest limits counts: columns first.
    """

    _name = "customer.value.grid.cell"
    _description = "Customer Value Grid Cell"
    _inherit = ["customer.value.policy.part"]
    _order = "policy_id, y_from desc, x_from"

    policy_id = fields.Many2one("customer.value.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    x_from = fields.Float(string="Column Start (pts)", required=True)
    y_from = fields.Float(string="Row Start (pts)", required=True)
    tier_id = fields.Many2one(
        "customer.value.tier",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('policy_id', '=', policy_id)]",
    )

    _cell_once = models.Constraint(
        "UNIQUE(policy_id, x_from, y_from)", "Two cells of the grid start at the same points. Change one of them."
    )
    _points = models.Constraint(
        "CHECK(x_from BETWEEN 0 AND 100 AND y_from BETWEEN 0 AND 100)", "Points must be between 0 and 100."
    )
