from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.intervals import Intervals
from pytz import timezone, utc

from ..core.customer_value_workflow_record import NOT_ENTERED
from .customer_complaint_type import SEVERITIES

# How much of a calendar is read at a time, and how often before a deadline is given by the wall clock.
PIECE = timedelta(days=14)
PIECES = 100


WAITING = SQL("ticket.complaint_waiting_since")


def on_time_sql(now, waiting=WAITING):
    """Whether a promise was kept, over ``clock`` (its ``due`` and ``stopped``) and ``ticket``: the one definition.

    Without an answer it is missed as soon as its deadline is over, and NULL until then. A deadline is not over while we
    wait for the customer, unless it was before.

    :param datetime now: naive UTC
    :param SQL waiting: since when we are waiting, where this clock stands still for it
    """
    return SQL(
        """CASE WHEN clock.stopped IS NOT NULL THEN clock.stopped <= clock.due
                WHEN clock.due < LEAST(%s, %s) THEN FALSE END""",
        waiting,
        now,
    )


class CustomerComplaintClock(models.Model):
    """A deadline of a complaint with what it was made of, frozen when the clock was started.

    ``acknowledge`` and ``regulatory`` never pause. ``answer`` counts working hours and stands still while we wait for
    the customer; ``due`` is its deadline moved on by the pauses. When customer or severity change, another ``answer``
    clock is started from the same receipt; the earlier one stays as it is and runs on, so that no time is gained by
    calling a complaint harmless.
    """

    _name = "customer.complaint.clock"
    _description = "Complaint Deadline"
    _inherit = ["customer.value.workflow.record"]
    _order = "id"
    _rec_name = "ticket_id"
    _workflow = NOT_ENTERED

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [("acknowledge", "Acknowledge"), ("answer", "Answer (working time)"), ("regulatory", "Answer (regulatory)")],
        required=True,
        readonly=True,
    )
    cause = fields.Selection(
        [
            ("intake", "Intake"),
            ("severity", "Severity changed"),
            ("customer", "Customer changed"),
            ("disputed", "Disputed"),
            ("merged", "Merged"),
        ],
        required=True,
        readonly=True,
    )
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="set null")
    severity = fields.Selection(SEVERITIES, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, ondelete="set null")
    target_hours = fields.Float(readonly=True, help="Working hours from start to deadline.")
    # without it, what has run would be told by the wall clock: archive it instead
    calendar_id = fields.Many2one("resource.calendar", string="Working Time", readonly=True, ondelete="restrict")
    started = fields.Datetime(required=True, readonly=True)
    deadline = fields.Datetime(required=True, readonly=True, help="As promised at intake.")
    due = fields.Datetime(required=True, readonly=True, help="The deadline, extended by pauses.")
    stopped = fields.Datetime(readonly=True)
    # what was promised at intake, and when it was answered: read for every complaint by the analysis
    _intake = models.Index(
        "(ticket_id, id DESC) INCLUDE (tier_id, due, stopped) WHERE kind = 'answer' AND cause = 'intake'"
    )
    state = fields.Selection(
        [("running", "Running"), ("late", "Late"), ("met", "Met"), ("missed", "Missed")],
        compute="_compute_state",
    )

    @api.depends("due", "stopped")
    def _compute_state(self):
        now = fields.Datetime.now()
        for clock in self:
            in_time = (clock.stopped or now) <= clock.due
            if clock.stopped:
                clock.state = "met" if in_time else "missed"
            else:
                clock.state = "running" if in_time else "late"

    # -- time ------------------------------------------------------------------------------------------------------

    @api.model
    def _get_working_time(self, calendar, start):
        """Pieces of working time from ``start`` (naive UTC) on, as moments with a time zone; some years of it."""
        start = utc.localize(start)
        for number in range(PIECES):
            begin = start + number * PIECE
            for opens, closes, _meta in calendar._get_complaint_intervals(begin, begin + PIECE):
                yield opens, closes

    @api.model
    def _after_hours(self, calendar, start, hours):
        """The moment, naive UTC, ``hours`` of working time after ``start``; by the wall clock without working time."""
        left = timedelta(hours=hours)
        if calendar and calendar._has_complaint_hours():
            for opens, closes in self._get_working_time(calendar, start):
                if left <= closes - opens:
                    return (opens + left).astimezone(utc).replace(tzinfo=None)
                left -= closes - opens
        # a calendar without any working time in years ahead would leave a complaint without a deadline
        return start + timedelta(hours=hours)

    @api.model
    def _after_working_days(self, calendar, start, days):
        """The end, naive UTC, of the ``days``-th working day after the day of ``start``, which does not count.

        A day is that of the company; it is a working day if there is working time on it.
        """
        zone = timezone(self.env.company._get_value_zone())

        def opens(day):
            return zone.localize(datetime.combine(day, time.min)).astimezone(utc).replace(tzinfo=None)

        tomorrow = utc.localize(start).astimezone(zone).date() + timedelta(days=1)
        last = tomorrow + timedelta(days=days - 1)
        if calendar and calendar._has_complaint_hours():
            found = set()
            for begin, _end in self._get_working_time(calendar, opens(tomorrow)):
                found.add(begin.astimezone(zone).date())
                if len(found) == days:
                    last = max(found)
                    break
        return opens(last + timedelta(days=1)) - timedelta(seconds=1)

    @api.model
    def _work_hours(self, calendar, start, end, known=None):
        """Working hours between two moments, naive UTC; by the wall clock without working time.

        :param dict known: as of ``_get_known_time``
        """
        if end <= start:
            return 0.0
        if not calendar or not calendar._has_complaint_hours():
            return (end - start).total_seconds() / 3600
        span = utc.localize(start), utc.localize(end)
        if known and calendar in known:
            pieces = known[calendar] & Intervals([(*span, calendar)])
        else:
            pieces = calendar._get_complaint_intervals(*span)
        return sum((closes - opens).total_seconds() for opens, closes, _meta in pieces) / 3600

    def _get_known_time(self, moment):
        """Working time of the calendars of these clocks until ``moment``, read once for all of them.

        :return: ``{resource.calendar: Intervals}``
        """
        counting = self.filtered(lambda clock: clock.kind == "answer" and not clock.stopped and clock.started < moment)
        known = {}
        for calendar, clocks in counting.grouped("calendar_id").items():
            if calendar and calendar._has_complaint_hours():
                first = min(clocks.mapped("started"))
                known[calendar] = calendar._get_complaint_intervals(utc.localize(first), utc.localize(moment))
        return known

    def _used_hours(self, moment, known=None):
        """Working hours that have run until ``moment``, without the pauses."""
        self.ensure_one()
        used = self._work_hours(self.calendar_id, self.started, moment, known)
        for pause in self.ticket_id.complaint_pause_ids:
            begin = max(pause.started, self.started)
            used -= self._work_hours(self.calendar_id, begin, min(pause.ended or moment, moment), known)
        return max(used, 0.0)

    def _share_used(self, moment, known=None):
        """Share of the time that has run by ``moment``: 1.0 at the deadline. Working time where the clock counts it."""
        self.ensure_one()
        if self.kind == "answer":
            return self._used_hours(moment, known) / self.target_hours
        return (moment - self.started) / (self.deadline - self.started)

    def _moment_of_share(self, share, now, known=None):
        """When ``share`` of the time will have run if nothing stands still from ``now`` on; may lie in the past."""
        self.ensure_one()
        if self.kind != "answer":
            return self.started + share * (self.deadline - self.started)
        missing = share * self.target_hours - self._used_hours(now, known)
        return self._after_hours(self.calendar_id, now, missing) if missing > 0 else now

    def _resume(self, now):
        """Move ``due`` on: what was left when the clock stood still is left now."""
        for clock in self:
            left = clock.target_hours - clock._used_hours(now)
            # overdue before the pause: it stays overdue
            if left > 0:
                clock.due = self._after_hours(clock.calendar_id, now, left)

    def _stop(self, now):
        self.filtered(lambda clock: not clock.stopped).stopped = now
