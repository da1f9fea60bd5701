from odoo import fields, models

from ...analytics.lifetime.outlook import Terms


class CustomerValuePolicy(models.Model):
    """How the future of customers is valued."""

    _inherit = "customer.value.policy"

    lifetime_months = fields.Selection(
        [("12", "12 months"), ("24", "24 months"), ("36", "36 months")],
        string="Horizon",
        default="24",
        required=True,
        tracking=True,
        help="How far ahead orders are expected. The further, the less certain.",
    )
    lifetime_discount = fields.Float(
        string="Annual Discount Rate (%)",
        default=10.0,
        tracking=True,
        help="What is earned a year later is worth that much less.",
    )
    lifetime_holdout_weeks = fields.Integer(
        string="Forecast Tested on (weeks)",
        default=26,
        help="At each calibration, forecasts are made as of that many weeks ago and compared with what came since. No "
        "more than half of the history is used.",
    )
    lifetime_keep_share = fields.Float(
        string="Spend on Keeping up to (%)",
        default=25.0,
        tracking=True,
        help="Share of the expected margin that is in danger that may be spent on keeping a customer. At 100% nothing "
        "would be earned by it.",
    )
    lifetime_wallet_share = fields.Float(
        string="To Be Won of What Is Bought Elsewhere (%)",
        default=10.0,
        tracking=True,
        help="Share of the spending with other suppliers that is expected to be won within the horizon. 0: none.",
    )

    _lifetime_terms = models.Constraint(
        "CHECK(lifetime_discount >= 0 AND lifetime_discount <= 100 AND lifetime_holdout_weeks BETWEEN 4 AND 156"
        " AND lifetime_keep_share >= 0 AND lifetime_keep_share <= 100"
        " AND lifetime_wallet_share >= 0 AND lifetime_wallet_share <= 100)",
        "Lifetime value: the discount rate and the shares must be between 0 and 100%, and forecasts are tested on 4 to "
        "156 weeks.",
    )

    def _get_lifetime_terms(self):
        """:return: ``Terms`` of the policy; the defaults where there is none"""
        values = self if self else self.new({})
        return Terms(
            months=int(values.lifetime_months),
            rate=values.lifetime_discount / 100,
            keep_share=values.lifetime_keep_share / 100,
        )
