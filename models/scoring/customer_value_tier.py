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
    entry_basis = fields.Selection(
        [("score", "Score"), ("customers", "Share of customers"), ("margin", "Share of margin")],
        string="Entry By",
        default="score",
        required=True,
        help="Score: the entry score that you enter.\nShare of customers: the best customers by score, such as the "
        "best 5%.\nShare of margin: the best customers by score who together bring this share of the net margin.\nFull "
        "runs calculate the score that a share means; until the next one it does not change.",
    )
    entry_share = fields.Float(
        string="Best (%)",
        help="Share that this tier and those above it hold together: 5 in the first tier and 20 in the second one are "
        "the best 5%, and the 15% that follow.",
    )
    keep_share = fields.Float(
        string="Kept Within (%)",
        compute="_compute_keep_share",
        store=True,
        readonly=False,
        precompute=True,
        help="Customers keep the tier as long as they are among the best by this share.",
    )
    entry_score = fields.Float(
        compute="_compute_entry_score",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Customers enter the tier with this score.",
    )
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
    relaxation_text = fields.Text(related="policy_id.relaxation_text")
    can_confirm_relaxation = fields.Boolean(related="policy_id.can_confirm_relaxation")
    score_count = fields.Integer(compute="_compute_score_count", string="Customers")

    _entry_score = models.Constraint(
        "CHECK(entry_score BETWEEN 0 AND 100)", "The entry score of a tier must be between 0 and 100."
    )
    _keep_score = models.Constraint(
        "CHECK(keep_score BETWEEN 0 AND entry_score)",
        "The keep score of a tier must be between 0 and its entry score.",
    )
    _shares = models.Constraint(
        "CHECK(entry_basis = 'score' OR entry_share > 0 AND entry_share <= keep_share AND keep_share <= 100)",
        "The share of a tier must be above 0 and at most 100, and customers cannot be kept within a smaller share than "
        "they enter with.",
    )
    _durations = models.Constraint(
        "CHECK(hold_months BETWEEN 0 AND 1200 AND grace_days BETWEEN 0 AND 36500)",
        "The minimum stay must be 0 to 1,200 months, and the grace period 0 to 36,500 days.",
    )

    @api.depends("entry_basis", "entry_share")
    def _compute_entry_score(self):
        """A share has no score before customers are scored: until then it takes its place on the ladder."""
        for tier in self:
            if tier.entry_basis != "score" and not tier.entry_score:
                tier.entry_score = 100 - tier.entry_share

    @api.depends("entry_basis", "entry_share")
    def _compute_keep_share(self):
        for tier in self:
            if tier.entry_basis != "score" and tier.keep_share < tier.entry_share:
                tier.keep_share = tier.entry_share

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

    @api.model_create_multi
    def create(self, vals_list):
        usual = self.default_get(["policy_id"]).get("policy_id")
        policy_ids = {vals.get("policy_id") or usual for vals in vals_list} - {None, False}
        policies = self.env["customer.value.policy"].browse(policy_ids)
        with policies._watch_limits() as watched:
            return super(CustomerValueTier, self.with_env(watched.env)).create(vals_list).with_env(self.env)

    def write(self, vals):
        if not self._get_limiting_fields() & vals.keys():
            return super().write(vals)
        policies = self.policy_id | self.policy_id.browse(vals.get("policy_id") or ())
        with policies._watch_limits() as watched:
            return super(CustomerValueTier, self.with_env(watched.env)).write(vals)

    def unlink(self):
        with self.policy_id._watch_limits() as watched:
            return super(CustomerValueTier, self.with_env(watched.env)).unlink()

    @api.model
    def _get_limiting_fields(self):
        """Extended by others.

        :return: names of the fields on which limits depend that hold for the users themselves
        """
        return {"entry_score", "policy_id"}

    def action_confirm_relaxation(self):
        """As of the policy."""
        self.policy_id.action_confirm_relaxation()

    def _is_guarded(self):
        """Whether the policy asks for a second manager for this tier: it says from which one upwards."""
        threshold = self.policy_id.approval_tier_id
        return bool(threshold) and self.entry_score >= threshold.entry_score

    def _needs_approval(self):
        """Whether assigning this tier manually takes a second manager, if the user does."""
        return self._is_guarded() or self.env["customer.value.relaxation"]._binds(self.company_id)

    def _check_ladder(self):
        """:raise ValidationError: two tiers of one policy overlap"""
        for tiers in self.grouped("policy_id").values():
            tiers._check_shares()
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

    def _check_shares(self):
        """:raise ValidationError: a tier of one policy holds no larger share than one above it"""
        for tiers in self.filtered(lambda tier: tier.entry_basis != "score").grouped("entry_basis").values():
            for upper, lower in pairwise(tiers.sorted("entry_score", reverse=True)):
                if upper.entry_share >= lower.entry_share:
                    raise ValidationError(
                        self.env._(
                            "The tiers %(lower)s and %(upper)s overlap: %(lower)s is below %(upper)s, and has to hold "
                            "more than the best %(share)g%%.",
                            lower=lower.name,
                            upper=upper.name,
                            share=upper.entry_share,
                        )
                    )
                if upper.keep_share > lower.entry_share:
                    raise ValidationError(
                        self.env._(
                            "The tiers %(lower)s and %(upper)s overlap: %(upper)s is kept within the best %(keep)g%%, "
                            "and %(lower)s holds the best %(share)g%%. Decrease the share within which %(upper)s is "
                            "kept.",
                            lower=lower.name,
                            upper=upper.name,
                            keep=upper.keep_share,
                            share=lower.entry_share,
                        )
                    )
