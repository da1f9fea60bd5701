from odoo import fields, models

from .res_partner import VALUE_USER


class ResPartner(models.Model):
    """Who wants to be in no campaign, and what happens to campaigns when contacts change their company."""

    _inherit = "res.partner"

    retention_opt_out = fields.Boolean(
        string="No Retention Campaigns",
        tracking=True,
        groups=VALUE_USER,
        help="The customer wants to be in no campaign. Holds for the customer and all of its contacts.",
    )

    def write(self, vals):
        """Nobody of the holdout may be reached as a contact of another customer; see ``_follow_moves``.

        Costs a query where a contact gets another company, and nothing otherwise.
        """
        if not {"parent_id", "is_company"} & vals.keys():
            return super().write(vals)
        before = self.env["customer.retention.member"]._get_moving(self)
        result = super().write(vals)
        if before:
            self.env["customer.retention.member"]._follow_moves(before)
        return result
