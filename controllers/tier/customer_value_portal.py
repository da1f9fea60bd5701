from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.http import request, route


class CustomerValuePortal(CustomerPortal):
    """Customers see their tier, what it gives them, until when, and what keeps it; nothing else."""

    def _get_own_score_sudo(self):
        """The score of the company that the user belongs to, in the company that they deal with; may be empty."""
        customer = request.env.user.partner_id.commercial_partner_id
        # sudo: portal users have no access to scores and tiers; what leaves this class are plain words about their own
        return (
            request.env["customer.value.score"]
            .sudo()
            .search([("partner_id", "=", customer.id), ("company_id", "=", request.env.company.id)], limit=1)
        )

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            values["customer_tier"] = self._get_own_score_sudo().tier_id.name
        return values

    @route("/my/tier", type="http", auth="user", website=True, readonly=True)
    def portal_my_tier(self, **_params):
        score = self._get_own_score_sudo()
        values = self._prepare_portal_layout_values() | {
            "page_name": "customer_tier",
            "tier": score._prepare_portal_values() if score.tier_id else False,
        }
        return request.render("customer_value.portal_my_tier", values)
