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
