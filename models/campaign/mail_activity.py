from odoo import fields, models

from ..core.groups import VALUE_USER


class MailActivity(models.Model):
    """Calls and visits of campaigns."""

    _inherit = "mail.activity"

    retention_member_ids = fields.One2many(
        "customer.retention.member", "activity_id", string="Created by Campaign", groups=VALUE_USER
    )

    def unlink(self):
        """Calls that are removed before anybody has made them were not made: with the person who leaves, or by hand."""
        # sudo: members are written by nobody but their campaign, whoever removes the activity
        members = self.filtered("active").sudo().retention_member_ids
        members._was_not_made("failed", self.env._("The activity was deleted before it was done."))
        return super().unlink()
