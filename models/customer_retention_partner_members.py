from odoo import fields, models

from .res_partner import VALUE_USER


class ResPartner(models.Model):
    """Filters find documents by the campaigns of their customers."""

    _inherit = "res.partner"

    retention_member_ids = fields.One2many(
        "customer.retention.member", "partner_id", string="In Retention Campaigns", readonly=True, groups=VALUE_USER
    )
