from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .complaint_case import ComplaintCase


@tagged("post_install", "-at_install")
class TestToursComplaintAnalysis(BrowserCase, ComplaintCase):
    def test_deadlines_and_analysis(self):
        """An officer looks at the deadlines of this month, then at how complaints were answered."""
        now = fields.Datetime.now()
        for late in (False, True):
            complaint = self.ticket(self.customer("Tour Complainer"), is_complaint=True, user_id=self.officer.id)
            if late:
                clocks = complaint.sudo().complaint_clock_ids
                clocks.write({"started": now - timedelta(days=20), "due": now - timedelta(days=1)})
            self.bring_to(complaint, "answered")
        running = self.ticket(
            self.customer("Tour Complainer"), is_complaint=True, user_id=self.officer.id, name="Tour Complaint"
        )
        # the browser's calendar opens at today
        running.sudo().complaint_regulatory_due = now
        running.activity_schedule("mail.mail_activity_data_todo", user_id=self.officer.id)
        self.start_tour("/odoo/complaints", "customer_complaint_analysis", login=self.officer.login, timeout=120)

    def test_one_new(self):
        """On the board, in the list, on the form and in the menu: it is the intake that opens."""
        self.ticket(self.customer("Tour Complainer"), is_complaint=True, user_id=self.officer.id)
        self.start_tour("/odoo/complaints", "customer_complaint_new", login=self.officer.login, timeout=120)
