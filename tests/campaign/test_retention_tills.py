"""What members of campaigns buy at tills: linked to the campaign, counted in its result, and opened behind it."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..scoring.staff_case import TODAY
from ..scoring.till_case import TillCase
from .retention_offer_case import RetentionOfferCase

START = datetime(2025, 6, 30, 8)
UNTIL = date(2025, 9, 27)
AFTERWARDS = "2025-10-15 12:00:00"


@tagged("post_install", "-at_install")
class TestRetentionTills(RetentionOfferCase, TillCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner, cls.second, cls.alone, cls.stranger = cls.customers(4, "At the till")
        for partner in (cls.partner, cls.second, cls.alone, cls.stranger):
            cls.order(partner, "2025-05-15", 50.0, cost=20.0)
        cls.coupon = cls.make_offer("coupon", amount=40.0, template_id=False)
        cls.clerk = new_test_user(
            cls.env,
            "till_clerk",
            "base.group_user,customer_value.group_customer_value_manager,sales_team.group_sale_salesman_all_leads,"
            "point_of_sale.group_pos_user",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def coded(self, offer=None, partners=None, **values):
        with freeze_time(START):
            campaign = self.under_way(
                offer or self.coupon, partners or self.partner, self.alone, measure_until=UNTIL, **values
            )
            campaign._deliver()
        return campaign, self.member(campaign, self.partner)

    def with_code(self, order, card, amount=40.0, sign=1):
        """The code takes off ``amount``; where the order is a refund it is given back."""
        line = {
            "product_id": self.product.id,
            "qty": sign,
            "price_unit": -amount,
            "price_subtotal": -sign * amount,
            "price_subtotal_incl": -sign * amount,
            "is_total_cost_computed": True,
            "total_cost": 0,
            "coupon_id": card.id,
            "reward_id": card.program_id.reward_ids[:1].id,
        }
        order.lines = [Command.create(line)]
        return order

    def measured(self, campaign, now=AFTERWARDS):
        self.env.flush_all()
        with freeze_time(now):
            campaign._measure()
        campaign.invalidate_recordset()
        return campaign

    def opened(self, campaign, kind):
        action = campaign.with_user(self.clerk).action_view_result(kind)
        return self.env[action["res_model"]].with_user(self.clerk).search(action["domain"], order="id")

    def test_linked(self):
        """As sales orders: whoever has the offer, from that moment on and while it is open, or uses its code."""
        campaign, member = self.coded()
        self.sold(self.partner, START - timedelta(seconds=1), 1)
        first = self.sold(self.partner, START, 2)
        second = self.sold(self.customer("Ann", parent_id=self.partner.id), START + timedelta(days=10), 4)
        self.sold(self.partner, START + timedelta(days=10), 8, refund=True)
        self.sold(self.partner, START + timedelta(days=10), 0)
        self.sold(self.alone, START + timedelta(days=10), 16)
        self.sold(self.stranger, START + timedelta(days=10), 32)
        with freeze_time(START + timedelta(days=20)):
            campaign.sudo()._close("ended")
        self.sold(self.partner, START + timedelta(days=21), 64)
        late = self.with_code(self.sold(self.partner, START + timedelta(days=22), 128, 0), member.card_ids)
        with freeze_time(AFTERWARDS):
            self.assertEqual(campaign.with_user(self.clerk).till_order_count, 3)
            action = campaign.with_user(self.clerk).action_view_tills()
            self.assertEqual(self.env["pos.order"].search(action["domain"], order="id"), first + second + late)
            self.assertEqual(campaign.with_user(self.manager).till_order_count, 0, "may not open tills")
        self.assertEqual(campaign.order_count, 0)
        self.measured(campaign)
        self.assertAlmostEqual(campaign.attributed_amount, 2 + 4 + 128 - 40)
        self.assertAlmostEqual(campaign.attributed_rate, (2 + 4 + 88) / (1 + 2 + 4 + 64 + 88))
        self.assertEqual(self.opened(campaign, "tills_attributed"), first + second + late)

    def test_with_sales_orders(self):
        campaign, _member = self.coded()
        with freeze_time(START + timedelta(days=1)):
            order = self.order(self.partner, START + timedelta(days=1), 100, cost=40)
        self.assertEqual(order.campaign_id, campaign.utm_campaign_id)
        self.sold(self.partner, START + timedelta(days=2), 50, 20)
        # settled at the till: no second purchase
        self.sold(self.partner, START + timedelta(days=2), 100, 40, sale_order_origin_id=order.id)
        self.measured(campaign)
        self.assertEqual((campaign.attributed_amount, campaign.attributed_rate), (150, 1))
        self.assertEqual(campaign.margin_treated, 60 + 30)
        self.assertEqual(self.opened(campaign, "orders_attributed"), order)

    def test_the_code_decides(self):
        """Of two campaigns it is that whose code was used; otherwise the one whose offer the customer had then."""
        before, member = self.coded()
        with freeze_time(START + timedelta(days=5)):
            before.sudo()._close("ended")
            after = self.under_way(self.coupon, self.partner, name="Second", measure_until=UNTIL)
            after._deliver()
        one = self.sold(self.partner, START + timedelta(days=2), 100, 0)
        two = self.sold(self.partner, START + timedelta(days=7), 200, 0)
        code = self.with_code(self.sold(self.partner, START + timedelta(days=8), 400, 0), member.card_ids)
        both = self.with_code(
            self.sold(self.partner, START + timedelta(days=3), 800, 0), self.member(after, self.partner).card_ids
        )
        self.env.flush_all()
        with freeze_time(AFTERWARDS):
            self.assertEqual(before.with_user(self.clerk)._find_tills(), sorted((one + code).ids))
            self.assertEqual(after.with_user(self.clerk)._find_tills(), sorted((two + both).ids))

    def test_used_value(self):
        """With taxes, in company currency, and less what was given back."""
        campaign, member = self.coded()
        order = self.with_code(self.sold(self.partner, START + timedelta(days=1), 100), member.card_ids)
        self.env.invalidate_all()
        self.assertEqual((member.used_value, campaign.used_value), (40, 40))
        self.env.cr.execute("UPDATE pos_order SET currency_rate = 0.5 WHERE id = %s", [order.id])
        self.env.invalidate_all()
        self.assertEqual((member.used_value, campaign.used_value), (80, 80))
        back = self.sold(self.partner, START + timedelta(days=2), 100, refund=True)
        self.with_code(back, member.card_ids, sign=-1)
        self.env.invalidate_all()
        self.assertEqual((member.used_value, campaign.used_value), (40, 40))
        draft = self.sold(self.partner, START + timedelta(days=2), 100, state="draft")
        self.with_code(draft, member.card_ids)
        self.env.invalidate_all()
        self.assertEqual(member.used_value, 40)

    def test_an_offer_that_was_used_waits_no_longer(self):
        """On the page of the customer, and in *Before and After*."""
        _campaign, member = self.coded()
        Page = self.env["customer.page"]
        Member = self.env["customer.retention.member"]
        self.assertIn(member, Member.search(Page._get_unused_domain(self.company)))
        self.with_code(self.sold(self.partner, START + timedelta(days=1), 100), member.card_ids)
        self.env.flush_all()
        self.assertNotIn(member, Member.search(Page._get_unused_domain(self.company)))

    def test_effect_and_profit(self):
        """The margin per customer of either group is that of all they bought, as counted by hand."""
        offered, alone = self.customers(12, "Offered"), self.customers(12, "Alone")
        with freeze_time(START):
            campaign = self.under_way(self.offer, offered, alone, measure_until=UNTIL)
            campaign._deliver()
        margins = {"treatment": 0.0, "holdout": 0.0}
        for arm, partners in (("treatment", offered), ("holdout", alone)):
            for number, partner in enumerate(partners, start=1):
                price = 100 + number + (30 if arm == "treatment" else 0)
                self.sold(partner, START + timedelta(days=number), price, 60)
                self.sold(partner, START - timedelta(days=number), 1000, 60)
                margins[arm] += price - 60
            self.sold(partners[0], START + timedelta(days=40), 50, 30, refund=True)
            self.sold(partners[1], START + timedelta(days=40), 0, 7)
            margins[arm] -= 20 + 7
        # the last moment of the last day of the company, and the first of the next
        self.company.value_tz = "Asia/Shanghai"
        self.sold(offered[2], datetime(2025, 9, 27, 15, 59, 59), 12, 0)
        self.sold(offered[2], datetime(2025, 9, 27, 16), 1000, 0)
        margins["treatment"] += 12
        self.measured(campaign)
        self.assertAlmostEqual(campaign.margin_treated, margins["treatment"] / 12)
        self.assertAlmostEqual(campaign.margin_holdout, margins["holdout"] / 12)
        self.assertEqual((campaign.retained_treated, campaign.retained_holdout), (1, 1))
        self.assertTrue(campaign.is_effect_known)
        self.assertAlmostEqual(campaign.effect, (margins["treatment"] - margins["holdout"]) / 12)
        self.assertAlmostEqual(campaign.profit, campaign.effect_total - campaign.cost_total)
        self.assertEqual(len(self.opened(campaign, "tills_treated")), 12 + 1)
        self.assertEqual(len(self.opened(campaign, "tills_holdout")), 12)
        figures = {figure["kind"]: figure["value"] for figure in campaign.with_user(self.clerk)._get_result_figures()}
        self.assertEqual((figures["tills_treated"], figures["tills_holdout"]), ("13", "12"))
        kinds = {figure["kind"] for figure in campaign.with_user(self.manager)._get_result_figures()}
        self.assertFalse({kind for kind in kinds if kind.startswith("tills")})

    def test_concluded_results_stay(self):
        campaign, _member = self.coded()
        self.measured(campaign)
        self.assertNotIn(campaign.result_state, (False, "early"))
        self.sold(self.partner, START + timedelta(days=2), 50, 20)
        self.env.flush_all()
        self.deliver_by_job(date(2025, 10, 16), "cron_retention_measure")
        self.assertEqual(campaign.attributed_amount, 0)
        self.measured(campaign)
        self.assertEqual(campaign.attributed_amount, 50, "unless somebody asks")

    def test_another_company(self):
        other = self.make_company("Other Company", "EUR")
        campaign, _member = self.coded()
        self.sold(self.partner, START + timedelta(days=2), session=self.open_till(other))
        self.measured(campaign)
        self.assertEqual((campaign.attributed_amount, campaign.margin_treated), (0, 0))

    def test_reading_only(self):
        campaign, _member = self.coded()
        self.sold(self.partner, START + timedelta(days=2), 50, 20)
        self.measured(campaign)
        with self.reading_only():
            self.assertEqual(len(self.opened(campaign, "tills_treated")), 1)
        with self.assertRaises(UserError):
            campaign.action_view_result("tills_of_others")
        self.assertEqual(TODAY, START.date())
