"""Benefits that act on quotations, opportunities, orders and tickets, whichever user enters them."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ..core.value_case import ONE_TO_ONE, ValueCase


class BenefitCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.top, cls.middle = cls.tier("Top"), cls.tier("Middle")
        cls.member, cls.other = cls.customer("Member"), cls.customer("Other")
        cls.contact = cls.customer("Contact", parent_id=cls.member.id, type="contact")
        cls.invoice(cls.member, "2025-01-10", 90)
        cls.invoice(cls.other, "2025-01-10", 50)
        cls.run_policy()
        companies = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.seller = new_test_user(cls.env, "benefit_seller", "sales_team.group_sale_salesman_all_leads", **companies)
        cls.portal = new_test_user(cls.env, "benefit_portal", "base.group_portal", **companies)

    def lose_the_tier(self):
        self.credit_note(self.member, "2025-01-20", 60)
        self.run_policy()
        self.assertEqual(self.score(self.member).tier_id, self.tier("Base"))

    def quotation(self, partner, **values):
        line = {"product_id": self.product.id, "price_unit": 100.0, "tax_ids": [Command.clear()]}
        values = {
            "partner_id": partner.id,
            "company_id": self.company.id,
            "order_line": [Command.create(line)],
        } | values
        return self.env["sale.order"].create(values)


@tagged("post_install", "-at_install")
class TestSalesTeam(BenefitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first_class, cls.chosen = cls.env["crm.team"].create(
            [{"name": name, "company_id": cls.company.id} for name in ("First class", "Chosen")]
        )
        cls.top.team_id = cls.first_class

    def test_orders(self):
        self.assertEqual(self.quotation(self.member).team_id, self.first_class)
        self.assertEqual(self.quotation(self.contact).team_id, self.first_class)
        self.assertEqual(self.quotation(self.member, team_id=self.chosen.id).team_id, self.chosen)
        self.assertNotEqual(self.quotation(self.other).team_id, self.first_class)

    def test_the_form_of_an_order(self):
        with Form(self.env["sale.order"].with_user(self.seller)) as form:
            form.partner_id = self.other
            self.assertNotEqual(form.team_id, self.first_class)
            form.partner_id = self.member
            self.assertEqual(form.team_id, self.first_class)
            form.team_id = self.chosen
        self.assertEqual(form.record.team_id, self.chosen)

    def test_a_team_set_by_hand_survives_another_salesperson(self):
        self.chosen.member_ids = self.seller
        order = self.quotation(self.member)
        order.team_id = self.chosen
        order.user_id = self.seller
        self.assertEqual(order.team_id, self.chosen)

    def test_opportunities(self):
        Lead = self.env["crm.lead"].with_user(self.seller)
        values = {"name": "Deal", "type": "opportunity"}
        self.assertEqual(Lead.create(values | {"partner_id": self.contact.id}).team_id, self.first_class)
        given = Lead.create(values | {"partner_id": self.member.id, "team_id": self.chosen.id})
        self.assertEqual(given.team_id, self.chosen)
        self.assertNotEqual(Lead.create(values | {"partner_id": self.other.id}).team_id, self.first_class)
        with Form(Lead, "crm.crm_lead_view_form") as form:
            form.name = "By hand"
            form.partner_id = self.member
            self.assertEqual(form.team_id, self.first_class)

    def test_an_opportunity_keeps_its_team(self):
        lead = self.env["crm.lead"].create({"name": "Deal", "partner_id": self.other.id, "team_id": self.chosen.id})
        lead.partner_id = self.member
        self.assertEqual(lead.team_id, self.chosen)


@tagged("post_install", "-at_install")
class TestDeliveryPriority(BenefitCase):
    """Without stock a tier has nothing to say here, and orders are confirmed as ever."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.with_stock = "picking_ids" in cls.env["sale.order"]._fields
        cls.top.delivery_priority = "1"

    def confirmed(self, partner, user=None):
        if self.with_stock:
            self.product.is_storable = True
        order = self.quotation(partner, user_id=self.seller.id)
        order.with_user(user or self.seller).action_confirm()
        self.assertEqual(order.state, "sale")
        if not self.with_stock:
            return None
        self.assertTrue(order.picking_ids)
        return {*order.picking_ids.mapped("priority"), *order.picking_ids.move_ids.mapped("priority")}

    def test_urgent_for_the_tier(self):
        self.assertEqual(self.confirmed(self.contact), {"1"} if self.with_stock else None)
        self.assertEqual(self.confirmed(self.other), {"0"} if self.with_stock else None)

    def test_the_form_offers_it_where_there_is_stock(self):
        self.assertEqual(self.top.has_stock, self.with_stock)

    def test_lost_with_the_tier(self):
        self.lose_the_tier()
        self.assertEqual(self.confirmed(self.member), {"0"} if self.with_stock else None)


@tagged("post_install", "-at_install")
class TestLoyaltyPrograms(BenefitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).active = False
        cls.automatic = cls.program("promotion", "auto")
        cls.with_code = cls.program("promo_code", "with_code", code="FIRSTCLASS")
        cls.coupons = cls.program("coupons", "with_code")
        cls.cards = cls.program("loyalty", "auto", applies_on="both")
        cls.coupon = cls.env["loyalty.card"].create({"program_id": cls.coupons.id, "points": 10, "code": "COUPON-1"})
        cls.exclusive = cls.automatic | cls.with_code | cls.coupons | cls.cards

    @classmethod
    def program(cls, kind, trigger, applies_on="current", code=None):
        rule = {"minimum_amount": 1, "reward_point_mode": "order", "reward_point_amount": 1}
        if code:
            rule |= {"mode": "with_code", "code": code}
        reward = {"reward_type": "discount", "discount": 10, "discount_applicability": "order", "required_points": 1}
        program = cls.env["loyalty.program"].create(
            {
                "name": kind,
                "program_type": kind,
                "trigger": trigger,
                "applies_on": applies_on,
                "company_id": cls.company.id,
                "rule_ids": [Command.clear()] + ([] if kind == "coupons" else [Command.create(rule)]),
                "reward_ids": [Command.clear(), Command.create(reward)],
            }
        )
        program.tier_ids = cls.top
        return program

    def offered(self, order):
        """Programs whose rewards can be claimed now."""
        order._update_programs_and_rewards()
        return {coupon.program_id for coupon in order._get_claimable_rewards()}

    def test_automatic_programs(self):
        self.assertIn(self.automatic, self.offered(self.quotation(self.member)))
        self.assertIn(self.automatic, self.offered(self.quotation(self.contact)))
        self.assertFalse(self.offered(self.quotation(self.other)) & set(self.exclusive))
        self.assertFalse(self.offered(self.quotation(self.customer("Without a tier"))) & set(self.exclusive))

    def test_for_everybody(self):
        self.exclusive.tier_ids = False
        self.assertIn(self.automatic, self.offered(self.quotation(self.other)))
        self.assertNotIn("error", self.quotation(self.other)._try_apply_code("FIRSTCLASS"))

    def test_several_tiers(self):
        self.with_code.tier_ids |= self.middle
        self.assertNotIn("error", self.quotation(self.other)._try_apply_code("FIRSTCLASS"))
        self.assertNotIn("error", self.quotation(self.member)._try_apply_code("FIRSTCLASS"))

    def test_codes_are_refused_and_told_why(self):
        for code in ("FIRSTCLASS", "COUPON-1"):
            for user in (self.seller, self.portal):
                with self.subTest(code=code, user=user.login):
                    # the website works on orders with sudo, as the portal user
                    def order(partner, user=user):
                        return self.quotation(partner).with_user(user).sudo(user == self.portal)

                    status = order(self.other)._try_apply_code(code)
                    self.assertRegex(status["error"], f"{code} is reserved for customers of another tier")
                    self.assertNotIn("not_found", status)
                    self.assertNotIn("error", order(self.contact)._try_apply_code(code))
        unknown = self.quotation(self.other)._try_apply_code("NEVERSEEN")
        self.assertTrue(unknown["not_found"])
        self.assertNotIn("tier", unknown["error"])

    def test_a_program_of_another_company_is_not_told(self):
        self.with_code.tier_ids = False
        self.with_code.company_id = self.make_company("Sister Company", "EUR")
        self.assertTrue(self.quotation(self.other)._try_apply_code("FIRSTCLASS")["not_found"])

    def test_loyalty_cards(self):
        for partner in (self.member, self.other):
            self.env["loyalty.card"].create({"program_id": self.cards.id, "partner_id": partner.id, "points": 50})
        self.assertIn(self.cards, self.offered(self.quotation(self.member)))
        order = self.quotation(self.other)
        self.assertNotIn(self.cards, self.offered(order))
        self.assertNotIn(self.cards, order._get_points_programs())

    def test_dropped_when_the_customer_of_the_order_changes(self):
        order = self.quotation(self.member)
        order._try_apply_code("FIRSTCLASS")
        coupon, rewards = next(iter(order._get_claimable_rewards().items()))
        order._apply_program_reward(rewards, coupon)
        self.assertEqual(order.amount_untaxed, 90)
        order.partner_id = self.other
        order.action_confirm()
        self.assertEqual(order.amount_untaxed, 100)
        self.assertFalse(order.order_line.filtered("is_reward_line") | order.applied_coupon_ids.order_id.order_line)

    def test_dropped_when_the_customer_has_lost_his_tier(self):
        order = self.quotation(self.member)
        status = order._try_apply_code("COUPON-1")
        coupon, rewards = next(iter(status.items()))
        order._apply_program_reward(rewards, coupon)
        self.assertEqual(order.amount_untaxed, 90)
        self.lose_the_tier()
        order._update_programs_and_rewards()
        self.assertEqual((order.amount_untaxed, order.applied_coupon_ids.ids), (100, []))

    def test_the_tier_is_that_of_the_company_of_the_order(self):
        elsewhere = self.make_company("Sister Company", "EUR")
        self.exclusive.company_id = False
        order = self.quotation(self.member, company_id=elsewhere.id)
        self.assertIn(self.automatic, self.quotation(self.member)._get_closed_programs().browse(self.exclusive.ids))
        self.assertFalse(self.quotation(self.member)._get_closed_programs() & self.exclusive)
        self.assertEqual(order._get_closed_programs() & self.exclusive, self.exclusive)

    def test_a_draft_closes_nothing_and_a_new_version_keeps_it(self):
        self.exclusive.tier_ids = False
        self.automatic.tier_ids = self.top
        policy = self.top.policy_id
        policy.action_new_version()
        draft = self.Policy.search([("origin_id", "=", policy.id)])
        self.assertFalse(draft.tier_ids.loyalty_program_ids)
        newcomer = self.env["customer.value.tier"].create(
            {"policy_id": draft.id, "name": "Diamond", "entry_score": 95, "loyalty_program_ids": self.with_code.ids}
        )
        self.assertNotIn("error", self.quotation(self.other)._try_apply_code("FIRSTCLASS"))
        draft.action_activate()
        self.assertIn("error", self.quotation(self.other)._try_apply_code("FIRSTCLASS"))
        self.assertEqual((self.with_code.tier_ids, self.automatic.tier_ids), (newcomer, self.top))
        self.assertEqual(self.top.policy_id, draft)
        self.assertIn(self.automatic, self.offered(self.quotation(self.member)))

    def test_who_may_choose(self):
        manager = new_test_user(
            self.env,
            "loyalty_manager",
            "sales_team.group_sale_salesman,customer_value.group_customer_value_manager",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.middle.with_user(manager).loyalty_program_ids = self.automatic
        self.assertEqual(self.automatic.tier_ids, self.top | self.middle)
        with self.assertRaises(AccessError):
            self.middle.with_user(self.seller).loyalty_program_ids = False
        with self.assertRaises(AccessError):
            self.automatic.with_user(self.seller).tier_ids = False


@tagged("post_install", "-at_install")
class TestServiceLevels(BenefitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helpdesk.sla"].search([]).active = False
        stage = cls.env["helpdesk.ticket.stage"].create({"name": "Answered", "sequence": 99})
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {"name": "Support", "use_sla": True, "company_id": cls.company.id}
        )
        cls.everybody, cls.fast = cls.env["helpdesk.sla"].create(
            [{"name": name, "hours": hours, "stage_id": stage.id} for name, hours in (("All", 24), ("Fast", 2))]
        )
        cls.fast.tier_ids = cls.top

    def entered(self, partner, user=None, **values):
        values = {"name": "Question", "description": "How?", "team_id": self.team.id, "partner_id": partner.id} | values
        ticket = self.env["helpdesk.ticket"].with_user(user or self.env.user).sudo().create(values)
        return ticket.with_env(self.env)

    def test_only_for_the_tier(self):
        for user in (None, self.portal):
            self.assertEqual(self.entered(self.member, user).sla_ids, self.everybody | self.fast)
            self.assertEqual(self.entered(self.contact, user).sla_ids, self.everybody | self.fast)
            self.assertEqual(self.entered(self.other, user).sla_ids, self.everybody)
        self.assertEqual(self.top.sla_ids, self.fast)

    def test_with_categories_and_tags(self):
        """The rest of the conditions of a service level still count."""
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Billing"})
        category = self.env["helpdesk.ticket.category"].create({"name": "Software"})
        self.fast.write({"tag_ids": tag.ids, "category_ids": category.ids})
        both = {"tag_ids": tag.ids, "category_id": category.id}
        self.assertEqual(self.entered(self.member).sla_ids, self.everybody)
        self.assertEqual(self.entered(self.member, **both).sla_ids, self.everybody | self.fast)
        self.assertEqual(self.entered(self.other, **both).sla_ids, self.everybody)

    def test_a_promise_stands_when_the_tier_is_lost(self):
        ticket = self.entered(self.member)
        rows = self.rows("helpdesk_ticket_sla")
        deadlines = ticket.ticket_sla_ids.mapped("deadline")
        self.lose_the_tier()
        ticket.invalidate_recordset()
        self.assertEqual(ticket.intake_tier_id, self.top)
        self.assertTrue(ticket.sla_fits, "nothing asks for a refresh")
        ticket.refresh_sla()
        self.assertEqual(ticket.ticket_sla_ids.mapped("deadline"), deadlines)
        self.assertEqual(self.rows("helpdesk_ticket_sla"), rows)
        self.assertEqual(self.entered(self.member).sla_ids, self.everybody, "new tickets go by the tier of today")

    def test_nobody_enters_the_tier(self):
        ticket = self.entered(self.other)
        agent = new_test_user(
            self.env,
            "sla_agent",
            "helpdesk_mgmt.group_helpdesk_manager,customer_value.group_customer_value_user",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        with self.assertRaises(AccessError):
            ticket.with_user(agent).intake_tier_id = self.top
        ticket = ticket.with_user(agent).create(
            {"name": "Mine", "description": "x", "partner_id": self.customer().id, "company_id": self.company.id}
        )
        self.assertFalse(ticket.intake_tier_id)

    def test_another_customer_on_the_ticket(self):
        ticket = self.entered(self.other)
        ticket.partner_id = self.contact
        self.assertEqual(ticket.intake_tier_id, self.top)
        ticket.refresh_sla()
        self.assertEqual(ticket.sla_ids, self.everybody | self.fast)

    def test_nobody(self):
        ticket = self.entered(self.env["res.partner"])
        self.assertEqual((ticket.intake_tier_id.ids, ticket.sla_ids), ([], self.everybody))
