from odoo import api, fields, models
from odoo.exceptions import UserError


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

    taken_out = fields.Boolean(compute="_compute_taken_out")

    @api.depends("run_id.kept_partner_ids", "partner_id")
    def _compute_taken_out(self):
        for move in self:
            move.taken_out = move.partner_id in move.run_id.kept_partner_ids

    def action_take_out(self):
        """Let these customers keep their tier when the run is applied."""
        self._change_kept(fields.Command.link)

    def action_put_back(self):
        self._change_kept(fields.Command.unlink)

    def _change_kept(self, command):
        for run, moves in self.grouped("run_id").items():
            if not run.simulate:
                raise UserError(self.env._("The run has been applied. Undo it, or set the tier by hand."))
            if command is fields.Command.link and moves.filtered(lambda move: not move.previous_tier_id):
                raise UserError(
                    self.env._("A new customer has no tier to keep. Set the tier by hand after the run instead.")
                )
            run.kept_partner_ids = [command(partner.id) for partner in moves.partner_id]

    @api.autovacuum
    def _gc_moves(self):
        """Forget the movers of simulations a month old; the runs keep their matrix."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), months=1)
        self.env.cr.execute(
            "DELETE FROM customer_value_run_move move USING customer_value_run run"
            " WHERE run.id = move.run_id AND run.started < %s",
            [limit],
        )
