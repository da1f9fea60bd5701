from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..core.locking import LOCK_INTAKE, lock_for_step, take_turn
from .helpdesk_ticket import ANSWERED, BY_STEPS

# Where a state stands on the line that customers see
PROGRESS = {
    "received": 0,
    "acknowledged": 1,
    "assessed": 2,
    "investigating": 2,
    "disputed": 2,
    "answered": 3,
    "referred": 3,
    "closed": 4,
}


class HelpdeskTicket(models.Model):
    """What customers see of their complaints, in their words, and what they may do about them."""

    _inherit = "helpdesk.ticket"

    complaint_accepted_on = fields.Datetime(
        string="Accepted by the Customer On", readonly=True, copy=False, workflow=BY_STEPS
    )

    @api.depends("is_complaint")
    def _compute_access_url(self):
        """Links in letters lead to the page of the complaint."""
        result = super()._compute_access_url()
        for ticket in self.filtered("is_complaint"):
            ticket.access_url = f"/my/complaint/{ticket.id}"
        return result

    # -- what customers send -------------------------------------------------------------------------------------------

    @api.model
    def _judge_intake(self, user, title, description, most_per_hour, most_per_day):
        """Whether ``user`` may make this complaint now. One request of a user is judged at a time. Call with sudo.

        :param description: HTML
        :return: the same complaint if it has just been made (somebody pressed twice), or an empty recordset; and
            whether there are too many, unless it is the same
        """
        now = fields.Datetime.now()
        day, hour = fields.Datetime.subtract(now, days=1), fields.Datetime.subtract(now, hours=1)
        minutes = fields.Datetime.subtract(now, minutes=10)
        with take_turn(user.with_env(self.env), LOCK_INTAKE) as env:
            recent = env[self._name].search_fetch(
                [("is_complaint", "=", True), ("create_uid", "=", user.id), ("create_date", ">=", day)],
                ["name", "description", "create_date"],
                order="id desc",
                limit=most_per_day,
            )
            same = recent.filtered(
                lambda ticket: (
                    ticket.create_date >= minutes
                    and ticket.name == title
                    and str(ticket.description) == str(description)
                )
            )[:1]
            in_hour = sum(ticket.create_date >= hour for ticket in recent)
            too_many = not same and (len(recent) >= most_per_day or in_hour >= most_per_hour)
        return self.browse(same.ids), too_many

    # -- what customers see --------------------------------------------------------------------------------------------

    def _get_portal_state(self):
        """The state in the customer's words; how we call it among ourselves is our business."""
        self.ensure_one()
        if self.complaint_outcome == "merged":
            return self.env._("Continued under another number")
        if self.complaint_waiting_since:
            return self.env._("Waiting for your reply")
        return {
            "received": self.env._("Received"),
            "acknowledged": self.env._("Confirmed"),
            "assessed": self.env._("In progress"),
            "investigating": self.env._("In progress"),
            "answered": self.env._("Answered"),
            "disputed": self.env._("Under review again"),
            "referred": self.env._("With an external body"),
            "closed": self.env._("Closed"),
        }[self.complaint_state]

    def _get_portal_next(self):
        """What happens next, in one sentence."""
        self.ensure_one()
        if self.complaint_outcome == "merged":
            return self.env._("We are answering it together with another complaint from you about the same issue.")
        if self.complaint_waiting_since:
            return self.env._(
                "We need more information from you: please reply below. We will continue as soon as we receive it."
            )
        if self.complaint_state == "answered" and self.complaint_accepted_on:
            if self._get_redress_open():
                return self.env._("You have accepted our answer. We will do what we promised and close the complaint.")
            return self.env._("You have accepted our answer. We will close the complaint.")
        return {
            "received": self.env._("We confirm that we have received your complaint."),
            "acknowledged": self.env._("We will read it and assign it to someone who finds out what happened."),
            "assessed": self.env._("We are finding out what happened."),
            "investigating": self.env._("We will find out what happened and then answer you."),
            "answered": self.env._("Please tell us whether you accept our answer."),
            "disputed": self.env._("You disagree with our answer: we will review everything and answer you again."),
            "referred": self.env._("An external body is reviewing it; you will hear from them or from us."),
            "closed": self.env._("No further steps are needed."),
        }[self.complaint_state]

    def _get_portal_outcome(self):
        self.ensure_one()
        return {
            "accepted": self.env._("Your complaint was justified."),
            "redress": self.env._("As a gesture of goodwill, we have offered you compensation."),
            "rejected": self.env._("Your complaint could not be accepted."),
        }.get(self.complaint_state == "closed" and self.complaint_outcome, "")

    def _get_portal_dispute_until(self):
        """Until when, naive UTC, the customer may disagree; False if there is nothing to disagree with."""
        self.ensure_one()
        if self.complaint_state not in ("answered", "closed") or self.complaint_outcome == "merged":
            return False
        return self._complaint_dispute_until()

    def _get_portal_dates(self):
        """:return: list of (label, naive UTC), in the order in which they happen"""
        self.ensure_one()
        answered = self.complaint_state in ("answered", "referred", "closed")
        dates = [
            (self.env._("Received"), self.complaint_received_on),
            (self.env._("Confirmed"), self.complaint_acknowledged_on),
            (self.env._("Our answer is due by"), not answered and self.complaint_regulatory_due),
            (self.env._("Answered"), self.complaint_answered_on),
            (self.env._("Accepted by you"), self.complaint_accepted_on),
            (self.env._("Closed"), self.complaint_state == "closed" and self.complaint_closed_on),
        ]
        return [(label, date) for label, date in dates if date]

    def _prepare_portal_complaint(self):
        """All that the page of the complaint shows: plain words, so that nothing else can get into it. Call with sudo.

        :return: dict; dates are naive UTC
        """
        self.ensure_one()
        labels = (
            self.env._("Received"),
            self.env._("Confirmed"),
            self.env._("In progress"),
            self.env._("Answered"),
            self.env._("Closed"),
        )
        place = PROGRESS[self.complaint_state]
        until = self._get_portal_dispute_until()
        remedies = dict(self._fields["complaint_remedy"]._description_selection(self.env))
        document = self.complaint_order_id or self.complaint_move_id
        return {
            "id": self.id,
            "number": self.complaint_number,
            "title": self.name,
            "description": self.description,
            "type": self.complaint_type_id.name,
            "remedy": remedies.get(self.complaint_remedy),
            "document": document.name,
            "state": self._get_portal_state(),
            "next": self._get_portal_next(),
            "outcome": self._get_portal_outcome(),
            "open": self.complaint_state != "closed",
            "progress": [
                (label, "done" if step < place or place == 4 else "now" if step == place else "later")
                for step, label in enumerate(labels)
            ],
            "dates": self._get_portal_dates(),
            # after a dispute the earlier answer is still what was said
            "answer": self.complaint_answer_sent,
            "earlier": self.complaint_state not in ("answered", "referred", "closed"),
            "rejection": self.complaint_state in ("answered", "closed") and self.complaint_rejection,
            "redress": self._get_portal_redress(),
            "can_accept": self.complaint_state == "answered" and not self.complaint_accepted_on,
            "can_dispute": bool(until) and fields.Datetime.now() <= until,
            "dispute_until": until,
            "dispute_days": self.company_id.complaint_dispute_days,
            "files": self._get_portal_files(),
            "merged_into": self.complaint_outcome == "merged" and self.duplicate_id.complaint_number,
            "merged_url": self.complaint_outcome == "merged" and self.duplicate_id.access_url,
        }

    def _get_portal_files(self):
        """What the customer sent. Files that we keep with the ticket are our own.

        :return: list of (name, URL)
        """
        files = self.attachment_ids.filtered(
            lambda file: file.create_uid.partner_id.commercial_partner_id == self.commercial_partner_id
        )
        return [(file.name, f"/web/content/{file.id}?download=true&access_token={token}")
                for file, token in zip(files, files.generate_access_token(), strict=True)]  # fmt: skip

    def _get_complaint_redress_granted(self):
        """What the customer gets: list of (what, amount in figures, amount in words); the amounts may be empty.

        What has been executed says how to use it: no other letter does, where it is executed with the answer.
        """
        self.ensure_one()
        granted = self.complaint_redress_ids.filtered(lambda redress: redress.state in ("approved", "done"))
        terms = [redress._get_terms_in_words() for redress in granted]
        return [
            (redress._with_use(what), amount, words)
            for redress, (what, amount, words) in zip(granted, terms, strict=True)
        ]

    def _get_portal_redress(self):
        """What the customer gets, and how far it is: what we promised in the answer, and what is on its way.

        :return: list of dicts: ``what``, ``amount`` (in figures) and ``words``, which may be empty, ``state`` in words,
            and ``code`` of a coupon, which is money, or False
        """
        self.ensure_one()
        answered = self.complaint_state in ANSWERED
        shown = self.complaint_redress_ids.filtered(
            lambda redress: redress.state == "done" or (answered and redress.state == "approved")
        )
        return [
            dict(zip(("what", "amount", "words"), redress._get_terms_in_words(), strict=True))
            | {"state": redress._get_portal_state(), "code": redress.card_code}
            for redress in shown
        ]

    def _get_portal_rating_token(self):
        """Token of the rating that the customer can still give; False if there is none to give. Call with sudo."""
        self.ensure_one()
        if (
            self.complaint_state != "closed"
            or self.complaint_outcome == "merged"
            or self.rating_status == "no_rate"
            or not self.partner_id
            or self.rating_ids.filtered("consumed")
        ):
            return False
        return self._rating_get_access_token()

    # -- what customers do ---------------------------------------------------------------------------------------------

    def _customer_disputes(self, reason):
        """The customer disagrees, in the portal. The caller has checked that it is their complaint.

        :raise UserError: there is nothing to disagree with, or the time for it is over
        """
        ticket = self.sudo()
        ticket._take_complaint_step("dispute", note=reason, actor="customer")
        ticket.message_post(
            body=plaintext2html(reason),
            author_id=self.env.user.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        ticket._ask_complaint_owner(
            lambda asked: asked.env._("The customer disagrees with the answer to complaint %s", asked.complaint_number)
        )

    def _customer_accepts(self, note=""):
        """The customer is content with the answer. Closing stays with us: it takes a root cause.

        :raise UserError: there is no answer, or the customer has accepted it already
        """
        ticket = self.sudo()
        lock_for_step(ticket)
        if ticket.complaint_state != "answered":
            raise UserError(self.env._("There is no answer to accept yet."))
        if ticket.complaint_accepted_on:
            raise UserError(self.env._("You have already accepted this answer. Thank you."))
        ticket.complaint_accepted_on = fields.Datetime.now()
        note = note or self.env._("The customer accepts the answer.")
        ticket._log_complaint("state", note, actor="customer", state_from="answered", state_to="answered")
        ticket._ask_complaint_owner(
            lambda asked: asked.env._("The customer accepts the answer: close complaint %s", asked.complaint_number)
        )
