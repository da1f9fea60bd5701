from odoo import api, fields, models


class CustomerFormerNumber(models.Model):
    """A number that a customer had before others were merged into them: on letters and invoices it lives on.

    Written where customers are merged, and by nobody else.
    """

    _name = "customer.former.number"
    _description = "Former Customer Number"
    _inherit = ["customer.succession.participant"]
    _order = "id"
    _succession_layer = 94

    name = fields.Char(string="Number", required=True, readonly=True, index="trigram")
    # no constraint on both together: the merge wizard would drop a number where both had it
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")

    @api.model
    def _before_merge(self, partners):
        """Each keeps their own number: the merge wizard moves these rows, and takes one number for all."""
        self.create([{"name": partner.ref, "partner_id": partner.id} for partner in partners if partner.ref])
        self.flush_model()

    @api.model
    def _after_merge(self, partner):
        """What is the number now is not a former one; each of the others once."""
        seen = {partner.ref}
        for number in self.search([("partner_id", "=", partner.id)]):
            name = number.name
            if name in seen:
                number.unlink()
            seen.add(name)
