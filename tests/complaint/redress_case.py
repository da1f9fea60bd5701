from contextlib import contextmanager

from .complaint_case import ComplaintCase


class RedressCase(ComplaintCase):
    """A complaint about a posted invoice, with a known loss."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Redress = cls.env["customer.complaint.redress"]
        cls.second = cls.user("complaint_second", "customer_value.group_complaint_manager")
        cls.commitments = cls.env["customer.complaint.commitment"].search([("company_id", "=", cls.company.id)])
        cls.commitments.write({"approval_amount": 100.0, "redress_percent": 150.0, "redress_cap": 0.0})

    def case(self, loss=400.0, amount=1000.0, state="assessed", **values):
        invoice = values.pop("invoice", None) or self.invoice(self.partner, amount=amount)
        complaint = self.complaint(complaint_move_id=invoice.id, **values)
        self.fill_in(complaint)
        complaint.sudo().write({"complaint_loss": loss, "complaint_state": state})
        return complaint

    @contextmanager
    def refused(self, error, message):
        """``error`` is raised, and nothing of what was tried remains."""
        with self.assertRaisesRegex(error, message), self.env.cr.savepoint():
            yield

    def redress(self, complaint, kind="refund", amount=50.0, user=None, **values):
        terms = {"ticket_id": complaint.id, "kind": kind} | ({"amount": amount} if amount is not None else {})
        return self.Redress.with_user(user or self.officer).create(terms | values)

    def approved(self, *args, **values):
        redress = self.redress(*args, **values)
        redress.action_ask()
        if redress.state == "to_approve":
            redress.with_user(self.manager).action_approve()
        self.assertEqual(redress.state, "approved")
        return redress

    def letters(self, complaint):
        mails = self.env["mail.mail"].search([("model", "=", "helpdesk.ticket"), ("res_id", "=", complaint.id)])
        return mails.filtered(lambda mail: "Redress for" in mail.subject)

    def credit_notes(self, invoice):
        return self.env["account.move"].search([("reversed_entry_id", "=", invoice.id)])
