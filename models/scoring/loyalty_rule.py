from odoo import models


class LoyaltyRule(models.Model):
    """Which products are means of payment follows from it."""

    _name = "loyalty.rule"
    _inherit = ["loyalty.rule", "customer.value.remembered"]
