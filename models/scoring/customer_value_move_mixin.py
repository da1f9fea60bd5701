from odoo import api, fields, models

from .customer_value_reason_mixin import CAUSES


class CustomerValueMoveMixin(models.AbstractModel):
    """A customer who would change tier, and why. Written by runs in SQL."""

    _name = "customer.value.move.mixin"
    _description = "Tier Change"
    _inherit = ["customer.value.reason.mixin"]
    _order = "revenue desc, id"
    _rec_name = "partner_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="cascade", string="To")
    previous_tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="cascade", string="From")
    tier_move = fields.Selection(
        [("entered", "New"), ("up", "Up"), ("down", "Down"), ("left", "Leaving")], readonly=True, string="Tier Change"
    )
    cause = fields.Selection(CAUSES, readonly=True)
    gate_id = fields.Many2one("customer.value.gate", readonly=True, ondelete="set null", string="Deciding Rule")
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    previous_score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    revenue = fields.Monetary(readonly=True)
    contributions = fields.Json(readonly=True)
    previous_contributions = fields.Json(readonly=True)

    @api.depends("tier_move", "cause", "gate_id", "score", "tier_id", "contributions", "previous_contributions")
    def _compute_reason(self):
        return super()._compute_reason()
