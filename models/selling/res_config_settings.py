from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """From when on two products count as bought together."""

    _inherit = "res.config.settings"

    retention_association_months = fields.Integer(
        related="company_id.retention_association_months", readonly=False, required=True
    )
    retention_association_customers = fields.Integer(
        related="company_id.retention_association_customers", readonly=False, required=True
    )
    retention_association_support = fields.Float(
        related="company_id.retention_association_support", readonly=False, required=True
    )
    retention_association_lift = fields.Float(
        related="company_id.retention_association_lift", readonly=False, required=True
    )
    retention_association_products = fields.Integer(
        related="company_id.retention_association_products", readonly=False, required=True
    )
    retention_association_basket = fields.Integer(
        related="company_id.retention_association_basket", readonly=False, required=True
    )
