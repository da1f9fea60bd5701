from odoo import fields, models


class CustomerComplaintCause(models.Model):
    """What was found to lie behind a complaint; a closed complaint names one."""

    _name = "customer.complaint.cause"
    _description = "Root Cause"
    _inherit = ["customer.value.company.record"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Leave empty to share it between all companies.")
