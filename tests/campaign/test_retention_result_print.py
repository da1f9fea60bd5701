"""What is printed of a campaign, in each state, and for which users."""

import re
from datetime import date

from freezegun import freeze_time
from lxml import html
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..core.printing import find_in_path_or_none
from .retention_result_case import AFTERWARDS, TODAY, UNTIL, ResultCase

REPORT = "customer_value.report_retention_result"

# A conclusion from 8 customers with the offer and 4 in the control group
RESULT = {
    "result_state": "better", "result_date": UNTIL, "is_effect_known": True, "effect": 12.5, "effect_low": 4.25,
    "effect_high": 20.75, "effect_total": 100.0, "cost_total": 40.0, "profit": 60.0, "profit_low": -6.0,
    "profit_high": 126.0, "return_rate": 1.5, "retained_treated": 0.75, "retained_holdout": 0.5, "retained_low": 0.1,
    "retained_high": 0.4, "retained_p_value": 0.01, "result_treated": 8, "result_holdout": 4, "result_worthwhile": 5.0,
    "result_detectable": 8.0,
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestResultPrint(ResultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.few(12)
        cls.reason = cls.env["customer.retention.reason"].create({"name": "Grown quiet", "code": "quiet_under_test"})
        cls.running = cls.started(
            cls.partners, name="Ring them", reason_id=cls.reason.id, holdout_percent=100 / 3, seed="lucky number",
            date_end=TODAY, measure_until=UNTIL,
        )  # fmt: skip

    def render(self, campaigns, user=None, lang="en_US", companies=None):
        user = user or self.user
        Report = self.env["ir.actions.report"].with_user(user)
        companies = companies or user.company_ids
        Report = Report.with_context(lang=lang, allowed_company_ids=companies.ids)
        return html.fromstring(Report._render_qweb_html(REPORT, campaigns.ids)[0])

    def text(self, campaigns, **options):
        return self.flat(self.render(campaigns, **options))

    def flat(self, node):
        for code in node.xpath("//style|//script"):
            code.drop_tree()
        text = " ".join(" ".join(node.itertext()).replace("\xa0", " ").replace("\ufeff", "").split())
        return text.replace(" .", ".").replace(" ,", ",")

    def checkpoints(self):
        margins = {
            date(2025, 5, 1): 3.0,
            date(2025, 6, 29): 4.0,
            date(2025, 7, 30): 10.0,
            date(2025, 8, 30): 30.0,
        }
        self.env["customer.retention.checkpoint"].sudo().create(
            [
                {
                    "campaign_id": self.running.id,
                    "company_id": self.company.id,
                    "date": day,
                    "is_before": day < TODAY,
                    "margin_treated": margin,
                    "margin_holdout": margin / 2,
                    "is_effect_known": day > TODAY,
                    "effect": margin / 2,
                    "effect_low": -margin,
                    "effect_high": 2 * margin,
                }
                for day, margin in margins.items()
            ]
        )

    def test_verdict(self):
        self.running.sudo().write(RESULT)
        text = self.text(self.running)
        for part in (
            "Ring them", "Value Company", "State: Running", "Measured up to 09/27/2025", "Better",
            "Each customer with the offer brought $ 12.50 more than the control group (95%: $ 4.25 to $ 20.75).",
            "8 customers × $ 12.50 − $ 40.00 cost = $ 60.00 profit (95%: $ -6.00 to $ 126.00).",
            "12 customers, selected from: Contact (without a tier 12)", "Retain customers · Grown quiet", "Call (Call)",
            "Offers 06/30/2025 – 06/30/2025, orders count until 09/27/2025",
            "Each customer's account manager · responsible: retention_manager",
            "4 of 12 customers (33.3%), selected at random with the seed “lucky number”",
            "$ 40.00 Cost", "$ 60.00 Profit", "150% Return", "75.0% / 50.0% Share that ordered",
            "One Hundred Dollars", "Forty Dollars", "Sixty Dollars",
            "75.0% of the customers with the offer ordered, and 50.0% of the control group.",
            "The difference is statistically significant",
            "Customers are counted in the group they were assigned to",
        ):  # fmt: skip
            self.assertIn(part, text)
        self.assertNotIn("not enough data", text.lower())

    def test_loss(self):
        loss = {"effect": -12.5, "effect_low": -20.0, "effect_high": -5.0, "effect_total": -100.0, "profit": -140.0}
        self.running.sudo().write(RESULT | loss | {"result_state": "worse", "return_rate": -3.5})
        text = self.text(self.running)
        for part in ("Worse", "$ 12.50 less", "$ 140.00 loss", "$ -140.00 Profit", "-350% Return"):
            self.assertIn(part, text)
        self.assertIn("Minus One Hundred And Forty Dollars", text)

    def test_nothing_is_claimed_without_a_verdict(self):
        for state, saying in (
            ("early", "not enough data yet"), ("underpowered", "not enough data"), ("no_difference", "–"),
        ):  # fmt: skip
            with self.subTest(state):
                self.running.sudo().write(RESULT | {"result_state": state})
                text = self.text(self.running)
                for part in (f"{saying} Profit", f"{saying} Return", "$ 40.00 Cost", "Forty Dollars", "95%: $ 4.25"):
                    self.assertIn(part, text)
                for part in ("$ 60.00", "Sixty", "150%", "One Hundred Dollars"):
                    self.assertNotIn(part, text)
        self.running.sudo().write({"result_state": "early"})
        text = self.text(self.running)
        self.assertIn("Not enough data yet: orders count until 09/27/2025", text)
        self.assertIn("Provisional", text)

    def test_draft(self):
        draft = self.campaign(self.partners, name="Perhaps", holdout_percent=25.0)
        text = self.text(draft)
        for part in (
            "Perhaps", "State: Draft", "Not measured yet", "measured from the start of the campaign.",
            "Customers have not been assigned to groups yet. Selected from: Contact",
            "25.0%, selected at random at the start with the seed “seed”",
        ):  # fmt: skip
            self.assertIn(part, text)
        for part in ("Cost", "Profit", "Over time", "$"):
            self.assertNotIn(part, text)
        draft.action_cancel()
        self.assertIn("the campaign was canceled before customers were assigned to groups", self.text(draft))

    def test_bare(self):
        """No reason, no dates, no customers, no control group, no responsible."""
        values = {"holdout_percent": 0.0, "without_holdout": True, "user_id": False, "audience_model": False}
        values |= dict.fromkeys(("date_start", "date_end", "measure_until"), False)
        text = self.text(self.campaign(name="Bare", **values))
        for part in (
            "No customers selected",
            "Offers – – –, orders count until –",
            "None: the effect of the campaign will not",
        ):
            self.assertIn(part, text)
        self.assertNotIn("responsible", text)
        started = self.started(self.few(3, "More"), holdout_percent=0.0, without_holdout=True, measure_until=UNTIL)
        text = self.text(self.measured(started))
        self.assertIn("None: the effect of the campaign cannot be measured.", text)
        self.assertNotIn("%) / ", text)

    def test_drawing(self):
        self.checkpoints()
        self.running.sudo().write(RESULT | {"margin_treated": 40.0, "margin_holdout": 20.0})
        tree = self.render(self.running)
        interval, margins, *_keys = tree.xpath("//svg")
        self.assertEqual(len(interval.xpath(".//circle")), 1)
        # two arms, before and after the start; the last point is the result itself
        self.assertEqual([len(line.get("points").split()) for line in margins.xpath(".//polyline")], [3, 4, 3, 4])
        [difference] = [svg for svg in tree.xpath("//svg") if svg.xpath(".//polygon")]
        self.assertEqual(len(difference.xpath(".//polyline")[0].get("points").split()), 3)
        self.assertEqual(len(difference.xpath(".//polygon")[0].get("points").split()), 6)
        days = re.findall(r"\d\d/\d\d/\d{4}", self.flat(margins))
        self.assertEqual(days, ["03/31/2025", "06/29/2025", "09/27/2025"])

    def test_several(self):
        """One page each, without those of another in it."""
        self.running.sudo().write(RESULT)
        draft = self.campaign(self.partners, name="Perhaps")
        pages = self.render(self.running + draft).xpath("//div[hasclass('page')]")
        self.assertEqual(len(pages), 2)
        self.assertIn("page-break-before: always", pages[1].get("style"))
        self.assertFalse(pages[0].get("style"))
        self.assertIn("Ring them", pages[0].text_content())
        self.assertNotIn("Ring them", pages[1].text_content())

    def test_measured(self):
        """What was really measured is printed, with the picture; also where no customer ordered."""
        many = self.few(40, "Many")
        campaign = self.started(many, holdout_percent=40.0, date_end=TODAY, measure_until=UNTIL)
        self.orders([(partner.id, TODAY, 100.0 + number % 7, 60.0) for number, partner in enumerate(many)])
        with freeze_time(AFTERWARDS):
            text = self.text(self.measured(campaign))
        self.assertIn("Not enough data: this may be due to chance", text)
        self.assertIn("Over time", text)
        self.orders([(partner.id, TODAY, 100.0 + partner.id % 7, 60.0) for partner in self.partners[:9]])
        with freeze_time(AFTERWARDS):
            text = self.text(self.measured(self.running))
        self.assertIn("Not enough data: too few customers brought margin to tell", text)
        self.assertIn("not enough data Profit", text)
        self.assertIn("Over time", text)
        for part in ("Each customer with the offer brought", "Bar: between"):
            self.assertNotIn(part, text)
        idle = self.measured(self.started(self.few(5, "Idle"), holdout_percent=40.0, measure_until=UNTIL))
        self.assertIn("too few customers", self.text(idle))

    # -- for whom ----------------------------------------------------------------------------------------------------

    def test_roles(self):
        self.running.sudo().write(RESULT)
        for user in (self.user, self.manager):
            self.assertIn("Ring them", self.text(self.running, user=user))
        company = {"company_id": self.company.id, "company_ids": self.company.ids}
        seller = new_test_user(self.env, "print_seller", "sales_team.group_sale_salesman", **company)
        portal = new_test_user(self.env, "print_portal", "base.group_portal", **company)
        for user in (seller, portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.render(self.running, user=user)
            with self.assertRaises(AccessError):
                self.running.with_user(user).action_print_result()
        report = self.env.ref("customer_value.action_report_retention_result")
        self.assertEqual(report.group_ids, self.env.ref("customer_value.group_customer_value_user"))
        self.assertEqual(report.binding_model_id.model, "customer.retention.campaign")
        action = self.running.with_user(self.user).action_print_result()
        self.assertEqual((action["report_name"], action["context"]["active_ids"]), (REPORT, self.running.ids))

    def test_two_companies(self):
        """Each with its currency; users of one company do not read of the other."""
        other = self.make_company("Sister Company", "EUR")
        offer = self.offer.copy({"name": "Theirs", "company_id": other.id})
        theirs = self.campaign(name="Of the sister", company_id=other.id, offer_id=offer.id, user_id=False)
        theirs.sudo().write(RESULT)
        self.running.sudo().write(RESULT)
        with self.assertRaises(AccessError):
            self.render(self.running + theirs, user=self.manager)
        both = new_test_user(
            self.env, "print_both", "base.group_user,customer_value.group_customer_value_user",
            company_id=self.company.id, company_ids=(self.company + other).ids,
        )  # fmt: skip
        pages = self.render(self.running + theirs, user=both).xpath("//div[hasclass('page')]")
        for page, ours, not_ours in zip(
            pages, (("Value Company", "$"), ("Sister Company", "€")), (("Sister", "€"), ("Value Company", "$")),
            strict=True,
        ):  # fmt: skip
            for part in ours:
                self.assertIn(part, page.text_content())
            for part in not_ours:
                self.assertNotIn(part, page.text_content())

    def test_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.currency_id = self.currency("CNY")
        self.checkpoints()
        self.running.sudo().write(RESULT)
        text = self.text(self.running, lang="zh_CN")
        for part in (
            "每位获得优惠的客户比对照组多带来 ¥ 12.50",
            "壹佰元整",
            "肆拾元整",
            "陆拾元整",
            "lucky number",
        ):
            self.assertIn(part, text)
        for part in ("Dollars", "Yuan", "treated"):
            self.assertNotIn(part, text)

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_pdf(self):
        if not find_in_path_or_none("wkhtmltopdf"):
            self.skipTest("wkhtmltopdf is not installed: Odoo cannot print on this machine either")
        self.running.sudo().write(RESULT)
        campaigns = self.running | self.campaign(self.partners)
        Report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = Report._render_qweb_pdf(REPORT, res_ids=campaigns.ids)
        self.assertEqual((kind, content[:5]), ("pdf", b"%PDF-"))
        self.assertEqual(len(re.findall(rb"/Type\s*/Page\b", content)), 2)
