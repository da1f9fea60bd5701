from odoo import fields, models

KINDS = [
    ("coupon", "Coupon"),
    ("gift_card", "Gift card"),
    ("discount", "Discount"),
    ("pricelist", "Price list for a time"),
    ("call", "Call"),
    ("visit", "Visit"),
    ("letter", "Letter"),
    ("ticket", "Free service ticket"),
]


class CustomerRetentionOffer(models.Model):
    """What customers of a campaign get, out of Odoo's own means, and what it costs."""

    _name = "customer.retention.offer"
    _description = "Retention Offer"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KINDS, required=True, default="call")
    reason_ids = fields.Many2many("customer.retention.reason", string="Against", help="Empty: any reason.")
    tier_ids = fields.Many2many(
        "customer.value.tier",
        string="For Tiers",
        check_company=True,
        domain=[("policy_id.state", "!=", "draft")],
        help="Empty: customers of any tier, or of none.",
    )
