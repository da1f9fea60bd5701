import logging
import time

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# First key of the advisory locks of this addon; the second is the company.
LOCK_KEY = 0x43565255
# Progress is published as the name of the database session, which other sessions can read while the transaction is
# still open, and which vanishes with it. See get_progress.
PROGRESS_NAME = "customer_value_run"


class CustomerValueRun(models.Model):
    """One execution of a policy as of a date: simulated or applied, for all customers or for some.

    A run is one transaction: it is done, or it has not happened. What the steps do is in
    ``customer_value_run_pipeline``.
    """

    _name = "customer.value.run"
    _description = "Customer Value Run"
    _inherit = ["customer.value.matrix.mixin"]
    _order = "id desc"
    _rec_names_search = ["policy_id.name"]

    # not stored: everybody reads it in his own language, whoever ran it
    name = fields.Char(compute="_compute_name")
    policy_id = fields.Many2one(
        "customer.value.policy",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["customer.value.policy"]._get_active(self.env.company),
    )
    policy_state = fields.Selection(related="policy_id.state", string="Policy State")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(required=True, default=fields.Date.context_today)
    simulate = fields.Boolean(
        default=True, help="Change nothing: only show who would move between tiers.", string="Simulated"
    )
    scope = fields.Selection([("all", "All customers"), ("some", "Selected customers")], default="all", required=True)
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        context={"active_test": False},
        help="Contacts count for their company.",
    )
    keep_tiers = fields.Boolean(
        help="Score only: customers who have a tier keep it. New customers get the tier of their score."
    )
    kept_partner_ids = fields.Many2many(
        "res.partner",
        "customer_value_run_kept_partner_rel",
        string="Taken Out",
        help="Customers whose tier this run leaves as it is.",
    )
    state = fields.Selection(
        [("draft", "To do"), ("done", "Done"), ("failed", "Failed")], default="draft", readonly=True, copy=False
    )
    user_id = fields.Many2one("res.users", string="Run By", readonly=True, copy=False)
    started = fields.Datetime(readonly=True, copy=False)
    duration = fields.Float(string="Duration (s)", readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False)
    calibration = fields.Json(readonly=True, copy=False)
    customer_count = fields.Integer(string="Customers Scored", readonly=True, copy=False)
    changed_count = fields.Integer(string="Rows Changed", readonly=True, copy=False)
    entered_count = fields.Integer(string="New", readonly=True, copy=False)
    up_count = fields.Integer(string="Moving Up", readonly=True, copy=False)
    down_count = fields.Integer(string="Moving Down", readonly=True, copy=False)
    left_count = fields.Integer(string="Left", readonly=True, copy=False)
    move_ids = fields.One2many("customer.value.run.move", "run_id", readonly=True)
    is_backdated = fields.Boolean(compute="_compute_is_backdated")

    @api.depends("policy_id.name", "as_of")
    @api.depends_context("lang")
    def _compute_name(self):
        for run in self:
            run.name = self.env._(
                "%(policy)s as of %(date)s",
                policy=run.policy_id.name or "",
                date=fields.Date.to_string(run.as_of) or "",
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

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        if self.filtered(lambda run: run.state in ("done", "undone") and not run.simulate):
            raise UserError(self.env._("An applied run cannot be deleted: the history of customers refers to it."))

    # -- what the user presses -----------------------------------------------------------------------------------

    def action_simulate(self):
        """Show who would move; nothing changes."""
        self._execute_again(simulate=True)

    def action_apply(self):
        """Score the customers and change their tiers."""
        self._execute_again(simulate=False)

    def _execute_again(self, simulate):
        self.ensure_one()
        if self.state in ("done", "undone") and not self.simulate:
            raise UserError(self.env._("This run has been applied. Start a new one to score the customers again."))
        self.sudo().move_ids.unlink()
        self.write({"simulate": simulate, "state": "draft", "error": False})
        self._execute()

    def get_progress(self):
        """How far the run has come, seen from another database session.

        :return: dict with ``state``, and while the run is under way ``step`` (a translated word) and ``percent``
        """
        self.ensure_one()
        self.check_access("read")
        rows = self.env.execute_query(
            SQL(
                "SELECT application_name FROM pg_stat_activity"
                " WHERE datname = current_database() AND starts_with(application_name, %s)",
                f"{PROGRESS_NAME}/{self.id}/",
            )
        )
        if not rows:
            return {"state": self.state}
        step, percent = rows[0][0].split("/")[2:]
        return {"state": self.state, "step": self._step_labels()[step], "percent": int(percent)}

    @api.model
    def _step_labels(self):
        return {
            "collect": self.env._("Reading documents"),
            "calibrate": self.env._("Calibrating"),
            "score": self.env._("Scoring customers"),
            "record": self.env._("Recording changes"),
            "benefits": self.env._("Giving benefits"),
        }

    def _report_progress(self, step, percent):
        self.env.cr.execute(
            "SELECT set_config('application_name', %s, true)", [f"{PROGRESS_NAME}/{self.id}/{step}/{percent}"]
        )

    def _lock_company(self):
        """:raise UserError: another run of the company is under way"""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_KEY, self.company_id.id])
        if not self.env.cr.fetchone()[0]:
            raise UserError(
                self.env._(
                    "Another run of %(company)s is under way. Wait until it is done, then press the button again.",
                    company=self.company_id.name,
                )
            )

    def _execute(self):
        """Score, and apply unless simulated.

        :raise UserError: the policy cannot be run or applied, or another run of the company is under way
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
        self.write(values | {"state": "done", "user_id": self.env.uid, "started": started, "duration": seconds})

    # -- what the user opens -------------------------------------------------------------------------------------

    def action_view_moves(self):
        """The customers who would move, or who moved."""
        self.ensure_one()
        if self.simulate:
            action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_run_move")
        else:
            action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_history")
        return action | {"domain": [("run_id", "=", self.id)], "context": {}}

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
        self._run_companies("_rescore_changed")

    @api.model
    def _cron_recalibrate(self):
        """Calibrate and rescore all customers, company by company."""
        self._run_companies("_run")

    @api.model
    def _run_companies(self, method):
        """Call ``method`` of each active policy that was applied before; a failure is recorded and blocks no other."""
        policies = self.env["customer.value.policy"].search(
            [("state", "=", "active"), ("calibration_run_id", "!=", False)]
        )

        def run(policy):
            getattr(policy.with_company(policy.company_id), method)(keep_tiers=policy.scheduled_tiers == "review")
            if policy.scheduled_tiers == "review":
                self._renew_review(policy)

        self.env["ir.cron"]._value_do_each(policies, run, self._record_failure)

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
