"""Temporary pricelists, next to tiers, levels and people who write the same field."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..scoring.staff_case import TODAY
from .retention_offer_case import RetentionOfferCase


@tagged("post_install", "-at_install")
class TestRetentionPricelist(RetentionOfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.before, cls.given, cls.of_tier, cls.of_other_tier, cls.by_hand = cls.env["product.pricelist"].create(
            [
                {"name": name, "company_id": cls.company.id}
                for name in ("Before", "Given", "Tier", "Other tier", "By hand")
            ]
        )
        cls.partner, cls.alone = cls.env["res.partner"].create([{"name": "Firm"}, {"name": "Left alone"}])
        cls.contact = cls.env["res.partner"].create({"name": "Contact", "parent_id": cls.partner.id})
        cls.offer = cls.make_offer(
            "pricelist", pricelist_id=cls.given.id, expected_discount=15.0, valid_days=10, template_id=False
        )

    def put(self, partner, pricelist):
        partner.with_company(self.company).specific_property_product_pricelist = pricelist

    def give(self, partners=None):
        campaign = self.under_way(self.offer, self.partner if partners is None else partners, self.alone)
        campaign._deliver()
        return campaign

    def end(self, day=None):
        self.deliver_by_job(day or TODAY + timedelta(days=11), "cron_retention_grants")

    def test_given_and_taken_back(self):
        self.put(self.partner, self.before)
        campaign = self.give()
        self.assertEqual(self.pricelist_of(self.partner), self.given)
        self.assertEqual(self.pricelist_of(self.contact), self.given)
        self.assertNotEqual(self.pricelist_of(self.alone), self.given)
        self.assertRecordValues(
            self.member(campaign, self.partner),
            [{"state": "offered", "face_value": 15.0, "valid_until": TODAY + timedelta(days=10)}],
        )
        self.end(TODAY + timedelta(days=10))
        self.assertEqual(self.pricelist_of(self.partner), self.given)
        self.end()
        self.assertEqual(self.pricelist_of(self.partner), self.before)
        self.assertFalse(self.env["customer.retention.grant"].search([("company_id", "=", self.company.id)]))

    def test_kept_after_the_campaign(self):
        """What was promised is kept to its last day."""
        campaign = self.give()
        campaign.action_cancel()
        self.assertEqual(self.pricelist_of(self.partner), self.given)
        self.end()
        self.assertFalse(self.partner.with_company(self.company).specific_property_product_pricelist)

    def test_changed_by_hand(self):
        self.put(self.partner, self.before)
        self.give()
        self.put(self.partner, self.by_hand)
        self.end()
        self.assertEqual(self.pricelist_of(self.partner), self.by_hand)

    def test_what_was_before_is_gone(self):
        self.put(self.partner, self.before)
        self.give()
        self.before.unlink()
        self.end()
        self.assertFalse(self.partner.with_company(self.company).specific_property_product_pricelist)

    @mute_logger("odoo.addons.customer_value.models.campaign.customer_retention_grant")
    def test_one_that_cannot_end(self):
        """It is tried again the next day, and the others have ended."""
        other = self.env["res.partner"].create({"name": "Other"})
        self.give(self.partner | other)
        Grant = type(self.env["customer.retention.grant"])
        write = Grant._write_list

        def refuse(grants, partners, pricelist_id):
            if self.partner in partners:
                raise ValueError("Not this one")
            write(grants, partners, pricelist_id)

        with patch.object(Grant, "_write_list", refuse):
            self.end()
        self.assertEqual(self.pricelist_of(self.partner), self.given)
        self.assertFalse(other.with_company(self.company).specific_property_product_pricelist)
        self.end(TODAY + timedelta(days=12))
        self.assertFalse(self.partner.with_company(self.company).specific_property_product_pricelist)

    def test_one_at_a_time(self):
        self.give().action_end()
        again = self.under_way(self.offer, self.partner)
        again._deliver()
        member = self.members(again)
        self.assertEqual(member.state, "failed")
        self.assertIn("pricelist from another campaign", member.hindrance)
        exclusions = {code: condition for code, _label, condition in again._get_exclusions()}
        self.assertIn("pricelist", exclusions)

    def test_other_company(self):
        other = self.make_company("Other Company", "USD")
        theirs = self.env["product.pricelist"].create({"name": "Theirs", "company_id": other.id})
        self.partner.with_company(other).specific_property_product_pricelist = theirs
        self.give()
        self.assertEqual(self.pricelist_of(self.partner, other), theirs)
        self.end()
        self.assertEqual(self.pricelist_of(self.partner, other), theirs)

    # -- tiers ---------------------------------------------------------------------------------------------------------

    def in_tier(self, revenue, day):
        self.invoice(self.partner, day, revenue)
        self.run_policy(as_of=TODAY)
        self.env.invalidate_all()

    def test_tier_changes_under_it(self):
        """The list of a new tier waits under that of the campaign; none of ours stays for ever."""
        self.tier("Middle").pricelist_id = self.of_tier
        self.tier("Top").pricelist_id = self.of_other_tier
        self.put(self.partner, self.before)
        self.in_tier(50, "2025-06-01")
        self.assertEqual(self.pricelist_of(self.partner), self.of_tier)
        self.give()
        self.in_tier(40, "2025-06-02")
        self.assertEqual(self.partner.with_company(self.company).value_tier_id, self.tier("Top"))
        self.assertEqual(self.pricelist_of(self.partner), self.given)
        self.end()
        self.assertEqual(self.pricelist_of(self.partner), self.of_other_tier)
        # out of all tiers: what a person entered long ago comes back, not what the campaign gave
        grants = self.env["customer.value.grant"].sudo()
        grants._exchange(self.company, self.partner, {self.partner.id: self.tier("Top").browse()})
        self.assertEqual(self.pricelist_of(self.partner), self.before)

    def test_tier_comes_and_goes_under_it(self):
        self.tier("Middle").pricelist_id = self.of_tier
        self.put(self.partner, self.before)
        self.give()
        self.in_tier(50, "2025-06-01")
        self.assertEqual(self.pricelist_of(self.partner), self.given)
        grants = self.env["customer.value.grant"].sudo()
        grants._exchange(self.company, self.partner, {self.partner.id: self.tier("Top").browse()})
        self.assertEqual(self.pricelist_of(self.partner), self.given)
        self.end()
        self.assertEqual(self.pricelist_of(self.partner), self.before)

    def test_by_hand_and_then_a_tier(self):
        """Somebody has overruled the campaign: the tier deals with that as ever, the campaign has no say any more."""
        self.tier("Middle").pricelist_id = self.of_tier
        self.give()
        self.put(self.partner, self.by_hand)
        self.in_tier(50, "2025-06-01")
        self.assertEqual(self.pricelist_of(self.partner), self.of_tier)
        self.end()
        self.assertEqual(self.pricelist_of(self.partner), self.of_tier)

    # -- contacts who move ---------------------------------------------------------------------------------------------

    def test_nobody_takes_it_along(self):
        """Odoo copies a contact's pricelist to their new company: one in the control group would have it for good."""
        self.put(self.partner, self.before)
        for target in (self.alone, self.alone.browse()):
            with self.subTest(target=target.name), self.env.cr.savepoint() as savepoint:
                self.give()
                self.contact.parent_id = target
                self.assertNotEqual(self.pricelist_of(self.alone), self.given)
                self.assertNotEqual(self.pricelist_of(self.contact), self.given)
                self.assertEqual(self.pricelist_of(self.partner), self.given)
                self.end()
                self.assertEqual(self.pricelist_of(self.partner), self.before)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_nobody_takes_what_lies_below_it_along(self):
        """The pricelist of the tier is restored when that of the campaign ends, and only for its customers."""
        self.tier("Middle").pricelist_id = self.of_tier
        self.in_tier(50, "2025-06-01")
        self.give()
        self.contact.parent_id = self.alone
        for partner in (self.contact, self.alone):
            self.assertFalse(self.pricelist_of(partner))
        self.assertEqual(self.pricelist_of(self.partner), self.given)
        self.end()
        self.assertEqual(self.pricelist_of(self.partner), self.of_tier)

    def test_member_becomes_a_contact(self):
        """Neither before nor after the offer is made does it get on the whole company."""
        for early in (True, False):
            with self.subTest(early=early), self.env.cr.savepoint() as savepoint:
                company = self.env["res.partner"].create({"name": "Holding", "is_company": True})
                campaign = self.under_way(self.offer, self.partner, self.alone)
                if early:
                    self.partner.parent_id = company
                campaign._deliver()
                self.partner.parent_id = company
                self.assertEqual(self.member(campaign, self.partner).state, "failed" if early else "offered")
                self.end()
                for partner in (company, self.partner, self.contact):
                    self.assertFalse(partner.with_company(self.company).specific_property_product_pricelist)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_contact_becomes_a_company(self):
        self.give()
        self.contact.is_company = True
        self.assertFalse(self.contact.with_company(self.company).specific_property_product_pricelist)
        self.assertEqual(self.pricelist_of(self.partner), self.given)

    # -- merged customers ----------------------------------------------------------------------------------------------

    def test_merged(self):
        """The list does not become the customer's own, whichever of the two had it."""
        for into_member in (True, False):
            with self.subTest(into_member=into_member):
                one, two = self.env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
                self.put(one, self.before)
                self.put(two, self.by_hand)
                campaign = self.give(one)
                kept = one if into_member else two
                self.merge(one | two, kept)
                self.assertEqual(self.pricelist_of(kept), self.given)
                self.end()
                self.assertEqual(self.pricelist_of(kept), self.before if into_member else self.by_hand)
                campaign.action_cancel()

    def test_merged_members(self):
        """Of two members with the pricelist, the one whose membership stays keeps the pricelist that lasts longest."""
        one, two = self.env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
        campaign = self.give(one | two)
        grants = self.env["customer.retention.grant"].search([("partner_id", "in", (one | two).ids)])
        longer = grants.filtered(lambda grant: grant.partner_id == two)
        longer.date_end += timedelta(days=5)
        self.member(campaign, two).sudo().valid_until = longer.date_end
        self.merge(one | two, one)
        self.assertEqual(self.pricelist_of(one), self.given)
        self.assertRecordValues(self.member(campaign, one), [{"valid_until": TODAY + timedelta(days=15)}])
        self.end(TODAY + timedelta(days=15))
        self.assertEqual(self.pricelist_of(one), self.given)
        self.end(TODAY + timedelta(days=16))
        self.assertFalse(one.with_company(self.company).specific_property_product_pricelist)

    def test_level_of_partnership(self):
        """With levels writing pricelists, the last one to write wins, and nothing of ours comes back."""
        if "res.partner.grade" not in self.env:
            self.skipTest("partnership is not installed")
        self.company.value_pricelist_source = "tier"
        grade = self.env["res.partner.grade"].create({"name": "Level", "company_id": self.company.id})
        if "default_pricelist_id" in grade._fields:
            grade.default_pricelist_id = self.by_hand
        self.put(self.partner, self.before)
        self.give()
        # tiers write here: the level leaves the list of the campaign alone
        self.partner.with_company(self.company).grade_id = grade
        self.assertEqual(self.pricelist_of(self.partner), self.given)
        self.end()
        self.assertEqual(self.pricelist_of(self.partner), self.before)
