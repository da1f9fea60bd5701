from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    duplicate_confidence = fields.Float(
        string="Confidence to Merge",
        digits=(5, 2),
        default=99.9,
        help="Pairs with at least this probability (%) are offered to be merged together.",
    )
