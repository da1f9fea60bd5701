import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..analytics import assignment

PURPOSES = [
    ("retention", "Keep customers"),
    ("win_back", "Win customers back"),
    ("cross_sell", "Sell more of the range"),
]
STATES = [
    ("draft", "Draft"),
    ("running", "Running"),
    ("paused", "Paused"),
    ("ended", "Ended"),
    ("cancelled", "Cancelled"),
]
# Nobody is in two campaigns in these states.
OPEN_STATES = ("running", "paused")
# Unless something else is said: offers for a month, orders measured for three.
OFFER_DAYS = 30
MEASURE_DAYS = 90


class CustomerRetentionCampaign(models.Model):
    """Something done for customers, and measured against others of the same kind for whom it was not done."""

    _name = "customer.retention.campaign"
    _description = "Retention Campaign"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    purpose = fields.Selection(PURPOSES, required=True, default="retention")
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False, index=True, tracking=True, group_expand=True
    )
    pause_reason = fields.Selection(
        [("hand", "By hand"), ("budget", "The budget is used up")], readonly=True, copy=False, string="Why Paused"
    )
    started_on = fields.Datetime(readonly=True, copy=False)
    ended_on = fields.Datetime(readonly=True, copy=False, help="When it was ended or cancelled.")
    reason_id = fields.Many2one("customer.retention.reason", ondelete="restrict", tracking=True)
    offer_id = fields.Many2one(
        "customer.retention.offer", required=True, ondelete="restrict", check_company=True, tracking=True
    )
    product_id = fields.Many2one("product.product", help="What the campaign shall sell.", ondelete="restrict")
    utm_campaign_id = fields.Many2one(
        "utm.campaign", string="Campaign of Orders", readonly=True, copy=False, ondelete="restrict"
    )

    # For whom
    audience_model = fields.Char(readonly=True, help="Model that the filter below is about.")
    audience_domain = fields.Char(readonly=True, help="Who was chosen, as a filter.")

    # By whom, and for how long
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user, tracking=True, check_company=True
    )
    executor = fields.Selection(
        [("manager", "Each customer's account manager"), ("users", "These people")],
        required=True,
        default="manager",
        help="Customers without an account manager fall to the responsible.",
    )
    user_ids = fields.Many2many("res.users", string="People", help="They share the customers evenly.")
    date_start = fields.Date(
        tracking=True, help="First day of the campaign.", default=fields.Date.context_today, copy=False
    )
    date_end = fields.Date(
        tracking=True,
        help="Last day on which offers go out.",
        default=lambda self: fields.Date.context_today(self) + timedelta(days=OFFER_DAYS),
        copy=False,
    )
    measure_until = fields.Date(
        tracking=True,
        help="Last day whose orders count for the result.",
        default=lambda self: fields.Date.context_today(self) + timedelta(days=MEASURE_DAYS),
        copy=False,
    )

    # The experiment
    holdout_percent = fields.Float(string="Holdout (%)", default=20.0, tracking=True)
    without_holdout = fields.Boolean(
        string="Leave Nobody Alone",
        help="Everybody gets the offer. Nobody will know whether the campaign paid, and no result is claimed.",
    )
    seed = fields.Char(
        copy=False,
        default=lambda self: secrets.token_hex(8),
        help="The draw of the holdout follows from it: the same seed, the same draw.",
    )
    confidence = fields.Float(string="Confidence (%)", default=95.0, required=True)
    power = fields.Float(string="Power (%)", default=80.0, required=True)
    detectable_effect = fields.Monetary(
        readonly=True, copy=False, help="The smallest effect per customer on the margin that the size can detect."
    )

    # Money
    budget = fields.Monetary(help="The campaign stops before it costs more. 0: no limit.", tracking=True)

    member_ids = fields.One2many("customer.retention.member", "campaign_id")

    _budget = models.Constraint("CHECK(budget IS NULL OR budget >= 0)", "A budget is not negative. 0 means no limit.")

    @api.constrains("holdout_percent", "confidence", "power")
    def _check_percentages(self):
        for campaign in self:
            # a share that is all of them once it is rounded for the draw leaves nobody to get the offer
            if campaign.holdout_percent < 0 or assignment.millionths(campaign.holdout_percent) >= assignment.MILLION:
                raise ValidationError(
                    self.env._(
                        "The holdout is a part of the customers: enter less than 100%, or 0 to leave nobody alone."
                    )
                )
            if not 50 <= campaign.confidence < 100 or not 50 <= campaign.power < 100:
                raise ValidationError(
                    self.env._("Confidence and power lie between 50% and 100%. Usual are 95% and 80%.")
                )

    @api.constrains("date_start", "date_end", "measure_until")
    def _check_dates(self):
        for campaign in self:
            if campaign.date_start and campaign.date_end and campaign.date_end < campaign.date_start:
                raise ValidationError(
                    self.env._(
                        "Offers end before the campaign begins. Choose a later last day, or an earlier first day."
                    )
                )
            last = campaign.date_end or campaign.date_start
            if last and campaign.measure_until and campaign.measure_until < last:
                raise ValidationError(
                    self.env._("Orders are measured until after the last offer. Choose a later day to measure until.")
                )
