from odoo import fields, models


class CustomerValueWhatIfMove(models.TransientModel):
    """A customer who would change tier with the values of a what-if."""

    _name = "customer.value.what.if.move"
    _description = "What If: Tier Change"
    _inherit = ["customer.value.move.mixin"]
    _order = "revenue desc, id"
    _rec_name = "partner_id"

    what_if_id = fields.Many2one("customer.value.what.if", required=True, readonly=True, index=True, ondelete="cascade")

    def _get_entry_score(self):
        line = self.what_if_id.tier_ids.filtered(lambda line: line.tier_id == self.tier_id)
        return line.entry_score
