"""Orders that need a sales manager: who is stopped, who decides, what an approval covers."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tests.common import freeze_time

from .order_case import MANAGER, OrderCase


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
        with self.assertRaisesRegex(UserError, "enter a reason"):
            approval.action_refuse(" ")
        action = order.with_user(self.manager).action_refuse_value()
        wizard = self.env["customer.value.order.approval"].with_user(self.manager).with_context(**action["context"])
        wizard.create({"reason": "Ten percent will do"}).action_refuse()
        self.assertEqual((approval.state, order.state), ("refused", "draft"))
        self.assertEqual(order.activity_ids.user_id, self.seller)
        self.assertIn("Ten percent will do", order.activity_ids.summary)
        with self.assertRaisesRegex(UserError, "already been decided"):
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

    def test_no_default_of_ones_own_approves(self):
        """Users may keep defaults for any field, and they apply to what is made as superuser for them, too."""
        defaults = self.env["ir.default"].with_user(self.seller)
        for name, value in {"state": "approved", "approver_id": self.manager.id, "online": True}.items():
            defaults.set("customer.value.approval", name, value, user_id=True)
        order = self.quotation(15)
        self.assertRecordValues(self.ask(order), [{"state": "pending", "approver_id": False, "online": False}])
        order.action_confirm()
        self.assertEqual(order.state, "draft")

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
        """If there is no other approver, the only manager may approve; without any, the user is told so."""
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
        self.assertIn("confirmation failed", order.activity_ids.filtered("summary").summary)

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
        counts = [self.count_queries(orders._get_approval_needs) for orders in (sets[0], *sets)]
        self.assertEqual(counts[1], counts[2])

    def test_nothing_set_nothing_asked(self):
        """Without limits and gates the first order of all asks a handful of queries, and the next one hardly any."""
        self.policy.tier_ids.limit_discount = False
        order = self.quotation(50)
        self.assertLessEqual(self.count_queries(lambda: self.assertFalse(order._get_approval_needs())), 7)
        self.assertLessEqual(self.count_queries(lambda: self.assertFalse(order._get_approval_needs())), 1)
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
