"""The page of the customer: their tier and nothing else, and visible to them alone."""

import re
from datetime import date

from lxml import html
from odoo import Command, fields
from odoo.tests import new_test_user, tagged
from odoo.tests.common import freeze_time

from ..core.browser_case import BrowserCase
from ..core.value_case import ONE_TO_ONE, ValueCase

# internal words that customers must not see
INTERNAL = ("score", "segment", "lifecycle", "recency", "margin", "rfm", "gate", "policy", "abc class", "override")


@tagged("post_install", "-at_install")
class TestPortalTier(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(
            ONE_TO_ONE,
            {"Topaz": {"entry_score": 80.0, "grace_days": 60}, "Beryl": 40.0, "Quartz": 10.0},
            window_months=0,
        )
        cls.topaz = cls.tier("Topaz")
        cls.topaz.write({"benefit_text": "<p>Free <b>delivery</b></p>", "color": 3, "helpdesk_priority": "2"})
        cls.big, cls.small, cls.stranger = (
            cls.customer(name, is_company=True) for name in ("Big Mountain", "Small Hill", "Flat Land")
        )
        cls.contact = cls.customer("Mountain Guide", parent_id=cls.big.id)
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.users = {
            partner: new_test_user(cls.env, login, "base.group_portal", partner_id=partner.id, **company)
            for login, partner in (
                ("tier_big", cls.big),
                ("tier_small", cls.small),
                ("tier_stranger", cls.stranger),
                ("tier_contact", cls.contact),
            )
        }
        cls.employee = new_test_user(cls.env, "tier_employee", "base.group_user", **company)
        cls.invoice(cls.big, "2025-01-10", 87.65)
        cls.invoice(cls.small, "2025-01-10", 43.21)
        cls.run_policy(as_of=date(2025, 1, 31))

    def page(self, user, path="/my/tier"):
        self.authenticate(user.login, user.login)
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        return response.text

    def words(self, page):
        """What is written on the page, without the layout around it; one space between words."""
        body = html.fromstring(page).xpath("//div[@id='wrap']")[0]
        return re.sub(r"\s+", " ", body.text_content()).strip()

    def test_own_tier(self):
        page = self.page(self.users[self.big])
        words = self.words(page)
        for text in (
            "Topaz",
            "Free delivery",
            "Priority service",
            "Until further notice",
            "order regularly to keep it",
        ):
            self.assertIn(text, words)
        self.assertIn("o_badge_color_3", page)
        self.assertIn("<b>delivery</b>", page)

    def test_of_the_company_for_its_contacts(self):
        self.assertIn("Topaz", self.words(self.page(self.users[self.contact])))

    def test_each_his_own(self):
        words = self.words(self.page(self.users[self.small]))
        self.assertIn("Beryl", words)
        for secret in ("Topaz", "Quartz", "Big Mountain", "Free delivery", "Priority"):
            self.assertNotIn(secret, words)

    def test_nothing_of_ours(self):
        """No number, no name of others and no internal word, in the whole page."""
        for partner, numbers in ((self.big, ("87.65", "87,65")), (self.small, ("43.21", "43,21"))):
            for path in ("/my/tier", "/my"):
                page = self.page(self.users[partner], path)
                others = {"Big Mountain", "Small Hill", "Flat Land"} - {partner.name}
                for secret in (*numbers, *others):
                    self.assertNotIn(secret, page, path)
                words = self.words(page).lower()
                for word in INTERNAL:
                    self.assertNotRegex(words, rf"\b{word}\b", path)
                self.assertNotRegex(self.words(page).replace("Connection & Security", ""), r"\d\d\.\d", path)

    def test_who_has_none(self):
        for user in (self.users[self.stranger], self.employee):
            self.assertIn("You have no tier yet", self.words(self.page(user)))
            self.assertNotIn("/my/tier", self.page(user, "/my"))

    def test_card(self):
        page = self.page(self.users[self.contact], "/my")
        self.assertIn("Your Tier: Topaz", self.words(page))
        self.assertIn('href="/my/tier"', page)

    def test_public_has_to_log_in(self):
        self.authenticate(None, None)
        response = self.url_open("/my/tier", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_in_the_company_one_deals_with(self):
        other = self.make_company("Elsewhere", "EUR")
        user = self.users[self.big]
        user.write({"company_ids": [Command.link(other.id)], "company_id": other.id})
        self.assertIn("You have no tier yet", self.words(self.page(user)))

    def test_in_grace(self):
        """What is needed, to the unit, and until when; or where to ask if no purchase is enough."""
        # the page is as of the day on which it is opened
        self.credit_note(self.big, "2025-02-10", 37.65)
        self.run_policy(as_of=fields.Date.today())
        score = self.score(self.big)
        self.assertTrue(score.grace_until)
        words = self.words(self.page(self.users[self.contact]))
        self.assertIn("Order $ 30.00 more by", words)
        self.assertIn(score.grace_until.strftime("Until %m/%d/%Y"), words)
        self.assertNotIn("50.00", words)
        gate = {
            "metric": "revenue",
            "operator": ">=",
            "value": 0,
            "effect": "at_most",
            "tier_id": self.tier("Beryl").id,
        }
        self.env["customer.value.gate"].create({"policy_id": self.topaz.policy_id.id} | gate)
        words = self.words(self.page(self.users[self.contact]))
        self.assertIn("Please contact us", words)
        self.assertNotIn("Revenue", words)

    def test_member_of_a_club(self):
        self.topaz.write({"is_club": True, "club_terms": "<p>Bring <i>friends</i></p>"})
        for name, told in ((False, "Topaz"), ("Summit Club", "Summit Club")):
            self.topaz.club_name = name
            with freeze_time("2025-02-01"):
                self.env["customer.value.membership"]._reconcile(self.company)
            number = self.env["customer.value.membership"].search([("partner_id", "=", self.big.id)]).name
            page = self.page(self.users[self.contact])
            self.assertIn(f"Member no. {number} of {told} since 02/01/2025", self.words(page))
            self.assertIn("<i>friends</i>", page)
        words = self.words(self.page(self.users[self.small]))
        for secret in ("Member", "Summit", "friends"):
            self.assertNotIn(secret, words)

    def test_until(self):
        score = self.score(self.big)
        self.assertEqual(score._get_tier_until(), ("open", None))
        self.topaz.hold_months = 6
        for day, until in (("2025-02-15", ("hold", date(2025, 7, 30))), ("2025-07-31", ("open", None))):
            with freeze_time(day):
                self.assertEqual(score._get_tier_until(), until)
        values = {"partner_id": self.big.id, "company_id": self.company.id, "reason": "Promised in secret"}
        with freeze_time("2025-03-01"):
            self.env["customer.value.override"].create(
                values | {"tier_id": self.tier("Beryl").id, "date_from": "2025-03-01", "date_until": "2099-12-31"}
            )
        self.assertEqual(self.score(self.big)._get_tier_until(), ("override", date(2099, 12, 31)))
        words = self.words(self.page(self.users[self.big]))
        for text in ("Beryl", "Until 12/31/2099", "granted to you personally"):
            self.assertIn(text, words)
        self.assertNotIn("secret", words)

    def test_no_access_but_through_the_page(self):
        for model in ("score", "history", "tier", "policy", "run", "override"):
            self.assertFalse(
                self.env[f"customer.value.{model}"].with_user(self.users[self.big]).has_access("read"), model
            )

    def test_tour(self):
        user = self.users[self.contact]
        self.start_tour("/my", "customer_value_portal_tier", login=user.login, timeout=120)
