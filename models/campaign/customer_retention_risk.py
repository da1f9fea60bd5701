from odoo import api, fields, models

from ..core.together import search_ahead


class CustomerRetentionRisk(models.Model):
    """Which offer suits, by the reason and the tier, out of what the company has; and the campaign that makes it."""

    _inherit = "customer.retention.risk"

    offer_id = fields.Many2one(
        "customer.retention.offer",
        string="Suggested Offer",
        compute="_compute_offer_id",
        help="The first offer that matches reason and tier. An offer for both takes precedence over one for the "
        "reason, then one for the tier, then a general one. Empty for customers in a running campaign or its control "
        "group.",
    )

    @api.depends("reason_id", "tier_id", "company_id")
    def _compute_offer_id(self):
        """One query for all and one for each company; each reason with each tier is looked up once."""
        Offer = self.env["customer.retention.offer"]
        offers = search_ahead(Offer, self._get_offers_domain()).grouped("company_id")
        found = {}
        busy = self._get_in_campaign()
        for risk, reason in self._get_step_reasons().items():
            key = risk.company_id, reason, risk.tier_id
            if key not in found:
                found[key] = self._choose_offer(offers.get(risk.company_id, Offer), reason, risk.tier_id)
            risk.offer_id = False if risk in busy else found[key]

    def _get_offers_domain(self):
        """Offers that may be suggested; extend it where one cannot be made any more."""
        return self.env["customer.retention.offer"]._get_company_domain(self.company_id)

    @api.model
    def _choose_offer(self, offers, reason, tier):
        """The most specific of the offers that suit; of equal ones the first."""
        suiting = offers.filtered(
            lambda offer: (
                (not offer.reason_ids or reason in offer.reason_ids) and (not offer.tier_ids or tier in offer.tier_ids)
            )
        )
        return suiting.sorted(lambda offer: (not offer.reason_ids, not offer.tier_ids))[:1]

    def action_start_campaign(self):
        """Open the retention wizard with the selected customers.

        :raise UserError: they are of several companies
        """
        offer = self.offer_id if len(self.offer_id) == 1 else self.offer_id.browse()
        return self._open_campaign_wizard_of_list("retention", offer_id=offer.id)
