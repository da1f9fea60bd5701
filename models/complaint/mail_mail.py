from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """A letter of a complaint that the server refuses is told to its owner; Odoo tells of notifications alone."""
        if failure_type:
            lost = self.sudo().filtered(
                lambda mail: not mail.is_notification and mail.model == "helpdesk.ticket" and mail.res_id
            )
            self.env["helpdesk.ticket"].browse(lost.mapped("res_id")).exists()._ask_about_lost_letter(False)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
