from odoo.tests import tagged

from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestRetentionOfferDefaults(ValueCase):
    """What a company finds when it makes its first campaign."""

    def offers(self, company):
        return self.env["customer.retention.offer"].search([("company_id", "=", company.id)])

    def test_new_company(self):
        offers = self.offers(self.company)
        self.assertEqual(sorted(offers.mapped("kind")), ["call", "coupon", "letter", "letter", "ticket", "visit"])
        # whatever the reason, there is something to do for everybody
        reasons = self.env["customer.retention.reason"].search([])
        for reason in reasons:
            self.assertTrue(
                offers.filtered(
                    lambda offer, reason=reason: (
                        (not offer.reason_ids or reason in offer.reason_ids) and not offer.tier_ids
                    )
                )
            )
        visit = offers.filtered(lambda offer: offer.kind == "visit")
        tiers = self.policy.tier_ids.sorted("entry_score")
        self.assertEqual(visit.tier_ids, tiers[-2:])
        self.assertEqual(set(visit.tier_ids.company_id), {self.company})

    def test_once(self):
        before = self.offers(self.company)
        self.company._create_retention_offers()
        self.assertEqual(self.offers(self.company), before)
        # those who do not want them archive them, and they stay away
        before.action_archive()
        self.company._create_retention_offers()
        self.assertFalse(self.offers(self.company))

    def test_worth_of_the_coupon(self):
        yen = self.make_company("Yen", "JPY")
        self.assertEqual(self.offers(yen).filtered("amount").amount, 1000.0)
        self.assertEqual(self.offers(self.company).filtered("amount").amount, 10.0)

    def test_of_a_company_that_sells(self):
        """A twentieth of the average order, rounded to one digit."""
        self.offers(self.company).unlink()
        for amount in (700.0, 1000.0):
            self.order(self.customer(), self.env.cr.now(), amount)
        self.env.flush_all()
        self.company._create_retention_offers()
        coupon = self.offers(self.company).filtered(lambda offer: offer.kind == "coupon")
        # 5% of 850 are 42.50
        self.assertEqual((coupon.amount, coupon.minimum_order), (40.0, 160.0))

    def test_names_follow_a_language_installed_later(self):
        chinese = "zh_CN"
        env = self.env(context={**self.env.context, "active_test": False})
        env["res.partner"].search([("lang", "=", chinese)]).lang = "en_US"
        language = env["res.lang"].search([("code", "=", chinese)])
        language.active = False
        company = self.make_company("Before Chinese", "EUR")
        offers = self.offers(company)
        offers[0].name = "Our own"
        self.env["base.language.install"].create({"lang_ids": [(6, 0, language.ids)]}).lang_install()
        names = offers.with_context(lang=chinese).mapped("name")
        self.assertEqual(names[0], "Our own", "what a user wrote stays")
        self.assertFalse([name for name in names[1:] if name.isascii()])
        self.assertTrue(all(name.isascii() for name in offers.with_context(lang="en_US").mapped("name")))
