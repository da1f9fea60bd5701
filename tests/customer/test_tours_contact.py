"""Contacts made in a browser."""

from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .contact_case import ContactCase


@tagged("post_install", "-at_install")
class TestContactTours(BrowserCase, ContactCase):
    def test_complaint_of_a_caller(self):
        """An inbound call of a known customer becomes a complaint with three clicks, from any page."""
        self.start_tour("/odoo/discuss", "customer_value_contact_complaint", login=self.seller.login, timeout=120)
        contact = self.Contact.search([("partner_id", "=", self.person.id)])
        self.assertRecordValues(contact, [{"outcome": "complaint", "channel": "phone", "direction": "in"}])
        ticket = self.env["helpdesk.ticket"].browse(contact.outcome_res_id)
        self.assertEqual((ticket.is_complaint, ticket.name, ticket.partner_id), (True, "Label torn off", self.person))

    def test_lead_of_an_unknown_caller(self):
        self.start_tour("/odoo/customer-page", "customer_value_contact_lead", login=self.seller.login, timeout=120)
        contact = self.Contact.search([("phone", "=", "+32 2 111 22 33")])
        self.assertRecordValues(contact, [{"outcome": "lead", "person": "Anna Berg", "channel": "phone"}])
        self.assertRecordValues(contact.lead_id, [{"contact_name": "Anna Berg", "phone": "+32 2 111 22 33"}])

    def test_candidates_of_a_call(self):
        """A call that the telephone system has reported, of one of two: the user says who it was."""
        other = self.customer("Neighbor", phone="+32 2 290 34 90")
        self.Contact.create(
            {"phone": "+3222903490", "subject": "Call", "candidate_ids": [(6, 0, (self.person + other).ids)]}
        )
        self.start_tour("/odoo/contacts-made", "customer_value_contact_assign", login=self.seller.login, timeout=120)
        contact = self.Contact.search([("subject", "=", "Call")])
        self.assertRecordValues(contact, [{"partner_id": other.id, "outcome": "quotation"}])
