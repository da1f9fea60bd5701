from odoo import api, models
from odoo.tools import SQL


class CustomerValueSource(models.AbstractModel):
    """The cards of campaigns are given away: to spend them is a discount."""

    _inherit = "customer.value.source"

    @api.model
    def _get_given_cards(self):
        return [
            *super()._get_given_cards(),
            SQL("SELECT id FROM loyalty_card WHERE retention_member_id IS NOT NULL"),
        ]
