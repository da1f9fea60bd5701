"""The budget is never exceeded, and a campaign that it stops goes on where it stopped."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .retention_offer_case import RetentionOfferCase


@tagged("post_install", "-at_install")
class TestRetentionBudget(RetentionOfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create([{"name": f"Firm {number}"} for number in range(1, 11)])
        cls.coupon = cls.make_offer("coupon", amount=9.9, contact_cost=0.2, template_id=False)

    def booked(self, campaign):
        members = self.members(campaign)
        return round(sum(members.mapped("cost")) + sum(members.mapped("face_value")), 2)

    def test_in_the_middle_of_a_batch(self):
        """10.10 each and 40.00 in all: three are made, the fourth does not fit."""
        campaign = self.under_way(self.coupon, self.partners, budget=40.0)
        self.assertEqual(campaign._deliver(), 3)
        self.assertRecordValues(campaign, [{"state": "paused", "pause_reason": "budget"}])
        self.assertEqual(self.booked(campaign), 30.3)
        self.assertAlmostEqual(campaign.booked, 30.3)
        self.assertAlmostEqual(campaign.booked_percent, 75.75)
        self.assertFalse(campaign._deliver())
        [activity] = campaign.activity_ids
        self.assertEqual(activity.user_id, self.manager)
        for text in ("30.30", "40.00", "10.10", "7 customers"):
            self.assertIn(text, activity.note)
            self.assertIn(text, campaign.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "is not enough for another offer"):
            campaign.with_user(self.manager).action_resume()

    def test_responsible_has_left(self):
        """The user who created the campaign is asked, if they are still active."""
        campaign = self.under_way(self.coupon, self.partners, budget=40.0)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_retention_campaign SET create_uid = %s WHERE id = %s", (self.deputy.id, campaign.id)
        )
        self.env.invalidate_all()
        self.manager.active = False
        campaign._deliver()
        self.assertEqual(campaign.activity_ids.user_id, self.deputy)

    def test_raised(self):
        """A little more is not enough for the next; exactly enough is, and no customer gets it twice."""
        campaign = self.under_way(self.coupon, self.partners, budget=40.0)
        campaign._deliver()
        first = self.members(campaign, ("state", "=", "offered"))
        codes = first.mapped("card_code")
        campaign.with_user(self.manager).budget = 40.39
        self.assertEqual(campaign.state, "paused")
        campaign.with_user(self.manager).budget = 40.4
        self.assertRecordValues(campaign, [{"state": "running", "pause_reason": False}])
        self.assertFalse(campaign.activity_ids)
        self.assertEqual(campaign._deliver(), 1)
        self.assertEqual(campaign.state, "paused")
        # no limit any more
        campaign.with_user(self.manager).budget = 0
        self.assertEqual(campaign._deliver(), 6)
        self.assertEqual(campaign.state, "running")
        self.assertEqual(first.mapped("card_code"), codes)
        self.assertEqual(len(set(self.members(campaign).mapped("card_code"))), 10)

    def test_ended_instead(self):
        """Who ends or cancels a campaign is not asked for more money any more."""
        for step in ("action_end", "action_cancel"):
            with self.subTest(step):
                campaign = self.under_way(self.coupon, self.partners, name=step, budget=40.0)
                campaign._deliver()
                self.assertEqual(len(campaign.activity_ids), 1)
                getattr(campaign.with_user(self.manager), step)()
                self.env.invalidate_all()
                self.assertFalse(campaign.activity_ids)

    def give_addresses(self):
        for number, partner in enumerate(self.partners):
            partner.email = f"firm{number}@example.com"

    def test_sums_of_cents(self):
        """Ten times a tenth is one, whatever floats say."""
        offer = self.make_offer("letter", contact_cost=0.1)
        self.give_addresses()
        campaign = self.under_way(offer, self.partners, budget=1.0)
        self.assertEqual(campaign._deliver(7), 7)
        self.assertEqual(campaign._deliver(), 3)
        self.assertEqual(campaign.state, "running")
        self.assertEqual(self.booked(campaign), 1.0)

    def test_failures_leave_the_budget_to_others(self):
        self.give_addresses()
        self.partners[:3].email = False
        offer = self.make_offer("letter", contact_cost=1.0)
        campaign = self.under_way(offer, self.partners, budget=5.0)
        campaign._deliver()
        self.assertEqual(len(self.members(campaign, ("state", "=", "offered"))), 5)
        self.assertEqual(len(self.members(campaign, ("state", "=", "failed"))), 3)
        self.assertEqual(self.booked(campaign), 5.0)
        self.assertEqual(campaign.pause_reason, "budget")

    def test_used_up_with_the_last_customer(self):
        """No customer is waiting: there is no reason to pause."""
        campaign = self.under_way(self.coupon, self.partners[:3], budget=30.3)
        self.assertEqual(campaign._deliver(), 3)
        self.assertEqual(campaign.state, "running")

    @mute_logger("odoo.addons.customer_value.models.core.ir_cron")
    def test_campaign_that_goes_wrong(self):
        """Whatever it is, the job makes the offers of the others."""
        wrong = self.under_way(self.coupon, self.partners)
        other = self.under_way(self.make_offer("coupon", amount=5.0, template_id=False), self.partners.copy())
        Campaign = type(wrong)
        count = Campaign._count_fitting

        def refuse(campaign):
            if campaign == wrong:
                raise ValueError("Not this one")
            return count(campaign)

        with patch.object(Campaign, "_count_fitting", refuse):
            self.deliver_by_job()
        self.assertEqual(set(self.members(wrong).mapped("state")), {"planned"})
        self.assertEqual(set(self.members(other).mapped("state")), {"offered"})

    def test_by_the_job(self):
        """Other campaigns go on."""
        stopped = self.under_way(self.coupon, self.partners, budget=15.0)
        other = self.under_way(self.make_offer("coupon", amount=5.0, template_id=False), self.partners.copy())
        self.deliver_by_job()
        self.assertEqual(stopped.pause_reason, "budget")
        self.assertEqual(len(self.members(stopped, ("state", "=", "offered"))), 1)
        self.assertEqual(set(self.members(other).mapped("state")), {"offered"})
