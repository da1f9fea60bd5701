"""Letters: in the language of the recipient, with amounts in figures and in words."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ...analytics.core import words
from .retention_offer_case import RetentionOfferCase


@tagged("post_install", "-at_install")
class TestRetentionLetter(RetentionOfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.module.module"]._load_module_terms(["customer_value"], ["zh_CN"])
        cls.english, cls.chinese = cls.env["res.partner"].create(
            [
                {"name": "Firm", "email": "firm@example.com", "lang": "en_US"},
                {"name": "长城公司", "email": "greatwall@example.com", "lang": "zh_CN"},
            ]
        )

    def sent(self, offer, **values):
        campaign = self.under_way(offer, self.english | self.chinese, **values)
        campaign._deliver()
        return [
            (member, html2plaintext(member.mail_id.body_html), member.mail_id)
            for member in (self.member(campaign, self.english), self.member(campaign, self.chinese))
        ]

    def test_amounts_in_figures_and_words(self):
        for kind, values, worth in [
            ("coupon", {"amount": 1250.5}, 1250.5),
            ("gift_card", {"amount": 80}, 80.0),
            ("discount", {"discount_mode": "amount", "amount": 35}, 35.0),
            ("discount", {"discount_percent": 12.5, "maximum_amount": 60}, 60.0),
        ]:
            with self.subTest(kind=kind, values=values):
                offer = self.make_offer(kind, **values)
                (english, text, _mail), (chinese, chinese_text, _mail) = self.sent(offer)
                self.assertIn(f"$ {worth:,.2f}".replace("$ ", ""), text)
                self.assertIn(self.company.currency_id._value_amount_in_words(worth, "en_US"), text)
                self.assertIn(english.card_code, text)
                in_chinese = self.company.currency_id._value_amount_in_words(worth, "zh_CN")
                self.assertTrue(any("一" <= letter <= "鿿" for letter in in_chinese))
                self.assertIn(in_chinese, chinese_text)
                self.assertIn(chinese.card_code, chinese_text)
                if offer.discount_mode == "percent" and kind == "discount":
                    self.assertIn("12.5", text)
                english.campaign_id.action_cancel()

    def test_renminbi_as_on_a_cheque(self):
        company = self.make_company("北京公司", "CNY")
        offer = (
            self.env["customer.retention.offer"]
            .with_context(allowed_company_ids=(self.company | company).ids)
            .create({"name": "Coupon", "kind": "coupon", "amount": 88.0, "company_id": company.id})
        )
        _english, (_member, text, _mail) = self.sent(offer, company=company, user_id=self.env.uid)
        self.assertIn(words.chinese_amount(words.round_amount(88.0, 2), "CNY", 2, "zh_CN", "", ""), text)

    def test_each_template(self):
        for name in ("win_back", "apology"):
            with self.subTest(name=name):
                template = self.env.ref(f"customer_value.mail_template_retention_{name}")
                offer = self.make_offer("letter", template_id=template.id)
                (member, text, mail), (_member, _text, other) = self.sent(offer)
                self.assertIn("Firm", text)
                self.assertIn(self.company.name, text)
                self.assertEqual(mail.recipient_ids, self.english)
                self.assertEqual(other.recipient_ids, self.chinese)
                self.assertIn("retention_manager@example.com", mail.email_from)
                member.campaign_id.action_cancel()

    def test_prices_for_a_time(self):
        pricelist = self.env["product.pricelist"].create({"name": "L", "company_id": self.company.id})
        template = self.env.ref("customer_value.mail_template_retention_coupon")
        offer = self.make_offer(
            "pricelist", pricelist_id=pricelist.id, expected_discount=5.0, template_id=template.id, valid_days=31
        )
        (_member, text, _mail), _chinese = self.sent(offer)
        self.assertIn("Special prices apply to your orders", text)
        self.assertIn("07/31/2025", text)
        self.assertNotIn("code", text)

    def test_send_me_a_test(self):
        offer = self.make_offer("coupon", amount=40.0, minimum_order=100.0)
        before = {
            name: self.env[name].search([]) for name in ("customer.retention.member", "loyalty.card", "mail.mail")
        }
        offer.with_user(self.manager).action_send_test()
        mail = self.env["mail.mail"].search([]) - before["mail.mail"]
        self.assertEqual(mail.email_to, self.manager.email)
        self.assertFalse(mail.recipient_ids)
        text = html2plaintext(mail.body_html)
        self.assertIn("40.00", text)
        self.assertIn("100.00", text)
        for name in ("customer.retention.member", "loyalty.card"):
            self.assertEqual(self.env[name].search([]), before[name])
        self.assertFalse(self.Campaign.search([("offer_id", "=", offer.id)]))
        with self.assertRaisesRegex(UserError, "does not include a letter"):
            self.make_offer("call").with_user(self.manager).action_send_test()
        with self.assertRaises(AccessError):
            offer.with_user(self.user).action_send_test()
        self.manager.email = False
        with self.assertRaisesRegex(UserError, "Enter your email address"):
            offer.with_user(self.manager).action_send_test()
