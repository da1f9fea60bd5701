from odoo import models


class LoyaltyProgram(models.Model):
    """Some programs are kept for tiers."""

    _name = "loyalty.program"
    _inherit = ["loyalty.program", "customer.value.exclusive"]
