from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .complaint_case import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintTours(BrowserCase, ComplaintCase):
    """What an officer does with a customer on the phone, in a browser."""

    def test_intake(self):
        """From the order to a complaint, its facts taken over, merged with the one before."""
        agent = self.user(
            "complaint_agent", "customer_value.group_complaint_officer,sales_team.group_sale_salesman_all_leads"
        )
        partner = self.customer("Tour Complainer", email="tour@example.com")
        order = self.order(partner, lines=[{"price_unit": 100.0}])
        self.invoice(partner, amount=130.0, order=order)
        first = self.ticket(partner, is_complaint=True, name="The first one")
        self.start_tour(
            f"/odoo/action-sale.action_orders/{order.id}", "customer_complaint_intake", login=agent.login, timeout=120
        )
        second = self.Ticket.search([("name", "=", "Price is wrong")]).sudo()
        self.assertRecordValues(
            second,
            [
                {
                    "complaint_outcome": "merged",
                    "duplicate_id": first.id,
                    "complaint_order_id": order.id,
                    "complaint_loss": 30.0,
                    "complaint_fault": "ours",
                }
            ],
        )

    def test_five_presses(self):
        """A customer calls, gets the difference back, is answered, and the complaint is closed."""
        agent = self.user(
            "complaint_agent", "customer_value.group_complaint_officer,sales_team.group_sale_salesman_all_leads"
        )
        self.env["customer.complaint.commitment"].search([("company_id", "=", self.company.id)]).approval_amount = 50.0
        partner = self.customer("Tour Complainer", email="tour@example.com")
        order = self.order(partner, lines=[{"price_unit": 100.0}])
        order.name = "TOUR/1"
        invoice = self.invoice(partner, amount=130.0, order=order)
        self.start_tour("/odoo/complaints", "customer_complaint_settle", login=agent.login, timeout=120)
        self.env.invalidate_all()
        complaint = self.Ticket.search([("name", "=", "Price is wrong")]).sudo()
        self.assertRecordValues(
            complaint,
            [
                {
                    "complaint_state": "closed",
                    "complaint_outcome": "accepted",
                    "user_id": agent.id,
                    "complaint_fault": "ours",
                    "complaint_fault_kind": "invoice",
                    "complaint_loss": 30.0,
                    "complaint_move_id": invoice.id,
                    "complaint_done": "Refunded the difference.",
                }
            ],
        )
        self.assertIn("We are sorry.", complaint.complaint_answer_sent)
        redress = complaint.complaint_redress_ids
        self.assertRecordValues(redress, [{"kind": "refund", "amount": 30.0, "state": "done", "user_id": agent.id}])
        self.assertEqual(redress.move_id.amount_total, 30.0)
        states = complaint.complaint_event_ids.sorted("id").filtered(lambda event: event.kind == "state")
        self.assertEqual(
            states.mapped("state_to"),
            ["received", "acknowledged", "assessed", "investigating", "answered", "closed"],
            "no step is left out of the record",
        )
