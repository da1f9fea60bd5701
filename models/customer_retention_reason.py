from odoo import fields, models


class CustomerRetentionReason(models.Model):
    """Why a customer slips away or has left. Those with a code are found by the system, others are for people."""

    _name = "customer.retention.reason"
    _description = "Retention Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(readonly=True, copy=False)
    kind = fields.Selection(
        [("slipping", "Slipping customers"), ("lost", "Lost customers"), ("other", "Other")],
        default="other",
        required=True,
    )
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    advice = fields.Text(translate=True, help="What to do about it, in words.")

    _code_unique = models.UniqueIndex("(code) WHERE code IS NOT NULL", "There is a reason with this code already.")
