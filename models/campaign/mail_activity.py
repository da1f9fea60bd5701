from odoo import fields, models

from ..core.groups import VALUE_USER


class MailActivity(models.Model):
    """Calls and visits of campaigns."""

    _inherit = "mail.activity"

    retention_member_ids = fields.One2many(
        "customer.retention.member", "activity_id", string="Created by Campaign", groups=VALUE_USER
    )

    def unlink(self):
        """Calls removed before they were made, manually or with their user, count as not made."""
        # sudo: only the campaign writes members, whichever user removes the activity
        members = self.filtered("active").sudo().retention_member_ids
        members._was_not_made("failed", self.env._("The activity was deleted before it was done."))
        return super().unlink()
