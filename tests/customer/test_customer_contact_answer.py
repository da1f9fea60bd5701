"""Time to the first answer, against a count by hand."""

from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .contact_case import ContactCase

MONDAY = datetime(2025, 6, 2)


@tagged("post_install", "-at_install")
class TestCustomerContactAnswer(ContactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Answer = cls.env["customer.contact.answer"]
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Eight hours, in UTC",
                "tz": "UTC",
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
        cls.company.resource_calendar_id = cls.calendar

    @staticmethod
    def at(day, hour, minute=0):
        return MONDAY + timedelta(days=day, hours=hour, minutes=minute)

    def made(self, moment, direction="in", partner=None, **values):
        values = {"channel": "mail"} | values
        return self.Contact.create(
            {"partner_id": (partner or self.person).id, "moment": moment, "direction": direction} | values
        )

    def row(self, contact):
        self.env.flush_all()
        self.Answer.invalidate_model()
        return self.Answer.search([("contact_id", "=", contact.id)])

    def write_to_customer(self, record, moment, user=None, **values):
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            message = (
                record.with_user(user or self.seller)
                .sudo()
                .message_post(body="Here it is", message_type="comment", subtype_xmlid="mail.mt_comment", **values)
            )
        message.sudo().date = moment
        return message

    def by_hand(self, start, end):
        """Hours between two moments from Monday to Friday, 8 to 12 and 13 to 17, minute by minute."""
        minutes, now = 0, start
        while now < end:
            if now.weekday() < 5 and (8 <= now.hour < 12 or 13 <= now.hour < 17):
                minutes += 1
            now += timedelta(minutes=1)
        return minutes / 60

    def test_working_hours(self):
        """Over lunch, night and weekend; beginning or ending outside of working time."""
        for number, (start, end) in enumerate(
            [
                (self.at(0, 9), self.at(0, 11, 30)),
                (self.at(0, 11), self.at(0, 14)),
                (self.at(0, 16), self.at(1, 9)),
                (self.at(4, 16, 30), self.at(7, 8, 45)),
                (self.at(5, 10), self.at(6, 12)),
                (self.at(0, 7), self.at(0, 20)),
                (self.at(0, 12, 20), self.at(3, 12, 40)),
            ]
        ):
            partner = self.customer(f"Customer {number}")
            contact = self.made(start, partner=partner)
            self.assertRecordValues(self.row(contact), [{"answered": 0, "waiting": 1, "answered_on": False}])
            self.made(end, "out", partner)
            [row] = self.row(contact)
            self.assertEqual((row.answered_on, row.answered, row.waiting), (end, 1, 0))
            self.assertAlmostEqual(row.hours, self.by_hand(start, end), 4, (start, end))

    def test_clock_without_working_time(self):
        self.company.resource_calendar_id = False
        contact = self.made(self.at(4, 16))
        self.made(self.at(7, 8), "out")
        self.assertAlmostEqual(self.row(contact).hours, 64)

    def test_first_answer(self):
        """The earliest of what colleagues tell the customer; nothing before, internal, or by machines."""
        contact, _action = self.take_down(self.seller, "ticket")
        contact.moment = self.at(1, 9)
        ticket = self.env["helpdesk.ticket"].browse(contact.outcome_res_id)
        self.write_to_customer(ticket, self.at(1, 8))
        note = ticket.with_user(self.seller).sudo().message_post(body="internal", message_type="comment")
        note.date = self.at(1, 10)
        robot = self.write_to_customer(ticket, self.at(1, 10))
        robot.author_id = self.env.ref("base.partner_root")
        theirs = self.write_to_customer(ticket, self.at(1, 10))
        theirs.author_id = self.person
        self.made(self.at(1, 10), "out", self.customer("Another"))
        self.assertFalse(self.row(contact).answered_on)
        self.made(self.at(3, 10), "out")
        self.assertEqual(self.row(contact).answered_on, self.at(3, 10))
        self.write_to_customer(ticket, self.at(2, 10))
        self.assertEqual(self.row(contact).answered_on, self.at(2, 10))
        self.assertFalse(self.Answer.search([("ticket_id", "=", ticket.id)]), "counted as the contact")

    def test_what_waits_for_no_answer(self):
        settled = self.made(self.at(0, 9), channel="phone", duration=0.1)
        missed = self.made(self.at(0, 9), channel="phone")
        noted, _action = self.take_down(self.seller, "note", channel="letter")
        out = self.made(self.at(0, 9), "out")
        promised, _action = self.take_down(self.seller, "activity")
        for contact, counts in ((settled, 0), (missed, 1), (noted, 0), (out, 0), (promised, 1)):
            self.assertEqual(len(self.row(contact)), counts)

    def test_tickets(self):
        """By their channel; those of channels that users have added are others."""
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        own = self.env["helpdesk.ticket.channel"].create({"name": "Pigeon"})
        ticket = self.ticket(self.person, self.at(1, 9), channel_id=phone.id)
        other = self.ticket(self.person, self.at(1, 9), channel_id=own.id)
        self.write_to_customer(ticket, self.at(1, 11))
        self.env.flush_all()
        rows = self.Answer.search([("ticket_id", "in", (ticket + other).ids)]).sorted("id")
        self.assertEqual(rows.mapped("channel"), ["phone", "other"])
        self.assertEqual(rows.mapped("answered"), [1, 0])
        self.assertAlmostEqual(rows[0].hours, 2)

    def test_complaints_received_before_they_were_entered(self):
        """A complaint into which an earlier one was merged was received when that was: its working hours count."""
        ticket = self.ticket(self.person, self.at(28, 9), is_complaint=True)
        received, answered = self.at(0, 9), self.at(29, 10)
        ticket.sudo().complaint_received_on = received
        self.write_to_customer(ticket, answered)
        self.env.flush_all()
        [row] = self.Answer.search([("ticket_id", "=", ticket.id)])
        self.assertEqual((row.moment, row.answered_on), (received, answered))
        self.assertAlmostEqual(row.hours, self.by_hand(received, answered), 4)

    def test_closed_tickets(self):
        """What is told a customer long after says nothing of a ticket that was closed by then."""
        stage = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        ticket = self.ticket(self.person, self.at(0, 9))
        ticket.stage_id = stage
        ticket.closed_date = self.at(1, 9)
        self.made(self.at(30, 9), "out")
        self.env.flush_all()
        [row] = self.Answer.search([("ticket_id", "=", ticket.id)])
        self.assertEqual((row.answered, row.waiting, row.closed), (0, 0, 1))
        self.made(self.at(0, 10), "out")
        self.env.flush_all()
        self.Answer.invalidate_model()
        self.assertEqual((row.answered, row.waiting, row.closed, row.hours), (1, 0, 0, 1))

    def test_mean_is_of_answered(self):
        for hours in (1, 3):
            partner = self.customer(f"After {hours}")
            self.made(self.at(0, 8), partner=partner)
            self.made(self.at(0, 8 + hours), "out", partner)
        self.made(self.at(0, 8), partner=self.customer("Never"))
        self.env.flush_all()
        [(channel, asked, waiting, mean)] = self.Answer._read_group(
            [("company_id", "=", self.company.id)], ["channel"], ["asked:sum", "waiting:sum", "hours:avg"]
        )
        self.assertEqual((channel, asked, waiting), ("mail", 3, 1))
        self.assertAlmostEqual(mean, 2)

    def test_roles(self):
        """Users of the addon see contacts; those who see all tickets, and managers, tickets as well; per company."""
        abroad = self.make_company("Answer Abroad", "USD")
        contact = self.made(self.at(0, 8))
        ticket = self.ticket(self.person, self.at(0, 8))
        self.env.flush_all()

        def seen(user):
            Answer = self.Answer.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            rows = Answer.search([("customer_id", "=", self.firm.id)])
            return rows.contact_id.ids, rows.ticket_id.ids if user != self.viewer else len(rows) - len(rows.contact_id)

        self.assertEqual(seen(self.viewer), (contact.ids, 0))
        self.assertEqual(seen(self.seller), (contact.ids, ticket.ids))
        self.assertEqual(
            seen(self.user("answer_abroad", "customer_value.group_customer_value_manager", abroad)), ([], [])
        )
        with self.assertRaises(AccessError):
            self.Answer.with_user(self.user("answer_out", "base.group_user")).search([])
