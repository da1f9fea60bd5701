import codecs

from odoo import api, models

# RFC 3834; the others are what Microsoft and older auto-repliers send
AUTOMATIC_PRECEDENCES = ("auto_reply", "auto-reply", "bulk", "junk", "list")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _is_automatic_mail(self, message):
        """Whether no human has written this: it is neither a complaint nor an answer to our question."""
        submitted = str(message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
        precedence = str(message.get("Precedence") or "").strip().lower()
        return (
            submitted != "no"
            or precedence in AUTOMATIC_PRECEDENCES
            or any(message.get(header) for header in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply"))
        )

    @api.model
    def message_parse(self, message, save_original=False):
        """A character set that nobody knows costs some letters, not the whole mail."""
        for part in message.walk():
            charset = part.get_content_charset()
            try:
                codecs.lookup(charset or "utf-8")
            except (LookupError, ValueError):
                part.set_param("charset", "utf-8")
        return super().message_parse(message, save_original=save_original)

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Tell those who take in complaints what only the headers say."""
        if self._is_automatic_mail(message):
            self = self.with_context(complaint_automatic=True)
        return super()._message_route_process(message, message_dict, routes)
