from odoo import models
from odoo.tools.misc import format_date

from ..core.together import search_ahead


class CustomerValueScore(models.Model):
    _inherit = "customer.value.score"

    def _get_membership(self):
        """Active ``customer.value.membership`` of the customers of these scores, each in the company of its score."""
        Membership = self.env["customer.value.membership"]
        members = search_ahead(Membership, Membership._get_active_domain(self.partner_id, self.company_id))
        wanted = {(score.partner_id, score.company_id) for score in self}
        return members.filtered(lambda member: (member.partner_id, member.company_id) in wanted)

    def _get_tier_until(self):
        """A member of a club has its tier as long as the membership lasts: ``club`` and its last day."""
        until = super()._get_tier_until()
        if until != ("open", None) or self.override_id:
            return until
        # sudo: customers ask as well, and have no access to memberships
        membership = self.sudo()._get_membership()
        return ("club", membership.date_until) if membership.date_until else until

    # -- What customers are told of their tier, in words meant for them: no scores, no internal numbers or words

    def _prepare_portal_values(self):
        """:return: dict of plain values: ``name``, ``color`` (0-11), ``member`` (a sentence; False for who is no
        member of a club) and ``terms`` (HTML) of their membership, ``text`` (HTML), ``benefits`` (sentences),
        ``until`` and ``keeping`` (a sentence each), ``urgent`` (whether the customer had better act)
        """
        self.ensure_one()
        kind, _date = self._get_tier_until()
        tier = self.tier_id
        membership = self._get_membership()
        return {
            "name": tier.name,
            "color": tier.color,
            "member": membership and membership._describe(),
            "terms": membership and membership.tier_id.club_terms,
            "text": tier.benefit_text,
            "benefits": self._get_portal_benefits(),
            "until": self._describe_until(),
            "keeping": self._describe_keeping(),
            "urgent": kind == "grace",
        }

    def _get_portal_benefits(self):
        """:return: list of sentences on what the tier gives, besides its text; only what the customer really has"""
        benefits = []
        partner = self.partner_id.with_company(self.company_id)
        term = self.tier_id.payment_term_id
        if term and partner.property_payment_term_id == term:
            benefits.append(self.env._("Payment terms: %s", term.name))
        if self.tier_id.helpdesk_team_id or self.tier_id.helpdesk_priority in ("2", "3"):
            benefits.append(self.env._("Priority service: your requests are handled first."))
        return benefits

    def _describe_until(self):
        """Until when, as a sentence; see ``_get_tier_until``."""
        kind, until = self._get_tier_until()
        if kind == "open":
            return self.env._("Until further notice")
        if kind == "hold":
            return self.env._("At least until %s", format_date(self.env, until))
        if kind == "club":
            return self.env._("Member until %s; renewed as long as you keep the tier", format_date(self.env, until))
        return self.env._("Until %s", format_date(self.env, until))

    def _describe_keeping(self):
        """What keeps the tier: in grace exactly, else in general."""
        kind, _date = self._get_tier_until()
        tier = self.tier_id.name
        if self.override_id:
            return self.env._("%s was granted to you personally.", tier)
        advice = self._get_keep_advice() if kind == "grace" else {}
        if advice and advice["amount"] is not None:
            return advice["sentence"]
        if kind == "grace":
            return self.env._("Please contact us: we will gladly tell you how to keep %s.", tier)
        return self.env._("%s reflects your business with us: order regularly to keep it.", tier)
