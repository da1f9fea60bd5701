"""Orders that need a sales manager: who is stopped, who decides, what an approval covers."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tests.common import freeze_time
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ValueCase
from .test_tiers import ONE_TO_ONE

SELLER = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager"


class OrderCase(ValueCase):
    """Tier Top allows 20%, Middle 10%, Base anything; the customer is Middle."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.tier("Top").write({"limit_discount": True, "maximum_discount": 20})
        cls.tier("Middle").write({"limit_discount": True, "maximum_discount": 10})
        cls.product.list_price = 100
        cls.partner = cls.customer()
        cls.invoice(cls.partner, "2025-01-10", 50)
        cls.pay(cls.env["account.move"].search([("partner_id", "=", cls.partner.id)]), "2025-01-10")
        cls.run_policy()
        companies = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.seller, cls.colleague = (
            new_test_user(cls.env, login, SELLER, name=login, **companies) for login in ("seller", "colleague")
        )
        cls.manager, cls.chief = (
            new_test_user(cls.env, login, MANAGER, name=login, **companies) for login in ("boss", "chief")
        )

    @classmethod
    def quotation(cls, *discounts, user=None, partner=None, company=None, **line):
        """A quotation written by ``user``, of one thing for 100 for each discount."""
        user = user or cls.seller
        company = company or cls.company
        order = cls.env["sale.order"].with_user(user).with_company(company)
        return order.create(
            {
                "partner_id": (partner or cls.partner).id,
                "company_id": company.id,
                "user_id": user.id,
                "order_line": [
                    Command.create(
                        {"product_id": cls.product.id, "price_unit": 100, "tax_ids": False, "discount": discount} | line
                    )
                    for discount in discounts
                ],
            }
        )

    def ask(self, order, reason="It is a big customer"):
        """Press Confirm as the one who holds ``order``, and ask for approval."""
        action = order.action_confirm()
        self.assertEqual(action["res_model"], "customer.value.order.approval", "the confirmation stops")
        wizard = Form(order.env["customer.value.order.approval"].with_context(**action["context"]))
        wizard.reason = reason
        wizard = wizard.save()
        wizard.action_request()
        order.invalidate_recordset()
        return order.sudo().value_approval_ids[:1]

    @classmethod
    def gate(cls, metric="overdue_days", value=90, effect="at_most", **values):
        values = {"policy_id": cls.policy.id, "metric": metric, "value": value, "effect": effect} | values
        return cls.env["customer.value.gate"].create({"tier_id": cls.tier("Base").id} | values)

    @classmethod
    def owe(cls, days, amount=70.0, partner=None, company=None):
        due = fields.Date.today() - timedelta(days=days)
        return cls.invoice(partner or cls.partner, due, amount, company=company)


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
        """A price below the price list is a discount under another name."""
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
        self.assertFalse(order._get_approval_needs(), "whoever pays may order")

    def test_contact_and_company(self):
        self.gate()
        contact = self.customer("Contact", parent_id=self.partner.id)
        self.owe(100, partner=contact)
        self.assertTrue(self.quotation(0)._get_approval_needs())
        self.assertTrue(self.quotation(0, partner=contact)._get_approval_needs())
        self.assertFalse(self.quotation(0, partner=self.customer("Other"))._get_approval_needs())

    def test_which_gates_hold_orders(self):
        self.owe(100)
        gate = self.gate(effect="at_least")
        self.assertFalse(self.quotation(0)._get_approval_needs())
        gate.effect = "at_most"
        self.assertTrue(self.quotation(0)._get_approval_needs())
        gate.hold_orders = False
        self.assertFalse(self.quotation(0)._get_approval_needs())

    def test_nobody_yet(self):
        """Who has never bought is no customer yet, and beyond no gate, also of few orders."""
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


@tagged("post_install", "-at_install")
class TestApproval(OrderCase):
    def test_ask_approve_confirmed(self):
        order = self.quotation(15)
        approval = self.ask(order)
        self.assertRecordValues(
            approval,
            [
                {
                    "state": "pending",
                    "user_id": self.seller.id,
                    "discount": 15,
                    "discount_amount": 15,
                }
            ],
        )
        self.assertEqual(order.activity_ids.user_id, self.manager + self.chief)
        self.assertIn("15.00%", approval.reasons)
        self.assertIn("It is a big customer", "".join(order.message_ids.mapped("body")))
        approval.with_user(self.manager).action_approve()
        self.assertRecordValues(approval, [{"state": "approved", "approver_id": self.manager.id}])
        self.assertEqual((order.state, order.user_id), ("sale", self.seller))
        self.assertEqual(order.sudo().write_uid, self.seller, "it is the requester's confirmation")
        self.assertFalse(order.activity_ids)
        self.assertEqual(order.sudo().confirmed_tier_id, self.tier("Middle"))

    def test_asked_once(self):
        order = self.quotation(15)
        self.ask(order)
        self.assertEqual(order.action_confirm()["tag"], "display_notification")
        order.order_line.discount = 18
        second = self.ask(order)
        self.assertEqual(order.sudo().value_approval_ids.mapped("state"), ["pending", "withdrawn"])
        self.assertEqual(second.discount, 18)

    def test_refused(self):
        order = self.quotation(15)
        approval = self.ask(order).with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Say why"):
            approval.action_refuse(" ")
        action = order.with_user(self.manager).action_refuse_value()
        wizard = self.env["customer.value.order.approval"].with_user(self.manager).with_context(**action["context"])
        wizard.create({"reason": "Ten percent will do"}).action_refuse()
        self.assertEqual((approval.state, order.state), ("refused", "draft"))
        self.assertEqual(order.activity_ids.user_id, self.seller)
        self.assertIn("Ten percent will do", order.activity_ids.summary)
        with self.assertRaisesRegex(UserError, "decided already"):
            approval.action_approve()
        self.assertTrue(order._get_approval_needs())

    def test_who_proposes_never_approves(self):
        order = self.quotation(15, user=self.manager)
        approval = self.ask(order)
        self.assertEqual(order.activity_ids.user_id, self.chief)
        with self.assertRaisesRegex(UserError, "Another sales manager"):
            approval.with_user(self.manager).action_approve()
        for stranger in (self.seller, self.colleague):
            with self.assertRaises(AccessError):
                approval.with_user(stranger).action_approve()
        approval.with_user(self.chief).action_approve()
        self.assertEqual(order.state, "sale")

    def test_handing_the_order_over_does_not_help(self):
        """Neither another salesperson nor a colleague's order makes an own discount another's."""
        order = self.quotation(15, user=self.manager)
        order.user_id = self.seller
        self.assertNotEqual(order.with_user(self.manager).action_confirm(), True)
        theirs = self.quotation(0)
        theirs.with_user(self.manager).order_line.discount = 15
        self.assertNotEqual(theirs.with_user(self.manager).action_confirm(), True)
        self.assertEqual(theirs.with_user(self.chief).action_confirm(), True)

    def test_a_manager_confirms_what_others_proposed(self):
        order = self.quotation(15)
        order.with_user(self.manager).action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertRecordValues(
            order.sudo().value_approval_ids,
            [{"state": "approved", "user_id": self.seller.id, "approver_id": self.manager.id}],
        )

    def test_the_only_manager(self):
        """Where nobody else could approve, the only manager may; where nobody may, one is told so."""
        self.chief.active = False
        order = self.quotation(15, user=self.manager)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.manager.active = False
        with self.assertRaisesRegex(UserError, "is a sales manager"):
            self.ask(self.quotation(15))

    def test_it_covers_what_was_approved(self):
        order = self.quotation(15, 0)
        self.ask(order).with_user(self.manager).action_approve()
        order._action_cancel()
        order.action_draft()
        self.assertFalse(order._get_approval_needs(), "cancelled and back: nothing is worse")
        discounted, full = order.order_line
        for worse in (
            lambda: discounted.write({"discount": 15.5}),
            lambda: discounted.write({"product_uom_qty": 2}),
            lambda: full.write({"discount": 12}),
            lambda: order.write({"partner_id": self.twin().id}),
        ):
            with self.subTest(worse):
                savepoint = self.env.cr.savepoint()
                worse()
                self.assertTrue(order._get_approval_needs())
                self.env.flush_all()
                savepoint.rollback()
                self.env.invalidate_all()
                savepoint.close(rollback=False)
        discounted.discount = 12
        full.product_uom_qty = 50
        self.assertFalse(order._get_approval_needs(), "less discount, more at full price")

    def twin(self):
        twin = self.customer("Twin")
        self.invoice(twin, "2025-01-10", 50)
        self.run_policy(partners=twin)
        return twin

    def test_changed_after_the_request(self):
        order = self.quotation(15)
        approval = self.ask(order)
        order.order_line.discount = 40
        with self.assertRaisesRegex(UserError, "has changed since"):
            approval.with_user(self.manager).action_approve()
        self.assertEqual((approval.state, order.state), ("pending", "draft"))

    def test_gate_covers_the_amount(self):
        self.gate()
        self.owe(100)
        order = self.quotation(0)
        self.ask(order).with_user(self.manager).action_approve()
        self.assertEqual(order.state, "sale")
        order._action_cancel()
        order.action_draft()
        self.assertFalse(order._get_approval_needs())
        order.order_line.product_uom_qty = 3
        self.assertTrue(order._get_approval_needs(), "more is at risk than was approved")

    def test_cancelled_while_waiting(self):
        order = self.quotation(15)
        approval = self.ask(order)
        order._action_cancel()
        self.assertEqual((approval.state, order.activity_ids.ids), ("withdrawn", []))
        order.action_draft()
        self.ask(order)
        self.assertEqual(order.sudo().value_approval_ids.mapped("state"), ["pending", "withdrawn"])

    def test_what_cannot_be_confirmed_is_told(self):
        """The approval stands, and the requester learns what is in the way."""
        order = self.quotation(15)
        approval = self.ask(order)
        order.sudo().order_line = [Command.create({"name": "Something", "product_uom_qty": 1, "price_unit": 1})]
        approval.with_user(self.manager).action_approve()
        self.assertEqual((approval.state, order.state), ("approved", "draft"))
        self.assertIn("could not be confirmed", order.activity_ids.filtered("summary").summary)

    def test_requester_has_left(self):
        order = self.quotation(15)
        approval = self.ask(order)
        self.seller.active = False
        approval.with_user(self.manager).action_approve()
        self.assertEqual(order.state, "sale")

    def test_some_of_many(self):
        orders = self.quotation(0) + self.quotation(15) + self.quotation(5) + self.quotation(0, 30)
        action = orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "draft", "sale", "draft"])
        wizard = Form(orders.env["customer.value.order.approval"].with_context(**action["context"]))
        self.assertIn(orders[1].name, wizard.reasons)
        wizard.reason = "End of the quarter"
        wizard.save().action_request()
        approvals = orders.sudo().value_approval_ids
        self.assertEqual(approvals.order_id, (orders[1] + orders[3]).sudo())
        approvals.with_user(self.manager).action_approve()
        self.assertEqual(orders.mapped("state"), ["sale"] * 4)

    def test_nobody_writes_approvals(self):
        order = self.quotation(15)
        approval = self.ask(order)
        for user in (self.seller, self.manager):
            records = approval.with_user(user)
            for values in ({"state": "approved"}, {"discount": 99}, {"user_id": self.colleague.id}):
                with self.subTest(user=user.name, values=values), self.assertRaises(AccessError):
                    records.write(values)
            with self.assertRaises(AccessError):
                records.create({"order_id": order.id, "state": "approved", "discount": 99})
            with self.assertRaises(AccessError):
                records.unlink()
            result = records.load(["order_id/.id", "state"], [[str(order.id), "approved"]])
            self.assertFalse(result["ids"])
            with self.assertRaises(AccessError):
                order.with_user(user).write({"offered_terms": {"discount": 99}})
            with self.assertRaises(AccessError):
                order.with_user(user).write(
                    {"value_approval_ids": [Command.update(approval.id, {"state": "approved"})]}
                )

    def test_who_sees_approvals(self):
        approval = self.ask(self.quotation(15))
        elsewhere = self.make_company("Elsewhere", "EUR")
        foreign = new_test_user(
            self.env, "foreign", MANAGER, company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)]
        )
        Approval = self.env["customer.value.approval"]
        for user, found in ((self.seller, approval), (self.colleague, Approval), (self.manager, approval)):
            self.assertEqual(Approval.with_user(user).search([]), found, user.name)
        with self.assertRaises(AccessError):
            approval.with_user(foreign).with_context(allowed_company_ids=elsewhere.ids).action_approve()

    def test_what_is_not_stopped(self):
        """Sessions of the superuser: scheduled jobs and modules that take all rights."""
        order = self.quotation(90)
        order.sudo().action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.sudo().value_approval_ids)

    def test_errors_of_odoo_come_first(self):
        order = self.quotation(15)
        order._action_cancel()
        with self.assertRaisesRegex(UserError, "not in a state"):
            order.action_confirm()

    def test_queries(self):
        """Confirming twice as many takes no more queries for the check."""
        self.gate()
        sets = []
        for count in (5, 10):
            partners = self.customers(count)
            orders = self.env["sale.order"].with_user(self.seller)
            for partner in partners:
                orders += self.quotation(5, partner=partner)
            sets.append(orders)
        self.env.flush_all()
        counts = []
        for orders in (sets[0], *sets):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._get_approval_needs()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_nothing_set_nothing_asked(self):
        """Without limits and gates the check is a handful of queries."""
        self.policy.tier_ids.limit_discount = False
        order = self.quotation(50)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertFalse(order._get_approval_needs())
        self.assertLessEqual(self.env.cr.sql_log_count - before, 6)
        self.assertIs(order.action_confirm(), True)


@tagged("post_install", "-at_install")
class TestOffer(OrderCase):
    def send(self, order):
        return order.action_quotation_send()["res_model"]

    def test_asked_before_it_is_sent(self):
        order = self.quotation(15)
        action = order.action_quotation_send()
        wizard = Form(order.env["customer.value.order.approval"].with_context(**action["context"]))
        wizard.reason = "Competitor's price"
        wizard.save().action_request()
        with self.assertRaisesRegex(UserError, "approval"):
            order.action_quotation_sent()
        approval = order.sudo().value_approval_ids
        approval.with_user(self.manager).action_approve()
        self.assertEqual((approval.purpose, order.state), ("send", "draft"))
        self.assertEqual(order.activity_ids.user_id, self.seller)
        self.assertEqual(self.send(order), "mail.compose.message")
        self.assertIs(order.action_confirm(), True)

    def test_gates_do_not_stop_an_offer(self):
        self.gate()
        self.owe(100)
        self.assertEqual(self.send(self.quotation(10)), "mail.compose.message")

    def test_an_offer_stands(self):
        """Offered within the limit, then the customer falls: the offer is honoured, but no more than that."""
        top = self.customer("Top")
        self.invoice(top, "2025-01-10", 90)
        self.run_policy()
        order = self.quotation(15, partner=top)
        self.send(order)
        order.action_quotation_sent()
        self.credit_note(top, "2025-01-11", 40)
        self.run_policy()
        self.assertEqual(self.score(top).tier_id, self.tier("Middle"))
        self.assertFalse(order._get_approval_needs())
        self.assertTrue(self.quotation(15, partner=top)._get_approval_needs(), "a new one is not")
        order.order_line.discount = 16
        self.assertTrue(order._get_approval_needs())

    def test_copies_start_anew(self):
        order = self.quotation(15)
        self.ask(order).with_user(self.manager).action_approve()
        copy = order.copy()
        self.assertFalse(copy.sudo().value_approval_ids)
        self.assertTrue(copy._get_approval_needs())

    @freeze_time("2025-07-01")
    def test_on_any_day(self):
        self.gate()
        self.owe(91)
        self.assertTrue(self.quotation(0)._get_approval_needs())
