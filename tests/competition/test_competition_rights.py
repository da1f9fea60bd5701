"""Who may see and enter competitors and wallets, in two companies."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_competition import CompetitionCase


@tagged("post_install", "-at_install")
class TestCompetitionRights(CompetitionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.make_company("Foreign Company", "USD")

        def user(login, groups, company=cls.company):
            return new_test_user(
                cls.env,
                f"rival_{login}",
                groups,
                company_id=company.id,
                company_ids=company.ids,
            )

        value_user = "customer_value.group_customer_value_user"
        cls.seller = user("seller", f"sales_team.group_sale_salesman,{value_user}")
        cls.colleague = user("colleague", f"sales_team.group_sale_salesman,{value_user}")
        cls.leader = user("leader", f"sales_team.group_sale_salesman_all_leads,{value_user}")
        cls.stranger = user("stranger", f"sales_team.group_sale_salesman_all_leads,{value_user}", cls.foreign)
        cls.outsider = user("outsider", "sales_team.group_sale_salesman")

    def of(self, model, user):
        """``model`` as the user finds it after logging in."""
        return self.env[model].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def test_own_deals(self):
        lead = self.lead(self.customer(), user_id=self.seller.id)
        line = self.of("customer.competition.line", self.seller).create(
            {"lead_id": lead.id, "competitor_id": self.rival.id}
        )
        self.assertEqual(self.of("customer.competition.line", self.leader).search([("id", "=", line.id)]), line)
        for user in (self.colleague, self.stranger):
            self.assertFalse(self.of("customer.competition.line", user).search([("id", "=", line.id)]), user.name)
        with self.assertRaises(AccessError):
            self.of("customer.competition.line", self.outsider).search([])
        with self.assertRaises(AccessError):
            line.with_user(self.colleague).write({"price": 1.0})
        lead.action_set_lost()
        self.env.flush_all()
        self.assertEqual(
            self.of("customer.competition.report", self.seller).search_count([("line_id", "=", line.id)]), 1
        )
        for user in (self.colleague, self.stranger):
            self.assertEqual(self.of("customer.competition.report", user).search_count([("line_id", "=", line.id)]), 0)

    def test_deals_of_others_are_not_told(self):
        """Neither by a form that names them nor by a line in which they stand beside an own deal."""
        partner = self.customer()
        theirs = self.lead(partner, user_id=self.colleague.id, expected_revenue=123)
        quotation = self.order(partner, "2025-06-10", 321)
        quotation.user_id = self.colleague
        own = self.lead(partner, user_id=self.seller.id, expected_revenue=77)
        spec = {"own_price": {}, "partner_id": {"fields": {"display_name": {}}}, "user_id": {"fields": {}}}
        for name, deal in (("lead_id", theirs), ("order_id", quotation)):
            with self.subTest(name):
                Line = self.of("customer.competition.line", self.seller)
                told = Line.onchange({name: deal.id}, [name], spec)["value"]
                self.assertFalse(told.get("own_price") or told.get("partner_id") or told.get("user_id"), told)
                with self.assertRaises(AccessError):
                    Line.create({name: deal.id, "competitor_id": self.rival.id})
                told = self.of("customer.competition.line", self.leader).onchange({name: deal.id}, [name], spec)
                self.assertTrue(told["value"]["own_price"])
        Line = self.of("customer.competition.line", self.seller)
        with self.assertRaises(AccessError):
            Line.create({"lead_id": own.id, "order_id": quotation.id, "competitor_id": self.rival.id})
        line = Line.create({"lead_id": own.id, "competitor_id": self.rival.id})
        self.assertEqual(line.own_price, 77)
        with self.assertRaises(AccessError):
            line.order_id = quotation

    def test_what_became_of_the_deal_is_not_entered(self):
        """Win rates are made of it."""
        line = self.of("customer.competition.line", self.seller).create(
            {"lead_id": self.lead(self.customer(), user_id=self.seller.id).id, "competitor_id": self.rival.id}
        )
        for name, value in (
            ("outcome", "won"),
            ("decided_on", "2025-06-01"),
            ("own_price", 1.0),
            ("user_id", self.colleague.id),
            ("company_id", self.foreign.id),
        ):
            with self.subTest(field=name), self.assertRaises(AccessError):
                line.write({name: value})
        lead = self.lead(self.customer(), user_id=self.seller.id)
        made = self.of("customer.competition.line", self.seller).with_context(default_outcome="won")
        self.assertEqual(made.create({"lead_id": lead.id, "competitor_id": self.rival.id}).outcome, "open")

    def test_nobody_searches_what_they_may_not_read(self):
        partner = self.customer()
        wallet = self.of("customer.wallet", self.leader).create({"partner_id": partner.id, "budget": 1000.0})
        wallet.sudo().share = 30.0
        self.env.flush_all()
        for name, value in (("wallet_share", 20.0), ("wallet_id", 0), ("is_competitor", False)):
            domain = [("id", "=", partner.id), (name, ">" if name == "wallet_share" else "!=", value)]
            with self.subTest(field=name), self.assertRaises(AccessError):
                self.of("res.partner", self.outsider).search(domain)
        found = self.of("res.partner", self.seller).search([("id", "=", partner.id), ("wallet_share", ">", 20.0)])
        self.assertEqual(found.wallet_share, 30.0)
        self.assertFalse(found.search([("id", "=", partner.id), ("wallet_share", ">", 40.0)]))

    def test_battle_cards(self):
        partner = self.customer()
        with self.assertRaises(AccessError):
            self.of("sale.order", self.outsider).get_battle_cards(partner.id, self.company.id)
        with self.assertRaises(AccessError):
            self.of("sale.order", self.stranger).get_battle_cards(partner.id, self.company.id)
        self.assertEqual(self.of("sale.order", self.seller).get_battle_cards(partner.id, self.company.id), [])

    def test_nobody_is_asked_without_the_group(self):
        """A salesperson without the addon's group wins and loses as without the addon."""
        lead = self.lead(self.customer(), user_id=self.outsider.id)
        result = lead.with_user(self.outsider).action_set_won_rainbowman()
        self.assertNotIn("res_model", result if isinstance(result, dict) else {})
        lost = self.lead(self.customer(), user_id=self.outsider.id).with_user(self.outsider)
        wizard = self.env["crm.lead.lost"].with_user(self.outsider).create({"lead_ids": lost.ids})
        wizard.action_lost_reason_apply()
        self.assertEqual(lost.won_status, "lost")

    def test_merged_without_the_group(self):
        """Salespeople who may not see competitors merge opportunities as ever, and nothing heard of them is lost."""
        partner = self.customer()
        values = {"user_id": self.outsider.id}
        first, second = self.lead(partner, probability=80.0, **values), self.lead(partner, probability=20.0, **values)
        self.line(first, note="Met at the fair")
        self.line(second, price=900.0, is_incumbent=True, note="By phone")
        self.line(second, self.other, price=950.0)
        merged = (first | second).with_user(self.outsider).merge_opportunity()
        self.env.invalidate_all()
        self.assertEqual(merged, first)
        self.assertRecordValues(
            first.competition_line_ids.sorted("price"),
            [
                {
                    "competitor_id": self.rival.id,
                    "price": 900.0,
                    "is_incumbent": True,
                    "note": "Met at the fair",
                    "is_winner": False,
                },
                {
                    "competitor_id": self.other.id,
                    "price": 950.0,
                    "is_incumbent": False,
                    "note": False,
                    "is_winner": False,
                },
            ],
        )

    def test_merged_with_a_lost_deal(self):
        """Who won one deal has not won one that is still open."""
        partner = self.customer()
        open_one, lost = self.lead(partner, probability=80.0), self.lead(partner, probability=20.0)
        self.line(lost, is_winner=True)
        lost.action_set_lost()
        merged = (open_one | lost).merge_opportunity()
        self.assertRecordValues(merged.competition_line_ids, [{"outcome": "open", "is_winner": False}])

    def test_wallet(self):
        """Users enter what they know; what is worked out is nobody's to enter."""
        partner = self.customer()
        wallet = self.of("customer.wallet", self.seller).create({"partner_id": partner.id, "budget": 100.0})
        self.assertEqual(wallet.company_id, self.company)
        with self.assertRaises(AccessError):
            wallet.write({"share": 99.0})
        with self.assertRaises(AccessError):
            wallet.write({"partner_id": self.customer().id})
        with self.assertRaises(AccessError):
            wallet.unlink()
        self.assertFalse(self.of("customer.wallet", self.stranger).search([("id", "=", wallet.id)]))
        with self.assertRaises(AccessError):
            self.of("customer.wallet", self.outsider).search([])
        with self.assertRaises(AccessError):
            wallet.action_refresh()
