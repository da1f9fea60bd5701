"""Which orders need a sales manager: discounts above the tier's maximum, customers beyond a gate."""

from odoo import Command, fields
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .order_case import OrderCase


@tagged("post_install", "-at_install")
class TestDiscountLimit(OrderCase):
    def test_up_to_the_maximum(self):
        """Exactly the maximum is allowed, a cent more is not."""
        order = self.quotation(10)
        self.assertIs(order.action_confirm(), True, "the same as without this app")
        self.assertEqual(order.state, "sale")
        order = self.quotation(10.01)
        self.assertNotEqual(order.action_confirm(), True)
        self.assertEqual(order.state, "draft")

    def test_maximum_is_a_share(self):
        for wrong in (-1, 100.5):
            with self.subTest(wrong), self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                self.tier("Top").maximum_discount = wrong
                self.env.flush_all()

    def test_each_line(self):
        order = self.quotation(0, 5, 15, 30)
        needs = order._get_approval_needs()
        self.assertAlmostEqual(needs[order].discount, 30)
        self.assertAlmostEqual(needs[order].given, 45)
        self.assertEqual(len(needs[order].reasons), 2)

    def test_zero_maximum(self):
        self.tier("Middle").maximum_discount = 0
        self.assertFalse(self.quotation(0)._get_approval_needs())
        self.assertTrue(self.quotation(0.5)._get_approval_needs())

    def test_no_limit_no_tier(self):
        self.tier("Middle").limit_discount = False
        self.assertFalse(self.quotation(90)._get_approval_needs())
        self.tier("Middle").limit_discount = True
        self.assertFalse(self.quotation(90, partner=self.customer("Without a score"))._get_approval_needs())

    def test_contact_has_the_limit_of_his_company(self):
        contact = self.customer("Contact", parent_id=self.partner.id)
        self.assertTrue(self.quotation(15, partner=contact)._get_approval_needs())

    def test_lowered_price(self):
        """A price below the pricelist counts as a discount."""
        order = self.quotation(0)
        with Form(order) as form, form.order_line.edit(0) as line:
            line.price_unit = 85
        self.assertEqual(order.order_line.technical_price_unit, 100)
        self.assertAlmostEqual(order._get_approval_needs()[order].discount, 15)
        order.order_line.price_unit = 95
        order.order_line.discount = 10
        self.assertAlmostEqual(order._get_approval_needs()[order].discount, 14.5)

    def test_global_discount(self):
        """Odoo's discount dialog, in its three ways; as an oracle the order itself: what is paid of its full price."""
        self.company.sale_discount_product_id = self.env["product.product"].create(
            {"name": "Discount", "type": "service", "taxes_id": False}
        )
        for kind, values, expected in (
            ("sol_discount", {"discount_percentage": 0.15}, 15),
            ("so_discount", {"discount_percentage": 0.15}, 15),
            ("amount", {"discount_amount": 30.0}, 15),
            ("so_discount", {"discount_percentage": 0.1}, 0),
            ("amount", {"discount_amount": 20.0}, 0),
        ):
            order = self.quotation(0, 0)
            wizard = self.env["sale.order.discount"].create({"sale_order_id": order.id, "discount_type": kind} | values)
            wizard.action_apply_discount()
            need = order._get_approval_needs().get(order)
            self.assertAlmostEqual(need.discount if need else 0, expected, msg=f"{kind} {values}")
            if need:
                self.assertAlmostEqual(need.given, 200 - order.amount_untaxed)

    def test_a_negative_line_is_a_discount(self):
        order = self.quotation(0, 0)
        order.order_line = [Command.create({"product_id": self.product.id, "price_unit": -50, "tax_ids": False})]
        self.assertAlmostEqual(order._get_approval_needs()[order].discount, 25)
        order.order_line[-1].write({"price_unit": 50, "product_uom_qty": -1})
        self.assertFalse(order._get_approval_needs(), "goods that come back are no discount")

    def test_rewards_do_not_count(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Half off",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "company_id": self.company.id,
                "rule_ids": [Command.create({"minimum_qty": 0})],
                "reward_ids": [Command.create({"reward_type": "discount", "discount": 50, "required_points": 1})],
            }
        )
        order = self.quotation(0)
        order.sudo()._update_programs_and_rewards()
        order.sudo()._apply_program_reward(program.reward_ids, order.sudo().coupon_point_ids.coupon_id)
        self.assertEqual(order.amount_untaxed, 50)
        self.assertFalse(order._get_approval_needs())

    def test_another_company_has_other_limits(self):
        other = self.make_company("Elsewhere", "EUR")
        self.seller.company_ids += other
        there = self.quotation(50, company=other)
        self.assertFalse(there._get_approval_needs())
        both = (
            self.env["sale.order"]
            .with_user(self.seller)
            .with_context(allowed_company_ids=(self.company + other).ids)
            .browse((there + self.quotation(50)).ids)
        )
        self.assertEqual([order.company_id for order in both._get_approval_needs()], [self.company])


@tagged("post_install", "-at_install")
class TestGatesOnOrders(OrderCase):
    def test_overdue_for_long(self):
        """The books of this moment count, not the last run."""
        self.gate()
        self.owe(89)
        self.assertFalse(self.quotation(0)._get_approval_needs())
        invoice = self.owe(90)
        order = self.quotation(0)
        need = order._get_approval_needs()[order]
        self.assertEqual((need.gates, need.discount), (("overdue_days >= 90",), 0))
        self.assertIn("90 days", need.reasons[0])
        self.pay(invoice, fields.Date.today())
        self.assertFalse(order._get_approval_needs(), "customers who pay may order")

    def test_contact_and_company(self):
        self.gate()
        contact = self.customer("Contact", parent_id=self.partner.id)
        self.owe(100, partner=contact)
        self.assertTrue(self.quotation(0)._get_approval_needs())
        self.assertTrue(self.quotation(0, partner=contact)._get_approval_needs())
        self.assertFalse(self.quotation(0, partner=self.customer("Other"))._get_approval_needs())

    def test_whose_debts_count_is_a_setting(self):
        """The same customer whose order it is: the buyer, or who pays."""
        self.gate()
        payer = self.customer("Leasing", is_company=True)
        self.owe(100, partner=payer)
        for customer, held in (("buyer", False), ("payer", True)):
            self.company.value_order_customer = customer
            order = self.quotation(0)
            order.partner_invoice_id = payer
            self.assertEqual(bool(order._get_approval_needs()), held)

    def test_who_is_no_customer_is_beyond_no_gate(self):
        """Partners that no run scores: colleagues who buy, our own companies. Former colleagues are customers."""
        self.gate()
        sister = self.make_company("Sister", "USD").partner_id
        for partner in (self.colleague.partner_id, sister):
            self.owe(100, partner=partner)
            self.assertFalse(self.quotation(0, partner=partner)._get_approval_needs(), partner.name)
            codes = {"overdue_amount", "overdue_days"}
            self.assertFalse(self.Source._read_now(self.company, partner, codes))
            self.assertFalse(self.policy._run(partners=partner).customer_count)
        self.colleague.active = False
        self.assertTrue(self.quotation(0, partner=self.colleague.partner_id)._get_approval_needs())

    def test_archived_customers_have_debts_too(self):
        self.gate()
        self.owe(100)
        order = self.quotation(0)
        self.partner.active = False
        self.assertTrue(order._get_approval_needs())

    def test_which_gates_hold_orders(self):
        self.owe(100)
        gate = self.gate(effect="at_least")
        self.assertFalse(self.quotation(0)._get_approval_needs())
        gate.effect = "at_most"
        self.assertTrue(self.quotation(0)._get_approval_needs())
        gate.hold_orders = False
        self.assertFalse(self.quotation(0)._get_approval_needs())

    def test_nobody_yet(self):
        """Partners who never bought are no customers yet, and beyond no gate, also one for few orders."""
        self.gate("order_count", 3, operator="<=")
        self.assertFalse(self.quotation(0, partner=self.customer("Nobody yet"))._get_approval_needs())
        self.assertTrue(self.quotation(0)._get_approval_needs())

    def test_debts_with_another_company(self):
        self.gate()
        self.owe(100, company=self.make_company("Elsewhere", "EUR"))
        self.assertFalse(self.quotation(0)._get_approval_needs())

    def test_metrics_now_are_those_of_a_run(self):
        """Read live or by a run: the same numbers."""
        self.owe(40, 30)
        self.order(self.partner, fields.Date.today(), amount=80, cost=20)
        self.ticket(self.partner, fields.Date.today())
        self.make_policy(list(set(self.Source._get_metrics()) - {"influence"}), window_months=12)
        self.run_policy(as_of=fields.Date.today())
        expected = self.score(self.partner).metrics
        found = self.Source._read_now(self.company, self.partner, expected)[self.partner.id]
        self.assertGreater(len(expected), 10)
        for code, number in expected.items():
            self.assertAlmostEqual(found[code] or 0, number or 0, places=2, msg=code)
