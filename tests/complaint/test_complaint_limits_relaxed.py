"""Complaint managers who raise limits of redress cannot use that alone, however they go about it."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .redress_case import RedressCase

MANAGER = "customer_value.group_complaint_manager"


@tagged("post_install", "-at_install")
class TestComplaintLimitsRelaxed(RedressCase):
    """Redress above 100 needs approval, and there is at most 150% of the loss."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insider = cls.user("complaint_insider", MANAGER)
        cls.Commitment = cls.env["customer.complaint.commitment"].with_user(cls.insider)
        cls.limits = cls.commitments.with_user(cls.insider)

    def pending(self):
        self.env.flush_all()
        return self.env["customer.complaint.relaxation"].search(
            [("company_id", "=", self.company.id), ("state", "=", "pending")]
        )

    def asked(self, user, amount=150.0):
        redress = self.redress(self.case(), amount=amount, user=user)
        redress.action_ask()
        return redress.state

    def assertHeld(self):
        self.assertEqual(self.asked(self.insider), "to_approve")
        self.assertEqual(self.asked(self.insider, 90.0), "approved")
        self.assertEqual(self.asked(self.second), "approved")
        for relaxation in self.pending():
            self.assertIn(self.second, relaxation.activity_ids.user_id)
            self.assertNotIn(self.insider, relaxation.activity_ids.user_id)
            with self.assertRaisesRegex(UserError, "Another manager has to confirm"):
                relaxation.with_user(self.insider).action_confirm()
            relaxation.with_user(self.second).action_confirm()
            self.assertFalse(relaxation.activity_ids)
        self.assertEqual(self.asked(self.insider), "approved")

    def test_raised(self):
        self.limits.approval_amount = 1000
        [relaxation] = self.pending()
        self.assertIn("redress above $\xa0100.00 needs approval (every tier: every severity", relaxation.text)
        self.assertIn(self.insider.name, relaxation.text)
        self.assertTrue(all(self.limits.mapped("is_relaxed")))
        self.assertHeld()
        self.assertFalse(any(self.limits.mapped("is_relaxed")))

    def test_set_back_between(self):
        self.limits.approval_amount = 1000
        complaint = self.case()
        redress = self.redress(complaint, amount=150.0, user=self.insider)
        redress.action_ask()
        self.limits.approval_amount = 100
        self.assertEqual(redress.state, "to_approve")
        self.assertFalse(self.pending())
        with self.assertRaises(UserError):
            redress.action_carry_out()

    def test_asked_or_proposed_by_another(self):
        self.limits.approval_amount = 1000
        drafted = self.redress(self.case(), amount=150.0, user=self.insider)
        drafted.with_user(self.officer).action_ask()
        self.assertEqual(drafted.state, "to_approve")
        theirs = self.redress(self.case(), amount=150.0, user=self.officer)
        theirs.with_user(self.insider).action_ask()
        self.assertEqual(theirs.state, "to_approve")
        changed = self.redress(self.case(), amount=50.0, user=self.officer)
        changed.with_user(self.insider).amount = 150.0
        changed.with_user(self.officer).action_ask()
        self.assertEqual(changed.state, "to_approve")

    def test_added_for_a_severity(self):
        """A closer commitment counts before the one for every complaint."""
        self.commitments.filtered(lambda commitment: commitment.severity == "2").unlink()
        self.Commitment.create({"severity": "2", "approval_amount": 1000, "company_id": self.company.id})
        self.assertHeld()

    def test_added_for_the_default_company(self):
        self.Commitment.with_company(self.company).create({"severity": "2", "approval_amount": 1000})
        self.assertHeld()

    def test_closer_one_deleted(self):
        self.commitments.create({"severity": "2", "company_id": self.company.id, "approval_amount": 100})
        self.commitments.filtered(lambda commitment: not commitment.severity).approval_amount = 1000
        self.Commitment.search([("severity", "=", "2"), ("company_id", "=", self.company.id)]).unlink()
        self.assertHeld()

    def test_moved_to_another_severity(self):
        closer = self.commitments.create({"severity": "2", "company_id": self.company.id, "approval_amount": 100})
        self.commitments.filtered(lambda commitment: not commitment.severity).approval_amount = 1000
        closer.with_user(self.insider).severity = "1"
        self.assertHeld()

    def test_moved_to_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.insider.company_ids = [Command.link(other.id)]
        closer = self.commitments.create({"severity": "2", "company_id": self.company.id, "approval_amount": 100})
        self.commitments.filtered(lambda commitment: not commitment.severity).approval_amount = 1000
        self.env["customer.complaint.commitment"].search([("company_id", "=", other.id)]).unlink()
        companies = (self.company | other).ids
        closer.with_user(self.insider).with_context(allowed_company_ids=companies).company_id = other
        self.assertHeld()

    def test_made_anew_and_copied(self):
        """Between, there was no commitment at all, and every redress needed approval: that is the limit now."""
        for commitment in self.limits:
            [values] = commitment.copy_data({"approval_amount": 1000})
            commitment.unlink()
            self.Commitment.create(values)
        self.assertEqual(self.asked(self.insider, 90.0), "to_approve")
        self.assertEqual(self.asked(self.second), "approved")
        self.pending().with_user(self.second)._confirm()
        self.assertEqual(self.asked(self.insider), "approved")

    def test_imported(self):
        rows = [[str(commitment.id), "1000"] for commitment in self.limits]
        result = self.Commitment.load([".id", "approval_amount"], rows)
        self.assertTrue(result["ids"], result["messages"])
        self.assertHeld()

    def test_context_from_outside(self):
        self.limits.with_context(customer_value_watching_limits=True).approval_amount = 1000
        self.assertHeld()

    def test_share_of_the_loss_raised(self):
        self.commitments.redress_percent = 50
        self.limits.redress_percent = 150
        complaint = self.case()
        with self.refused(ValidationError, "You changed the limits"):
            self.redress(complaint, amount=300.0, user=self.insider)
        self.assertEqual(complaint.with_user(self.insider).complaint_redress_limit, 200)
        self.assertEqual(complaint.with_user(self.second).complaint_redress_limit, 600)
        self.assertTrue(self.redress(complaint, amount=300.0, user=self.second))
        self.pending().with_user(self.second).action_confirm()
        complaint = self.case()
        self.assertTrue(self.redress(complaint, amount=300.0, user=self.insider))

    def test_maximum_raised_or_removed(self):
        for cap in (500, 0):
            self.commitments.redress_cap = 120
            self.limits.redress_cap = cap
            with self.refused(ValidationError, "You changed the limits"):
                self.redress(self.case(), amount=130.0, user=self.insider)
            self.limits.redress_cap = 120
            self.assertFalse(self.pending())

    def test_lowered_is_stricter(self):
        self.limits.write({"approval_amount": 10, "redress_cap": 200, "redress_percent": 80})
        self.assertFalse(self.pending())

    def test_nobody_enters_one(self):
        self.limits.approval_amount = 1000
        with self.assertRaises(AccessError):
            self.pending().with_user(self.officer).action_confirm()
        for attack in (
            lambda pending: pending.write({"state": "approved"}),
            lambda pending: pending.unlink(),
            lambda pending: pending.create({"company_id": self.company.id}),
        ):
            with self.assertRaises(AccessError):
                attack(self.pending().with_user(self.insider))

    def test_opened_from_the_list(self):
        self.limits.approval_amount = 1000
        action = self.commitments[:1].with_user(self.second).action_open_relaxation()
        self.assertEqual((action["res_model"], action["res_id"]), (self.pending()._name, self.pending().id))
