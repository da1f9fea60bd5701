from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import float_compare

from .customer_value_policy_line import IN_POLICY


class CustomerValueTier(models.Model):
    """A rung of the ladder, with the conditions to enter and to keep it. A higher entry score is a higher tier."""

    _name = "customer.value.tier"
    _description = "Customer Value Tier"
    _inherit = ["customer.value.policy.line"]
    _order = "policy_id, entry_score desc, id"

    name = fields.Char(required=True, translate=True)
    policy_id = fields.Many2one("customer.value.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    origin_id = fields.Many2one("customer.value.tier", readonly=True, copy=False, index="btree_not_null")
    color = fields.Integer()
    description = fields.Text(translate=True, help="The policy for customers of this tier: price, product, service.")
    entry_score = fields.Float(required=True, help="Customers enter the tier with this score.")
    keep_score = fields.Float(
        compute="_compute_keep_score",
        store=True,
        readonly=False,
        precompute=True,
        help="Customers keep the tier as long as their score does not fall below this value.",
    )
    hold_months = fields.Integer(
        string="Min. Stay (months)",
        help="During this period after entering, customers keep the tier regardless of their score.",
    )
    grace_days = fields.Integer(
        string="Grace Period (days)",
        help="Number of days for customers whose score has fallen below the keep score to regain it.",
    )
    excludes_lost = fields.Boolean(
        string="Not for Lost Customers",
        help="Lost customers do not enter this tier, whatever their score, and leave it when the minimum stay and the "
        "grace period are over. A manual tier takes priority.",
    )
    policy_state = fields.Selection(related="policy_id.state", string="Policy State")
    score_count = fields.Integer(compute="_compute_score_count", string="Customers")

    _entry_score = models.Constraint(
        "CHECK(entry_score BETWEEN 0 AND 100)", "The entry score of a tier must be between 0 and 100."
    )
    _keep_score = models.Constraint(
        "CHECK(keep_score BETWEEN 0 AND entry_score)",
        "The keep score of a tier must be between 0 and its entry score.",
    )
    _durations = models.Constraint(
        "CHECK(hold_months >= 0 AND grace_days >= 0)", "The minimum stay and the grace period cannot be negative."
    )

    @api.depends("entry_score")
    def _compute_keep_score(self):
        for tier in self:
            if not tier.keep_score or tier.keep_score > tier.entry_score:
                tier.keep_score = tier.entry_score

    def _compute_score_count(self):
        counts = dict(
            self.env["customer.value.score"]._read_group([("tier_id", "in", self.ids)], ["tier_id"], ["__count"])
        )
        for tier in self:
            tier.score_count = counts.get(tier, 0)

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        policy_id = self.env.context.get(IN_POLICY)
        return domain if policy_id is None else Domain("policy_id", "=", policy_id) & Domain(domain)

    @api.model
    def _get_bulk_references(self):
        return super()._get_bulk_references() | {
            "customer.value.override": ("tier_id",),
            "customer.value.score": ("tier_id", "computed_tier_id"),
            "customer.value.history": ("tier_id", "previous_tier_id"),
        }

    @api.model
    def _get_rule_models(self):
        return super()._get_rule_models() | {
            "customer.value.gate": "tier_id",
            "customer.value.grid.cell": "tier_id",
            "customer.value.policy": "approval_tier_id",
        }

    def _needs_approval(self):
        """Whether assigning this tier manually takes a second manager: the policy says from which tier upwards."""
        threshold = self.policy_id.approval_tier_id
        return bool(threshold) and self.entry_score >= threshold.entry_score

    def _check_ladder(self):
        """:raise ValidationError: two tiers of one policy overlap"""
        for tiers in self.grouped("policy_id").values():
            for lower, upper in pairwise(tiers.sorted("entry_score")):
                if not float_compare(lower.entry_score, upper.entry_score, precision_digits=2):
                    raise ValidationError(
                        self.env._(
                            "The tiers %(lower)s and %(upper)s overlap: both start at the score %(score)g. Change the "
                            "entry score of one of them.",
                            lower=lower.name,
                            upper=upper.name,
                            score=upper.entry_score,
                        )
                    )
                if float_compare(upper.keep_score, lower.entry_score, precision_digits=2) < 0:
                    raise ValidationError(
                        self.env._(
                            "The tiers %(lower)s and %(upper)s overlap: %(upper)s is kept down to %(keep)g, below the "
                            "entry score %(entry)g of %(lower)s. Increase the keep score of %(upper)s.",
                            lower=lower.name,
                            upper=upper.name,
                            keep=upper.keep_score,
                            entry=lower.entry_score,
                        )
                    )
