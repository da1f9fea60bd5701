"""Who may do what with campaigns and their members, in two companies."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestRetentionRoles(RetentionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.buyers(5)
        cls.running = cls.started(cls.partners)
        cls.elsewhere = cls.make_company("Elsewhere", "EUR")
        company = {"company_id": cls.elsewhere.id, "company_ids": cls.elsewhere.ids}
        groups = "base.group_user,customer_value.group_customer_value_{}"
        cls.their_manager = new_test_user(cls.env, "their_manager", groups.format("manager"), **company)
        cls.outsider = new_test_user(
            cls.env, "outsider", "base.group_user", company_id=cls.company.id, company_ids=cls.company.ids
        )
        cls.portal = new_test_user(
            cls.env, "portal", "base.group_portal", company_id=cls.company.id, company_ids=cls.company.ids,
            partner_id=cls.partners[0].id,
        )  # fmt: skip

    def as_user(self, records, user):
        return records.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def test_user_reads(self):
        campaign = self.as_user(self.running, self.user)
        self.assertEqual((campaign.state, campaign.member_count, campaign.holdout_count), ("running", 5, 1))
        self.assertEqual(len(campaign.member_ids), 5)
        for name in ("action_start", "action_pause", "action_resume", "action_end", "action_cancel"):
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(campaign, name)()
        with self.assertRaises(AccessError):
            campaign.write({"name": "Mine"})
        with self.assertRaises(AccessError):
            campaign.copy()
        with self.assertRaises(AccessError):
            campaign._add_customers("res.partner", "[]")

    def test_manager_decides(self):
        campaign = self.as_user(self.running, self.manager)
        campaign.action_pause()
        campaign.action_resume()
        campaign.action_end()
        self.assertEqual(self.running.state, "ended")
        draft = self.as_user(self.Campaign, self.manager).create(
            {
                "name": "Of the manager",
                "offer_id": self.offer.id,
                "audience_model": "res.partner",
                "audience_domain": repr([("id", "in", self.partners.ids)]),
            }
        )
        draft.action_start()
        self.assertEqual((draft.state, len(draft.member_ids)), ("running", 5))
        self.assertTrue(draft.sudo().utm_campaign_id)

    def test_other_company(self):
        Campaign = self.as_user(self.Campaign, self.their_manager)
        self.assertNotIn(self.running, Campaign.search([]))
        self.assertFalse(self.as_user(self.Member, self.their_manager).search([("campaign_id", "=", self.running.id)]))
        for name in ("action_pause", "action_end", "action_cancel"):
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(self.as_user(self.running, self.their_manager), name)()
        self.assertEqual(self.running.state, "running")

    def test_two_companies_are_separate(self):
        """The same customer may be in a campaign of each: what one of them does says nothing of the other."""
        for partner in self.partners:
            self.order(partner, "2025-06-01", 20, company=self.elsewhere)
        offer = self.offer.copy({"company_id": self.elsewhere.id})
        theirs = self.as_user(self.Campaign, self.their_manager).create(
            {
                "name": "Theirs",
                "offer_id": offer.id,
                "audience_model": "res.partner",
                "audience_domain": repr([("id", "in", self.partners.ids)]),
            }
        )
        theirs.action_start()
        members = self.members(theirs)
        self.assertEqual((members.partner_id, members.company_id), (self.partners, self.elsewhere))
        self.assertEqual(theirs.currency_id.name, "EUR")
        self.running.action_cancel()
        self.assertEqual(set(self.members(theirs).mapped("is_open")), {True})

    def test_partners_one_may_not_see(self):
        """A member whose partner moves to another company is hidden from users who may not see the partner."""
        self.partners[1].company_id = self.elsewhere
        mine = self.as_user(self.Member, self.user).search([("campaign_id", "=", self.running.id)])
        self.assertEqual(mine.partner_id, self.partners - self.partners[1])
        self.assertEqual(self.as_user(self.running, self.user).member_count, 5, "the numbers stay")

    def test_outsiders_see_nothing(self):
        for user in (self.outsider, self.portal):
            for model in (
                "customer.retention.campaign", "customer.retention.member", "customer.retention.wizard",
                "customer.retention.wizard.candidate",
            ):  # fmt: skip
                with self.subTest(user=user.login, model=model), self.assertRaises(AccessError):
                    self.as_user(self.env[model], user).search([])
            with self.assertRaises(AccessError):
                self.as_user(self.partners[0], user).read(["retention_opt_out"])

    def test_opting_out(self):
        """A user who may edit customers enters it, and it is recorded."""
        partner = self.as_user(self.partners[1], self.user)
        partner.retention_opt_out = True
        self.assertTrue(self.partners[1].retention_opt_out)
        self.assertTrue(partner._fields["retention_opt_out"].tracking)
        with self.assertRaises(AccessError):
            self.as_user(self.partners[2], self.outsider).retention_opt_out = True
