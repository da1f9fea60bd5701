"""Nothing below margin, and codes only for the customers they were given to."""

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ...models.scoring.customer_value_source import Scope
from ..scoring.staff_case import TODAY
from .retention_offer_case import RetentionOfferCase


@tagged("post_install", "-at_install")
class TestRetentionBelowMargin(RetentionOfferCase):
    """Customers whose average order cannot bear the offer are not taken."""

    def excluded(self, offer, average, rate, count=12):
        below = offer._below_margin_sql()
        if below is None:
            return None
        [[found]] = self.env.execute_query(
            SQL(
                "SELECT %s FROM (SELECT %s::numeric AS average_order, %s::numeric AS margin_rate, %s AS order_count) c",
                below, average, rate, count,
            )
        )  # fmt: skip
        return found

    def test_nothing_promised_nothing_lost(self):
        for kind in ("call", "visit", "ticket", "letter"):
            self.assertIsNone(self.make_offer(kind)._below_margin_sql())

    def test_unknown_customers_are_not_judged(self):
        offer = self.make_offer("coupon", amount=40.0)
        self.assertFalse(self.excluded(offer, None, None, 0))

    def test_against_arithmetic(self):
        coupon = self.make_offer("coupon", amount=10.0, minimum_order=50.0)
        percent = self.make_offer("discount", discount_percent=20.0, maximum_amount=30.0, minimum_margin=5.0)
        pricelist = self.make_offer(
            "pricelist",
            pricelist_id=self.env["product.pricelist"].create({"name": "L", "company_id": self.company.id}).id,
            expected_discount=30.0,
            valid_days=73,
        )

        @settings(max_examples=60, deadline=None, database=None)
        @given(st.integers(1, 4000), st.integers(0, 100), st.integers(1, 60))
        def check(average, rate, count):
            for offer, order, taken, keep in [
                (coupon, max(average, 50), min(max(average, 50), 10), 0.0),
                (percent, average, min(average * 0.2, 30), 0.05),
                (pricelist, average, 30 / max(count / 5, 1), 0.0),
            ]:
                left = order * rate / 100 - taken - keep * max(order - taken, 0)
                if abs(left) > 1e-6:
                    self.assertEqual(self.excluded(offer, average, rate / 100, count), left < 0, (average, rate, count))

        check()

    def test_in_a_campaign(self):
        """Of two customers with orders of 100, one earns 5 and the other 50; 20 are promised."""
        poor, rich = self.env["res.partner"].create([{"name": "Poor"}, {"name": "Rich"}])
        self.order(poor, "2025-05-15", 100.0, cost=95.0)
        self.order(rich, "2025-05-15", 100.0, cost=50.0)
        offer = self.make_offer("coupon", amount=20.0, template_id=False)
        campaign = self.started(poor | rich, offer_id=offer.id, holdout_percent=0, without_holdout=True)
        self.assertEqual(self.members(campaign).partner_id, rich)

    def test_other_exclusions(self):
        """Tiers that the offer is not for; letters that would not arrive; a pricelist that is there already."""
        first, second, third = self.env["res.partner"].create(
            [{"name": "A", "email": "a@example.com"}, {"name": "B"}, {"name": "C", "email": "c@example.com"}]
        )
        for partner, revenue in ((first, 90), (second, 90), (third, 50)):
            self.order(partner, "2025-05-15", revenue)
            self.invoice(partner, "2025-05-15", revenue)
        self.run_policy(as_of=TODAY)
        self.env["mail.blacklist"]._add("c@example.com")
        offer = self.make_offer("letter")
        campaign = self.started(first | second | third, offer_id=offer.id, holdout_percent=0, without_holdout=True)
        self.assertEqual(self.members(campaign).partner_id, first)
        campaign.action_cancel()
        offer = self.make_offer("call", tier_ids=[Command.set(self.tier("Middle").ids)])
        campaign = self.started(first | second | third, offer_id=offer.id, holdout_percent=0, without_holdout=True)
        self.assertEqual(self.members(campaign).partner_id, third)


@tagged("post_install", "-at_install")
class TestRetentionCodes(RetentionOfferCase):
    """Codes on orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner, cls.alone, cls.stranger = cls.env["res.partner"].create(
            [{"name": "Member", "is_company": True}, {"name": "Left alone"}, {"name": "Stranger"}]
        )
        cls.contact = cls.env["res.partner"].create({"name": "Contact", "parent_id": cls.partner.id})
        cls.offer = cls.make_offer("coupon", amount=40.0, template_id=False)
        cls.seller = new_test_user(
            cls.env,
            "retention_seller",
            "sales_team.group_sale_salesman_all_leads",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def coded(self, offer=None, **values):
        campaign = self.under_way(offer or self.offer, self.partner, self.alone, **values)
        campaign._deliver()
        return campaign, self.member(campaign, self.partner)

    def quotation(self, partner, amount=200.0, cost=100.0):
        return self.order(partner, amount=amount, cost=cost, confirm=False)

    def use(self, order, code):
        """What salespeople see when they enter the code."""
        order = order.with_user(self.seller)
        status = order._try_apply_code(code)
        if "error" in status:
            return status["error"]
        for card, rewards in status.items():
            for reward in rewards:
                result = order._apply_program_reward(reward, card)
                if result:
                    return result["error"]
        return None

    def test_for_the_customer_and_his_contacts(self):
        _campaign, member = self.coded()
        for partner in (self.contact, self.partner):
            order = self.quotation(partner)
            self.assertIsNone(self.use(order, member.card_code))
            self.assertEqual(order.amount_total, 160.0)

    def test_leaked(self):
        campaign, member = self.coded()
        for partner in (self.stranger, self.alone):
            order = self.quotation(partner)
            self.assertIn("another customer", self.use(order, member.card_code))
            self.assertFalse(order.applied_coupon_ids)
            # nor by going round the code
            card = member.card_ids
            self.assertFalse(order._get_claimable_rewards(card))
            self.assertIn("another customer", order._apply_program_reward(card.program_id.reward_ids, card)["error"])
            order.action_confirm()
            self.assertEqual(order.amount_total, 200.0)
            self.assertFalse(order.campaign_id)
        campaign.action_end()
        self.assertIn("another customer", self.use(self.quotation(self.stranger), member.card_code))

    @mute_logger("odoo.models")
    def test_whose_code_it_is_cannot_be_changed(self):
        """Also by a manager of loyalty programs and customer value."""
        campaign, member = self.coded()
        boss = new_test_user(
            self.env,
            "retention_boss",
            "sales_team.group_sale_manager,customer_value.group_customer_value_manager,"
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        alone = self.member(campaign, self.alone)
        card, program = member.card_ids.with_user(boss), member.card_ids.program_id.with_user(boss)
        ticket = self.ticket(self.alone).with_user(boss)
        for record, values in (
            (card, {"retention_member_id": alone.id}),
            (card, {"retention_member_id": False}),
            (program, {"retention_offer_id": False}),
            (ticket, {"retention_member_id": alone.id}),
        ):
            with self.subTest(record=record._name), self.assertRaises(AccessError):
                record.write(values)
        with self.assertRaises(AccessError):
            card.create({"program_id": program.id, "points": 1, "retention_member_id": alone.id})
        for record, name, value in (
            (card, "retention_member_id", alone.id),
            (program, "retention_offer_id", self.offer.id),
            (ticket, "retention_member_id", alone.id),
        ):
            with self.subTest(suggested=record._name):
                self.assertFalse(record.with_context(**{f"default_{name}": value}).default_get([name]))
        card.write({"points": 10})
        self.assertEqual(program.retention_offer_id, self.offer)

    def test_order_goes_to_another_customer(self):
        _campaign, member = self.coded()
        order = self.quotation(self.partner)
        self.use(order, member.card_code)
        order.partner_id = self.alone
        with self.assertRaisesRegex(UserError, "another customer"):
            order.with_user(self.seller).action_confirm()
        order._update_programs_and_rewards()
        self.assertEqual(order.amount_total, 200.0)
        self.assertFalse(order.applied_coupon_ids)
        order.with_user(self.seller).action_confirm()

    def test_left_alone_by_every_code_of_the_program(self):
        """Also with a coupon that somebody creates manually; other customers may use such coupons."""
        campaign, _member = self.coded()
        card_of = {
            partner: self.env["loyalty.card"].create(
                {"program_id": self.offer.made_program_id.id, "partner_id": partner.id, "points": 4000}
            )
            for partner in (self.alone, self.stranger)
        }
        self.assertIn("not valid for this customer", self.use(self.quotation(self.alone), card_of[self.alone].code))
        self.assertIsNone(self.use(self.quotation(self.stranger), card_of[self.stranger].code))
        campaign.action_cancel()
        self.assertIsNone(self.use(self.quotation(self.alone), card_of[self.alone].code))

    def test_below_cost(self):
        """An order that earns 30 does not bear 40: refused with the 10 that are missing; one that earns 40 does."""
        _campaign, member = self.coded()
        order = self.quotation(self.partner, 200.0, 170.0)
        self.assertRegex(self.use(order, member.card_code), r"10\.00.*below cost")
        self.assertFalse(order.applied_coupon_ids)
        self.assertFalse(order.order_line.reward_id)
        order.order_line.purchase_price = 160.0
        self.assertIsNone(self.use(order, member.card_code))
        self.assertEqual(order.amount_total, 160.0)
        # the price is lowered afterwards
        order.order_line.filtered(lambda line: not line.is_reward_line).price_unit = 195.0
        with self.assertRaisesRegex(UserError, r"5\.00.*below cost"):
            order.with_user(self.seller).action_confirm()
        # what a superuser runs is not stopped: the code is dropped, and stays with the customer
        order.sudo().with_user(self.env.ref("base.user_root")).action_confirm()
        self.assertEqual(order.amount_total, 195.0)
        self.assertEqual(member.card_ids.points, 4000)

    def test_customers_do_not_learn_the_cost(self):
        """What an order is short of tells what its goods cost: whoever enters the code in the shop reads no amount."""
        _campaign, member = self.coded()
        order = self.quotation(self.partner, 200.0, 170.0)
        portal = new_test_user(self.env, "retention_visitor", "base.group_portal", company_id=self.company.id)
        for visitor in (portal, self.env.ref("base.public_user")):
            told = order.with_user(visitor).sudo()._try_apply_code(member.card_code)["error"]
            self.assertIn(member.card_code, told)
            self.assertNotRegex(told, r"10\.00|cost|margin")
        self.assertFalse(order.applied_coupon_ids)
        self.offer.minimum_margin = 20.0
        self.assertNotRegex(
            order.with_user(portal).sudo()._try_apply_code(member.card_code)["error"], r"20|cost|margin"
        )

    def test_merged_members(self):
        """Both codes are the merged customer's alone, neither sells below cost, and both count for the campaign."""
        for kept in (self.partner, self.stranger):
            with self.subTest(kept=kept.name), self.env.cr.savepoint() as savepoint:
                campaign = self.under_way(self.offer, self.partner | self.stranger, self.alone)
                campaign._deliver()
                cards = self.members(campaign).card_ids
                self.assertEqual(len(cards), 2)
                self.merge(self.partner | self.stranger, kept)
                member = self.member(campaign, kept)
                self.assertRecordValues(member, [{"face_value": 80.0, "card_ids": cards.ids}])
                self.assertEqual(campaign.card_count, 2)
                for card in cards:
                    self.assertIn(card.code, member.card_code)
                    self.assertIn("another customer", self.use(self.quotation(self.alone), card.code))
                    self.assertRegex(self.use(self.quotation(kept, 200.0, 170.0), card.code), r"10\.00.*below cost")
                    order = self.quotation(kept)
                    self.assertIsNone(self.use(order, card.code))
                    order.with_user(self.seller).action_confirm()
                    self.assertEqual(order.campaign_id, campaign.utm_campaign_id)
                self.env.invalidate_all()
                self.assertEqual((member.used_value, campaign.used_value), (80.0, 80.0))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_taxes_are_no_margin(self):
        """Of 40 with taxes of 25% included, 32 come off the margin."""
        tax = self.env["account.tax"].create(
            {"name": "25%", "amount": 25.0, "type_tax_use": "sale", "company_id": self.company.id,
             "price_include_override": "tax_excluded"}
        )  # fmt: skip
        _campaign, member = self.coded()
        for cost, refused in ((168.5, True), (167.5, False)):
            order = self.order(
                self.partner,
                confirm=False,
                lines=[{"price_unit": 200.0, "purchase_price": cost, "tax_ids": [Command.set(tax.ids)]}],
            )
            self.assertEqual(bool(self.use(order, member.card_code)), refused)

    def test_margin_to_keep(self):
        self.offer.minimum_margin = 20.0
        _campaign, member = self.coded()
        # of 160, 32 have to be left
        self.assertRegex(
            self.use(self.quotation(self.partner, 200.0, 130.0), member.card_code),
            r"minimum margin of 20\.0% of the campaign by \D*2\.00\. ",
        )
        self.assertIsNone(self.use(self.quotation(self.partner, 200.0, 128.0), member.card_code))

    def test_other_coupons_are_no_concern_of_ours(self):
        """A coupon that no campaign has given may sell below cost, and be used by any holder."""
        self.coded()
        program = self.env["loyalty.program"].create(
            {
                "name": "Of the shop",
                "program_type": "coupons",
                "company_id": self.company.id,
                "communication_plan_ids": [],
                "reward_ids": [Command.create({"reward_type": "discount", "discount": 50, "discount_mode": "percent"})],
            }
        )
        card = self.env["loyalty.card"].create({"program_id": program.id, "partner_id": self.stranger.id, "points": 1})
        order = self.quotation(self.alone, 200.0, 190.0)
        self.assertIsNone(self.use(order, card.code))
        order.with_user(self.seller).action_confirm()
        self.assertEqual(order.amount_total, 100.0)

    def test_gift_cards_pay(self):
        """They take nothing off the price: an order without margin may be paid with the customer's own."""
        offer = self.make_offer("gift_card", amount=40.0, template_id=False)
        _campaign, member = self.coded(offer)
        self.assertIsNone(self.use(self.quotation(self.partner, 200.0, 195.0), member.card_code))
        self.assertIn("another customer", self.use(self.quotation(self.alone), member.card_code))

    def test_a_card_given_away_is_a_discount(self):
        """Nobody has paid for it: what is bought with it earns that much less, and no average order is higher."""
        offer = self.make_offer("gift_card", amount=40.0, template_id=False)
        _campaign, member = self.coded(offer)
        order = self.quotation(self.partner, 200.0, 120.0)
        self.assertIsNone(self.use(order, member.card_code))
        order.with_user(self.seller).action_confirm()
        today = order.company_id._get_value_today()
        scope = Scope.make(order.company_id, today, 12, self.partner)
        Source = self.env["customer.value.source"]
        self.env.flush_all()
        self.env.cr.execute(Source._source_query("sale", scope, {"discount_share"}))
        [row] = self.env.cr.dictfetchall()
        self.assertEqual((row["average_order"], row["order_margin"], row["discount_share"]), (160, 40, 20))

    def test_codes_of_the_payer(self):
        """Where orders belong to who pays, so do codes and the campaign of the order."""
        campaign, member = self.coded()
        self.company.value_order_customer = "payer"
        order = self.order(self.stranger, amount=200, confirm=False)
        self.assertIn("another customer", self.use(order, member.card_code))
        order.partner_invoice_id = self.partner
        self.assertIsNone(self.use(order, member.card_code))
        order.action_confirm()
        self.assertEqual(order.campaign_id, campaign.utm_campaign_id)

    def test_orders_stay_with_the_company_of_the_contact(self):
        """A contact who has left since the quotation takes no campaign along to another company."""
        campaign, _member = self.coded()
        order = self.order(self.contact, amount=10, confirm=False)
        self.assertEqual(order.value_customer_id, self.partner)
        order.action_confirm()
        self.contact.parent_id = self.stranger
        self.assertEqual((order.value_customer_id, order.campaign_id), (self.partner, campaign.utm_campaign_id))

    def test_expired(self):
        _campaign, member = self.coded()
        member.card_ids.expiration_date = "2025-06-29"
        self.assertIn("expired", self.use(self.quotation(self.partner), member.card_code))

    # -- attribution ---------------------------------------------------------------------------------------------------

    def test_orders_refer_to_the_campaign(self):
        campaign, member = self.coded()
        utm = campaign.utm_campaign_id
        other = self.env["utm.campaign"].create({"title": "Another"})
        self.assertEqual(self.order(self.contact, amount=10).campaign_id, utm)
        self.assertFalse(self.order(self.stranger, amount=10).campaign_id)
        self.assertFalse(self.order(self.alone, amount=10).campaign_id)
        taken = self.order(self.partner, amount=10, confirm=False)
        taken.campaign_id = other
        taken.action_confirm()
        self.assertEqual(taken.campaign_id, other)
        # somebody entered it for a customer of the control group
        wrong = self.order(self.alone, amount=10, confirm=False)
        wrong.campaign_id = utm
        wrong.action_confirm()
        self.assertFalse(wrong.campaign_id)
        campaign.action_end()
        self.assertFalse(self.order(self.partner, amount=10).campaign_id)
        late = self.quotation(self.partner)
        self.use(late, member.card_code)
        late.with_user(self.seller).action_confirm()
        self.assertEqual(late.campaign_id, utm)
        self.assertEqual(member.used_value, 40.0)

    def test_quotation_from_the_member(self):
        campaign, member = self.coded()
        context = member.action_new_quotation()["context"]
        self.assertEqual(context["default_campaign_id"], campaign.utm_campaign_id.id)
        alone = self.member(campaign, self.alone)
        self.assertNotIn("default_campaign_id", alone.action_new_quotation()["context"])

    def test_planned_members_have_no_offer_yet(self):
        campaign = self.under_way(self.offer, self.partner)
        self.assertFalse(self.order(self.partner, amount=10).campaign_id)
        campaign._deliver()
        self.assertTrue(self.order(self.partner, amount=10).campaign_id)
