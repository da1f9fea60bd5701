import logging

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .groups import COMPLAINT_MANAGER, COMPLAINT_OFFICER
from .helpdesk_ticket import BY_STEPS

_logger = logging.getLogger(__name__)


class HelpdeskTicket(models.Model):
    """The clocks of a complaint, as deadlines that boards, calendars and jobs can search."""

    _inherit = "helpdesk.ticket"

    complaint_clock_ids = fields.One2many(
        "customer.complaint.clock",
        "ticket_id",
        string="Deadlines",
        readonly=True,
        groups=COMPLAINT_OFFICER,
        workflow=BY_STEPS,
    )
    complaint_pause_ids = fields.One2many(
        "customer.complaint.pause",
        "ticket_id",
        string="Pauses",
        readonly=True,
        groups=COMPLAINT_OFFICER,
        workflow=BY_STEPS,
    )
    # What we have promised ourselves is not promised to the customer, who may read their tickets; the regulatory
    # deadline is
    complaint_acknowledge_due = fields.Datetime(
        string="Acknowledgment Due", readonly=True, copy=False, groups="base.group_user", workflow=BY_STEPS
    )
    complaint_answer_due = fields.Datetime(
        string="Answer Due",
        readonly=True,
        copy=False,
        groups="base.group_user",
        index="btree_not_null",
        help="In working time, by tier and severity. Paused while waiting for the customer.",
        workflow=BY_STEPS,
    )
    complaint_regulatory_due = fields.Datetime(
        string="Regulatory Due",
        readonly=True,
        copy=False,
        help="The regulatory deadline. It is never paused.",
        workflow=BY_STEPS,
    )
    # with sudo: whoever may read these may read what they follow from, and a board would ask that for each card
    complaint_due = fields.Datetime(
        string="Next Deadline",
        compute="_compute_complaint_due",
        compute_sudo=True,
        groups="base.group_user",
        help="The nearer of the working and the regulatory deadline.",
    )
    complaint_waiting_since = fields.Datetime(
        string="Waiting for the Customer Since", readonly=True, copy=False, workflow=BY_STEPS
    )
    complaint_clock = fields.Selection(
        [("fine", "On time"), ("soon", "Due soon"), ("late", "Late"), ("waiting", "Waiting"), ("done", "Answered")],
        compute="_compute_complaint_clock",
        compute_sudo=True,
        search="_search_complaint_clock",
        string="Deadline Status",
        groups="base.group_user",
    )
    complaint_escalate_on = fields.Datetime(
        string="Next Escalation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=COMPLAINT_OFFICER,
        workflow=BY_STEPS,
    )
    complaint_escalated_share = fields.Float(
        string="Escalated at (%)",
        readonly=True,
        copy=False,
        groups=COMPLAINT_OFFICER,
        help="The last escalation level reached.",
        workflow=BY_STEPS,
    )

    @api.depends("complaint_answer_due", "complaint_regulatory_due")
    def _compute_complaint_due(self):
        for ticket in self:
            ticket.complaint_due = ticket._get_complaint_due()

    def _get_complaint_due(self):
        return min(filter(None, (self.complaint_answer_due, self.complaint_regulatory_due)), default=False)

    @api.depends(
        "complaint_state", "complaint_answer_due", "complaint_regulatory_due", "complaint_waiting_since",
        "complaint_received_on",
    )  # fmt: skip
    def _compute_complaint_clock(self):
        now = fields.Datetime.now()
        for clock, tickets in self.grouped(lambda ticket: ticket._get_complaint_clock(now)).items():
            tickets.complaint_clock = clock

    def _get_complaint_clock(self, now):
        """For the color on the board: *soon* is the last quarter of the time, by the wall clock."""
        due = self._get_complaint_due()
        if not due or self.complaint_state in ("answered", "closed", "referred"):
            return "done" if self.is_complaint else False
        if now > due:
            return "late"
        if self.complaint_waiting_since:
            return "waiting"
        return "soon" if (due - now) * 4 < due - self.complaint_received_on else "fine"

    def _field_to_sql(self, alias, field_expr, query=None):
        """The same as SQL, so that the board can sort by deadline and count its columns by clock."""
        if field_expr == "complaint_due":
            return SQL(
                "LEAST(%s, %s)",
                self._field_to_sql(alias, "complaint_answer_due", query),
                self._field_to_sql(alias, "complaint_regulatory_due", query),
            )
        if field_expr != "complaint_clock":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            """CASE WHEN %(is_complaint)s IS NOT TRUE THEN NULL
                    WHEN %(state)s IN ('answered', 'closed', 'referred') OR %(due)s IS NULL THEN 'done'
                    WHEN %(now)s > %(due)s THEN 'late'
                    WHEN %(waiting)s IS NOT NULL THEN 'waiting'
                    WHEN (%(due)s - %(now)s) * 4 < %(due)s - %(received)s THEN 'soon'
                    ELSE 'fine' END""",
            is_complaint=self._field_to_sql(alias, "is_complaint", query),
            state=self._field_to_sql(alias, "complaint_state", query),
            due=self._field_to_sql(alias, "complaint_due", query),
            waiting=self._field_to_sql(alias, "complaint_waiting_since", query),
            received=self._field_to_sql(alias, "complaint_received_on", query),
            now=fields.Datetime.now(),
        )

    @api.model
    def _search_complaint_clock(self, operator, value):
        if operator != "in":
            return NotImplemented
        clocks = [clock for clock in value if clock]
        domain = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s = ANY(%s)", model._field_to_sql(alias, "complaint_clock", query), clocks
            )
        )
        return domain | Domain("is_complaint", "=", False) if False in value else domain

    # -- called by the workflow, with sudo ----------------------------------------------------------------------------

    def _complaint_calendar(self):
        return (
            self.team_id.resource_calendar_id
            or self.company_id.complaint_calendar_id
            or self.company_id.resource_calendar_id
        )

    def _prepare_complaint_clock(self, kind, cause, started):
        """Values common to all clocks; the tier is the one of today."""
        return {
            "ticket_id": self.id,
            "company_id": self.company_id.id,
            "kind": kind,
            "cause": cause,
            "partner_id": self.commercial_partner_id.id,
            "tier_id": self.partner_id.with_company(self.company_id).value_tier_id.id,
            "severity": self.complaint_severity,
            "calendar_id": self._complaint_calendar().id,
            "started": started,
        }

    def _prepare_answer_clock(self, cause, started):
        Clock = self.env["customer.complaint.clock"]
        values = self._prepare_complaint_clock("answer", cause, started)
        commitment = self.env["customer.complaint.commitment"]._match(
            self.company_id, self.env["customer.value.tier"].browse(values["tier_id"]), self.complaint_severity
        )
        hours = commitment.answer_hours or commitment._fields["answer_hours"].default(commitment)
        deadline = Clock._after_hours(self._complaint_calendar(), started, hours)
        return values | {"target_hours": hours, "deadline": deadline, "due": deadline}

    def _prepare_regulatory_clock(self, cause, started):
        company = self.company_id
        Clock = self.env["customer.complaint.clock"].with_company(company)
        if company.complaint_term_unit == "weeks":
            deadline = fields.Datetime.add(started, weeks=company.complaint_term)
        else:
            deadline = Clock._after_working_days(self._complaint_calendar(), started, company.complaint_term)
        values = self._prepare_complaint_clock("regulatory", cause, started)
        return values | {"deadline": deadline, "due": deadline}

    def _start_complaint_clocks(self, now, cause="intake"):
        """Start all clocks, at intake or when an answer is disputed (then nothing is to be acknowledged)."""
        self.ensure_one()
        clocks = [self._prepare_answer_clock(cause, now), self._prepare_regulatory_clock(cause, now)]
        self.complaint_escalated_share = 0
        if cause == "intake":
            deadline = fields.Datetime.add(now, hours=self.company_id.complaint_acknowledge_hours)
            values = self._prepare_complaint_clock("acknowledge", cause, now)
            clocks.append(values | {"deadline": deadline, "due": deadline})
        self.env["customer.complaint.clock"].create(clocks)
        self._show_complaint_clocks()

    def _restart_complaint_clock(self, cause):
        """Customer or severity have changed: another promise, counted from the same receipt. The first one stays."""
        self.ensure_one()
        running = self._running_clocks("answer")[-1:]
        if not running:
            return
        clock = self.env["customer.complaint.clock"].create(self._prepare_answer_clock(cause, running.started))
        if self.complaint_pause_ids:
            clock._resume(fields.Datetime.now())
        self._log_complaint("clock", dict(clock._fields["cause"]._description_selection(self.env))[cause])
        self._show_complaint_clocks()

    def _running_clocks(self, kind):
        return self.complaint_clock_ids.filtered(lambda clock: clock.kind == kind and not clock.stopped)

    def _stop_complaint_clocks(self, now, kinds=("acknowledge", "answer", "regulatory")):
        for ticket in self:
            for kind in kinds:
                ticket._running_clocks(kind)._stop(now)
            ticket._show_complaint_clocks()

    def _pause_complaint_clock(self, reason, now):
        """:raise UserError: (by the constraint) we are waiting already"""
        self.ensure_one()
        self.env["customer.complaint.pause"].create(
            {"ticket_id": self.id, "company_id": self.company_id.id, "started": now, "reason": reason}
        )
        self.complaint_waiting_since = now
        self._show_complaint_clocks()

    def _resume_complaint_clock(self, now):
        self.ensure_one()
        pauses = self.complaint_pause_ids.filtered(lambda pause: not pause.ended)
        pauses.ended = now
        # another may begin in the next statement, and only one is open at a time
        pauses.flush_recordset(["ended"])
        self._running_clocks("answer")._resume(now)
        self.complaint_waiting_since = False
        self._show_complaint_clocks()

    def _show_complaint_clocks(self):
        """Copy the deadlines that count now: of several promises to answer the last one made."""
        now = fields.Datetime.now()
        for ticket in self:
            answer = ticket._running_clocks("answer")[-1:]
            ticket.write(
                {
                    "complaint_acknowledge_due": ticket._running_clocks("acknowledge")[-1:].due,
                    "complaint_answer_due": answer.due if not ticket.complaint_waiting_since else False,
                    "complaint_regulatory_due": ticket._running_clocks("regulatory")[-1:].due,
                    "complaint_escalate_on": ticket._next_escalation(now),
                }
            )

    # -- Complaints that use up their time climb the ladder of their company ------------------------------------------

    def _next_escalation(self, now, share=None, ladder=None, known=None):
        """When the next rung is reached if nothing happens; False while nothing runs. Call with sudo.

        :param float share: of the last rung reached, if not the one stored
        :param ladder: of the company, if known already
        :param dict known: as of ``_get_known_time`` of clocks
        """
        self.ensure_one()
        if share is None:
            share = self.complaint_escalated_share
        rungs = (self._complaint_ladder(self.company_id) if ladder is None else ladder).filtered(
            lambda rung: rung.share > share
        )
        if not rungs:
            return False
        clocks = [
            clock
            for kind in ("answer", "regulatory")
            for clock in self._running_clocks(kind)[-1:]
            if kind == "regulatory" or not self.complaint_waiting_since
        ]
        if not clocks:
            return False
        return min(clock._moment_of_share(rungs[0].share / 100, now, known) for clock in clocks)

    @api.model
    def _complaint_ladder(self, company):
        return self.env["customer.complaint.escalation"].search([("company_id", "=", company.id)])

    @api.model
    def _cron_escalate_complaints(self):
        """Notify the recipients, in parts of each company's complaints."""
        due = self._read_group(self._get_escalation_domain(), ["company_id"], ["__count"])
        self.env["ir.cron"]._value_do_in_parts(
            self.env["res.company"].union(*(company for company, _count in due)),
            "_escalate_complaints",
            remaining=sum(count for _company, count in due),
            channel="complaints",
        )

    @api.model
    def _get_escalation_domain(self):
        return [("complaint_escalate_on", "<=", fields.Datetime.now()), ("is_complaint", "=", True)]

    def _escalate_safely(self):
        """Notify the recipients; a complaint that fails is tried again tomorrow and does not stop the others.

        :raise OperationalError: a concurrent update; all of it is to be tried again
        """
        now = fields.Datetime.now()

        def failed(ticket, error):
            _logger.info("Escalating complaint %s failed", ticket.id, exc_info=error)
            ticket.complaint_escalate_on = fields.Datetime.add(now, days=1)

        self.env["ir.cron"]._value_do_together(self, lambda some: some._escalate_complaints(now), failed)

    def _escalate_complaints(self, now):
        """Reach every rung that is due, and tell the recipients. Call with sudo."""
        ladders = {company: self._complaint_ladder(company) for company in self.company_id}
        known = self.complaint_clock_ids._get_known_time(now)
        # read here for all of them: each clock would read those of its own complaint
        self.mapped("complaint_pause_ids.started")
        told = []
        for ticket in self:
            rungs = ticket._escalate_complaint(now, ladders[ticket.company_id], known)
            if rungs:
                told.append((ticket, rungs))
        self._tell_of_escalations(told)

    def _escalate_complaint(self, now, ladder, known):
        """Move on to the last rung that is due.

        :param dict known: as of ``_get_known_time`` of clocks
        :return: the rungs that were reached, of ``ladder``
        """
        self.ensure_one()
        clocks = [clock for kind in ("answer", "regulatory") for clock in self._running_clocks(kind)[-1:]]
        share = max(100 * clock._share_used(now, known) for clock in clocks)
        # half a thousandth: the moment was computed from the share, and seconds were cut off
        reached = ladder.filtered(lambda rung: self.complaint_escalated_share < rung.share <= share + 0.05)
        values = {}
        if reached:
            values["complaint_escalated_share"] = reached[-1].share
        following = self._next_escalation(now, values.get("complaint_escalated_share"), ladder, known)
        # seconds were cut off somewhere: look again, but not at once
        self.write(
            values | {"complaint_escalate_on": following and max(following, fields.Datetime.add(now, minutes=5))}
        )
        return reached

    def _escalation_users(self, recipient, managers):
        """The recipients; those of the next level where there are none.

        :param managers: users who manage complaints of the company
        """
        leader = self.team_id.user_id or managers
        return {"owner": self.user_id or leader, "leader": leader, "manager": managers}[recipient]

    @api.model
    def _tell_of_escalations(self, told):
        """Activities and emails. Whoever is told of several rungs at the same moment is told once, of the last one.

        :param told: list of tuples of complaint and the rungs that it has reached
        """
        activity_type = self.env.ref("mail.mail_activity_data_todo")
        activities, events = [], []
        companies = self.env["res.company"].union(*(ticket.company_id for ticket, _rungs in told))
        managers = {company: company._get_group_users(COMPLAINT_MANAGER) for company in companies}
        for ticket, rungs in told:
            users, mailed = self.env["res.users"], self.env["res.users"]
            for rung in rungs:
                recipients = ticket._escalation_users(rung.recipient, managers[ticket.company_id])
                users |= recipients
                mailed |= recipients if rung.send_mail else mailed
                note = f"{rung.share:g}%: {', '.join(recipients.mapped('name'))}"
                events.append(ticket._prepare_complaint_event("escalation", note, actor="system"))
            for (lang, tz), readers in users.grouped(lambda user: (user.lang, user.tz)).items():
                summary, note = ticket.with_context(lang=lang, tz=tz)._describe_escalation(rungs[-1])
                activities += [
                    {
                        "res_model_id": self.env["ir.model"]._get_id(self._name),
                        "res_id": ticket.id,
                        "activity_type_id": activity_type.id,
                        "date_deadline": fields.Date.context_today(ticket),
                        "automated": True,
                        "user_id": reader.id,
                        "summary": summary,
                        "note": note,
                    }
                    for reader in readers
                ]
                if readers & mailed:
                    ticket.with_context(lang=lang, tz=tz).message_notify(
                        partner_ids=(readers & mailed).partner_id.ids, subject=summary, body=note
                    )
        self.env["customer.complaint.event"].create(events)
        # the email says it all: that of the activity would be a second one
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(activities)

    def _describe_escalation(self, rung):
        """:return: tuple of the summary and of a line of HTML, in the language and time zone of the context"""
        summary = self.env._("Complaint %(number)s: %(share)d%% of the response time is used",
                             number=self.complaint_number, share=rung.share)  # fmt: skip
        due = self.env["ir.qweb.field.datetime"].value_to_html(self.complaint_due, {})
        return summary, self.env._("Answer due by %s.", due)
