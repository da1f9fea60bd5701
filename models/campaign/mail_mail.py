from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Letters of campaigns that the server refuses are told on the members: their customers know of nothing."""
        if failure_type:
            # sudo: the queue of mails writes for everybody; only the campaign writes members
            members = self.env["customer.retention.member"].sudo().search([("mail_id", "in", self.ids)])
            reason = failure_reason or failure_type
            members._note_lost_letter(lambda member: member.env._("The letter could not be delivered: %s", reason))
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
