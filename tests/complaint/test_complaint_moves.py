"""Contacts who complain, and then work for another customer."""

from odoo.tests import tagged

from .complaint_case import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintMoves(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls.customer("Contact", parent_id=cls.partner.id, email="contact@example.com")
        cls.other = cls.customer("Other Ltd", is_company=True)

    def test_complaint_stays_with_its_customer(self):
        for name, parent in (("another customer", self.other), ("nobody", self.env["res.partner"])):
            with self.subTest(name):
                self.contact.parent_id = self.partner
                order = self.order(self.contact)
                complaint = self.ticket(self.contact, is_complaint=True, complaint_order_id=order.id)
                ordinary, closed = self.ticket(self.contact), self.ticket(self.contact)
                closed.stage_id = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
                clocks = complaint.complaint_clock_ids
                self.contact.parent_id = parent
                self.assertEqual(complaint.commercial_partner_id, self.partner)
                self.assertEqual(complaint.partner_id, self.partner)
                self.assertEqual((ordinary.partner_id, closed.partner_id), (self.contact, self.partner))
                self.assertEqual(complaint.complaint_clock_ids, clocks, "nothing else was promised")
                # the order is that of the customer of then
                complaint.complaint_order_id = order
                complaint.complaint_type_id = self.type
                self.assertEqual(complaint.complaint_order_id, order)

    def test_shares_of_both(self):
        self.order(self.contact)
        self.order(self.other)
        self.ticket(self.contact, is_complaint=True)
        self.contact.parent_id = self.other
        self.env.flush_all()
        shares = self.env["customer.value.source"]._read_now(
            self.company, self.partner | self.other, ("complaint_share",)
        )
        self.assertEqual(shares[self.partner.id]["complaint_share"], 100)
        self.assertEqual(shares[self.other.id]["complaint_share"], 0)

    def test_whoever_becomes_a_contact_takes_complaints_along(self):
        complaint = self.complaint()
        self.partner.write({"is_company": False, "parent_id": self.other.id})
        self.assertEqual((complaint.partner_id, complaint.commercial_partner_id), (self.partner, self.other))
