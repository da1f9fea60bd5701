from odoo import Command
from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestToursComplaintRedress(BrowserCase, RedressCase):
    def test_redress_with_approval(self):
        """An officer proposes, a manager approves and carries out, and sees the credit note."""
        self.manager.group_ids = [Command.link(self.env.ref("account.group_account_invoice").id)]
        complaint = self.case(loss=400.0, complaint_remedy="refund", user_id=self.officer.id)
        complaint.user_id = self.officer
        self.start_tour(
            f"/odoo/complaints/{complaint.id}", "customer_complaint_redress_propose", login=self.officer.login
        )
        self.env.invalidate_all()
        redress = complaint.sudo().complaint_redress_ids
        self.assertRecordValues(redress, [{"state": "to_approve", "user_id": self.officer.id, "amount": 400.0}])
        self.start_tour("/odoo/redress", "customer_complaint_redress_approve", login=self.manager.login)
        self.env.invalidate_all()
        self.assertRecordValues(
            redress, [{"state": "done", "approver_id": self.manager.id, "done_by_id": self.manager.id}]
        )
        self.assertEqual(redress.move_id.amount_total, 400.0)

    def test_revoke(self):
        """A manager takes back a gift card without access to loyalty programs."""
        complaint = self.case(loss=400.0)
        redress = self.approved(complaint, kind="gift_card")
        redress.action_carry_out()
        self.start_tour(
            f"/odoo/complaints/{complaint.id}", "customer_complaint_redress_revoke", login=self.manager.login
        )
        self.env.invalidate_all()
        self.assertEqual((redress.state, redress.sudo().card_id.active), ("cancelled", False))

    def test_relaxed_limits(self):
        """A second manager confirms what another one has raised."""
        self.commitments.with_user(self.manager).approval_amount = 1000
        action = "customer_value.action_customer_complaint_commitment"
        self.start_tour(f"/odoo/action-{action}", "customer_complaint_limits_confirm", login=self.second.login)
        relaxation = self.env["customer.complaint.relaxation"].search([], limit=1)
        self.assertRecordValues(relaxation, [{"state": "approved", "approver_id": self.second.id}])
