from markupsafe import Markup
from odoo import fields, models

from .helpdesk_ticket_complaint import GUARDED, OFFICER
from .helpdesk_ticket_complaint_flow import STEPS  # noqa: F401  the steps come first, this extends them

GUARDED |= {"complaint_answer_sent"}
ANSWER_LETTER = "customer_value.mail_template_complaint_answer"
CLOSING_LETTER = "customer_value.mail_template_complaint_closed"


class HelpdeskTicket(models.Model):
    """The answer as it was sent, the letter at the end, and one request to rate."""

    _inherit = "helpdesk.ticket"

    # The text above may be a draft again after a dispute; customers and letters show what was said
    complaint_answer_sent = fields.Html(string="Final Response as Sent", readonly=True, copy=False, groups=OFFICER)

    def _complaint_owner(self):
        """Who is asked to see to it: the owner, else the head of the team, else the administrator."""
        self.ensure_one()
        return self.user_id or self.team_id.user_id or self.env.ref("base.user_admin")

    def _ask_complaint_owner(self, summary, note=""):
        """One activity for the owner; the same thing is not asked twice. Call with sudo."""
        self.ensure_one()
        owner = self._complaint_owner()
        if not self.activity_ids.filtered(lambda found: found.summary == summary and found.user_id == owner):
            self.activity_schedule("mail.mail_activity_data_todo", user_id=owner.id, summary=summary, note=note)

    # -- the answer ----------------------------------------------------------------------------------------------------

    def _after_complaint_answer(self, now):
        self.complaint_answer_sent = self.complaint_answer
        return super()._after_complaint_answer(now)

    def _send_complaint_mail(self, template):
        """An answer that did not go out is given to somebody: the clocks have stopped, and nobody would notice."""
        sent = super()._send_complaint_mail(template)
        if not sent and template == ANSWER_LETTER:
            self._ask_complaint_owner(
                self.env._("Print and post the answer to complaint %s: it went out by no e-mail", self.complaint_number)
            )
        return sent

    def _get_report_base_filename(self):
        """Name of the letter, without its extension."""
        self.ensure_one()
        return (self.complaint_number or self.number).replace("/", "-")

    # -- the end -------------------------------------------------------------------------------------------------------

    def _after_complaint_close(self, now):
        result = super()._after_complaint_close(now)
        self._send_complaint_closing()
        return result

    def _complaint_asks_rating(self):
        """Whether the customer can be asked how content he is. Nobody is asked twice, not even after a dispute."""
        self.ensure_one()
        return bool(
            self.complaint_state == "closed"
            and self.complaint_outcome != "merged"
            and self.partner_id.email
            and self.rating_status != "no_rate"
            # sudo: ratings are not for those who handle the complaint to begin with
            and not self.sudo().rating_ids
        )

    def _send_complaint_closing(self):
        """Tell the customer how it ended, and ask in the same letter how content he is. Call with sudo."""
        self.ensure_one()
        template = self.env.ref(CLOSING_LETTER, raise_if_not_found=False)
        if not template or not self._complaint_asks_rating():
            return self._send_complaint_mail(CLOSING_LETTER)
        try:
            with self.env.cr.savepoint():
                self.rating_send_request(template, lang=self._complaint_lang(), force_send=False)
        except Exception as error:  # whatever a changed template raises  # pylint: disable=broad-except
            self.message_post(
                body=Markup("%s<br/>%s")
                % (self.env._("The letter %s could not be written.", template.name), str(error))
            )
            return False
        return True

    def _complaint_lang(self):
        """Code of the language in which the customer is written to."""
        return self.partner_id.lang or self.company_id.partner_id.lang or self.env.lang or "en_US"

    def _send_ticket_rating_mail(self, force_send=False):
        """Complaints ask for themselves: the stage that they end in does not ask again."""
        return super(HelpdeskTicket, self.filtered(lambda ticket: not ticket.is_complaint))._send_ticket_rating_mail(
            force_send=force_send
        )

    # -- replies -------------------------------------------------------------------------------------------------------

    def _message_post_after_hook(self, message, msg_vals):
        """Whether a reply to the answer is thanks or a dispute is for a human to read."""
        result = super()._message_post_after_hook(message, msg_vals)
        # sudo: the customer himself, or the mail gateway, writes
        ticket, author = self.sudo(), message.sudo().author_id
        written = message.message_type in ("email", "comment") and not self.env.context.get("complaint_automatic")
        if (
            written
            and ticket.complaint_state in ("answered", "closed", "referred")
            and ticket.complaint_outcome != "merged"
            and author.partner_share
            and author.commercial_partner_id == ticket.commercial_partner_id
        ):
            ticket._ask_complaint_owner(
                self.env._("The customer replied to the answer of complaint %s: a dispute?", ticket.complaint_number)
            )
        return result
