"""What is unsettled: complaints that wait, and invoices that are not paid because of them."""

from odoo.tests import tagged

from .retention_risk_case import TODAY, RiskCase, days_ago


@tagged("post_install", "-at_install")
class TestRetentionRiskUnsettled(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.customer("Firm")

    # -- complaints ------------------------------------------------------------------------------------------------

    def test_complaints_grow_with_their_age(self):
        self.order(self.partner, days_ago(20))
        self.levels(
            lambda days: self.complaint(self.partner, days),
            {0: "watch", 6: "watch", 7: "serious", 20: "serious", 21: "urgent"},
        )
        contact = self.customer("Contact", parent_id=self.partner.id)
        self.complaint(self.partner, 3)
        self.assertEqual(
            self.risk(self.partner).explanation,
            "A complaint has been open since 06/27/2025.",
        )
        self.complaint(contact, 10)
        risk = self.risk(self.partner)
        self.assertRecordValues(
            risk,
            [{"complaint_count": 2, "complaint_since": days_ago(10), "level": "serious", "factors": "complaint"}],
        )
        self.assertEqual(risk.explanation, "2 complaints are open, the oldest since 06/20/2025.")

    def test_complaints_that_do_not_count(self):
        """Closed, told twice, or found abusive by two people."""
        self.order(self.partner, days_ago(20))
        closed, twice, abusive = (self.complaint(self.partner, 10) for _number in range(3))
        kept = self.complaint(self.partner, 10)
        closed.write({"complaint_state": "closed", "complaint_closed_on": "2025-06-25 10:00:00"})
        twice.duplicate_id = kept
        review = self.env["customer.complaint.review"].create({"ticket_id": abusive.id, "evidence": "Signed for"})
        self.assertEqual(self.risk(self.partner).complaint_count, 2, "a report alone does not count as abuse")
        review.sudo().write({"state": "confirmed", "decided_on": "2025-06-29 10:00:00"})
        self.assertEqual(self.risk(self.partner).complaint_count, 1)
        self.assertEqual(self.stored(self.partner).action_view_complaints()["domain"][-1][2], abusive.ids)
        found = self.env["helpdesk.ticket"].search(self.stored(self.partner).action_view_complaints()["domain"])
        self.assertEqual(found, kept)

    # -- disputes --------------------------------------------------------------------------------------------------

    def disputed(self):
        risk = self.risk(self.partner)
        return risk.disputed_amount, risk.disputed_days, risk.level

    def test_overdue_invoice_in_dispute(self):
        self.order(self.partner, days_ago(20))
        self.invoice(self.partner, days_ago(90), 30, due=days_ago(80))
        self.assertFalse(self.risk(self.partner), "late payment alone is not dispute")
        move = self.invoice(self.partner, days_ago(40), 100, due=days_ago(5))
        complaint = self.complaint(self.partner, complaint_move_id=move.id)
        self.assertEqual(self.disputed(), (100, 5, "serious"))
        risk = self.stored(self.partner)
        self.assertEqual((risk.factors, risk.reason_id), ("dispute complaint", self.reason("dispute")))
        self.assertEqual(
            risk.explanation.replace("\xa0", " "),
            "$ 100.00 is overdue and disputed; the oldest item is 5 days overdue. "
            "A complaint has been open since 06/30/2025.",
        )
        self.pay(move, days_ago(1), 40)
        self.assertEqual(self.disputed(), (60, 5, "serious"))
        self.company.retention_dispute_urgent = 5
        self.assertEqual(self.disputed(), (60, 5, "urgent"))
        complaint.write({"complaint_state": "closed", "complaint_closed_on": "2025-06-30 10:00:00"})
        self.assertFalse(self.risk(self.partner))

    def test_what_a_complaint_is_about(self):
        """An order: what bills it. Invoices in general: all that is overdue. Anything else: nothing."""
        order = self.order(self.partner, days_ago(40), 100)
        other = self.invoice(self.partner, days_ago(90), 30, due=days_ago(80))
        move = self.invoice(self.partner, days_ago(40), 100, due=days_ago(10), order=order)
        self.invoice(self.partner, days_ago(40), 500, due=TODAY)
        for values, expected in (
            ({"complaint_order_id": order.id}, (100, 10, "serious")),
            ({"complaint_type_id": self.billing.id}, (130, 80, "urgent")),
            ({"complaint_type_id": self.billing.id, "complaint_move_id": other.id}, (30, 80, "urgent")),
            ({"complaint_type_id": self.late.id}, (0, 0, "watch")),
        ):
            with self.subTest(values=values), self.env.cr.savepoint() as savepoint:
                self.complaint(self.partner, **values)
                self.assertEqual(self.disputed(), expected)
                savepoint.rollback()
        self.complaint(self.partner, complaint_move_id=move.id)
        self.complaint(self.partner, complaint_order_id=order.id)
        self.assertEqual(self.disputed()[0], 100, "named twice, counted once")
