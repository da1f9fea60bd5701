from odoo import api, fields, models
from odoo.exceptions import UserError

from .customer_value_score import ABC_CLASSES, LIFECYCLES


class CustomerValueHistory(models.Model):
    """What changed for a customer, and when. Entries are added, never changed."""

    _name = "customer.value.history"
    _description = "Customer Value History"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    policy_id = fields.Many2one("customer.value.policy", readonly=True, ondelete="cascade")
    policy_version = fields.Integer(readonly=True)
    run_id = fields.Many2one("customer.value.run", readonly=True, ondelete="restrict", index="btree_not_null")
    date = fields.Date(required=True, readonly=True)
    event = fields.Selection(
        [("entered", "Became a customer"), ("changed", "Changed"), ("left", "No longer a customer")],
        required=True,
        readonly=True,
    )
    cause = fields.Selection([("run", "Score"), ("gate", "Gate")], readonly=True)
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    previous_score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    revenue = fields.Monetary(readonly=True)
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="restrict")
    previous_tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="restrict")
    tier_move = fields.Selection(
        [("up", "Up"), ("down", "Down"), ("same", "Same tier")], readonly=True, string="Tier Moved"
    )
    segment_id = fields.Many2one("customer.value.segment", readonly=True, ondelete="restrict")
    previous_segment_id = fields.Many2one("customer.value.segment", readonly=True, ondelete="restrict")
    abc_class = fields.Selection(ABC_CLASSES, string="ABC", readonly=True)
    previous_abc_class = fields.Selection(ABC_CLASSES, string="Previous ABC", readonly=True)
    lifecycle = fields.Selection(LIFECYCLES, readonly=True)
    previous_lifecycle = fields.Selection(LIFECYCLES, readonly=True)
    contributions = fields.Json(readonly=True)
    previous_contributions = fields.Json(readonly=True)

    def write(self, vals):
        raise UserError(self.env._("The history of a customer's value cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of a customer's value cannot be deleted."))

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = f"{entry.partner_id.display_name} {fields.Date.to_string(entry.date)}"
