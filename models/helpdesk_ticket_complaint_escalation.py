import logging

from odoo import api, fields, models
from psycopg2 import OperationalError

from .helpdesk_ticket_complaint import MANAGER, OFFICER

_logger = logging.getLogger(__name__)


class HelpdeskTicket(models.Model):
    """Complaints that use up their time climb the ladder of their company."""

    _inherit = "helpdesk.ticket"

    complaint_escalate_on = fields.Datetime(
        string="Next Escalation", readonly=True, copy=False, index="btree_not_null", groups=OFFICER
    )
    complaint_escalated_share = fields.Float(
        string="Escalated At (%)", readonly=True, copy=False, groups=OFFICER, help="The last rung that was reached."
    )

    def _next_escalation(self, now):
        """When the next rung is reached if nothing happens; False while nothing runs. Call with sudo."""
        self.ensure_one()
        clocks = [
            clock
            for kind in ("answer", "regulatory")
            for clock in self._running_clocks(kind)[-1:]
            if kind == "regulatory" or not self.complaint_waiting_since
        ]
        rungs = self._complaint_ladder().filtered(lambda rung: rung.share > self.complaint_escalated_share)
        if not clocks or not rungs:
            return False
        return min(clock._moment_of_share(rungs[0].share / 100, now) for clock in clocks)

    def _complaint_ladder(self):
        return self.env["customer.complaint.escalation"].search([("company_id", "=", self.company_id.id)])

    @api.model
    def _cron_escalate_complaints(self, limit=1000):
        """Tell whoever is to be told; one complaint that fails is tried again tomorrow and holds up no other."""
        now = fields.Datetime.now()
        domain = [("complaint_escalate_on", "<=", now), ("is_complaint", "=", True)]
        self.env["ir.cron"]._commit_progress(remaining=self.search_count(domain))
        for ticket in self.search(domain, order="complaint_escalate_on, id", limit=limit):
            if not ticket.try_lock_for_update(allow_referencing=True).filtered_domain(domain):
                continue
            try:
                with self.env.cr.savepoint():
                    ticket._escalate_complaint(now)
            except OperationalError:
                # a concurrent update: the job is tried again as a whole
                raise
            except Exception:
                _logger.info("Escalating complaint %s failed", ticket.id, exc_info=True)
                ticket.complaint_escalate_on = fields.Datetime.add(now, days=1)
            if not self.env["ir.cron"]._commit_progress(1):
                return

    def _escalate_complaint(self, now):
        """Reach every rung that is due. Call with sudo."""
        self.ensure_one()
        share = max(
            100 * clock._share_used(now)
            for kind in ("answer", "regulatory")
            for clock in self._running_clocks(kind)[-1:]
        )
        # half a thousandth: the moment was computed from the share, and seconds were cut off
        reached = self._complaint_ladder().filtered(
            lambda rung: self.complaint_escalated_share < rung.share <= share + 0.05
        )
        for rung in reached:
            self._tell_of_escalation(rung)
        if reached:
            self.complaint_escalated_share = reached[-1].share
        following = self._next_escalation(now)
        # seconds were cut off somewhere: look again, but not at once
        self.complaint_escalate_on = following and max(following, fields.Datetime.add(now, minutes=5))

    def _escalation_users(self, recipient):
        """Who is meant; the next one up where there is nobody."""
        managers = self.company_id._get_group_users(MANAGER)
        leader = self.team_id.user_id or managers
        return {"owner": self.user_id or leader, "leader": leader, "manager": managers}[recipient]

    def _tell_of_escalation(self, rung):
        users = self._escalation_users(rung.recipient)
        deadline = min(filter(None, (self.complaint_answer_due, self.complaint_regulatory_due)))
        for user in users:
            reader = self.with_context(lang=user.lang, tz=user.tz)
            summary = reader.env._("Complaint %(number)s: %(share)d%% of the time is used",
                                   number=self.complaint_number, share=rung.share)  # fmt: skip
            note = reader.env._("Answer until %s.", reader.env["ir.qweb.field.datetime"].value_to_html(deadline, {}))
            self.activity_schedule("mail.mail_activity_data_todo", user_id=user.id, summary=summary, note=note)
            if rung.send_mail:
                self.message_notify(partner_ids=user.partner_id.ids, subject=summary, body=note)
        self._log_complaint("escalation", f"{rung.share:g}%: {', '.join(users.mapped('name'))}", actor="system")
