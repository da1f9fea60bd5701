from odoo import api, fields, models

from ..core.groups import VALUE_USER
from ..core.together import Search


class ResPartner(models.Model):
    """The club that a customer is a member of."""

    _inherit = "res.partner"

    value_membership_id = fields.Many2one(
        "customer.value.membership",
        string="Membership",
        compute="_compute_beside",
        search="_search_value_membership_id",
        compute_sudo=True,
        groups=VALUE_USER,
        help="Membership of the customer in a club of the current company.",
    )

    def _get_beside(self):
        active = [("state", "=", "active")]
        return super()._get_beside() | {
            "value_membership_id": self._kept_beside("customer.value.membership", domain=active)
        }

    @api.model
    def _search_value_membership_id(self, operator, value):
        active = [("state", "=", "active")]
        return self._search_by_kept(
            "value_membership_id", "customer.value.membership", "id", operator, value, domain=active
        )

    def _get_searches_ahead(self, company):
        # sudo: as in _get_tier_until of the score
        Membership = self.env["customer.value.membership"].sudo()
        active = Membership._get_active_domain(self.commercial_partner_id, company)
        return [*super()._get_searches_ahead(company), Search(Membership, active)]
