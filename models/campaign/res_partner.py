from odoo import fields, models

from ..core.groups import VALUE_USER


class ResPartner(models.Model):
    """The campaigns that a customer is in, and whether they want to be in any."""

    _inherit = "res.partner"

    retention_opt_out = fields.Boolean(
        string="Exclude from Retention Campaigns",
        tracking=True,
        groups=VALUE_USER,
        help="The customer has opted out of campaigns. Applies to the customer and all of its contacts.",
    )
    retention_member_ids = fields.One2many(
        "customer.retention.member", "partner_id", string="In Retention Campaigns", readonly=True, groups=VALUE_USER
    )

    def _filter_willing(self):
        return (
            super()
            ._filter_willing()
            .filtered(
                lambda partner: not (partner.retention_opt_out or partner.commercial_partner_id.retention_opt_out)
            )
        )
