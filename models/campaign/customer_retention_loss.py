from odoo import api, fields, models
from odoo.exceptions import UserError

from ...analytics.risk import second_lifetime
from ..core.together import search_ahead


class CustomerRetentionLoss(models.Model):
    """Which offer may win a lost customer back, and the campaign that makes it."""

    _inherit = "customer.retention.loss"

    offer_id = fields.Many2one(
        "customer.retention.offer",
        string="Suggested Offer",
        compute="_compute_offer_id",
        help="The first offer that matches reason and tier and costs less than the value of the customer; a "
        "specific offer takes precedence over a general one. Empty if no offer pays off, for customers who cannot "
        "return, and for those in a running campaign or its control group.",
    )
    offer_cost = fields.Monetary(
        string="Expected Cost",
        compute="_compute_offer_id",
        help="Cost of the offer, plus its promised amount multiplied by the share of returning customers.",
    )

    @api.depends("reason_id", "tier_id", "company_id", "second_lifetime_value")
    def _compute_offer_id(self):
        """One query for all, and one for each company."""
        found = self._find_offers()
        busy = self._get_in_campaign()
        for loss in self:
            loss.offer_id, loss.offer_cost = (False, 0.0) if loss in busy else found[loss]

    def _find_offers(self):
        """:return: dict by loss: the offer that suits best of those that pay, and what it is expected to cost"""
        Risk = self.env["customer.retention.risk"]
        Offer = self.env["customer.retention.offer"]
        offers = search_ahead(Offer, Offer._get_company_domain(self.company_id))
        costs = self._get_offer_costs(offers)
        found = {}
        for loss in self:
            paying = offers.filtered(
                lambda offer, loss=loss: (
                    offer.company_id == loss.company_id
                    and costs[offer] <= loss.second_lifetime_value
                    # what costs nothing is wasted on them as well
                    and not loss.is_final
                )
            )
            offer = Risk._choose_offer(paying, loss.reason_id, loss.tier_id)
            found[loss] = offer, costs.get(offer, 0.0)
        return found

    @api.model
    def _get_offer_costs(self, offers):
        """:return: dict offer: what it is expected to cost for a lost customer, company currency"""
        recaptured = {company: company._get_win_back_terms()["recaptured"] for company in offers.company_id}
        return {
            offer: second_lifetime.expected_cost(*offer._get_unit_cost(), recaptured[offer.company_id])
            for offer in offers
        }

    def action_start_campaign(self):
        """Open the retention wizard to win the selected customers back.

        :raise UserError: they are of several companies, or none of them is worth the cheapest offer
        """
        self._check_one_company()
        # with those in a campaign: the wizard says how many they are
        found = self._find_offers()
        worth = self.filtered(lambda loss: found[loss][0])
        if not worth:
            raise UserError(
                self.env._(
                    "No offer costs less than the value of these customers. Add a cheaper offer for the reason, or "
                    "select customers with a higher second lifetime value."
                )
            )
        reason = worth.reason_id if len(worth.reason_id) == 1 else worth.reason_id.browse()
        offers = self.env["customer.retention.offer"].union(*(found[loss][0] for loss in worth))
        offer = offers if len(offers) == 1 else offers.browse()
        return worth._open_campaign_wizard("win_back", reason_id=reason.id, offer_id=offer.id)
