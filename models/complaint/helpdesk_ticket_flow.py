from dataclasses import dataclass

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, is_html_empty
from odoo.tools.mail import email_split

from ...analytics.complaint import incoming
from ..core.groups import check_group
from ..core.locking import lock_for_step
from .groups import COMPLAINT_MANAGER, COMPLAINT_OFFICER
from .helpdesk_ticket import ANSWERED, BY_STEPS

ANSWER_LETTER = "customer_value.mail_template_complaint_answer"

CLOSING_LETTER = "customer_value.mail_template_complaint_closed"

# What the owner is asked to do until the complaint has gone a step on
STEP_ACTIVITY = "customer_value.activity_complaint_step"


@dataclass(frozen=True)
class Step:
    """:param sources: states it may be taken from
    :param target: the state it leads to
    :param role: group of users who may take it; customers take theirs through the portal
    :param needs: fields that must be filled in before
    """

    sources: tuple
    target: str
    role: str = COMPLAINT_OFFICER
    needs: tuple = ()


STEPS = {
    "acknowledge": Step(("received",), "acknowledged"),
    "assess": Step(
        ("acknowledged",),
        "assessed",
        needs=("complaint_type_id", "complaint_severity", "complaint_fault", "complaint_assessment"),
    ),
    "investigate": Step(("assessed", "disputed"), "investigating", needs=("user_id",)),
    "answer": Step(("investigating",), "answered", needs=("complaint_answer",)),
    "close": Step(
        ("answered", "referred"), "closed", needs=("complaint_cause_id", "complaint_done", "complaint_change")
    ),
    "dispute": Step(("answered", "closed"), "disputed"),
    "refer": Step(
        ("answered", "disputed", "closed"), "referred", role=COMPLAINT_MANAGER, needs=("complaint_referral_body",)
    ),
    "merge": Step(("received", "acknowledged", "assessed", "investigating", "disputed"), "closed"),
}

# Steps of which one asks for what those before it lack, and takes them too
WAY = ("assess", "investigate", "answer")

WAITING_STATES = ("acknowledged", "assessed", "investigating", "disputed")


class HelpdeskTicket(models.Model):
    """The steps of a complaint: the only way from state to state."""

    _inherit = "helpdesk.ticket"
    # The text above may be a draft again after a dispute; customers and letters show what was said
    complaint_answer_sent = fields.Html(
        string="Final Response (Sent)", readonly=True, copy=False, groups=COMPLAINT_OFFICER, workflow=BY_STEPS
    )

    @api.model
    def _check_complaint_role(self, group):
        """:raise AccessError: the user is not in ``group``"""
        check_group(self.env, group)

    def _take_complaint_step(self, name, note="", actor=None, **values):
        """Go one step on, if the state, the role and what is filled in allow it.

        :param str note: reason or remark, for the record
        :param actor: who acts, if not the user
        :param values: further values to write with the state
        :raise UserError: the step does not follow from the state, or something is missing
        :raise AccessError: the user may not take this step
        """
        step = STEPS[name]
        self._check_complaint_role(step.role)
        if actor is None:
            self.check_access("write")
        # sudo: state and dates are closed to everybody but this workflow
        sudo = self.sudo()
        lock_for_step(sudo, "complaint_state")
        states = dict(self._fields["complaint_state"]._description_selection(self.env))
        for ticket in sudo:
            if ticket.complaint_state not in step.sources:
                raise UserError(
                    self.env._(
                        "%(number)s is in the state %(state)s; this step is only possible from %(sources)s.",
                        number=ticket.complaint_number or ticket.number,
                        state=states.get(ticket.complaint_state, self.env._("not a complaint")),
                        sources=self.env._(" or ").join(states[source] for source in step.sources),
                    )
                )
            missing = [field for field in step.needs if self._is_complaint_field_empty(ticket, field)]
            if missing:
                labels = [self._fields[field]._description_string(self.env) for field in missing]
                raise UserError(
                    self.env._(
                        "%(number)s: please fill in: %(fields)s.",
                        number=ticket.complaint_number,
                        fields=", ".join(labels),
                    )
                )
            getattr(ticket, f"_check_complaint_{name}", lambda: None)()
            now = fields.Datetime.now()
            ticket._log_complaint(
                "state", note, state_from=ticket.complaint_state, state_to=step.target, actor=actor, now=now
            )
            ticket.write(values | {"complaint_state": step.target, f"complaint_{step.target}_on": now})
            ticket.activity_unlink([STEP_ACTIVITY])
            getattr(ticket, f"_after_complaint_{name}", lambda now: None)(now)

    @api.model
    def _is_complaint_field_empty(self, ticket, name):
        value = ticket[name]
        return is_html_empty(value) if self._fields[name].type == "html" else not value

    # -- what is pressed -----------------------------------------------------------------------------------------------

    def action_complaint_acknowledge(self):
        """The acknowledgment was given by other means than our mail: on the phone, or in a letter."""
        self._take_complaint_step("acknowledge")

    def action_complaint_assess(self):
        return self._take_or_ask("assess")

    def action_complaint_investigate(self):
        return self._take_or_ask("investigate")

    def action_complaint_answer(self):
        """Show the final response, and what is offered with it, before it is sent."""
        return self._complaint_step_action("answer")

    def action_complaint_close(self):
        return self._take_or_ask("close")

    def action_complaint_dispute(self):
        return self._complaint_step_action("dispute")

    def action_complaint_refer(self):
        return self._complaint_step_action("refer")

    def action_complaint_wait(self):
        return self._complaint_step_action("wait")

    def _take_or_ask(self, step):
        """Take a step that lacks nothing at once.

        :return: an action that asks for what lacks, or None
        """
        self._check_complaint_role(STEPS[step].role)
        if self._get_complaint_missing(step):
            return self._complaint_step_action(step)
        self._take_complaint_path(step)
        return None

    def _get_complaint_path(self, step):
        """The steps from the state of today to ``step``.

        :return: tuple of names of steps; that step alone if no way leads there
        """
        self.ensure_one()
        if step in WAY:
            way = WAY[: WAY.index(step) + 1]
            for start in range(len(way) - 1, -1, -1):
                if self.complaint_state in STEPS[way[start]].sources:
                    return way[start:]
        return (step,)

    def _take_complaint_path(self, step, until=False):
        """Take the steps that lead to ``step``, and that one unless ``until`` is set."""
        for ticket in self:
            path = ticket._get_complaint_path(step)
            for name in path[:-1] if until else path:
                ticket._take_complaint_step(name)

    def _get_complaint_missing(self, step):
        """What ``step`` and those on the way to it lack.

        :return: set of names of fields; for closing, redress that is still to be carried out counts
        """
        missing = set()
        for ticket in self:
            path = [STEPS[name] for name in ticket._get_complaint_path(step) if name in STEPS]
            needed = [name for taken in path for name in taken.needs]
            missing |= {name for name in needed if self._is_complaint_field_empty(ticket, name)}
            if step == "close":
                missing |= {"complaint_outcome"} if not ticket.complaint_outcome else set()
                missing |= {"complaint_redress_ids"} if ticket._get_redress_open() else set()
        return missing

    def _complaint_step_action(self, step):
        """Open the wizard that asks for what ``step`` needs."""
        self._check_complaint_role(STEPS[step].role if step in STEPS else COMPLAINT_OFFICER)
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env["customer.complaint.step"]._step_label(step),
            "res_model": "customer.complaint.step",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_ticket_ids": self.ids, "default_step": step},
        }

    def _complaint_wait(self, reason):
        """The working clock stands still until the customer answers.

        :raise UserError: nothing is being worked on
        """
        self._check_complaint_role(COMPLAINT_OFFICER)
        self.check_access("write")
        now = fields.Datetime.now()
        for ticket in self.sudo():
            if ticket.complaint_state not in WAITING_STATES or ticket.complaint_waiting_since:
                raise UserError(
                    self.env._(
                        "You can only wait for a customer between acknowledgment and answer, and only once at a time."
                    )
                )
            ticket._pause_complaint_clock(reason, now)
            ticket._log_complaint("pause", reason)

    def action_complaint_resume(self):
        """The customer has answered; the clock goes on."""
        self._check_complaint_role(COMPLAINT_OFFICER)
        self.check_access("write")
        self.sudo()._complaint_resume()

    def _complaint_resume(self, actor=None):
        """Call with sudo."""
        for ticket in self.filtered("complaint_waiting_since"):
            ticket._resume_complaint_clock(fields.Datetime.now())
            ticket._log_complaint("pause", self.env._("The deadline continues."), actor=actor)

    # -- conditions and consequences of steps --------------------------------------------------------------------------

    def _complaint_told_on(self):
        """When the customer was last told: after a second dispute there is an earlier closing, too."""
        return self[f"complaint_{self.complaint_state}_on"]

    def _complaint_dispute_until(self):
        """Until when, naive UTC, what the customer was told can be disputed."""
        return fields.Datetime.add(self._complaint_told_on(), days=self.company_id.complaint_dispute_days)

    def _check_complaint_dispute(self):
        """:raise UserError: it was merged, so that the answer to the remaining one is disputed; or the time is over"""
        self._check_not_merged()
        since, days = self._complaint_told_on(), self.company_id.complaint_dispute_days
        if fields.Datetime.now() > self._complaint_dispute_until():
            raise UserError(
                self.env._(
                    "Answers can be disputed within %(days)s days; %(number)s was answered on %(date)s. Open a new "
                    "complaint.",
                    days=days,
                    number=self.complaint_number,
                    date=fields.Datetime.context_timestamp(self, since).date(),
                )
            )

    def _check_complaint_answer(self):
        """:raise UserError: redress is not approved, so that the answer would promise what may be refused"""
        self._check_redress_states("draft", "to_approve")

    def _check_complaint_close(self):
        """:raise UserError: the customer has not been given what was promised, or may still be"""
        self._check_redress_states("draft", "to_approve", "approved")

    def _after_complaint_acknowledge(self, now):
        self._stop_complaint_clocks(now, ("acknowledge",))

    def _after_complaint_answer(self, now):
        if self.complaint_waiting_since:
            self._complaint_resume()
        self._stop_complaint_clocks(now)
        self.complaint_answer_sent = self.complaint_answer
        self._send_complaint_mail(ANSWER_LETTER)

    def _after_complaint_dispute(self, now):
        self.complaint_accepted_on = False
        self._start_complaint_clocks(now, cause="disputed")
        self.complaint_outcome = False
        self._move_complaint_stage(closed=False)

    def _after_complaint_refer(self, now):
        self._stop_complaint_clocks(now)
        self._log_complaint("referral", self.complaint_referral_body)
        self._move_complaint_stage(closed=False)

    def _after_complaint_close(self, now):
        self._stop_complaint_clocks(now)
        self._move_complaint_stage(closed=True)
        if self.complaint_change_user_id:
            self.activity_schedule(
                "customer_value.activity_complaint_change",
                user_id=self.complaint_change_user_id.id,
                summary=self.with_context(lang=self.complaint_change_user_id.lang).env._(
                    "Change promised after complaint %s", self.complaint_number
                ),
                note=self.complaint_change,
            )
        self._send_complaint_closing()

    def _move_complaint_stage(self, closed):
        """Let the stage of the ticket follow, silently: the letters of a complaint are its own."""
        if self.stage_id.closed != closed:
            stages = self.team_id._get_applicable_stages().filtered(lambda stage: stage.closed == closed)
            self.with_context(mail_notrack=True).stage_id = stages[:1] or self.stage_id

    # -- letters -------------------------------------------------------------------------------------------------------

    def _complaint_has_address(self):
        """Whether there is an address to write to that somebody reads, and not our own: that would answer itself."""
        addresses = email_split(self.partner_id.email or self.partner_email or "")
        return any(not (incoming.is_nobody(address) or self._is_own_address(address)) for address in addresses)

    def _acknowledge_in_writing(self):
        """Acknowledge at once by mail; without an address somebody is asked to do it. Call with sudo."""
        self.ensure_one()
        passed_on = self.env.context.get("complaint_passed_on")
        if (
            not passed_on
            and self._complaint_has_address()
            and self._send_complaint_mail("customer_value.mail_template_complaint_received")
        ):
            self._take_complaint_step("acknowledge", actor="system")
            return
        self._ask_complaint_owner(
            lambda ticket: (
                ticket.env._("Acknowledge complaint %s: it came by a list or a program", ticket.complaint_number)
                if passed_on
                else ticket.env._("Acknowledge complaint %s in writing: no email address", ticket.complaint_number)
            )
        )

    def _send_complaint_mail(self, template):
        """Send a letter in the customer's language. Call with sudo.

        An answer that did not go out is given to somebody: the clocks have stopped, and it would go unnoticed.

        :return: whether it is on its way; a letter that cannot be written never stops the complaint
        """
        self.ensure_one()
        sent = self._try_complaint_mail(template)
        if not sent and template == ANSWER_LETTER:
            # a letter still has to go when the complaint is closed
            self._ask_complaint_owner(
                lambda ticket: ticket.env._(
                    "Print and mail the answer to complaint %s: it could not be sent by email", ticket.complaint_number
                ),
                activity_type="mail.mail_activity_data_todo",
            )
        return sent

    def _try_complaint_mail(self, name):
        template = self.env.ref(name, raise_if_not_found=False)
        if not template or not self._complaint_has_address():
            return False
        if self.env.user.share:
            # what customers do in the portal is answered by us: a company without an address writes as its user
            template = template.with_user(self._complaint_owner()).sudo()
        return self._try_letter(
            template,
            lambda: template.with_context(complaint_letter=True).send_mail(
                self.id,
                email_layout_xmlid="mail.mail_notification_light",
                email_values=self._prepare_complaint_mail(name),
            ),
        )

    def _try_letter(self, template, send):
        """Call ``send``; a letter that cannot be written is told in the chatter and stops nothing.

        :param template: ``mail.template`` of the letter
        :return: whether the letter is on its way
        """
        try:
            with self.env.cr.savepoint():
                send()
        except Exception as error:  # whatever a changed template raises  # pylint: disable=broad-except
            self.message_post(
                body=Markup("%s<br/>%s")
                % (self.env._("The letter %s could not be generated.", template.name), str(error))
            )
            return False
        return True

    def _complaint_owner(self):
        """The user responsible: the owner, else the head of the team, else the administrator."""
        self.ensure_one()
        return self.user_id or self.team_id.user_id or self.env.ref("base.user_admin")

    def _ask_complaint_owner(self, summarize, activity_type=STEP_ACTIVITY):
        """One activity for the owner, done with the next step; the same thing is not asked twice. Call with sudo.

        :param summarize: function of the ticket, which has the owner's language, that returns the summary
        :param str activity_type: another one for what the next step does not settle
        """
        self.ensure_one()
        owner = self._complaint_owner()
        summary = summarize(self.with_context(lang=owner.lang))
        if not self.activity_ids.filtered(lambda found: found.summary == summary and found.user_id == owner):
            self.activity_schedule(activity_type, user_id=owner.id, summary=summary)

    def _get_report_base_filename(self):
        """Name of the letter, without its extension."""
        self.ensure_one()
        return (self.complaint_number or self.number).replace("/", "-")

    # -- the end -------------------------------------------------------------------------------------------------------

    def _complaint_asks_rating(self):
        """Whether the customer can be asked for a rating. No customer is asked twice, not even after a dispute."""
        self.ensure_one()
        return bool(
            self.complaint_state == "closed"
            and self.complaint_outcome != "merged"
            and self.partner_id.email
            and self.rating_status != "no_rate"
            # sudo: users who handle the complaint may not read ratings before the customer gives one
            and not self.sudo().rating_ids
        )

    def _send_complaint_closing(self):
        """Tell the customer the outcome, and ask for a rating in the same letter. Call with sudo."""
        self.ensure_one()
        template = self.env.ref(CLOSING_LETTER, raise_if_not_found=False)
        if not template or not self._complaint_asks_rating():
            return self._send_complaint_mail(CLOSING_LETTER)
        return self._try_letter(
            template,
            lambda: self.rating_send_request(template, lang=self._complaint_lang(), force_send=False),
        )

    def _notify_by_email_prepare_rendering_context(self, *args, **kwargs):
        """Messages have the title above them: their layout would write the number in another way than the letters."""
        context = super()._notify_by_email_prepare_rendering_context(*args, **kwargs)
        if self.is_complaint:
            context |= {"record_name": self.name, "subtitles": [self.name]}
        return context

    def _complaint_lang(self):
        """Code of the language in which the customer is written to."""
        return self.partner_id.lang or self.company_id.partner_id.lang or self.env.lang or "en_US"

    def _send_ticket_rating_mail(self, force_send=False):
        """Complaints ask for themselves: the stage that they end in does not ask again."""
        return super(HelpdeskTicket, self.filtered(lambda ticket: not ticket.is_complaint))._send_ticket_rating_mail(
            force_send=force_send
        )

    def _track_template(self, tracking):
        """Stages of a complaint write no mail: it would name the number of the ticket, which no customer knows."""
        result = super()._track_template(tracking)
        if self[:1].is_complaint:
            result.pop("stage_id", None)
        return result

    # -- what the customer does ----------------------------------------------------------------------------------------

    def _message_post_after_hook(self, message, msg_vals):
        """Customers who write end the waiting; whether a reply to the answer is thanks or a dispute, a human reads."""
        result = super()._message_post_after_hook(message, msg_vals)
        # sudo: customers themselves, or the mail gateway, write
        ticket, author = self.sudo(), message.sudo().author_id
        merged = ticket.complaint_outcome == "merged"
        # an absence note is no answer
        written = message.message_type in ("email", "comment") and not self.env.context.get("complaint_automatic")
        if written and merged and ticket.duplicate_id and author.partner_share:
            ticket._pass_on_to_remaining(message.sudo())
        if not written or not ticket.is_complaint:
            return result
        customer = ticket._is_written_by_customer(message.sudo())
        answered = ticket.complaint_state in ANSWERED and not merged
        if customer is None and (ticket.complaint_waiting_since or answered):
            ticket._ask_complaint_owner(
                lambda asked: asked.env._(
                    "Somebody else has replied to complaint %s: is it the customer?", asked.complaint_number
                )
            )
        if not customer:
            return result
        if ticket.complaint_waiting_since and self.env.context.get("complaint_of_program"):
            ticket._ask_complaint_owner(
                lambda asked: asked.env._(
                    "A program has replied for the customer of complaint %s: is it an answer?", asked.complaint_number
                )
            )
        elif ticket.complaint_waiting_since:
            ticket._complaint_resume(actor="customer")
        if answered and not self._of_staff(author):
            # nobody is shown what is asked about archived records
            ticket.active = True
            ticket._ask_complaint_owner(
                lambda asked: asked.env._(
                    "The customer replied to the answer of complaint %s: is it a dispute?", asked.complaint_number
                )
            )
        return result

    @api.model
    def _of_staff(self, author):
        return bool(author) and author.partner_share is False

    def _is_written_by_customer(self, message):
        """Whether the customer wrote a message. Call with sudo.

        Customers whom nobody has entered, and contacts who were archived, are known by their address.

        :return: True, False if it was somebody of ours, None if nobody knows
        """
        self.ensure_one()
        author = message.author_id
        if author and author.commercial_partner_id == self.commercial_partner_id:
            return True
        if self._of_staff(author):
            return False
        address = email_normalize(message.email_from)
        if address and address in {email_normalize(self.partner_email), self.partner_id.email_normalized}:
            return True
        if message.message_type != "email":
            return False
        return None
