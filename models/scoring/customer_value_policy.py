from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.scoring import backtest
from .customer_value_policy_line import PENDING
from .customer_value_score import ABC_BASES

RFM_CODES = [(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)]


class CustomerValuePolicy(models.Model):
    """How one company values its customers.

    A policy is a draft until it is activated; the company has at most one active policy. A new version starts as a
    copy; when it is activated, its tiers and segments take over the identity of those they were copied from, so that
    every reference to "Gold" (scores, orders, filters) survives a change of thresholds.
    """

    _name = "customer.value.policy"
    _description = "Customer Value Policy"
    _inherit = ["customer.value.company.record", "mail.thread", "mail.activity.mixin"]
    _order = "company_id, state, version desc, id desc"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("archived", "Archived")],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
    )
    active = fields.Boolean(compute="_compute_active", store=True, copy=False)
    version = fields.Integer(default=1, readonly=True, copy=False)
    origin_id = fields.Many2one(
        "customer.value.policy",
        string="Created From",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The version this policy was copied from.",
    )
    description = fields.Html(translate=True)

    window_months = fields.Integer(
        default=12,
        string="Window (months)",
        tracking=True,
        help="Orders, invoices, payments and tickets within this number of months before the run date are "
        "included. 0 includes the entire history.",
    )
    tier_method = fields.Selection(
        [("score", "Score"), ("grid", "Two-dimensional grid")],
        default="score",
        required=True,
        tracking=True,
        help="Score: the tier is determined by the entry scores of the tiers.\nGrid: the tier is determined by the "
        "points in two dimensions, for example sales by market influence.",
    )
    grid_x_id = fields.Many2one(
        "customer.value.dimension",
        string="Grid: Columns",
        domain="[('policy_id', '=', id)]",
        copy=False,
        ondelete="restrict",
    )
    grid_y_id = fields.Many2one(
        "customer.value.dimension",
        string="Grid: Rows",
        domain="[('policy_id', '=', id)]",
        copy=False,
        ondelete="restrict",
    )
    demotion = fields.Selection(
        [("direct", "Directly to the tier of the score"), ("step", "One step at a time")],
        default="direct",
        required=True,
        tracking=True,
        help="One step at a time: each step has its own minimum stay and grace period.",
    )
    scheduled_tiers = fields.Selection(
        [("change", "Update tiers"), ("review", "Require review")],
        default="change",
        required=True,
        tracking=True,
        help="Behavior of scheduled runs. If a review is required, they only update scores; tiers change when a "
        "manager applies a run.",
    )
    approval_tier_id = fields.Many2one(
        "customer.value.tier",
        string="Approval from Tier",
        domain="[('policy_id', '=', id)]",
        copy=False,
        ondelete="set null",
        tracking=True,
        help="From this tier upwards, manual tiers require approval by a second manager. Leave empty if approval "
        "is never required. A manager who removes the approval of a tier needs approval for every manual tier until "
        "another manager confirms it.",
    )
    relaxation_text = fields.Text(compute="_compute_relaxation")
    can_confirm_relaxation = fields.Boolean(compute="_compute_relaxation")
    abc_basis = fields.Selection(ABC_BASES, default="revenue", required=True, string="ABC By")
    abc_a_share = fields.Float(
        default=80.0,
        string="Class A up to (%)",
        help="Class A contains the largest customers who together reach this share. The customer who crosses the "
        "limit belongs to A.",
    )
    abc_b_share = fields.Float(default=95.0, string="Class B up to (%)")
    dormant_days = fields.Integer(
        help="Days without an order after which a customer is dormant. 0: calculated from the purchase intervals "
        "of all customers when the policy is calibrated."
    )
    lost_days = fields.Integer(
        help="Days without an order after which a customer is lost. 0: calculated from the purchase intervals of "
        "all customers when the policy is calibrated."
    )
    dormant_percentile = fields.Float(
        default=80.0,
        help="Percentage of repeat customers who buy at shorter average intervals than the calculated dormant limit.",
    )
    lost_percentile = fields.Float(
        default=95.0,
        help="Percentage of repeat customers who buy at shorter average intervals than the calculated lost limit.",
    )
    trend_percent = fields.Float(
        default=25.0,
        string="Growth/Decline at (%)",
        help="Sales in the second half of the window compared with the first half: an increase of at least this "
        "percentage is growing, a decrease is declining.",
    )
    relational_orders = fields.Integer(
        default=2,
        string="Relationship: Min. Orders",
        help="Customers with fewer orders in the window are transactional.",
    )
    transactional_discount = fields.Float(
        string="Transactional: Min. Discount (%)",
        help="Customers whose average discount reaches this value are transactional, no matter how often they "
        "buy. 0: off.",
    )
    history_step = fields.Float(
        default=5.0,
        string="History Threshold (pts)",
        help="A score change of at least this many points since the last entry is added to the customer's "
        "history, even if tier, segment, class and stage stay the same.",
    )

    dimension_ids = fields.One2many("customer.value.dimension", "policy_id", copy=True)
    gate_ids = fields.One2many("customer.value.gate", "policy_id", string="Override Rules", copy=False)
    tier_ids = fields.One2many("customer.value.tier", "policy_id", copy=True)
    segment_ids = fields.One2many("customer.value.segment", "policy_id", copy=True)
    grid_cell_ids = fields.One2many("customer.value.grid.cell", "policy_id", copy=False)

    calibration = fields.Json(
        readonly=True,
        copy=False,
        help="Frozen cut points and limits of the last applied full run.",
    )
    calibration_run_id = fields.Many2one("customer.value.run", readonly=True, copy=False)
    rescored_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="Documents up to this moment are included in the scores.",
    )
    weight_total = fields.Float(compute="_compute_weight_total")
    run_count = fields.Integer(compute="_compute_run_count")
    score_count = fields.Integer(compute="_compute_score_count")

    _one_active_per_company = models.UniqueIndex(
        "(company_id) WHERE state = 'active'",
        "The company already has an active policy. Archive it first, or make this policy a new version of it.",
    )
    _window_not_negative = models.Constraint(
        "CHECK(window_months BETWEEN 0 AND 1200)",
        "The window must be 0 to 1,200 months. Enter 0 to include the entire history.",
    )
    _abc_shares = models.Constraint(
        "CHECK(abc_a_share > 0 AND abc_a_share < abc_b_share AND abc_b_share <= 100)",
        "The share of class A must be above 0, and the share of class B between it and 100.",
    )
    _percentiles = models.Constraint(
        "CHECK(dormant_percentile > 0 AND dormant_percentile < lost_percentile AND lost_percentile < 100)",
        "The dormant percentile must be above 0, and the lost percentile between it and 100.",
    )
    _limits = models.Constraint(
        "CHECK(dormant_days >= 0 AND lost_days >= 0 AND (lost_days = 0 OR dormant_days < lost_days))",
        "A customer must be dormant before being lost: enter fewer days for dormant than for lost, or 0 to "
        "calculate it automatically.",
    )
    _settings_not_negative = models.Constraint(
        "CHECK(history_step > 0 AND trend_percent >= 0 AND relational_orders >= 0 AND transactional_discount >= 0)",
        "The recording threshold of the history must be above zero; trend, orders and discount cannot be negative.",
    )

    @api.depends("state")
    def _compute_active(self):
        for policy in self:
            policy.active = policy.state != "archived"

    @api.depends("dimension_ids.weight")
    def _compute_weight_total(self):
        for policy in self:
            policy.weight_total = sum(policy.dimension_ids.mapped("weight"))

    def _compute_run_count(self):
        counts = dict(
            self.env["customer.value.run"]._read_group([("policy_id", "in", self.ids)], ["policy_id"], ["__count"])
        )
        for policy in self:
            policy.run_count = counts.get(policy, 0)

    def _compute_score_count(self):
        counts = dict(
            self.env["customer.value.score"]._read_group([("policy_id", "in", self.ids)], ["policy_id"], ["__count"])
        )
        for policy in self:
            policy.score_count = counts.get(policy, 0)

    @api.depends_context("uid", "lang")
    def _compute_relaxation(self):
        pending = self.env["customer.value.relaxation"]._get_pending(self.company_id)
        for policy in self:
            found = pending.filtered(lambda relaxation, policy=policy: relaxation.company_id == policy.company_id)
            policy.relaxation_text = found._describe()
            policy.can_confirm_relaxation = any(relaxation._may_decide() for relaxation in found)

    @api.depends("name", "version")
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = self.env._(
                "%(name)s (version %(version)s)", name=policy.name or "", version=policy.version
            )

    # Lines are edited together: one segment shrinks and another grows. They are judged when all are written.
    @api.model_create_multi
    def create(self, vals_list):
        policies = super(CustomerValuePolicy, self.with_context(**{PENDING: True})).create(vals_list)
        policies = policies.with_context(**{PENDING: False})
        policies._check_lines()
        return policies

    def write(self, vals):
        if "company_id" in vals:
            self.filtered(lambda policy: policy.company_id.id != vals["company_id"])._check_never_applied()
        if not (self._get_limiting_fields() | {"segment_ids"}) & vals.keys():
            return super().write(vals)
        with self._watch_limits() as policies:
            if not {"segment_ids", "tier_ids"} & vals.keys():
                return super(CustomerValuePolicy, policies).write(vals)
            result = super(CustomerValuePolicy, policies.with_context(**{PENDING: True})).write(vals)
            self._check_lines()
            return result

    @api.model
    def _get_limiting_fields(self):
        """Extended by others.

        :return: names of the fields on which limits depend that hold for the users themselves
        """
        return {"state", "company_id", "approval_tier_id", "tier_ids"}

    @contextmanager
    def _watch_limits(self):
        """Let policies and their lines be changed, and note which limits are relaxed afterwards.

        :return: the policies, to be changed in the environment of which nobody looks at them a second time
        """
        with self.env["customer.value.relaxation"]._watch(self.company_id) as context:
            yield self.with_context(**context)

    def _check_lines(self):
        """:raise ValidationError: tiers overlap, or the segments leave a gap or overlap"""
        self.tier_ids._check_ladder()
        self._check_segments()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.filtered(lambda policy: policy.state != "draft"):
            raise UserError(
                self.env._("Only draft policies can be deleted. Archive the policy instead to keep its history.")
            )
        self._check_never_applied()

    def _check_never_applied(self):
        """:raise UserError: the history of customers refers to runs of the policy"""
        applied = [("policy_id", "in", self.ids), ("state", "in", ("done", "undone")), ("simulate", "=", False)]
        if self.env["customer.value.run"].search_count(applied, limit=1):
            raise UserError(
                self.env._(
                    "This policy was applied before and is used in the history of customers. Archive it instead."
                )
            )

    def _check_segments(self):
        """Each of the 125 RFM codes belongs to exactly one segment.

        :raise ValidationError: names the codes without a segment or with several
        """
        for policy in self.filtered("segment_ids"):
            owners = {code: [] for code in RFM_CODES}
            for segment in policy.segment_ids:
                for code in segment._codes():
                    owners[code].append(segment)
            missing = ["".join(map(str, code)) for code, found in owners.items() if not found]
            doubled = ["".join(map(str, code)) for code, found in owners.items() if len(found) > 1]
            messages = []
            if missing:
                messages.append(
                    self.env._(
                        "No segment covers %(codes)s. Extend an existing segment or add a new one.",
                        codes=self._sample(missing),
                    )
                )
            if doubled:
                code = next(code for code, found in owners.items() if len(found) > 1)
                messages.append(
                    self.env._(
                        "Several segments cover %(codes)s (%(names)s). Narrow one of them.",
                        codes=self._sample(doubled),
                        names=", ".join(segment.name for segment in owners[code]),
                    )
                )
            if messages:
                raise ValidationError("\n".join(messages))

    def _sample(self, codes):
        if len(codes) <= 8:
            return ", ".join(codes)
        return self.env._("%(codes)s and %(count)s more", codes=", ".join(codes[:8]), count=len(codes) - 8)

    @api.constrains("tier_method", "grid_x_id", "grid_y_id", "grid_cell_ids")
    def _check_grid(self):
        for policy in self.filtered(lambda p: p.tier_method == "grid"):
            if not policy.grid_x_id or not policy.grid_y_id or policy.grid_x_id == policy.grid_y_id:
                raise ValidationError(
                    self.env._("A grid needs two different dimensions: one for the columns and one for the rows.")
                )
            if not policy.grid_cell_ids.filtered(lambda cell: not cell.x_from and not cell.y_from):
                raise ValidationError(
                    self.env._(
                        "The grid needs a cell that starts at 0 and 0, so that every customer is assigned to a cell."
                    )
                )

    def _check_runnable(self):
        """:raise UserError: what is missing before customers can be scored, and what to do"""
        self.ensure_one()
        if not self.dimension_ids:
            raise UserError(
                self.env._(
                    "The policy %(name)s has no dimensions. Add at least one dimension with a weight.", name=self.name
                )
            )
        if not self.weight_total:
            raise UserError(
                self.env._(
                    "All dimensions of the policy %(name)s have a weight of zero. Set a weight for at least one of "
                    "them.",
                    name=self.name,
                )
            )
        if not self.tier_ids:
            raise UserError(self.env._("The policy %(name)s has no tiers. Add at least one tier.", name=self.name))
        self._check_lines()
        self._check_grid()

    # -- runs ----------------------------------------------------------------------------------------------------

    @api.model
    def _get_active(self, company):
        """The active policy of ``company``; empty if it has none."""
        return self.search(Domain("company_id", "=", company.id) & Domain("state", "=", "active"), limit=1)

    def _run(self, as_of=None, partners=None, simulate=False, keep_tiers=False):
        """Score customers and return the ``customer.value.run``.

        :param date as_of: the state of the books on that day, end of day; today if not given
        :param partners: ``res.partner`` whose commercial entities are scored, with the frozen calibration;
            every customer of the company, with a new calibration, if not given
        :param bool simulate: change nothing, only record the expected tier changes
        :param bool keep_tiers: score only; customers who have a tier keep it
        :raise UserError: the policy cannot be run, or another run of the company is in progress
        """
        self.ensure_one()
        run = self.env["customer.value.run"].create(
            {
                "policy_id": self.id,
                "as_of": as_of or self.company_id._get_value_today(),
                "simulate": simulate,
                "keep_tiers": keep_tiers,
                "scope": "all" if partners is None else "some",
                "partner_ids": [fields.Command.set((partners or self.env["res.partner"]).ids)],
            }
        )
        run._execute()
        return run

    def _set_tier_limits(self, limits):
        """Write the scores that shares mean.

        :param limits: ``scoring.Tier`` of each tier
        """
        tiers = {tier.id: tier for tier in limits}
        self.tier_ids = [
            fields.Command.update(
                tier.id, {"entry_score": tiers[tier.id].entry / 100, "keep_score": tiers[tier.id].keep / 100}
            )
            for tier in self.tier_ids
            if tier.entry_basis != "score"
        ]

    def action_run(self):
        """Open a new run of this policy, ready to be simulated or applied."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.value.run",
            "views": [(False, "form")],
            "context": {"default_policy_id": self.id},
        }

    def action_view_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_run")
        return action | {"domain": [("policy_id", "=", self.id)], "context": {"default_policy_id": self.id}}

    def action_view_scores(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_score")
        return action | {"domain": [("policy_id", "=", self.id)], "context": {}}

    def _rescore_changed(self, keep_tiers=False):
        """Rescore the customers with documents written since the last time, with the frozen calibration.

        :return: the ``customer.value.run``, or an empty recordset where nothing is new
        """
        self.ensure_one()
        now = self.env.cr.now()
        self.env.flush_all()
        # a document may have been committed after the last look with an earlier time: transactions last a while
        since = fields.Datetime.subtract(self.rescored_until, hours=1)
        Source = self.env["customer.value.source"]
        queries = [
            query for books in self.company_id._get_value_books() for query in Source._changed_queries(books, since)
        ]
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT changed.partner_id FROM (%s) changed WHERE changed.partner_id IS NOT NULL",
                SQL(" UNION ALL ").join(queries),
            )
        )
        self.rescored_until = now
        partners = self.env["res.partner"].browse(partner_id for (partner_id,) in rows)
        return self._run(partners=partners, keep_tiers=keep_tiers) if partners else self.env["customer.value.run"]

    def _rescore_by_schedule(self):
        self._by_schedule("_rescore_changed")

    def _run_by_schedule(self):
        self._by_schedule("_run")

    def _by_schedule(self, method):
        """Call a method of the policy that runs it; tiers are left to a review where it says so."""
        self.ensure_one()
        reviewed = self.scheduled_tiers == "review"
        getattr(self.with_company(self.company_id), method)(keep_tiers=reviewed)
        if reviewed:
            self.env["customer.value.run"]._renew_review(self)

    def _record_failed_run(self, error):
        self.env["customer.value.run"]._record_failure(self, error)

    # -- Versions: a copy is made, changed, simulated, and takes the place of the one it was made from ----------------

    def copy(self, default=None):
        copies = super().copy(default)
        named = {"name", "origin_id"} & (default or {}).keys()
        for policy, copied in zip(self, copies, strict=True):
            copied._copy_rules_from(policy)
            if not named:
                copied._name_copy_of(policy)
        return copies

    def _name_copy_of(self, policy):
        """Odoo copies a name with its translations: each says that this is the copy, not that of the user alone."""
        for lang in self._fields["name"]._get_stored_translations(policy) or ():
            translated = policy.with_context(lang=lang)
            self.with_context(lang=lang).name = translated.env._("%s (copy)", translated.name)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for vals in vals_list:
            # a grid needs cells and dimensions of its own: see _copy_rules_from
            vals["tier_method"] = "score"
        return vals_list

    def _copy_rules_from(self, policy):
        """Copy what refers to tiers and dimensions, pointing at the copies of those."""
        tiers = {tier.entry_score: tier for tier in self.tier_ids}
        dimensions = {dimension.metric: dimension for dimension in self.dimension_ids}
        for gate in policy.gate_ids:
            gate.copy({"policy_id": self.id, "tier_id": tiers[gate.tier_id.entry_score].id})
        for cell in policy.grid_cell_ids:
            cell.copy({"policy_id": self.id, "tier_id": tiers[cell.tier_id.entry_score].id})
        self.approval_tier_id = tiers.get(policy.approval_tier_id.entry_score)
        if policy.grid_x_id and policy.grid_y_id:
            self.write(
                {
                    "tier_method": policy.tier_method,
                    "grid_x_id": dimensions[policy.grid_x_id.metric].id,
                    "grid_y_id": dimensions[policy.grid_y_id.metric].id,
                }
            )

    def action_new_version(self):
        """Copy into a draft that, once activated, replaces this policy."""
        self.ensure_one()
        last = self.with_context(active_test=False).search(
            [("company_id", "=", self.company_id.id)], order="version desc", limit=1
        )
        draft = self.copy({"origin_id": self.id, "version": last.version + 1})
        for model in ("tier_ids", "segment_ids"):
            for record, copied in zip(self[model].sorted(), draft[model].sorted(), strict=True):
                copied.origin_id = record
        return draft._get_records_action(name=self.env._("New Version"))

    def action_what_if(self):
        """Try other weights and limits of this policy."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_what_if")
        return action | {"context": {"active_model": self._name, "active_ids": self.ids}}

    def action_backtest(self):
        """See how well this policy would have found the customers who brought most."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_backtest")
        return action | {"context": {"default_policy_id": self.id}}

    def _backtest(self, as_of, until, money="margin"):
        """How well this policy would have found the customers who brought most; nothing is stored.

        :param date as_of: end of the day on which customers are scored
        :param date until: end of the last day of what they brought
        :param str money: ``margin`` or ``revenue``, by which it is judged
        :return: dict of ``gini``, ``top5``, ``top10``, ``top20`` and ``auc`` (see ``Ranking.measure``; None where
            customers have brought nothing, together), ``tiers`` (see ``_count_tiers``), ``baselines`` (the same
            measures of each rival, by code), ``left_out`` (rivals that could not be reckoned, and why, in sentences)
            and ``missing``: why these customers are too few to judge by, in sentences
        :raise UserError: the policy cannot be run
        """
        self.ensure_one()
        self._check_runnable()
        Hindsight = self.env["customer.value.hindsight"]
        hindsight = Hindsight._look_back(self, as_of, until)
        brought, bought = hindsight.brought[money], hindsight.bought
        rankings, left_out = Hindsight._rank(hindsight)
        measures = {
            code: ranking.measure(brought, bought) if brought.sum() > 0 else dict.fromkeys(backtest.MEASURES)
            for code, (_name, ranking) in rankings.items()
        }
        return measures.pop("policy") | {
            "tiers": Hindsight._count_tiers(hindsight, money),
            "baselines": measures,
            "left_out": left_out,
            "missing": Hindsight._find_missing(hindsight, money),
        }

    def get_score_histogram(self):
        """How customers who have bought are spread over the scores of this policy.

        Those of the active policy are the stored ones; for a draft, customers are scored as of today, and nothing is
        stored.

        :return: dict of ``currency_id`` and ``rows``: lists of score, customers, margin and what of it is positive
            (company currency), the highest score first
        :raise UserError: the policy cannot be run
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "active":
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    """
                    SELECT round(score * 100)::int, count(*), sum(margin)::float8, sum(GREATEST(margin, 0))::float8
                      FROM customer_value_score
                     WHERE company_id = %s AND (recency_days IS NOT NULL OR revenue <> 0)
                     GROUP BY 1
                     ORDER BY 1 DESC
                    """,
                    self.company_id.id,
                )
            )
            rows = self.env.cr.fetchall()
        else:
            self._check_runnable()
            rows = self.env["customer.value.hindsight"]._read_scores(self)
        return {"currency_id": self.currency_id.id, "rows": [[score / 100, *numbers] for score, *numbers in rows]}

    @api.model
    def _get_required(self, company):
        """The active policy of ``company``.

        :raise UserError: it has none
        """
        policy = self._get_active(company)
        if not policy:
            raise UserError(
                self.env._(
                    "%(company)s has no active policy. Activate one in the configuration first.", company=company.name
                )
            )
        return policy

    def _check_metrics(self, known):
        """A score without one of its dimensions would be another score.

        :param known: codes of the metrics there are
        :raise UserError: the policy looks at others, of an addon that was removed
        """
        lines = [*self.dimension_ids, *self.gate_ids]
        if unknown := sorted({line.metric for line in lines} - known.keys()):
            raise UserError(
                self.env._(
                    "%(policy)s looks at figures that no installed app provides: %(metrics)s. Install the app again, "
                    "or activate a new version of the policy without them.",
                    policy=self.display_name,
                    metrics=", ".join(unknown),
                )
            )

    def action_confirm_relaxation(self):
        """Confirm the limits that others have relaxed.

        :raise UserError: there is nothing to confirm, or the user has changed all of it
        """
        self.env["customer.value.relaxation"]._get_pending(self.company_id)._confirm()

    def action_activate(self):
        with self._watch_limits() as policies:
            policies._activate()

    def _activate(self):
        for policy in self:
            policy._check_runnable()
            current = self.search([("company_id", "=", policy.company_id.id), ("state", "=", "active")])
            if current == policy:
                continue
            if current:
                policy._take_over_identities(current)
                current.state = "archived"
                current.flush_recordset(["state"])
            policy.state = "active"

    def action_archive(self):
        self.state = "archived"

    def action_unarchive(self):
        self.filtered(lambda policy: policy.state == "archived").state = "draft"

    def _take_over_identities(self, current):
        """Swap each of our tiers and segments with the one in ``current`` it was copied from.

        Scores, orders and filters go on pointing at the same record, which now carries our values; the archived
        version keeps its old values in the records that were ours.
        """
        for own in [*self.tier_ids, *self.segment_ids]:
            if own.origin_id.policy_id == current:
                own._swap_with(own.origin_id)
