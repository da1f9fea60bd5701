"""The weekly letter: who gets it, in which language, and what it says."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .retention_desk_case import TODAY, DeskCase


@tagged("post_install", "-at_install")
class TestDeskMail(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        # other users of this database who asked for it
        cls.env["res.users"].search([("retention_weekly_mail", "=", True)]).retention_weekly_mail = False
        cls.invoice(cls.firm, "2025-06-01", 1234.5, due="2025-06-10")
        cls.run_policy(as_of=TODAY)
        cls.plan(cls.firm, TODAY, summary="Call about the invoice")

    def job(self):
        """The letters that the job writes."""
        known = self.env["mail.mail"].sudo().search([])
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_retention_weekly_mail").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["mail.mail"].sudo().search([]) - known

    def test_only_who_asks_for_it(self):
        self.assertFalse(self.job())
        self.as_user(self.anna, self.anna).retention_weekly_mail = True
        with self.assertRaises(AccessError):
            self.as_user(self.ben, self.anna).retention_weekly_mail = True
        letters = self.job()
        self.assertEqual(letters.recipient_ids, self.anna.partner_id)
        self.assertEqual(len(letters), 1)

    def test_not_for_an_empty_portfolio_or_without_the_group(self):
        (self.boss | self.seller).retention_weekly_mail = True
        self.person.user_id = self.seller
        self.assertFalse(self.job())

    def test_in_english(self):
        self.anna.retention_weekly_mail = True
        [letter] = self.job()
        self.assertIn("Value Company", letter.subject)
        for text in (
            "Hello <t",
            "Anna",
            "1,234.50",
            "One Thousand",
            "Call about the invoice",
            "06/18/2025",
            "Firm",
            "/odoo/my-customers",
        ):
            (self.assertNotIn if text == "Hello <t" else self.assertIn)(text, letter.body_html)

    def test_in_chinese(self):
        self.anna.write({"lang": "zh_CN", "retention_weekly_mail": True})
        [letter] = self.job()
        self.assertIn(
            "壹仟贰佰叁拾肆" if self.company.currency_id.name == "CNY" else "一千二百三十四", letter.body_html
        )
        self.assertIn("Call about the invoice", letter.body_html)
        self.assertNotIn("One Thousand", letter.body_html)

    def test_one_for_each_company(self):
        self.anna.company_ids |= self.other
        self.anna.retention_weekly_mail = True
        self.assertEqual(len(self.job()), 2)
        self.firm.company_id = self.company
        self.person.company_id = self.company
        letters = self.job()
        self.assertEqual(len(letters), 1)
        self.assertIn("Value Company", letters.subject)

    def test_who_fails_blocks_nobody(self):
        (self.anna | self.ben).retention_weekly_mail = True
        Users = self.env.registry["res.users"]
        original = Users._get_retention_summary

        def summarize(user, company):
            if user == self.anna:
                raise ValueError("something is broken")
            return original(user, company)

        logger = "odoo.addons.customer_value.models.core.ir_cron"
        with patch.object(Users, "_get_retention_summary", summarize), mute_logger(logger):
            letters = self.job()
        self.assertEqual(letters.recipient_ids, self.ben.partner_id)

    def test_figures_are_those_of_the_desk(self):
        summary = self.anna._get_retention_summary(self.company)
        lines = {line["label"]: line["value"] for line in summary["lines"]}
        desk = self.desk()
        self.assertEqual(lines["Customers"], "2")
        self.assertEqual(self.figure(desk, "overdue")["value"], 1234.5)
        self.assertIn("1,234.50", lines["Overdue"])
        self.assertEqual(lines["Activities"], str(self.count(desk["today"], "activity")["value"]))
