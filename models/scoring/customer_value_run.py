import logging
import time

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_datetime
from odoo.tools.translate import LazyTranslate

from ..core.locking import LOCK_RUN, Busy, lock_company
from ..core.progress import read_progress, report_progress

_lt = LazyTranslate(__name__)

_logger = logging.getLogger(__name__)

BY_BUTTON = _lt("Use the buttons of the run: the app records by itself what a run has done.")

# What was run, of whom and as of when; it stands still once the run has been applied
SETTINGS = {"policy_id", "as_of", "simulate", "scope", "partner_ids", "keep_tiers", "kept_partner_ids"}

# What the work is called while it goes on.
PROGRESS_NAME = "customer_value_run"

# So many customers are shown by name on the form.
SHOWN = 40


class CustomerValueRun(models.Model):
    """One execution of a policy as of a date: simulated or applied, for all customers or for some.

    A run is one transaction: it is done, or it has not happened. What the steps do is in
    ``customer_value_run_pipeline``.
    """

    _name = "customer.value.run"
    _description = "Customer Value Run"
    _inherit = ["customer.value.workflow.record", "customer.value.matrix.mixin"]
    _order = "id desc"
    _rec_names_search = ["policy_id.name"]

    # not stored: each user reads it in their own language, whoever ran it
    name = fields.Char(compute="_compute_name")
    policy_id = fields.Many2one(
        "customer.value.policy",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["customer.value.policy"]._get_active(self.env.company),
    )
    policy_state = fields.Selection(related="policy_id.state", string="Policy State")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True, workflow=BY_BUTTON)
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(required=True, default=lambda self: self._get_default_day())
    simulate = fields.Boolean(
        default=True, help="Change nothing and only show the expected tier changes.", string="Simulated"
    )
    scope = fields.Selection([("all", "All customers"), ("some", "Selected customers")], default="all", required=True)
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        context={"active_test": False},
        help="Contacts are represented by their company.",
    )
    keep_tiers = fields.Boolean(
        help="Score only: customers who have a tier keep it. New customers get the tier of their score."
    )
    kept_partner_ids = fields.Many2many(
        "res.partner",
        "customer_value_run_kept_partner_rel",
        string="Excluded",
        help="Customers whose tier is not changed by this run.",
    )
    state = fields.Selection(
        [("draft", "To do"), ("done", "Done"), ("failed", "Failed"), ("undone", "Undone")],
        default="draft",
        readonly=True,
        copy=False,
        workflow=BY_BUTTON,
    )
    status = fields.Selection(
        [
            ("draft", "To do"),
            ("simulated", "Simulated"),
            ("done", "Applied"),
            ("failed", "Failed"),
            ("undone", "Undone"),
        ],
        compute="_compute_status",
        store=True,
        help="A run that is done was simulated or applied.",
    )
    user_id = fields.Many2one("res.users", string="Run By", readonly=True, copy=False, workflow=BY_BUTTON)
    started = fields.Datetime(readonly=True, copy=False, workflow=BY_BUTTON)
    duration = fields.Float(string="Duration (s)", readonly=True, copy=False, workflow=BY_BUTTON)
    error = fields.Text(readonly=True, copy=False, workflow=BY_BUTTON)
    calibration = fields.Json(readonly=True, copy=False, workflow=BY_BUTTON)
    dimension_weights = fields.Json(
        readonly=True,
        copy=False,
        workflow=BY_BUTTON,
        help="Dimension and weight of each contribution, in the order in which scores keep them.",
    )
    customer_count = fields.Integer(string="Customers Scored", readonly=True, copy=False, workflow=BY_BUTTON)
    changed_count = fields.Integer(string="Records Changed", readonly=True, copy=False, workflow=BY_BUTTON)
    entered_count = fields.Integer(string="New", readonly=True, copy=False, workflow=BY_BUTTON)
    up_count = fields.Integer(string="Moving Up", readonly=True, copy=False, workflow=BY_BUTTON)
    down_count = fields.Integer(string="Moving Down", readonly=True, copy=False, workflow=BY_BUTTON)
    left_count = fields.Integer(string="Left", readonly=True, copy=False, workflow=BY_BUTTON)
    move_ids = fields.One2many("customer.value.run.move", "run_id", readonly=True, workflow=BY_BUTTON)
    is_backdated = fields.Boolean(compute="_compute_is_backdated")
    scheduled = fields.Boolean(
        readonly=True,
        copy=False,
        help="Created by a scheduled run and waiting for review; replaced by the next one.",
        workflow=BY_BUTTON,
    )
    partner_count = fields.Integer(compute="_compute_partner_count", string="Selected Customers")
    shows_partners = fields.Boolean(compute="_compute_partner_count")
    move_count = fields.Integer(compute="_compute_moves", string="Expected Tier Changes")
    taken_out_count = fields.Integer(compute="_compute_moves", string="Excluded Customers")
    revenue_at_stake = fields.Monetary(
        compute="_compute_moves",
        help="Revenue of customers who would move down or leave, without excluded customers.",
        string="Revenue at Stake",
    )
    review_hint = fields.Char(compute="_compute_review_hint")
    is_outdated = fields.Boolean(compute="_compute_is_outdated")
    undone_user_id = fields.Many2one("res.users", string="Undone By", readonly=True, copy=False, workflow=BY_BUTTON)

    @api.model
    def _get_default_day(self):
        """Today in the company of the policy that the run is about to be made for, whoever makes it."""
        policy = self.env["customer.value.policy"].browse(self.env.context.get("default_policy_id"))
        return (policy.company_id or self.env.company)._get_value_today()

    @api.depends("state", "simulate")
    def _compute_status(self):
        for run in self:
            run.status = "simulated" if run.simulate and run.state == "done" else run.state

    @api.depends("policy_id.name", "as_of", "status", "started")
    @api.depends_context("lang", "tz")
    def _compute_name(self):
        for run in self:
            run.name = self.env._(
                "%(policy)s as of %(date)s",
                policy=run.policy_id.name or "",
                date=format_date(self.env, run.as_of) or "",
            )
            if run.status == "simulated":
                # there may be several of a day
                run.name = self.env._(
                    "%(run)s, simulated %(time)s",
                    run=run.name,
                    time=format_datetime(self.env, run.started, dt_format="short"),
                )

    @api.depends("as_of", "policy_id", "simulate", "state")
    def _compute_is_backdated(self):
        latest = dict(
            self._read_group(
                [("company_id", "in", self.company_id.ids), ("state", "=", "done"), ("simulate", "=", False)],
                ["company_id"],
                ["as_of:max"],
            )
        )
        for run in self:
            applied = latest.get(run.company_id)
            run.is_backdated = bool(run.state == "draft" and applied and run.as_of and run.as_of < applied)

    @api.constrains("scope", "partner_ids")
    def _check_partners(self):
        for run in self:
            if run.scope == "some" and not run.partner_ids:
                raise ValidationError(self.env._("Choose at least one customer, or run for all customers."))

    def write(self, vals):
        """:raise UserError: what an applied run was about is rewritten, or a simulated one is passed off as applied"""
        settings = set() if self.env.su else SETTINGS & vals.keys()
        if settings and self._get_applied():
            raise UserError(
                self.env._("An applied run cannot be changed: the history of customers refers to it. Start a new one.")
            )
        if settings & {"simulate", "policy_id"} and self.filtered(lambda run: run.state == "done"):
            raise UserError(self.env._("This run has been simulated. Apply it with its button, or start a new one."))
        return super().write(vals)

    def _get_applied(self):
        return self.filtered(lambda run: run.state in ("done", "undone") and not run.simulate)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        # sudo: also what the user may not see refers to it
        if self._get_applied() or self.env["customer.value.history"].sudo().search_count(
            [("run_id", "in", self.ids)], limit=1
        ):
            raise UserError(self.env._("An applied run cannot be deleted: the history of customers refers to it."))

    # -- what the user presses -----------------------------------------------------------------------------------

    def action_simulate(self):
        """Show the expected tier changes; nothing is applied."""
        self._execute_again(simulate=True)

    def action_apply(self):
        """Score the customers and change their tiers."""
        self._execute_again(simulate=False)

    def _execute_again(self, simulate):
        self.ensure_one()
        self.check_access("write")
        if self._get_applied():
            raise UserError(self.env._("This run has been applied. Start a new one to score the customers again."))
        # sudo: what a run has done is closed to everybody but this workflow
        sudo = self.sudo()
        sudo.move_ids.unlink()
        sudo.write({"simulate": simulate, "state": "draft", "error": False})
        self._execute()

    def get_progress(self):
        """How far the run has come, seen from another database session.

        :return: dict with ``state``, and while the run is in progress ``step`` (a translated word) and ``percent``
        """
        self.ensure_one()
        self.check_access("read")
        progress = read_progress(self.env, PROGRESS_NAME, self.id)
        if not progress:
            return {"state": self.state}
        step, percent = progress
        return {"state": self.state, "step": self._step_labels()[step], "percent": int(percent)}

    @api.model
    def _step_labels(self):
        """Steps that are reported while a run is in progress. Extended by others, for what follows a run.

        :return: ``{code: translated word}``
        """
        return {
            "collect": self.env._("Reading documents"),
            "calibrate": self.env._("Calibrating"),
            "score": self.env._("Scoring customers"),
            "record": self.env._("Recording changes"),
        }

    def _report_progress(self, step, percent):
        report_progress(self.env.cr, PROGRESS_NAME, self.id, step, percent)

    def _lock_company(self):
        """:raise Busy: another run of the company is in progress"""
        if not lock_company(self.company_id, LOCK_RUN, wait=False):
            raise Busy(
                self.env._(
                    "Another run of %(company)s is in progress. Wait until it has finished, then try again.",
                    company=self.company_id.name,
                )
            )

    def _execute(self):
        """Score, and apply unless simulated.

        :raise UserError: the policy cannot be run or applied, or another run of the company is in progress
        """
        self.ensure_one()
        self.check_access("write")
        policy = self.policy_id
        policy._check_runnable()
        if not self.simulate and policy.state != "active":
            raise UserError(
                self.env._(
                    "%(name)s is not the active policy of %(company)s. Activate it first, or simulate the run.",
                    name=policy.display_name,
                    company=policy.company_id.name,
                )
            )
        self._lock_company()
        started, clock = fields.Datetime.now(), time.monotonic()
        values = self._run_pipeline()
        seconds = time.monotonic() - clock
        # sudo: as in _execute_again
        self.sudo().write(values | {"state": "done", "user_id": self.env.uid, "started": started, "duration": seconds})

    # -- what follows --------------------------------------------------------------------------------------------

    @api.model
    def _get_followers(self):
        """What follows a run that was applied, or undone. Extended by others.

        :return: list of names of methods of the run. They are called in this order and without arguments, in the
            transaction of the run, once scores and history are written. The entries of this run in the history say
            what has changed; ``state`` is ``undone`` where the run was undone.
        """
        return []

    def _follow_up(self):
        for name in self._get_followers():
            getattr(self, name)()

    # -- what the user opens -------------------------------------------------------------------------------------

    def action_view_moves(self):
        """The customers whose tier would change, or has changed."""
        self.ensure_one()
        if self.simulate:
            action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_run_move")
            context = {}
        else:
            action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_history")
            context = {"search_default_tier_changes": 1}
        return action | {"domain": [("run_id", "=", self.id)], "context": context}

    def _get_tier_stand_ins(self):
        """Tiers of the version that a draft was copied from count as the draft's own."""
        tiers = self.policy_id.tier_ids
        own = {tier.origin_id.id: tier.id for tier in tiers if tier.origin_id}
        # simulated as a draft and activated since: what were its tiers have changed places with those of today
        return own | {tier.id: tier.origin_id.id for tier in tiers.search([("origin_id", "in", tiers.ids)])}

    # -- scheduled -----------------------------------------------------------------------------------------------

    @api.model
    def _cron_rescore(self):
        """Rescore customers with newer documents, with the frozen calibration, company by company."""
        self._run_companies("_rescore_by_schedule")

    @api.model
    def _cron_recalibrate(self):
        """Calibrate and rescore all customers, company by company."""
        self._run_companies("_run_by_schedule")

    @api.model
    def _run_companies(self, method):
        """Call ``method`` of each active policy that was applied before; a failure is recorded and blocks no other."""
        self.env["sale.order"]._note_credited()
        policies = self.env["customer.value.policy"].search(
            [("state", "=", "active"), ("calibration_run_id", "!=", False)]
        )
        self.env["ir.cron"]._value_do_each(policies, method, "_record_failed_run", channel="scoring")

    @api.model
    def _record_failure(self, policy, error):
        """A scheduled run that failed is seen where runs are."""
        _logger.info("Scheduled run of policy %s failed", policy.id, exc_info=True)
        self.create(
            {
                "policy_id": policy.id,
                "simulate": False,
                "state": "failed",
                "user_id": self.env.uid,
                "started": fields.Datetime.now(),
                "error": str(error),
            }
        )

    # -- Reviewing a simulated run: see the expected changes, exclude some, apply the rest -----------------------------

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for run in self:
            run.partner_count = len(run.partner_ids)
            run.shows_partners = run.scope == "some" and run.partner_count <= SHOWN

    def _sum_moves(self, domain):
        """:return: dict of (customers, revenue in company currency) of each run with such moves"""
        groups = self.env["customer.value.run.move"]._read_group(
            Domain("run_id", "in", self.ids) & Domain(domain), ["run_id"], ["__count", "revenue:sum"]
        )
        return {run: (count, revenue) for run, count, revenue in groups}

    @api.depends("move_ids", "kept_partner_ids")
    def _compute_moves(self):
        falling = Domain("tier_move", "in", ["down", "left"])
        moves, out, stake = (
            self._sum_moves(domain)
            for domain in (Domain.TRUE, Domain("taken_out", "=", True), falling & Domain("taken_out", "=", False))
        )
        for run in self:
            run.move_count = moves.get(run, (0, 0))[0]
            run.taken_out_count = out.get(run, (0, 0))[0]
            run.revenue_at_stake = stake.get(run, (0, 0))[1]

    @api.depends("move_count", "taken_out_count", "revenue_at_stake", "simulate", "state", "policy_id.state")
    @api.depends_context("lang")
    def _compute_review_hint(self):
        reviewed = self.filtered(
            lambda run: run.simulate and run.state == "done" and run.policy_id.state == "active" and run.move_count
        )
        (self - reviewed).review_hint = False
        out = reviewed._sum_moves([("taken_out", "=", True)])
        for run in reviewed:
            count, revenue = out.get(run, (0, 0))
            hint = self.env._(
                "%(moves)s customers would change tier. Revenue of customers moving down or leaving: %(stake)s.",
                moves=run.move_count,
                stake=run.currency_id.format(run.revenue_at_stake),
            )
            if count:
                hint += " " + self.env._(
                    "Excluded: %(count)s, with a revenue of %(revenue)s.",
                    count=count,
                    revenue=run.currency_id.format(revenue),
                )
            run.review_hint = hint

    @api.depends("started", "simulate", "state")
    def _compute_is_outdated(self):
        """Whether customers have been scored anew since this was simulated."""
        applied_runs = Domain("company_id", "in", self.company_id.ids) & Domain("simulate", "=", False)
        applied_runs &= Domain("state", "in", ("done", "undone"))
        latest = dict(self._read_group(applied_runs, ["company_id"], ["started:max"]))
        for run in self:
            applied = latest.get(run.company_id)
            run.is_outdated = bool(
                run.simulate and run.state == "done" and applied and run.started and run.started < applied
            )

    # -- what the user presses -----------------------------------------------------------------------------------

    def action_review_all(self):
        """Simulate for all customers of the company and open the result."""
        return self._open_review()

    @api.model
    def _open_review(self, records=None):
        """Simulate the active policy and open the result.

        :param records: ``res.partner`` (contacts count for their company) or ``customer.value.score``; all customers
            of the company if not given
        :raise UserError: the scores are of several companies, or there is no active policy
        """
        self.check_access("create")
        company, partners = self.env.company, None
        if records is not None:
            company, partners = self._split_selection(records, company)
        policy = self.env["customer.value.policy"]._get_required(company)
        run = policy.with_company(company)._run(partners=partners, simulate=True)
        return run._get_records_action(name=self.env._("Review"))

    @api.model
    def _split_selection(self, records, company):
        """:return: the company and the commercial entities of selected partners or scores"""
        if records._name == "customer.value.score":
            records.check_access("read")
            if len(records.company_id) > 1:
                raise UserError(
                    self.env._("These customers belong to several companies. Select customers of one company only.")
                )
            return records.company_id or company, records.partner_id
        return company, records.commercial_partner_id

    # -- scheduled -----------------------------------------------------------------------------------------------

    @api.model
    def _renew_review(self, policy):
        """After a scheduled run that left the tiers alone: simulate for those whose tier would change, if any.

        It replaces the review left by the scheduled run before; customers excluded there stay excluded.
        """
        earlier = self.search([("policy_id", "=", policy.id), ("scheduled", "=", True), ("simulate", "=", True)])
        kept = earlier.kept_partner_ids
        earlier.unlink()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM customer_value_score"
                " WHERE company_id = %s AND tier_id IS DISTINCT FROM computed_tier_id AND override_id IS NULL",
                policy.company_id.id,
            )
        )
        partners = self.env["res.partner"].browse(partner_id for (partner_id,) in rows)
        if not partners:
            return
        run = policy._run(partners=partners, simulate=True)
        if not run.move_count:
            run.unlink()
            return
        run.write({"scheduled": True, "kept_partner_ids": [fields.Command.set((kept & run.move_ids.partner_id).ids)]})

    # -- Taking back what a run did to tiers, and what followed from it -----------------------------------------------

    def action_undo(self):
        """Give customers back the tier they had before this run, and the benefits with it.

        Customers whose tier has changed again since keep it. Scores stay: the next run judges anew, so change what led
        to the result, or leave tiers to a review, before it.

        :raise UserError: the run was simulated, failed, or is undone already
        """
        self.ensure_one()
        self.check_access("write")
        if self.state != "done" or self.simulate:
            raise UserError(self.env._("Only applied runs can be undone."))
        self._lock_company()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH latest AS (
                    SELECT DISTINCT ON (partner_id) id, run_id, partner_id, tier_id, previous_tier_id, tier_move
                      FROM customer_value_history
                     WHERE company_id = %(company)s AND cause IS NOT NULL
                     ORDER BY partner_id, id DESC
                ), restored AS (
                    UPDATE customer_value_score s
                       SET tier_id = latest.previous_tier_id, grace_until = NULL, fingerprint = NULL,
                           tier_since = (SELECT max(date) FROM customer_value_history before
                                          WHERE before.partner_id = s.partner_id AND before.company_id = s.company_id
                                            AND before.cause IS NOT NULL AND before.id < latest.id)
                      FROM latest
                     WHERE latest.run_id = %(run)s AND s.partner_id = latest.partner_id AND s.company_id = %(company)s
                       AND s.tier_id IS NOT DISTINCT FROM latest.tier_id
                 RETURNING s.*, latest.tier_id AS undone_tier_id, latest.tier_move
                )
                INSERT INTO customer_value_history
                       (partner_id, company_id, run_id, date, event, cause, score, previous_score, revenue,
                        tier_id, previous_tier_id, tier_move, segment_id, previous_segment_id, abc_class,
                        previous_abc_class, lifecycle, previous_lifecycle)
                SELECT partner_id, company_id, %(run)s, %(today)s, 'changed', 'undo', score, score, revenue,
                       tier_id, undone_tier_id,
                       CASE tier_move WHEN 'up' THEN 'down' WHEN 'down' THEN 'up' ELSE 'down' END,
                       segment_id, segment_id, abc_class, abc_class, lifecycle, lifecycle
                  FROM restored
                """,
                company=self.company_id.id,
                run=self.id,
                today=self.company_id._get_value_today(),
            )
        )
        self.env.invalidate_all()
        # sudo: as in _execute_again
        self.sudo().write({"state": "undone", "undone_user_id": self.env.uid})
        self._follow_up()
