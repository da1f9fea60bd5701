"""Tiers and partnership levels: one of the two writes the pricelist."""

from odoo.tests import Form, tagged

from ..core.value_case import ONE_TO_ONE, ValueCase


@tagged("post_install", "-at_install")
class TestPricelistSource(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(ONE_TO_ONE, window_months=0)
        # saving the settings archives all pricelists where no user may use them
        cls.env.ref("base.group_user").implied_ids |= cls.env.ref("product.group_product_pricelist")
        cls.by_tier, cls.by_level, cls.own = (
            cls.env["product.pricelist"].create({"name": name, "company_id": cls.company.id})
            for name in ("By tier", "By level", "Own")
        )
        cls.top = cls.tier("Top")
        cls.top.pricelist_id = cls.by_tier
        cls.member, cls.other = cls.customer("Member"), cls.customer("Other")
        cls.invoice(cls.member, "2025-01-10", 90)
        cls.invoice(cls.other, "2025-01-10", 10)
        cls.with_levels = "res.partner.grade" in cls.env
        if cls.with_levels:
            cls.level = cls.env["res.partner.grade"].create(
                {"name": "Partner", "default_pricelist_id": cls.by_level.id, "company_id": cls.company.id}
            )

    def of(self, partner):
        self.env.invalidate_all()
        return partner.specific_property_product_pricelist

    def choose(self, source):
        """As an administrator does it in the settings; then the job does its work."""
        settings = self.env["res.config.settings"].create({"value_pricelist_source": source})
        self.assertEqual(settings.has_partnership, self.with_levels)
        settings.execute()
        self.assertEqual(self.company.value_pricelist_source, source)
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_renew_benefits").method_direct_trigger()

    def test_default(self):
        """The addon installed first goes on: nothing changes by installing one beside the other."""
        company = self.env["res.company"].create({"name": "New"})
        self.assertEqual(company.value_pricelist_source, "level" if self.with_levels else "tier")

    def test_without_partnership_tiers_write(self):
        """The choice has an effect only where there is something to choose."""
        self.company.value_pricelist_source = "level"
        self.run_policy()
        self.assertEqual(self.of(self.member), self.by_tier.browse() if self.with_levels else self.by_tier)
        self.assertEqual(self.top.pricelist_by_level, self.with_levels)

    def test_tiers_write_and_levels_do_not(self):
        self.run_policy()
        if not self.with_levels:
            self.assertEqual(self.of(self.member), self.by_tier)
            return
        self.other.specific_property_product_pricelist = self.own
        (self.member | self.other).grade_id = self.level
        self.assertEqual((self.of(self.member), self.of(self.other)), (self.by_tier, self.own))
        self.assertEqual((self.member | self.other).grade_id, self.level)
        self.other.write(
            {"grade_id": self.level.id, "specific_property_product_pricelist": self.by_tier.id, "ref": "X"}
        )
        self.assertEqual((self.of(self.other), self.other.ref), (self.by_tier, "X"), "by hand, beside the level")
        self.other.grade_id = False
        self.assertEqual(self.of(self.other), self.by_tier)

    def test_levels_write_and_tiers_do_not(self):
        if not self.with_levels:
            self.assertFalse(self.top.pricelist_by_level)
            return
        self.company.value_pricelist_source = "level"
        self.member.grade_id = self.level
        self.run_policy()
        self.assertEqual(self.of(self.member), self.by_level)
        self.assertFalse(self.env["customer.value.grant"].search([("partner_id", "=", self.member.id)]))
        self.assertFalse(self.top._has_benefits())

    def test_switching_there_and_back(self):
        self.member.specific_property_product_pricelist = self.own
        self.run_policy()
        self.assertEqual(self.of(self.member), self.by_tier)
        self.choose("level")
        self.assertEqual(self.of(self.member), self.own if self.with_levels else self.by_tier)
        if self.with_levels:
            self.member.grade_id = self.level
            self.assertEqual(self.of(self.member), self.by_level)
        self.choose("tier")
        self.assertEqual(self.of(self.member), self.by_tier)
        self.credit_note(self.member, "2025-01-20", 85)
        self.run_policy()
        self.assertEqual(self.of(self.member), self.by_level if self.with_levels else self.own)

    def test_levels_of_another_company_are_its_own_business(self):
        other = self.make_company("Sister Company", "EUR")
        self.assertEqual(self.company.value_pricelist_source, "tier")
        if self.with_levels:
            theirs = self.env["product.pricelist"].create({"name": "Theirs", "company_id": other.id})
            level = self.level.create({"name": "Sister", "default_pricelist_id": theirs.id, "company_id": other.id})
            self.member.with_company(other).grade_id = level
            self.assertEqual(self.member.with_company(other).specific_property_product_pricelist, theirs)
        self.assertFalse(self.of(self.member))

    def test_the_settings_show_it_where_there_are_levels(self):
        form = Form(self.env["res.config.settings"])
        self.assertEqual(form.has_partnership, self.with_levels)
        self.assertEqual(form.value_pricelist_source, "tier")
