from odoo import api, fields, models
from odoo.fields import Domain

from ..core.groups import VALUE_USER


class CustomerValueExclusive(models.AbstractModel):
    """Something that may be kept for customers of some tiers."""

    _name = "customer.value.exclusive"
    _description = "Reserved for Tiers"

    tier_ids = fields.Many2many(
        "customer.value.tier",
        string="Reserved for Tiers",
        domain=[("policy_id.state", "!=", "draft")],
        groups=VALUE_USER,
        help="Only for customers of these tiers. Leave empty for all customers.",
    )

    @api.model
    def _get_closed(self, tier):
        """Records that are kept for other tiers than ``tier``, which may be empty.

        With sudo: the tier decides, and salespeople, portal users and visitors of the website may not read it.
        """
        domain = Domain("tier_ids", "!=", False) & Domain("tier_ids", "not in", tier.ids)
        return self.sudo().search(domain)
