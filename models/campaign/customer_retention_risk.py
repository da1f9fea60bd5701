from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerRetentionRisk(models.Model):
    """Which offer suits, by the reason and the tier, out of what the company has; and the campaign that makes it."""

    _inherit = "customer.retention.risk"

    offer_id = fields.Many2one(
        "customer.retention.offer",
        string="Suggested Offer",
        compute="_compute_offer_id",
        help="The first offer that matches reason and tier. An offer for both takes precedence over one for the "
        "reason, then one for the tier, then a general one.",
    )

    @api.depends("reason_id", "tier_id", "company_id")
    def _compute_offer_id(self):
        """One query for all, and each reason with each tier is looked up once."""
        Offer = self.env["customer.retention.offer"]
        offers = Offer.search(self._get_offers_domain()).grouped("company_id")
        found = {}
        for risk, reason in self._get_step_reasons().items():
            key = risk.company_id, reason, risk.tier_id
            if key not in found:
                found[key] = self._choose_offer(offers.get(risk.company_id, Offer), reason, risk.tier_id)
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

    def action_start_campaign(self):
        """Open the retention wizard with the selected customers.

        :raise UserError: they are of several companies
        """
        self.check_access("read")
        if len(self.company_id) > 1:
            raise UserError(
                self.env._("These customers belong to several companies. Select customers of one company only.")
            )
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_wizard")
        context = {
            "active_model": self._name,
            "active_ids": self.ids,
            "active_id": self[:1].id,
            "default_company_id": self.company_id.id or self.env.company.id,
            "default_purpose": "retention",
        }
        if len(self.offer_id) == 1:
            context["default_offer_id"] = self.offer_id.id
        if "active_domain" in self.env.context:
            # the client sends no more than so many ids of a selected whole list
            context["active_domain"] = self.env.context["active_domain"]
        return action | {"context": context}
