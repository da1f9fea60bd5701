from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerRetentionReason(models.Model):
    """Why a customer is at risk or has left. The system finds reasons with a code; others are for people."""

    _name = "customer.retention.reason"
    _description = "Retention Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(readonly=True, copy=False)
    kind = fields.Selection(
        [("slipping", "Customers at risk"), ("lost", "Lost customers"), ("other", "Other")],
        default="other",
        required=True,
    )
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    advice = fields.Text(translate=True, help="Recommended action, in words.")
    is_final = fields.Boolean(
        string="Cannot Return",
        help="Customers who left for this reason are not worth winning back: no next step or offer is suggested, and "
        "campaigns leave them out.",
    )

    _code_unique = models.UniqueIndex("(code) WHERE code IS NOT NULL", "A reason with this code already exists.")

    _final_is_stated = models.Constraint(
        "CHECK(is_final IS NOT TRUE OR kind = 'lost' AND code IS NULL)",
        "Only reasons for which customers are lost, and which are stated by people, can be final.",
    )

    @api.model
    def _get_code_domain(self, code):
        return [("code", "=", code)]

    # -- Reasons that the system finds can be put away, not deleted: what is found refers to them ---------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_found(self):
        for reason in self:
            if reason.code:
                raise UserError(
                    self.env._("“%s” is found by the system. Archive it to stop searching for it.", reason.name)
                )
