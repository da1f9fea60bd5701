from odoo import api, fields, models


class CustomerValueWhatIfWeight(models.TransientModel):
    """How much a dimension of the active policy would weigh."""

    _name = "customer.value.what.if.weight"
    _description = "What If: Weight"

    what_if_id = fields.Many2one("customer.value.what.if", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="what_if_id.company_id")
    dimension_id = fields.Many2one("customer.value.dimension", required=True, readonly=True, ondelete="cascade")
    direction = fields.Selection(related="dimension_id.direction")
    current_weight = fields.Float(related="dimension_id.weight", string="Current Value")
    weight = fields.Float(required=True)
    share = fields.Float(compute="_compute_share", string="Share (%)", digits=(5, 1))
    is_changed = fields.Boolean(compute="_compute_share")

    _weight_not_negative = models.Constraint("CHECK(weight >= 0)", "A weight cannot be negative.")

    @api.depends("weight", "current_weight", "what_if_id.weight_ids.weight")
    def _compute_share(self):
        for line in self:
            total = sum(line.what_if_id.weight_ids.mapped("weight"))
            line.share = 100 * line.weight / total if total else 0.0
            line.is_changed = line.weight != line.current_weight

    def _get_changes(self):
        """:return: list of (what, before, after)"""
        return [(self.dimension_id.display_name, self.current_weight, self.weight)]
