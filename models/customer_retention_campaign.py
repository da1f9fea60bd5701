from odoo import fields, models

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
        STATES, required=True, default="draft", readonly=True, copy=False, index=True, tracking=True
    )
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
        [("manager", "Each customer's account manager"), ("users", "These people")], required=True, default="manager"
    )
    user_ids = fields.Many2many("res.users", string="People", help="They share the customers evenly.")
    date_start = fields.Date(tracking=True, help="First day of the campaign.")
    date_end = fields.Date(tracking=True, help="Last day on which offers go out.")
    measure_until = fields.Date(tracking=True, help="Last day whose orders count for the result.")

    # The experiment
    holdout_percent = fields.Float(string="Holdout (%)", default=20.0, tracking=True)
    seed = fields.Char(copy=False, help="The draw of the holdout follows from it: the same seed, the same draw.")
    confidence = fields.Float(string="Confidence (%)", default=95.0, required=True)
    power = fields.Float(string="Power (%)", default=80.0, required=True)
    detectable_effect = fields.Monetary(
        readonly=True, copy=False, help="The smallest effect per customer on the margin that the size can detect."
    )

    # Money
    budget = fields.Monetary(help="The campaign stops before it costs more. 0: no limit.", tracking=True)

    member_ids = fields.One2many("customer.retention.member", "campaign_id")
