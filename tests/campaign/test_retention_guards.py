"""Every address of a customer counts, and uninstalling gives back what was given."""

from odoo.addons.customer_value.hooks import uninstall_hook
from odoo.tests import tagged
from odoo.tools import mute_logger

from .retention_offer_case import RetentionOfferCase

TWO = "office@two.example.com, Boss <BOSS@two.example.com>"


@tagged("post_install", "-at_install")
class TestAddresses(RetentionOfferCase):
    def delivered(self, email, blocked):
        partner = self.env["res.partner"].create({"name": "Addresses", "email": email})
        self.env["mail.blacklist"]._add(blocked)
        template = self.env.ref("customer_value.mail_template_retention_win_back")
        campaign = self.under_way(self.make_offer("letter", template_id=template.id), partner)
        campaign._deliver()
        return self.member(campaign, partner)

    def test_every_address_counts(self):
        for email, blocked in (
            ("solo@two.example.com", "solo@two.example.com"),
            (TWO, "boss@two.example.com"),
            ("a@two.example.com;b@two.example.com", "b@two.example.com"),
        ):
            with self.subTest(email):
                member = self.delivered(email, blocked)
                self.assertFalse(member.mail_id)
                self.assertNotEqual(member.state, "offered")
                self.assertTrue(member.partner_id._is_any_address_blacklisted())

    def test_like_is_not_equal(self):
        member = self.delivered("office@two.example.com, theboss@two.example.com", "boss@two.example.com")
        self.assertEqual(member.state, "offered")
        self.assertFalse(member.partner_id._is_any_address_blacklisted())


@tagged("post_install", "-at_install")
class TestUninstall(RetentionOfferCase):
    @mute_logger("odoo.addons.customer_value.models.tier.customer_value_grant")
    def test_benefits_are_given_back(self):
        """Pricelists, terms and managers: those of tiers beneath, that of a campaign on top."""
        Pricelist, company = self.env["product.pricelist"], self.company
        own, gold, campaigns, later = (
            Pricelist.create({"name": name, "company_id": company.id}) for name in ("Own", "Gold", "Offer", "Later")
        )
        term = self.env["account.payment.term"].create({"name": "60 days", "company_id": company.id})
        partners = self.env["res.partner"].create([{"name": "Benefits"}, {"name": "Changed since"}])
        partner, changed = partners.with_company(company)
        partners.with_company(company).specific_property_product_pricelist = own
        before = partner.user_id
        policy = self.env["customer.value.policy"]._get_active(company) or self.make_policy()
        tier = policy.tier_ids[0]
        tier.write({"pricelist_id": gold.id, "payment_term_id": term.id, "user_id": self.manager.id})
        self.env["customer.value.grant"].sudo()._exchange(company, partners, dict.fromkeys(partners.ids, tier))
        offer = self.make_offer("pricelist", pricelist_id=campaigns.id, expected_discount=5.0, template_id=False)
        campaign = self.under_way(offer, partner)
        self.env["customer.retention.grant"].sudo()._give(self.members(campaign), campaigns, "2099-01-01")
        self.assertEqual(self.pricelist_of(partner), campaigns)
        self.assertEqual((partner.property_payment_term_id, partner.user_id), (term, self.manager))
        changed.specific_property_product_pricelist = later
        with self.assertNoLogs("odoo", "ERROR"):
            uninstall_hook(self.env)
        self.assertEqual(self.pricelist_of(partner), own)
        self.assertEqual((partner.property_payment_term_id.ids, partner.user_id), ([], before))
        self.assertEqual(self.pricelist_of(changed), later, "entered by hand since")
        self.assertFalse(self.env["customer.value.grant"].search([]))
        self.assertFalse(self.env["customer.retention.grant"].search([]))

    def test_keys_of_others_stay(self):
        """Only what refers to the addon's tables, or these refer to, may be deleted freely."""

        def restrictions():
            self.env.cr.execute(
                """
                SELECT conrelid::regclass::text, confrelid::regclass::text, conname
                  FROM pg_constraint WHERE contype = 'f' AND confdeltype IN ('r', 'a')
                """
            )
            return set(self.env.cr.fetchall())

        def statistics():
            self.env.cr.execute("SELECT count(*) FROM pg_statistic_ext WHERE stxname LIKE 'customer_value_%'")
            return self.env.cr.fetchone()[0]

        before = restrictions()
        self.assertTrue(statistics())
        uninstall_hook(self.env)
        self.assertFalse(statistics())
        dropped = before - restrictions()
        self.assertTrue(dropped)
        for constrained, target, name in dropped:
            self.assertTrue(constrained.startswith("customer_") or target.startswith("customer_"), name)
