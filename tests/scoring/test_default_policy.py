"""The policy that a company starts with speaks every installed language."""

from odoo import Command
from odoo.tests import TransactionCase, tagged

CHINESE = "zh_CN"


@tagged("post_install", "-at_install")
class TestDefaultPolicyTranslation(TransactionCase):
    def setUp(self):
        super().setUp()
        # as if Chinese had never been installed
        env = self.env(context={**self.env.context, "active_test": False})
        env["res.partner"].search([("lang", "=", CHINESE)]).lang = "en_US"
        env["res.lang"].search([("code", "=", CHINESE)]).active = False
        self.policy = self.make_policy()

    def make_policy(self, lang="en_US"):
        company = self.env["res.company"].with_context(lang=lang).create({"name": f"Company in {lang}"})
        return self.env["customer.value.policy"].with_context(lang="en_US")._get_active(company)

    def install_chinese(self):
        self.env["res.lang"]._activate_lang(CHINESE)
        self.env["ir.module.module"]._load_module_terms(["customer_value"], [CHINESE])

    def names(self, policy, lang):
        policy = policy.with_context(lang=lang)
        tiers = policy.tier_ids.sorted("entry_score", reverse=True).mapped("name")
        return policy.name, tiers, policy.segment_ids.sorted("sequence").mapped("name")

    def assertDefaults(self, policy):
        """Everything reads in English and in Chinese."""
        name, tiers, segments = self.names(policy, "en_US")
        self.assertEqual(name, "Customer value")
        self.assertEqual(tiers, ["Diamond", "Gold", "Silver", "Standard"])
        self.assertIn("Important to keep", segments)
        name, tiers, segments = self.names(policy, CHINESE)
        self.assertEqual(name, "客户价值")
        self.assertEqual(tiers, ["钻石级", "金级", "银级", "普通级"])
        self.assertIn("重要保持客户", segments)
        texts = "".join([*segments, *policy.segment_ids.with_context(lang=CHINESE).mapped("description")])
        self.assertFalse([letter for letter in texts if "a" <= letter.lower() <= "z"])

    def test_language_installed_later(self):
        language = self.env["res.lang"].with_context(active_test=False).search([("code", "=", CHINESE)])
        self.env["base.language.install"].create({"lang_ids": [Command.set(language.ids)]}).lang_install()
        self.assertDefaults(self.policy)

    def test_company_of_a_chinese_reader(self):
        self.install_chinese()
        self.assertDefaults(self.make_policy(CHINESE))

    def test_archived_policy_and_new_version(self):
        draft = self.policy.browse(self.policy.action_new_version()["res_id"])
        self.policy.action_archive()
        self.install_chinese()
        self.assertDefaults(self.policy)
        self.assertDefaults(draft)

    def test_what_a_user_wrote_stays(self):
        gold, silver = self.policy.tier_ids.sorted("entry_score", reverse=True)[1:3]
        gold.name = "Platinum"
        self.install_chinese()
        self.assertEqual(gold.with_context(lang=CHINESE).name, "Platinum")
        silver.with_context(lang=CHINESE).name = "白银会员"
        self.install_chinese()
        self.assertEqual(silver.with_context(lang=CHINESE).name, "白银会员")
        self.assertEqual(silver.name, "Silver")

    def test_language_that_is_not_installed(self):
        self.policy._translate_defaults([CHINESE])
        self.assertEqual(self.names(self.policy, "en_US")[0], "Customer value")
