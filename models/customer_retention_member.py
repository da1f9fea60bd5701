from odoo import fields, models

STATES = [
    ("planned", "Planned"),
    ("offered", "Offered"),
    ("failed", "Not possible"),
    ("withdrawn", "Withdrawn"),
    ("holdout", "Left alone"),
]


class CustomerRetentionMember(models.Model):
    """A customer in a campaign: one who gets the offer, or one of the holdout, who is left alone."""

    _name = "customer.retention.member"
    _description = "Member of a Retention Campaign"
    _inherit = ["customer.value.workflow.record"]
    _order = "campaign_id desc, id"
    _rec_name = "partner_id"

    campaign_id = fields.Many2one(
        "customer.retention.campaign", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade", help="That of the campaign."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    is_open = fields.Boolean(readonly=True, help="The campaign is under way.")
    arm = fields.Selection(
        [("treatment", "Gets the offer"), ("holdout", "Holdout")], required=True, readonly=True, index=True
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="planned", index=True)
    stratum = fields.Char(readonly=True, help="Tier and group of margin within which the holdout was drawn.")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="set null", help="When drawn.")
    margin_before = fields.Monetary(
        readonly=True, help="Margin kept in the time before the start that is as long as the one that is measured."
    )
    excluded = fields.Char(readonly=True, help="Why the customer does not count for the result; empty if he does.")

    # The offer
    user_id = fields.Many2one("res.users", string="Done By", readonly=True, index=True)
    planned_date = fields.Date(readonly=True, index=True)
    offered_on = fields.Datetime(readonly=True)
    hindrance = fields.Char(readonly=True, help="Why the offer could not be made.")
    cost = fields.Monetary(readonly=True, help="Booked: what it costs besides what orders lose in margin.")
    face_value = fields.Monetary(
        readonly=True, help="Promised, and bounded by the budget; lowers the margin of orders once it is used."
    )

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _once = models.Constraint("UNIQUE(partner_id, campaign_id)", "The customer is in this campaign already.")
    _open_once = models.UniqueIndex(
        "(partner_id, company_id) WHERE is_open", "The customer is in another campaign that is under way."
    )
    _holdout_left_alone = models.Constraint(
        "CHECK(arm <> 'holdout' OR state = 'holdout' AND offered_on IS NULL AND COALESCE(cost, 0) = 0"
        " AND COALESCE(face_value, 0) = 0)",
        "Customers of the holdout are left alone: without them, nobody knows whether a campaign paid.",
    )
