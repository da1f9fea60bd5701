from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from odoo import Command
from odoo.tests import new_test_user

from ..core.value_case import ValueCase

UTC = ZoneInfo("UTC")

HELPDESK = "helpdesk_mgmt.group_helpdesk_manager"


class ComplaintCase(ValueCase):
    """A customer who complains, and those who deal with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Ticket = cls.env["helpdesk.ticket"]
        cls.officer = cls.user("complaint_officer", "customer_value.group_complaint_officer")
        cls.manager = cls.user("complaint_manager", "customer_value.group_complaint_manager")
        cls.helper = cls.user("complaint_helper", HELPDESK)
        cls.partner = cls.customer("Complaining Ltd", email="complaints@example.com")
        cls.type = cls.env.ref("customer_value.complaint_type_late")
        cls.cause = cls.env.ref("customer_value.complaint_cause_transport")

    @classmethod
    def user(cls, login, groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
            email=f"{login}@x.test",
        )

    @classmethod
    def make_calendar(cls, zone, holidays=()):
        """Eight hours from Monday to Friday, from eight to five local time."""
        calendar = cls.env["resource.calendar"].create(
            {
                "name": zone,
                "tz": zone,
                "company_id": cls.company.id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {"name": "Work", "dayofweek": str(day), "hour_from": start, "hour_to": start + 4,
                             "day_period": period}
                        )
                        for day in range(5)
                        for start, period in ((8, "morning"), (13, "afternoon"))
                    ),
                ],
            }
        )  # fmt: skip
        for day in holidays:
            midnight = datetime.combine(day, datetime.min.time(), ZoneInfo(zone))
            cls.env["resource.calendar.leaves"].create(
                {
                    "name": "Holiday",
                    "calendar_id": calendar.id,
                    "company_id": cls.company.id,
                    "date_from": midnight.astimezone(UTC).replace(tzinfo=None),
                    "date_to": (midnight + timedelta(days=1)).astimezone(UTC).replace(tzinfo=None),
                }
            )
        return calendar

    @classmethod
    def complaint(cls, **values):
        return cls.ticket(cls.partner, is_complaint=True, **values)

    @classmethod
    def fill_in(cls, complaint):
        """All that any step needs."""
        complaint.sudo().write(
            {
                "complaint_type_id": cls.type.id,
                "complaint_severity": "2",
                "complaint_fault": "ours",
                "complaint_fault_kind": "late",
                "complaint_assessment": "The van broke down.",
                "complaint_answer": "<p>We are sorry.</p>",
                "complaint_cause_id": cls.cause.id,
                "complaint_done": "Delivered again.",
                "complaint_change": "A second van.",
                "complaint_referral_body": "Arbitration board",
                "user_id": cls.officer.id,
            }
        )

    def bring_to(self, complaint, state):
        """By the steps that lead there, as a manager."""
        self.fill_in(complaint)
        paths = {
            "received": [],
            "acknowledged": ["acknowledge"],
            "assessed": ["acknowledge", "assess"],
            "investigating": ["acknowledge", "assess", "investigate"],
            "answered": ["acknowledge", "assess", "investigate", "answer"],
            "disputed": ["acknowledge", "assess", "investigate", "answer", "dispute"],
            "referred": ["acknowledge", "assess", "investigate", "answer", "refer"],
            "closed": ["acknowledge", "assess", "investigate", "answer", "close"],
        }
        for step in paths[state]:
            complaint.with_user(self.manager)._take_complaint_step(step)
        self.assertEqual(complaint.complaint_state, state)
        return complaint
