from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    competition_ask = fields.Boolean(
        string="Ask for Competitors",
        default=True,
        help="Salespeople who win or lose an opportunity are asked who else was in the running. They can skip it.",
    )
