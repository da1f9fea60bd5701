import math
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache
from odoo.tools.translate import LazyTranslate

from ...analytics.campaign import assignment
from ..core.differing import get_differing
from ..core.locking import lock_for_step

_lt = LazyTranslate(__name__)

PURPOSES = [
    ("retention", "Retain customers"),
    ("win_back", "Win customers back"),
    ("cross_sell", "Cross-sell more products"),
]

STATES = [
    ("draft", "Draft"),
    ("running", "Running"),
    ("paused", "Paused"),
    ("ended", "Ended"),
    ("cancelled", "Canceled"),
]

# A customer is in at most one campaign in these states.
OPEN_STATES = ("running", "paused")

# Unless something else is said: offers for a month, orders measured for three.
OFFER_DAYS = 30

MEASURE_DAYS = 90

BY_BUTTON = _lt("State, dates and members of a campaign are set by its buttons. Use them to start, pause or end it.")

# What the result means depends on them: they stay as they were at the start.
FROZEN = {
    "company_id",
    "purpose",
    "reason_id",
    "offer_id",
    "product_id",
    "audience_model",
    "audience_domain",
    "date_start",
    "measure_until",
    "holdout_percent",
    "without_holdout",
    "seed",
    "confidence",
    "power",
}


class CustomerRetentionCampaign(models.Model):
    """Something done for customers, and measured against a control group of the same kind."""

    _name = "customer.retention.campaign"
    _description = "Retention Campaign"
    _inherit = [
        "customer.value.company.record",
        "customer.value.workflow.record",
        "customer.value.remembered",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _remembered = frozenset({"state", "company_id"})
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    purpose = fields.Selection(PURPOSES, required=True, default="retention")
    state = fields.Selection(
        STATES,
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
        workflow=BY_BUTTON,
    )
    pause_reason = fields.Selection(
        [("hand", "Manual"), ("budget", "The budget is used up")],
        readonly=True,
        copy=False,
        workflow=BY_BUTTON,
    )
    started_on = fields.Datetime(readonly=True, copy=False, workflow=BY_BUTTON)
    ended_on = fields.Datetime(
        readonly=True, copy=False, help="Date when it was ended or canceled.", workflow=BY_BUTTON
    )
    reason_id = fields.Many2one("customer.retention.reason", ondelete="restrict", tracking=True)
    offer_id = fields.Many2one(
        "customer.retention.offer", required=True, ondelete="restrict", check_company=True, tracking=True
    )
    product_id = fields.Many2one("product.product", help="Product to be sold by the campaign.", ondelete="restrict")
    utm_campaign_id = fields.Many2one(
        "utm.campaign", string="Campaign of Orders", readonly=True, copy=False, ondelete="restrict", workflow=BY_BUTTON
    )

    # Audience
    audience_model = fields.Char(readonly=True, help="Model of the filter below.")
    audience_domain = fields.Char(readonly=True, help="The selected audience, as a filter.")

    # Responsible and schedule
    user_id = fields.Many2one(
        "res.users", string="Owner", default=lambda self: self.env.user, tracking=True, check_company=True
    )
    executor = fields.Selection(
        [("manager", "Each customer's account manager"), ("users", "Specific users")],
        required=True,
        default="manager",
        help="Customers without an account manager are assigned to the responsible user.",
        string="Execution",
    )
    user_ids = fields.Many2many("res.users", string="Assigned Users", help="Assigned users share the customers evenly.")
    date_start = fields.Date(
        tracking=True,
        help="First day of the campaign.",
        default=lambda self: self.env.company._get_value_today(),
        copy=False,
    )
    date_end = fields.Date(
        tracking=True,
        help="Last day on which offers are made.",
        default=lambda self: self.env.company._get_value_today() + timedelta(days=OFFER_DAYS),
        copy=False,
    )
    measure_until = fields.Date(
        tracking=True,
        help="Orders up to this day are included in the result.",
        default=lambda self: self.env.company._get_value_today() + timedelta(days=MEASURE_DAYS),
        copy=False,
    )

    # The experiment
    holdout_percent = fields.Float(string="Control Group (%)", default=20.0, tracking=True)
    without_holdout = fields.Boolean(
        string="No Control Group",
        help="All customers receive the offer. The effect of the campaign cannot be measured, and no result is shown.",
    )
    seed = fields.Char(
        copy=False,
        default=lambda self: secrets.token_hex(8),
        help="Determines the random selection of the control group: the same seed gives the same selection.",
    )
    confidence = fields.Float(string="Confidence (%)", default=95.0, required=True)
    power = fields.Float(string="Power (%)", default=80.0, required=True)
    detectable_effect = fields.Monetary(
        readonly=True,
        copy=False,
        help="Smallest margin effect per customer that can be detected with this size.",
        workflow=BY_BUTTON,
    )

    # Money
    budget = fields.Monetary(help="The campaign stops before exceeding this amount. 0: no limit.", tracking=True)

    member_ids = fields.One2many("customer.retention.member", "campaign_id", workflow=BY_BUTTON)

    _budget = models.Constraint(
        "CHECK(budget IS NULL OR budget >= 0)", "The budget cannot be negative. Enter 0 for no limit."
    )

    @api.constrains("holdout_percent", "confidence", "power")
    def _check_percentages(self):
        for campaign in self:
            # a share that is rounded to all customers for the draw would leave no customer to get the offer
            if campaign.holdout_percent < 0 or assignment.millionths(campaign.holdout_percent) >= assignment.MILLION:
                raise ValidationError(
                    self.env._(
                        "The control group can only be a part of the customers: enter less than 100%, or 0 for no "
                        "control group."
                    )
                )
            if not 50 <= campaign.confidence < 100 or not 50 <= campaign.power < 100:
                raise ValidationError(
                    self.env._("Confidence and power must be between 50% and 100%. Usual values are 95% and 80%.")
                )

    @api.constrains("date_start", "date_end", "measure_until")
    def _check_dates(self):
        for campaign in self:
            if campaign.date_start and campaign.date_end and campaign.date_end < campaign.date_start:
                raise ValidationError(
                    self.env._(
                        "Offers end before the campaign starts. Choose a later last day, or an earlier first day."
                    )
                )
            last = campaign.date_end or campaign.date_start
            if last and campaign.measure_until and campaign.measure_until < last:
                raise ValidationError(
                    self.env._("The measurement must end after the last offer. Choose a later end date for it.")
                )

    # -- guards --------------------------------------------------------------------------------------------------------

    def _check_retention_values(self, vals):
        """:raise UserError: somebody changes the experiment after its start"""
        if self.env.su:
            return
        changed = FROZEN & vals.keys()
        started = self.filtered(lambda campaign: campaign.state != "draft") if changed else self.browse()
        for campaign in started:
            different = get_differing(campaign, {name: vals[name] for name in changed})
            if different:
                raise UserError(
                    self.env._(
                        "%(campaign)s has already started: %(fields)s can no longer be changed, because the result "
                        "would become invalid. Cancel it and start a new campaign.",
                        campaign=campaign.name,
                        fields=", ".join(
                            self._fields[name]._description_string(self.env) for name in sorted(different)
                        ),
                    )
                )

    def write(self, vals):
        """A campaign that stopped for its budget goes on as soon as the next offer fits."""
        self._check_retention_values(vals)
        result = super().write(vals)
        if "budget" in vals:
            self._resume_within_budget()
        return result

    @api.model
    @ormcache()
    def _get_started_company_ids(self):
        """:return: frozenset of the ids of companies with a campaign that has started, whatever became of it"""
        # sudo: what is done for customers follows from it, whoever confirms their orders
        groups = self.sudo()._read_group([("state", "!=", "draft")], ["company_id"])
        return frozenset(company.id for (company,) in groups)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if self.filtered(lambda campaign: campaign.state != "draft"):
            raise UserError(
                self.env._(
                    "A campaign that has started cannot be deleted, because its control group and result depend "
                    "on it. Cancel it instead."
                )
            )

    # -- the life of a campaign: draft, running and paused, ended or cancelled -----------------------------------------

    def action_start(self):
        """Draw the control group and begin.

        :raise UserError: something is missing or contradicts itself, or no customers are eligible
        """
        for campaign in self._lock_for_step("draft"):
            campaign._check_start()
            today = campaign._get_day()
            if campaign.date_start < today:
                campaign.date_start = today
            treated, holdout = campaign._enrol()
            if not treated + holdout:
                raise UserError(campaign._nobody_left_message())
            effect = campaign._get_detectable_effect(treated, holdout, campaign._measure_candidates())
            # sudo: the state is closed to everybody but this workflow; managers need not be marketers to have a
            # campaign of orders
            sudo = campaign.sudo()
            sudo.write(
                {
                    "state": "running",
                    "started_on": fields.Datetime.now(),
                    "detectable_effect": effect if math.isfinite(effect) else 0.0,
                    "utm_campaign_id": sudo.utm_campaign_id.id or sudo._create_utm_campaign().id,
                }
            )
            sudo.message_post(
                body=self.env._(
                    "Started: %(treated)s customers with the offer, %(holdout)s in the control group. Seed: %(seed)s.",
                    treated=treated,
                    holdout=holdout,
                    seed=campaign.seed,
                )
            )
            campaign._plan_offers()

    def action_pause(self):
        self._pause("hand")

    def action_resume(self):
        """Go on with the offers that are left, from the next run of the job on.

        :raise UserError: the budget does not hold another offer
        """
        self._check_budget()
        for campaign in self._lock_for_step("paused"):
            campaign._forget_budget_question()
            # sudo: as in action_start
            campaign.sudo().write({"state": "running", "pause_reason": False})
        self._plan_missed()

    def action_end(self):
        """End before the time that is measured is over."""
        self._lock_for_step(*OPEN_STATES)._close("ended")

    def action_cancel(self):
        """Stop. Customers who have the offer keep it; the others do not get it any more."""
        drafts = self._lock_for_step("draft", *OPEN_STATES).filtered(lambda campaign: campaign.state == "draft")
        drafts.sudo().write({"state": "cancelled", "ended_on": fields.Datetime.now()})
        (self - drafts)._close("cancelled")

    def _pause(self, reason):
        """:param reason: ``hand`` or ``budget``"""
        # sudo: as in action_start
        self._lock_for_step("running").sudo().write({"state": "paused", "pause_reason": reason})

    def _add_customers(self, model, domain):
        """Draw from further customers, and plan their offers. Existing members do not change.

        :param model, domain: customers to add, see ``_get_audience_sql``
        :return: tuple of the numbers of new members who get the offer, and of those in the control group
        :raise UserError: the campaign is not running, or the last day for offers has passed
        """
        campaign = self._lock_for_step(*OPEN_STATES)
        if campaign.date_end and campaign.date_end < campaign.company_id._get_value_today():
            raise UserError(
                self.env._(
                    "The last offer date of %s has passed. Choose a later one, or start another campaign.",
                    campaign.name,
                )
            )
        treated, holdout = campaign._enrol(model, domain)
        if not treated + holdout:
            raise UserError(campaign._nobody_left_message())
        campaign.sudo().message_post(
            body=self.env._(
                "Added: %(treated)s customers with the offer, %(holdout)s in the control group.",
                treated=treated,
                holdout=holdout,
            )
        )
        campaign._plan_offers()
        return treated, holdout

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _lock_for_step(self, *states):
        """Lock the campaigns, and see that they are in one of ``states``.

        :raise UserError: they are not, or somebody else is at it
        :raise AccessError: the user may not decide
        """
        self.check_access("write")
        # sudo: the lock is on rows that the user may write
        lock_for_step(self.sudo(), "state")
        labels = dict(self._fields["state"]._description_selection(self.env))
        for campaign in self:
            if campaign.state not in states:
                raise UserError(
                    self.env._(
                        "%(campaign)s is %(state)s; this action is only available for campaigns that are %(states)s.",
                        campaign=campaign.name,
                        state=labels[campaign.state],
                        states=self.env._(" or ").join(labels[state] for state in states),
                    )
                )
        return self

    def _check_start(self):
        """:raise UserError: what is missing before the start, and what to do"""
        self.ensure_one()
        if not self.date_start or not self.date_end or not self.measure_until:
            raise UserError(self.env._("Enter the schedule: first day, last offer date, and end of the measurement."))
        today = self.company_id._get_value_today()
        if self.date_end < today:
            raise UserError(self.env._("The last offer date has passed. Choose a later one."))
        if self.executor == "users" and not self.user_ids:
            raise UserError(self.env._("Choose the assigned users, or assign it to the account managers."))
        if not assignment.millionths(self.holdout_percent) and not self.without_holdout:
            raise UserError(
                self.env._(
                    "With a control group of 0%, the effect of the campaign cannot be measured. Enter a share (usually "
                    "20), or select “No Control Group” to continue without one."
                )
            )
        if self.holdout_percent and not (self.seed or "").strip():
            raise UserError(
                self.env._(
                    "Enter a seed for the random selection of the control group: any text that cannot be guessed."
                )
            )

    def _create_utm_campaign(self):
        """The campaign that orders refer to. Call with sudo."""
        return self.env["utm.campaign"].create(
            {
                "title": self.name,
                "user_id": self.user_id.id or self.env.uid,
                "company_id": self.company_id.id,
                "is_auto_campaign": True,
            }
        )

    def _close(self, state):
        """End or cancel running campaigns; their customers are free for others.

        :param state: ``ended`` or ``cancelled``
        """
        self._forget_budget_question()
        # sudo: as in action_start; only the workflow writes members
        sudo = self.sudo()
        sudo.write({"state": state, "pause_reason": False, "ended_on": fields.Datetime.now()})
        self._withdraw_offers()
        sudo.flush_recordset()
        self.env["customer.retention.member"].flush_model()
        self.env.cr.execute(
            "UPDATE customer_retention_member SET is_open = FALSE WHERE campaign_id = ANY(%s) AND is_open", (self.ids,)
        )
        self.env["customer.retention.member"].invalidate_model(["is_open"])
        if state == "ended":
            self._measure()

    @api.model
    def _cron_close(self):
        """End the offers of campaigns past their last day for them, and campaigns past the time that is measured."""
        # somewhere it is tomorrow already
        latest = fields.Date.add(fields.Date.today(), days=1)
        campaigns = self.search(
            [
                ("state", "in", OPEN_STATES),
                "|",
                ("measure_until", "<", latest),
                "&",
                ("date_end", "<", latest),
                ("member_ids.state", "=", "planned"),
            ],
            order="id",
        )
        self.env["ir.cron"]._value_do_each(campaigns, lambda campaign: campaign._close_what_is_over())

    def _close_what_is_over(self):
        """The campaign, or what is left of its offers, by the days of its company."""
        if self.state not in OPEN_STATES:
            # somebody has ended it meanwhile
            return
        if self.measure_until and self.measure_until < self._get_day():
            self._close("ended")
        elif self.date_end and self.date_end < self.company_id._get_value_today():
            self._withdraw_planned(self.env._("The last offer date has passed."))
