from odoo import api, fields, models


class CustomerValueWhatIfGate(models.TransientModel):
    """At which value a gate of the active policy would act."""

    _name = "customer.value.what.if.gate"
    _description = "What If: Override Rule"

    what_if_id = fields.Many2one("customer.value.what.if", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="what_if_id.company_id")
    gate_id = fields.Many2one(
        "customer.value.gate", string="Override Rule", required=True, readonly=True, ondelete="cascade"
    )
    unit = fields.Char(related="gate_id.unit")
    current_value = fields.Float(related="gate_id.value", string="Current Value")
    value = fields.Float(required=True)
    is_changed = fields.Boolean(compute="_compute_is_changed")

    @api.depends("value", "current_value")
    def _compute_is_changed(self):
        for line in self:
            line.is_changed = line.value != line.current_value

    def _get_changes(self):
        """:return: list of (what, before, after)"""
        return [(self.gate_id.display_name, self.current_value, self.value)]
