import codecs

from odoo import api, models

from ...analytics.complaint import incoming

# Characters of a subject that are read, as they come: reading a million takes half a minute
LONGEST_SUBJECT = 4000


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_parse(self, message, save_original=False):
        """An unknown character set costs some letters, and an endless subject its end, not the whole mail."""
        incoming.cut_subject(message, LONGEST_SUBJECT)
        for part in message.walk():
            charset = part.get_content_charset()
            try:
                codecs.lookup(charset or "utf-8")
            except (LookupError, ValueError):
                part.set_param("charset", "utf-8")
        return super().message_parse(message, save_original=save_original)

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Pass what only the headers say to the intake of complaints."""
        if not self._leads_to_complaint(routes):
            return super()._message_route_process(message, message_dict, routes)
        message_dict = incoming.without_nul(message_dict | self._read_complaint_anew(message, message_dict.keys()))
        message_dict |= self.env["helpdesk.ticket"]._find_complaint_sender(message, message_dict)
        thread = self.with_context(
            complaint_automatic=incoming.is_answer_of_machine(message),
            complaint_passed_on=incoming.is_passed_on(message),
        )
        return super(MailThread, thread)._message_route_process(message, message_dict, routes)

    @api.model
    def _leads_to_complaint(self, routes):
        """Whether a mail becomes a complaint, or belongs to one; other mails are none of our business."""
        # sudo: the mail gateway has no user with these rights
        Ticket, Team = self.env["helpdesk.ticket"].sudo(), self.env["helpdesk.ticket.team"].sudo()
        for model, thread_id, custom_values, _user_id, _alias in routes or ():
            if model != Ticket._name:
                continue
            if thread_id:
                complains = Ticket.browse(thread_id).is_complaint
            else:
                complains = Team.browse((custom_values or {}).get("team_id")).for_complaints
            if complains:
                return True
        return False

    @api.model
    def _read_complaint_anew(self, message, names):
        """What the mail says once it is read in the character sets that it really is written in.

        :param names: what was read the first time: attachments may have been left out on purpose
        :return: dict as of ``message_parse``, of what has letters in it; empty if the first reading was right
        """
        if not incoming.needs_reading_anew(message):
            return {}
        parsed = self.message_parse(incoming.read_anew(message))
        lettered = {"subject", "email_from", "from", "cc", "to", "body", "attachments"}
        return {name: parsed[name] for name in lettered & parsed.keys() & set(names)}
