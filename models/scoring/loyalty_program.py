from odoo import models


class LoyaltyProgram(models.Model):
    """Which products are means of payment follows from it."""

    _name = "loyalty.program"
    _inherit = ["loyalty.program", "customer.value.remembered"]
