from odoo import fields, models
from odoo.tools import format_amount, format_date

# Points of score from which on the next tier is within reach.
NEAR = 5.0


class CustomerValueScore(models.Model):
    """The next best step with a customer, by rules that anybody can read. The first one that holds wins."""

    _inherit = "customer.value.score"

    def _get_next_step(self, overdue=None, complaints=None):
        """What to do next with this customer, and why.

        What is unsettled comes first, then what is about to be lost, then what can be won; where nothing stands out,
        the advice of the segment counts. Extend it by testing your own rule before calling ``super()``.

        :param tuple overdue: amount in company currency and days, if known already
        :param int complaints: number of open complaints, if known already
        :return: (code, sentence in the user's language)
        """
        self.ensure_one()
        if overdue is None:
            overdue = self.partner_id._get_overdue(self.company_id)
        if complaints is None:
            complaints = self.partner_id._get_open_complaint_count(self.company_id)
        return (
            self._get_step_unsettled(overdue, complaints)
            or self._get_step_at_risk()
            or self._get_step_to_win()
            or self._get_step_by_segment()
        )

    def _get_step_unsettled(self, overdue, complaints):
        amount, days = overdue
        if complaints:
            return "complaint", self.env._(
                "Settle the open complaints first: %s open. Who waits for an answer is not in the mood to buy.",
                complaints,
            )
        if amount > 0:
            return "overdue", self.env._(
                "Talk about the overdue %(amount)s before you grant more credit: the oldest item is %(days)s days "
                "late.",
                amount=format_amount(self.env, amount, self.currency_id),
                days=days,
            )
        return None

    def _get_step_at_risk(self):
        tier = self.tier_id.sudo()
        today = fields.Date.context_today(self)
        if self.grace_until and self.grace_until >= today:
            return "grace", self.env._(
                "Offer something that brings the score from %(score).1f back to %(keep).1f: otherwise %(tier)s ends "
                "after %(date)s.",
                score=self.score,
                keep=tier.keep_score,
                tier=tier.name,
                date=format_date(self.env, self.grace_until),
            )
        days = self.recency_days
        if self.lifecycle == "declining":
            return "declining", self.env._("Ask what has changed: the customer buys less, or later, than before.")
        if self.lifecycle == "dormant":
            return "dormant", self.env._("Get in touch again: the last order was %s days ago.", days)
        if self.lifecycle == "lost":
            return "lost", self.env._("Make an offer to win the customer back: the last order was %s days ago.", days)
        return None

    def _get_step_to_win(self):
        if self.lifecycle == "prospect":
            return "prospect", self.env._("Win the first order: the customer has not bought yet.")
        if self.lifecycle == "new":
            return "new", self.env._("Ask how the first purchase went, and propose the second.")
        if self.lifecycle == "won_back":
            return "won_back", self.env._("Keep what was won back: arrange the next order now.")
        above = self._get_next_tier()
        if above and above.entry_score - self.score <= NEAR:
            return "next_tier", self.env._(
                "Show what %(tier)s would give: only %(points).1f points are missing.",
                tier=above.name,
                points=above.entry_score - self.score,
            )
        return None

    def _get_next_tier(self):
        """The lowest tier above the present one that the score does not reach; none where a grid decides."""
        # sudo: tiers are explained to whoever may read the score
        policy = self.policy_id.sudo()
        if policy.tier_method != "score":
            return policy.tier_ids.browse()
        higher = policy.tier_ids.filtered(
            lambda tier: tier.entry_score > max(self.score, self.tier_id.sudo().entry_score)
        )
        return higher.sorted("entry_score")[:1]

    def _get_step_by_segment(self):
        segment = self.segment_id.sudo()
        if segment.description:
            return "segment", self.env._(
                "%(advice)s (%(segment)s)", advice=segment.description.strip(), segment=segment.name
            )
        if self.lifecycle == "growing":
            return "growing", self.env._("Propose more of the range: the customer is buying more than before.")
        return "keep", self.env._("Keep in touch: orders come as usual, and nothing is unsettled.")
