"""Business at tills after a contact, held against sums counted by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from odoo import Command
from odoo.tests import tagged

from ..scoring.till_case import TillCase
from .retention_profit_case import PERIOD, ZONE, ProfitCase

CONTACT = datetime(2025, 5, 5, 9)


@tagged("post_install", "-at_install")
class TestProfitTills(ProfitCase, TillCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the policy of the case of profit is in use no longer
        cls.policy.write({"calibration": {"dormant_days": 60, "lost_days": 120}})
        cls.lamp = cls.env["product.product"].create({"name": "Lamp", "type": "consu", "taxes_id": [Command.clear()]})

    def row(self, partner, period=PERIOD):
        self.env.flush_all()
        self.env.invalidate_all()
        Rows = self.Rows.with_context(retention_from=str(period[0]), retention_to=str(period[1]))
        with self.reading_only():
            [row] = Rows.search([("partner_id", "=", partner.id)])
            names = ("contacted", "ordered_after", "won_after", "margin_after")
            return [row[name] for name in names]

    def test_the_time_afterwards(self):
        """From the moment of the contact on, for 90 days; what settles an order or comes back is no business."""
        settled = self.order(self.partner, CONTACT - timedelta(days=20), 400, cost=100)
        self.closed_ticket(self.partner, CONTACT)
        self.sold(self.partner, CONTACT - timedelta(seconds=1), 1000, 1)
        self.assertEqual(self.row(self.partner), [1, 0, 0, 0])
        # a contact at the very moment is not before it
        self.sold(self.partner, CONTACT, 1000, 2)
        self.sold(self.partner, CONTACT + timedelta(days=5), 400, 100, sale_order_origin_id=settled.id)
        self.sold(self.partner, CONTACT + timedelta(days=6), 50, 30, refund=True)
        self.sold(self.partner, CONTACT + timedelta(days=6), 0, 30)
        self.sold(self.partner, CONTACT + timedelta(days=90, seconds=1), 1000, 3)
        self.assertEqual(self.row(self.partner), [1, 0, 0, 0])
        self.sold(self.partner, CONTACT + timedelta(seconds=1), 100, 60)
        self.sold(self.partner, CONTACT + timedelta(days=90), 70, 20)
        self.order(self.partner, CONTACT + timedelta(days=2), 30, cost=10)
        self.assertEqual(self.row(self.partner), [1, 1, 0, 40 + 50 + 20])
        values = self.values()
        self.assertEqual([values[key] for key in ("contacted", "ordered_after", "margin_after")], [1, 1, 110])
        self.assertEqual(self.records("ordered_after").partner_id, self.partner)

    def test_something_new(self):
        """What was never bought before, at a till or otherwise; a reward or a sample is nothing new."""
        known, first, elsewhere, given = self.customers(4)
        for partner in (known, first, elsewhere, given):
            self.closed_ticket(partner, CONTACT)
        self.sold(known, CONTACT - timedelta(days=30))
        self.sold(known, CONTACT + timedelta(days=3))
        self.sold(first, CONTACT - timedelta(days=30))
        self.sold(first, CONTACT + timedelta(days=3), product_id=self.lamp.id)
        # known from a sales order, bought at a till; and the other way round
        self.order(elsewhere, CONTACT - timedelta(days=30), 30, cost=10)
        self.sold(elsewhere, CONTACT - timedelta(days=30), product_id=self.lamp.id)
        self.sold(elsewhere, CONTACT + timedelta(days=3), 100, 60)
        self.order(
            elsewhere,
            CONTACT + timedelta(days=3),
            lines=[{"product_id": self.lamp.id, "price_unit": 30.0, "purchase_price": 10.0}],
        )
        self.sold(given, CONTACT - timedelta(days=30))
        order = self.sold(given, CONTACT + timedelta(days=3), 50, 20)
        sample = {"product_id": self.lamp.id, "qty": 1, "price_unit": 0, "price_subtotal": 0, "price_subtotal_incl": 0}
        order.lines = [Command.create(sample | {"is_total_cost_computed": True, "total_cost": 5})]
        self.assertEqual(self.row(known), [1, 1, 0, 40])
        self.assertEqual(self.row(first), [1, 1, 1, 40])
        self.assertEqual(self.row(elsewhere), [1, 1, 0, 60])
        self.assertEqual(self.row(given), [1, 1, 0, 25])

    def test_care_counts_from_the_next_day_of_the_company(self):
        self.care(self.partner, date(2025, 5, 5))
        opens = datetime(2025, 5, 6, tzinfo=ZoneInfo(ZONE)).astimezone(UTC).replace(tzinfo=None)
        self.sold(self.partner, opens, 1000, 1)
        self.assertEqual(self.row(self.partner), [1, 0, 0, 0])
        self.sold(self.partner, opens + timedelta(seconds=1), 100, 60)
        self.assertEqual(self.row(self.partner), [1, 1, 0, 40])

    def test_another_currency_and_another_company(self):
        other = self.make_company("Other Company", "EUR")
        self.closed_ticket(self.partner, CONTACT)
        self.sold(self.partner, CONTACT + timedelta(days=1), session=self.open_till(other))
        self.assertEqual(self.row(self.partner), [1, 0, 0, 0])
        order = self.sold(self.partner, CONTACT + timedelta(days=1), 100, 60)
        self.env.flush_all()
        self.env.cr.execute("UPDATE pos_order SET currency_rate = 0.5 WHERE id = %s", [order.id])
        self.assertEqual(self.row(self.partner), [1, 1, 1, 80])

    def test_a_coupon_of_redress_used_at_the_till(self):
        """Redress counts once, as cost: what its coupon took from the margin is put back."""
        program = self.env["loyalty.program"].create(
            {"name": "Redress", "program_type": "coupons", "company_id": self.company.id}
        )
        cards = self.env["loyalty.card"].create([{"program_id": program.id, "points": 1.0} for _number in range(2)])
        self.sold(self.partner, datetime(2025, 2, 5), 10, 5)
        order = self.sold(self.partner, datetime(2025, 5, 20), 100, 60)
        line = {"product_id": self.product.id, "qty": 1, "is_total_cost_computed": True, "total_cost": 0}
        for card, amount in zip(cards, (-8.0, -3.0), strict=True):
            line |= {"price_unit": amount, "price_subtotal": amount, "price_subtotal_incl": amount}
            order.lines = [Command.create(line | {"coupon_id": card.id, "reward_id": program.reward_ids[:1].id})]
        complaint = self.closed_complaint(self.partner, datetime(2025, 3, 3))
        self.redress(complaint, datetime(2025, 5, 4), 8.0, kind="coupon", card_id=cards[0])
        values = self.values()
        self.assertEqual((values["margin_kept"], values["redress"]), (100 - 60 - 3, 8))

    def test_work_on_those_who_have_bought_at_a_till(self):
        """It is no work of winning them."""
        lead = self.lead(self.partner, day=date(2025, 5, 1))
        activity = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "res_id": lead.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                "user_id": self.env.uid,
            }
        )
        activity.action_done()
        self.stamp(activity, date_done=date(2025, 5, 10))
        self.assertEqual(self.records("acquisition_work"), activity)
        self.sold(self.partner, datetime(2025, 5, 10, 3))
        self.assertEqual(self.records("acquisition_work"), activity)
        self.sold(self.partner, datetime(2025, 5, 9, 3))
        self.assertFalse(self.records("acquisition_work"))
