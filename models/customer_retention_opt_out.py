from odoo import fields, models

from .res_partner import VALUE_USER


class ResPartner(models.Model):
    """Who wants to be in no campaign, and what happens to campaigns when contacts change their company."""

    _inherit = "res.partner"

    retention_opt_out = fields.Boolean(
        string="No Retention Campaigns",
        tracking=True,
        groups=VALUE_USER,
        help="The customer wants to be in no campaign. Holds for the customer and all of its contacts.",
    )
