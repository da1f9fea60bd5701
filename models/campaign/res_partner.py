from odoo import fields, models

from ..core.groups import VALUE_USER


class ResPartner(models.Model):
    """The campaigns that a customer is in, and whether they want to be in any."""

    _inherit = "res.partner"

    retention_opt_out = fields.Boolean(
        string="No Retention Campaigns",
        tracking=True,
        groups=VALUE_USER,
        help="The customer wants to be in no campaign. Holds for the customer and all of its contacts.",
    )
    retention_member_ids = fields.One2many(
        "customer.retention.member", "partner_id", string="In Retention Campaigns", readonly=True, groups=VALUE_USER
    )
