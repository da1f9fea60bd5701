from odoo import api, fields, models


class CustomerValueRunMove(models.Model):
    """A customer who would change tier if a simulated run were applied. Kept as long as the run."""

    _name = "customer.value.run.move"
    _description = "Customer Value Move"
    _order = "revenue desc, id"
    _rec_name = "partner_id"

    run_id = fields.Many2one("customer.value.run", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="cascade", string="To")
    previous_tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="cascade", string="From")
    tier_move = fields.Selection(
        [("entered", "New"), ("up", "Up"), ("down", "Down"), ("left", "Leaving")], readonly=True, string="Move"
    )
    gate_id = fields.Many2one("customer.value.gate", readonly=True, ondelete="set null", string="Decided by Gate")
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    previous_score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    revenue = fields.Monetary(readonly=True)

    @api.autovacuum
    def _gc_moves(self):
        """Forget the movers of simulations a month old; the runs keep their matrix."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), months=1)
        self.env.cr.execute(
            "DELETE FROM customer_value_run_move move USING customer_value_run run"
            " WHERE run.id = move.run_id AND run.started < %s",
            [limit],
        )
