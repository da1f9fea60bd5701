from odoo import api, models
from odoo.exceptions import UserError


class CustomerRetentionReason(models.Model):
    """Reasons that the system finds can be put away, not deleted: what is found refers to them."""

    _inherit = "customer.retention.reason"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_found(self):
        for reason in self:
            if reason.code:
                raise UserError(
                    self.env._("“%s” is found by the system. Archive it, and it is not looked for.", reason.name)
                )
