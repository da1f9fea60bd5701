from odoo import fields, models

# What a complaint is about. The back office looks for facts by it, and redress is proposed by it.
COMPLAINT_KINDS = [
    ("late", "Late delivery"),
    ("short", "Short or wrong delivery"),
    ("defective", "Defective product"),
    ("invoice", "Wrong invoice or price"),
    ("service", "Poor service"),
    ("conduct", "Staff conduct"),
    ("other", "Other"),
]

SEVERITIES = [("1", "Low"), ("2", "Medium"), ("3", "High"), ("4", "Critical")]


class CustomerComplaintType(models.Model):
    """A type of complaint, as the company sorts them."""

    _name = "customer.complaint.type"
    _description = "Complaint Type"
    _inherit = ["customer.value.company.record"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Leave empty to share it between all companies.")
    kind = fields.Selection(
        COMPLAINT_KINDS,
        required=True,
        default="other",
        help="Determines which facts are retrieved and which redress is offered.",
    )
    severity = fields.Selection(
        SEVERITIES,
        required=True,
        default="2",
        string="Default Severity",
        help="Initial severity of complaints of this type, until they are assessed.",
    )
    in_portal = fields.Boolean(string="Show in Portal", default=True, help="Customers can select it.")
