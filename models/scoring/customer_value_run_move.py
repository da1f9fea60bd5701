from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerValueRunMove(models.Model):
    """A customer who would change tier if a simulated run were applied. Kept as long as the run."""

    _name = "customer.value.run.move"
    _description = "Customer Value Tier Change"
    _inherit = ["customer.value.move.mixin"]
    _order = "revenue desc, id"
    _rec_name = "partner_id"

    run_id = fields.Many2one("customer.value.run", required=True, readonly=True, index=True, ondelete="cascade")
    taken_out = fields.Boolean(compute="_compute_taken_out", search="_search_taken_out")

    @api.depends("run_id.kept_partner_ids", "partner_id")
    def _compute_taken_out(self):
        for move in self:
            move.taken_out = move.partner_id in move.run_id.kept_partner_ids

    @api.model
    def _search_taken_out(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "EXISTS (SELECT FROM customer_value_run_kept_partner_rel kept"
                " WHERE kept.customer_value_run_id = %s AND kept.res_partner_id = %s) = ANY(%s)",
                SQL.identifier(alias, "run_id"),
                SQL.identifier(alias, "partner_id"),
                [bool(wanted) for wanted in value],
            )
        )

    def action_take_out(self):
        """Let these customers keep their tier when the run is applied.

        :raise UserError: somebody is new or leaves, and has no tier to keep, or the run has been applied
        """
        if self.filtered(lambda move: move.tier_move == "left"):
            raise UserError(
                self.env._("Former customers have no tier to keep. Remove leaving customers from the selection.")
            )
        if self.filtered(lambda move: not move.previous_tier_id):
            raise UserError(
                self.env._("A new customer has no tier to keep. Set the tier manually after the run instead.")
            )
        self._change_kept(fields.Command.link)

    def action_put_back(self):
        """Let the run change the tier of these customers after all."""
        self._change_kept(fields.Command.unlink)

    def _change_kept(self, command):
        for run, moves in self.grouped("run_id").items():
            if not run.simulate:
                raise UserError(self.env._("The run has been applied. Undo it, or set the tier manually."))
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
