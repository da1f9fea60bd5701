from odoo import fields, models

from ..core.groups import VALUE_USER
from ..core.together import Search, search_ahead
from ..risk.res_partner import FINDINGS


class ResPartner(models.Model):
    """The campaigns that a customer is in, and whether they want to be in any."""

    _inherit = "res.partner"

    # carried: nobody is written to who does not want it, because somebody has made another contact of them
    retention_opt_out = fields.Boolean(
        string="Exclude from Retention Campaigns",
        tracking=True,
        groups=VALUE_USER,
        copy=False,
        carried=True,
        help="The customer has opted out of campaigns. Applies to the customer and all of its contacts.",
    )
    retention_member_ids = fields.One2many(
        "customer.retention.member", "partner_id", string="In Retention Campaigns", readonly=True, groups=VALUE_USER
    )

    def _filter_willing(self):
        return (
            super()
            ._filter_willing()
            .filtered(
                lambda partner: not (partner.retention_opt_out or partner.commercial_partner_id.retention_opt_out)
            )
        )

    def _message_receive_bounce(self, email, partner):
        """Which of the letters came back is not always told: of a customer in a campaign it may be that one."""
        result = super()._message_receive_bounce(email, partner)
        # sudo: the mail gateway has no user with these rights; only the campaign writes members
        members = (
            self.env["customer.retention.member"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.ids),
                    ("is_open", "=", True),
                    ("campaign_id.offer_id.template_id", "!=", False),
                ]
            )
        )
        members._note_lost_letter(
            lambda member: member.env._("An email to %s came back: the letter may not have arrived.", email)
        )
        return result

    def _get_searches_ahead(self, company):
        Offer = self.env["customer.retention.offer"].sudo()
        names = ("*", "reason_ids.*", "tier_ids")
        # sudo: as in _filter_in_campaign
        Member = self.env["customer.retention.member"].sudo()
        return [
            *super()._get_searches_ahead(company),
            Search(Offer, Offer._get_company_domain(company), names),
            Search(Member, self._get_open_member_domain(company), ("partner_id",)),
        ]

    def _get_open_member_domain(self, company):
        return [*self._get_kept_domain(company), ("is_open", "=", True)]

    def _filter_in_campaign(self, company):
        """Customers who have the offer of a running campaign, or are to get none: they belong to its control group."""
        # sudo: what is advised depends on it, whoever else may read campaigns
        Member = self.env["customer.retention.member"].sudo()
        members = search_ahead(Member, self._get_open_member_domain(company), ("partner_id",))
        customers = set(members.partner_id.ids)
        return self.filtered(lambda partner: partner.commercial_partner_id.id in customers)

    def _get_next_steps(self, company, unsettled=None):
        """The offer for a customer who is at risk or lost makes title and type of the activity.

        Who is in a running campaign is advised no offer: a second one would be given away, and one to the control group
        would spoil what is measured.
        """
        steps = super()._get_next_steps(company, unsettled)
        found = self.filtered(lambda partner: steps.get(partner.id, {}).get("code") in ("risk", "lost"))
        offers = {}
        for model in FINDINGS:
            # sudo: as the step itself, whoever may read the record behind it
            findings = search_ahead(self.env[model].sudo(), found._get_kept_domain(company))
            for finding in findings:
                offers.setdefault(finding.partner_id, finding.offer_id)
        for partner in found - found._filter_in_campaign(company):
            if offer := offers.get(partner.commercial_partner_id):
                steps[partner.id] |= offer._get_step_terms()
        return steps
