import math
from datetime import UTC, datetime

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

TEXT_LENGTH = 200
LINK_LENGTH = 2000
# A line that nobody has hung up is no conversation.
MOST_HOURS = 24


class CustomerContactCall(http.Controller):
    """Calls that a telephone system reports, with the key of a user."""

    @http.route("/customer_value/contact", type="jsonrpc", auth="bearer", methods=["POST"])
    def record_call(self, **given):
        """Keep a call. Reported again, it is told what became of it.

        :param given: ``caller`` and ``called`` (numbers in any notation), ``time`` (ISO 8601; UTC without an offset),
            ``call_id``; and ``duration`` (seconds), ``recording`` (link) and ``company`` (id) if there are any
        :return: as of ``customer.contact._describe_call``
        :raise UserError: something is missing or cannot be read
        """
        env = request.env
        known = {"caller", "called", "time", "duration", "recording", "call_id", "company"}
        if unknown := sorted(given.keys() - known):
            raise UserError(env._("Unknown: %(unknown)s. Known are: %(known)s.",
                                  unknown=", ".join(unknown), known=", ".join(sorted(known))))  # fmt: skip
        company = self._get_company(given.get("company"))
        Contact = env["customer.contact"].with_context(allowed_company_ids=company.ids)
        contact, is_new = Contact._record_call(
            self._get_text(given, "caller"),
            self._get_text(given, "called"),
            self._get_moment(self._get_text(given, "time")),
            self._get_hours(given.get("duration")),
            self._get_recording(given.get("recording")),
            self._get_text(given, "call_id"),
        )
        return contact._describe_call(is_new)

    def _get_company(self, number):
        """:return: one of the companies of the user; their own if none is given"""
        user = request.env.user
        if not number:
            return user.company_id
        company = user.company_ids.filtered(lambda company: company.id == number)
        if not company:
            raise UserError(request.env._("company: %s is none of the companies of the user of this key.", number))
        return company

    def _get_text(self, given, name):
        text = given.get(name)
        text = str(text) if isinstance(text, int) and not isinstance(text, bool) else text
        text = text.replace("\0", "").strip() if isinstance(text, str) else ""
        if not text:
            raise UserError(request.env._("Please send %s as a text.", name))
        if len(text) > TEXT_LENGTH:
            raise UserError(request.env._("%(name)s has more than %(most)s characters.", name=name, most=TEXT_LENGTH))
        return text

    def _get_moment(self, text):
        """:return: datetime in UTC, without a time zone"""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise UserError(
                request.env._("time: %s cannot be read. Send it like 2026-03-31T14:05:00+02:00.", text)
            ) from None
        if moment.tzinfo:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return moment.replace(microsecond=0)

    def _get_hours(self, seconds):
        if seconds is None or seconds is False:
            return 0.0
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not is_number or not math.isfinite(seconds) or not 0 <= seconds <= MOST_HOURS * 3600:
            raise UserError(request.env._("duration: send seconds, from 0 to %s.", MOST_HOURS * 3600))
        return seconds / 3600

    def _get_recording(self, link):
        if not link:
            return False
        if not isinstance(link, str) or len(link) > LINK_LENGTH:
            raise UserError(request.env._("recording: send a link of at most %s characters.", LINK_LENGTH))
        return link
