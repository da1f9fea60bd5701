from odoo import fields, models

from ..core.groups import VALUE_USER


class ResPartner(models.Model):
    """Who wants to be in no campaign, and what happens to campaigns when contacts change their company."""

    _inherit = "res.partner"

    retention_opt_out = fields.Boolean(
        string="No Retention Campaigns",
        tracking=True,
        groups=VALUE_USER,
        help="The customer wants to be in no campaign. Holds for the customer and all of its contacts.",
    )
    retention_member_ids = fields.One2many(
        "customer.retention.member", "partner_id", string="In Retention Campaigns", readonly=True, groups=VALUE_USER
    )

    def _take_back_calls(self):
        """Who wants no campaigns is not called any more."""
        # sudo: members are written by nobody but their campaign
        members = self.env["customer.retention.member"].sudo()
        concerned = members.search(
            [
                "|",
                ("partner_id", "in", self.ids),
                ("partner_id.commercial_partner_id", "in", self.ids),
                ("state", "=", "offered"),
                ("activity_id", "!=", False),
            ]
        )
        concerned._take_back_calls(self.env._("The customer wants to be in no campaign."))

    def write(self, vals):
        """Nobody of the holdout may be reached as a contact of another customer; see ``_follow_moves``.

        Costs a query where a contact gets another company, and nothing otherwise.
        """
        moving = self._get_changing_company(vals)
        if vals.get("retention_opt_out"):
            self._take_back_calls()
        if not moving:
            return super().write(vals)
        before = self.env["customer.retention.member"]._get_moving(moving)
        result = super().write(vals)
        if before:
            self.env["customer.retention.member"]._follow_moves(before)
        return result
