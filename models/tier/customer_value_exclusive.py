from odoo import api, fields, models
from odoo.tools import ormcache

from ..core.groups import VALUE_USER


class CustomerValueExclusive(models.AbstractModel):
    """Something that may be kept for customers of some tiers. Its models are ``customer.value.remembered``, too."""

    _name = "customer.value.exclusive"
    _description = "Reserved for Tiers"
    _inherit = ["customer.value.carried"]

    # carried: nothing is opened to everybody by a copy
    tier_ids = fields.Many2many(
        "customer.value.tier",
        string="Reserved for Tiers",
        domain=[("policy_id.state", "!=", "draft")],
        groups=VALUE_USER,
        copy=False,
        carried=True,
        help="Only for customers of these tiers. Leave empty for all customers.",
    )

    @api.model
    @ormcache()
    def _get_reserved(self):
        """Which records are kept for which tiers.

        :return: tuple of pairs: id, and frozenset of the ids of tiers; without records for all customers
        """
        # sudo: the tier decides, and salespeople, portal users and visitors of the website may not read it
        reserved = self.sudo().with_context(active_test=True).search([("tier_ids", "!=", False)])
        return tuple((record.id, frozenset(record.tier_ids.ids)) for record in reserved)

    @api.model
    def _get_closed(self, get_tier):
        """Records that are kept for other tiers than the customer's. Costs no query where none is kept for any.

        :param get_tier: function without arguments that looks up the tier, which may be empty
        :return: records with sudo
        """
        reserved = self._get_reserved()
        tier_ids = get_tier().ids if reserved else ()
        return self.sudo().browse(record_id for record_id, allowed in reserved if allowed.isdisjoint(tier_ids))
