from odoo import api, fields, models


class CustomerValueBand(models.Model):
    """Points given from a value on, up to the next band. Below the first band a customer gets none."""

    _name = "customer.value.band"
    _description = "Customer Value Band"
    _inherit = ["customer.value.policy.part"]
    _order = "dimension_id, from_value"

    dimension_id = fields.Many2one("customer.value.dimension", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="dimension_id.company_id", store=True, index=True)
    from_value = fields.Float(required=True, string="From")
    points = fields.Float(required=True)

    _points = models.Constraint("CHECK(points BETWEEN 0 AND 100)", "Points must be between 0 and 100.")
    _from_once = models.Constraint(
        "UNIQUE(dimension_id, from_value)", "Two bands start at the same value. Change or remove one of them."
    )

    @api.constrains("from_value", "points", "dimension_id")
    def _check_harmless(self):
        self.dimension_id._check_harmless()
