"""What only a workflow sets is not entered as a default either: neither by the context of a call, nor as one's own."""

from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..complaint.redress_case import RedressCase
from .value_case import ONE_TO_ONE

MANAGER = "customer_value.group_customer_value_manager"


@tagged("post_install", "-at_install")
class TestGuarding(RedressCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.chief = new_test_user(cls.env, "guarding_chief", groups=MANAGER, **company)

    def created(self, user, model, make_vals, suggested):
        """The records made with ``suggested`` in the context, and as the user's own defaults."""
        Model = self.env[model].with_user(user)
        yield Model.with_context(**{f"default_{name}": value for name, value in suggested.items()}).create(make_vals())
        for name, value in suggested.items():
            self.env["ir.default"].with_user(user).set(model, name, value, user_id=True)
        yield Model.create(make_vals())

    def test_campaign(self):
        offer = self.env["customer.retention.offer"].create({"name": "Call", "company_id": self.company.id})

        def vals():
            return {"name": "Campaign", "offer_id": offer.id, "company_id": self.company.id}

        suggested = {"state": "running", "profit": 1000.0, "result_state": "better", "pause_reason": "hand"}
        for campaign in self.created(self.chief, "customer.retention.campaign", vals, suggested):
            self.assertRecordValues(
                campaign, [{"state": "draft", "profit": 0.0, "result_state": False, "pause_reason": False}]
            )

    def test_redress(self):
        def vals():
            return {"ticket_id": self.case().id, "kind": "refund", "amount": 50.0}

        suggested = {"state": "approved", "approver_id": self.manager.id, "company_amount": 0.5, "cost": 7.0}
        for redress in self.created(self.officer, "customer.complaint.redress", vals, suggested):
            self.assertRecordValues(
                redress, [{"state": "draft", "approver_id": False, "company_amount": 50.0, "cost": 0.0}]
            )

    def test_review(self):
        def vals():
            return {"ticket_id": self.complaint().id, "evidence": "The parcel was signed for."}

        suggested = {"state": "confirmed", "decided_by_id": self.manager.id}
        for review in self.created(self.officer, "customer.complaint.review", vals, suggested):
            self.assertRecordValues(review, [{"state": "claimed", "decided_by_id": False}])
            self.assertFalse(review.ticket_id.complaint_abusive)

    def test_complaint(self):
        def vals():
            return {"name": "Late", "description": "<p>Late</p>", "partner_id": self.partner.id}

        suggested = {"complaint_state": "closed", "complaint_number": "C-1", "complaint_closed_on": "2025-01-01"}
        for ticket in self.created(self.officer, "helpdesk.ticket", vals, suggested):
            self.assertRecordValues(
                ticket, [{"complaint_state": False, "complaint_number": False, "complaint_closed_on": False}]
            )
        complaint = self.Ticket.with_user(self.officer).with_context(default_is_complaint=True).create(vals())
        self.assertEqual((complaint.is_complaint, complaint.complaint_closed_on), (True, False))
        self.assertNotEqual((complaint.complaint_state, complaint.complaint_number), ("closed", "C-1"))

    def test_clocks(self):
        """Nor in what the workflow writes as superuser: a clock that stood still from the start would never be late."""
        defaults = self.env["ir.default"].with_user(self.officer)
        defaults.set("customer.complaint.clock", "stopped", "2025-01-01 00:00:00", user_id=True)
        complaint = self.Ticket.with_user(self.officer).with_context(default_is_complaint=True)
        complaint = complaint.create({"name": "Late", "description": "<p>Late</p>", "partner_id": self.partner.id})
        self.assertTrue(complaint.complaint_clock_ids)
        self.assertNotIn(datetime(2025, 1, 1), complaint.complaint_clock_ids.mapped("stopped"))

    def test_override(self):
        self.make_policy(ONE_TO_ONE, window_months=0)
        tier = self.tier("Top")
        tier.policy_id.approval_tier_id = tier

        def vals():
            partner = self.customer()
            return {"partner_id": partner.id, "company_id": self.company.id, "tier_id": tier.id, "reason": "Promised"}

        suggested = {"state": "active", "approver_id": self.manager.id}
        for override in self.created(self.chief, "customer.value.override", vals, suggested):
            self.assertRecordValues(override, [{"state": "pending", "approver_id": False}])

    def test_records_of_a_workflow(self):
        """Users who create one manually are told why they cannot, in words of the app."""
        for model in (
            "customer.value.approval",
            "customer.value.membership",
            "customer.complaint.clock",
            "customer.complaint.event",
            "customer.complaint.pause",
            "customer.retention.member",
            "customer.retention.grant",
            "customer.retention.checkpoint",
        ):
            with self.subTest(model), self.assertRaisesRegex(AccessError, "keeps these records itself"):
                self.env[model].with_user(self.chief).create({"display_name": "By hand"})

    def test_sentence_of_each_room(self):
        """A model of others has fields of several workflows: each says itself what to do."""
        ticket = self.ticket(self.partner).with_user(self.officer)
        for values, sentence in (
            ({"complaint_closed_on": "2025-01-01"}, "are set by its steps"),
            ({"is_complaint": True}, "are set by its steps"),
            ({"retention_member_id": False}, "Campaigns give free service"),
        ):
            with self.subTest(values), self.assertRaisesRegex(AccessError, sentence):
                ticket.write(values)
        campaign = self.env["customer.retention.campaign"].with_user(self.chief)
        for values, sentence in (
            ({"state": "running"}, "its buttons"),
            ({"profit": 1.0}, "measured automatically and cannot be entered"),
        ):
            with self.subTest(values), self.assertRaisesRegex(AccessError, sentence):
                campaign.create({"name": "Campaign", "company_id": self.company.id} | values)
