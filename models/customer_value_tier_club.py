from odoo import api, fields, models


class CustomerValueTier(models.Model):
    """A tier may be a club: customers in it are members, and what the tier gives are the members' benefits.

    A club without a season is always open. A club with a season has members, and gives its benefits, from the first to
    the last day of it only; the next season begins when the manager enters its dates.
    """

    _inherit = "customer.value.tier"

    is_club = fields.Boolean(string="Club", help="Customers of this tier are members of a club.")
    club_name = fields.Char(translate=True, help="Empty: the name of the tier.")
    club_terms = fields.Html(
        string="Terms of Membership", translate=True, help="What members may expect, and what is expected of them."
    )
    membership_months = fields.Integer(
        default=12,
        string="Length of a Membership (months)",
        help="A membership lasts so long and is renewed as long as the customer is in the tier. "
        "0: until the customer leaves the tier.",
    )
    season_from = fields.Date(help="First day of the club's season. Before it nobody is a member.")
    season_until = fields.Date(
        help="Last day of the club's season: all memberships end with it, and the tier's benefits are taken back."
    )
    benefits_given = fields.Selection(
        [("yes", "Given"), ("no", "Taken back")],
        readonly=True,
        copy=False,
        help="What was done with the benefits of the customers in this club when its season last began or ended.",
    )
    member_count = fields.Integer(compute="_compute_member_count", string="Members")

    _membership_months = models.Constraint(
        "CHECK(membership_months >= 0)", "The length of a membership cannot be negative. 0: no end."
    )
    _season = models.Constraint(
        "CHECK(season_until IS NULL OR season_from IS NULL OR season_until >= season_from)",
        "The season of a club cannot end before it begins.",
    )

    def _compute_member_count(self):
        counts = dict(
            self.env["customer.value.membership"]._read_group(
                [("tier_id", "in", self.ids), ("state", "=", "active")], ["tier_id"], ["__count"]
            )
        )
        for tier in self:
            tier.member_count = counts.get(tier, 0)

    def _get_club_name(self):
        """What members read; the name of the tier unless the club has one."""
        self.ensure_one()
        return self.club_name or self.name

    def _is_giving(self):
        """Whether the tier gives its benefits today: a club out of season does not."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        return not self.is_club or (
            (not self.season_from or self.season_from <= today)
            and (not self.season_until or self.season_until >= today)
        )

    def _giving(self):
        """The tiers among ``self`` that give their benefits today."""
        return self.filtered(lambda tier: tier._is_giving())

    def _has_benefits(self):
        # a membership is one, though nothing is written on the customer
        return self.is_club or super()._has_benefits()

    @api.model
    def _get_season_changes(self, company):
        """Clubs of ``company`` whose benefits have to be given or taken back, because the season began or ended."""
        clubs = self.search(
            [
                ("company_id", "=", company.id),
                ("policy_id.state", "=", "active"),
                "|",
                ("is_club", "=", True),
                ("benefits_given", "=", "no"),
            ]
        )
        return clubs.filtered(lambda tier: tier.benefits_given != tier._season_state())

    def _season_state(self):
        return "yes" if self._is_giving() else "no"

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_membership")
        return action | {"domain": [("tier_id", "=", self.id)], "context": {"search_default_active": 1}}
