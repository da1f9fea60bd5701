from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    acquisition_channel_id = fields.Many2one(
        "customer.acquisition.channel",
        index="btree_not_null",
        ondelete="set null",
        domain=[("role", "!=", "unknown")],
        groups="base.group_user",
        help="What this line of a vendor bill bought is the cost of the channel. It is not counted again on analytic "
        "accounts.",
    )
