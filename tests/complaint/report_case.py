from datetime import datetime, timedelta

from freezegun import freeze_time

from .complaint_case import ComplaintCase

NOW = datetime(2025, 9, 30, 12)

AFTERWARDS = timedelta(days=90)


class ReportCase(ComplaintCase):
    """Complaints that are closed in the past, and their rows in the analysis."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Report = cls.env["customer.complaint.report"]
        cls.Followup = cls.env["customer.complaint.followup"]

    def received(self, moment, partner, **values):
        with freeze_time(moment):
            return self.ticket(partner, is_complaint=True, **values).sudo()

    def step(self, complaint, moment, *names, **values):
        with freeze_time(moment):
            for name in names:
                if name == "acknowledge" and complaint.complaint_state == "acknowledged":
                    # by mail, at once
                    continue
                complaint.with_user(self.manager)._take_complaint_step(name, **values)

    def closed(self, moment, partner, days=2, **values):
        """A complaint answered after so many days, and closed an hour later."""
        complaint = self.received(moment, partner, **values)
        self.fill_in(complaint)
        self.step(complaint, moment + timedelta(hours=1), "acknowledge", "assess", "investigate")
        self.step(complaint, moment + timedelta(days=days), "answer")
        self.step(complaint, moment + timedelta(days=days, hours=1), "close", complaint_outcome="accepted")
        return complaint

    def row(self, complaint, now=NOW):
        self.env.flush_all()
        self.env.invalidate_all()
        with freeze_time(now):
            return self.Report.with_user(self.officer).search_read([("ticket_id", "=", complaint.id)])[0]
