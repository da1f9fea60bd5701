from odoo import fields, models


class CustomerValuePolicy(models.Model):
    """What is deducted from the margin that customers have brought so far."""

    _inherit = "customer.value.policy"

    lifetime_service = fields.Boolean(string="Service", default=True, tracking=True)
    lifetime_redress = fields.Boolean(string="Redress", default=True, tracking=True)
    lifetime_campaigns = fields.Boolean(string="Campaign Offers", default=True, tracking=True)
    lifetime_care = fields.Boolean(string="Care", default=True, tracking=True)
    lifetime_late_payment = fields.Boolean(string="Late Payment", default=True, tracking=True)
