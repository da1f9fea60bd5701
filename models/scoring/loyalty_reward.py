from odoo import models


class LoyaltyReward(models.Model):
    """Which products are means of payment follows from it."""

    _name = "loyalty.reward"
    _inherit = ["loyalty.reward", "customer.value.remembered"]
