"""What a company promises: in the settings, and where the addon was there before complaints were."""

from datetime import datetime

from freezegun import freeze_time
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...hooks import post_init_hook
from .complaint_case import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintSettings(ComplaintCase):
    def settings(self, company=None, **values):
        Settings = self.env["res.config.settings"].with_company(company or self.company)
        Settings.create(values).execute()

    def test_settings_make_the_deadlines(self):
        other = self.make_company("Other Company", "EUR")
        self.settings(
            complaint_acknowledge_hours=5.0, complaint_term=3, complaint_term_unit="weeks", complaint_dispute_days=7,
            complaint_high_loss=900.0, complaint_calendar_id=self.company.resource_calendar_id.id,
        )  # fmt: skip
        with freeze_time("2025-03-03 10:00:00"):
            complaint = self.ticket(self.customer("No Address"), is_complaint=True).sudo()
        self.assertEqual(complaint.complaint_acknowledge_due, datetime(2025, 3, 3, 15))
        self.assertEqual(complaint.complaint_regulatory_due, datetime(2025, 3, 24, 10))
        complaint.complaint_loss = 900.0
        self.assertEqual(complaint.complaint_proposed_severity, "3")
        self.assertEqual(complaint.complaint_clock_ids.calendar_id, self.company.resource_calendar_id)
        self.assertEqual((other.complaint_acknowledge_hours, other.complaint_term_unit), (24.0, "working_days"))
        self.settings(other, complaint_term=9)
        self.assertEqual((self.company.complaint_term, other.complaint_term), (3, 9))

    @mute_logger("odoo.sql_db")
    def test_impossible_terms(self):
        for name, value in (
            ("complaint_acknowledge_hours", 0.0),
            ("complaint_term", 0),
            ("complaint_dispute_days", -1),
        ):
            with self.subTest(name), self.assertRaisesRegex(ValidationError, "must be above zero"):
                try:
                    with self.env.cr.savepoint():
                        self.settings(**{name: value})
                        self.env.flush_all()
                except Exception as error:
                    # at the flush it is the database that refuses; a request translates that for its user
                    raise ValidationError(self.env["res.company"]._sql_error_to_message(error)) from error

    def test_companies_from_before(self):
        """Companies from before get the usual promises; those that have some keep theirs."""
        old, kept = self.make_company("Old Company", "EUR"), self.company
        names = ("customer.complaint.commitment", "customer.complaint.escalation")
        for name in names:
            self.env[name].search([("company_id", "=", old.id)]).unlink()
        self.env[names[0]].search([("company_id", "=", kept.id)])[1:].unlink()
        self.assertFalse(self.env[names[0]].search([("company_id", "=", old.id)]))
        post_init_hook(self.env)
        self.env.invalidate_all()
        for name in names:
            self.assertEqual(len(self.env[name].search([("company_id", "=", old.id)])), 3, name)
        self.assertEqual(len(self.env[names[0]].search([("company_id", "=", kept.id)])), 1)
