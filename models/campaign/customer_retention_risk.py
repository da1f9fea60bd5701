from odoo import api, fields, models


class CustomerRetentionRisk(models.Model):
    """Which offer suits: by the reason and the tier, out of what the company has."""

    _inherit = "customer.retention.risk"

    offer_id = fields.Many2one(
        "customer.retention.offer",
        string="Suggested Offer",
        compute="_compute_offer_id",
        help="The first offer that suits reason and tier. One made for both goes before one for the reason, that "
        "before one for the tier, and that before one for everybody.",
    )

    @api.depends("reason_id", "tier_id", "company_id")
    def _compute_offer_id(self):
        """One query for all, and each reason with each tier is looked up once."""
        Offer = self.env["customer.retention.offer"]
        offers = Offer.search(self._get_offers_domain()).grouped("company_id")
        found = {}
        for risk in self:
            key = risk.company_id, risk.reason_id, risk.tier_id
            if key not in found:
                found[key] = self._choose_offer(offers.get(risk.company_id, Offer), risk.reason_id, risk.tier_id)
            risk.offer_id = found[key]

    def _get_offers_domain(self):
        """Offers that may be suggested; extend it where one cannot be made any more."""
        return [("company_id", "in", self.company_id.ids)]

    @api.model
    def _choose_offer(self, offers, reason, tier):
        """The most specific of the offers that suit; of equal ones the first."""
        suiting = offers.filtered(
            lambda offer: (
                (not offer.reason_ids or reason in offer.reason_ids) and (not offer.tier_ids or tier in offer.tier_ids)
            )
        )
        return suiting.sorted(lambda offer: (not offer.reason_ids, not offer.tier_ids))[:1]
