"""Ways around the approval of orders: each of them is stopped."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .order_case import OrderCase


@tagged("post_install", "-at_install")
class TestOrderGuards(OrderCase):
    def held(self, order, user=None):
        """Whether pressing Confirm leaves the quotation a quotation."""
        order.with_user(user or self.seller).action_confirm()
        return order.sudo().state == "draft"

    def line(self, order, user=None, **values):
        order.with_user(user or self.seller).order_line = [
            Command.create({"product_id": self.product.id, "tax_ids": False} | values)
        ]

    # -- prices ------------------------------------------------------------------------------------------------------

    def test_price_given_at_creation(self):
        order = self.quotation(0, price_unit=10)
        self.assertAlmostEqual(order._get_approval_needs()[order].discount, 90)
        self.assertTrue(self.held(order))

    def test_price_imported(self):
        result = (
            self.env["sale.order"]
            .with_user(self.seller)
            .load(
                ["partner_id/.id", "order_line/product_id/.id", "order_line/product_uom_qty", "order_line/price_unit"],
                [[str(self.partner.id), str(self.product.id), "1", "10"]],
            )
        )
        self.assertTrue(result["ids"], result["messages"])
        self.assertTrue(self.held(self.env["sale.order"].browse(result["ids"])))

    def test_automatic_price_written(self):
        order = self.quotation(0)
        order.order_line.write({"price_unit": 10, "technical_price_unit": 10})
        self.assertTrue(self.held(order))

    def test_price_of_a_chosen_price_list(self):
        """Prices are compared with the customer's own pricelist, not with one that the salesperson has chosen."""
        self.env.ref("base.group_user")._apply_group(self.env.ref("product.group_product_pricelist"))
        normal = self.env["product.pricelist"].create({"name": "Normal", "company_id": self.company.id})
        self.partner.with_company(self.company).specific_property_product_pricelist = normal
        cheap = self.env["product.pricelist"].create(
            {
                "name": "Cheap",
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "item_ids": [Command.create({"applied_on": "3_global", "compute_price": "fixed", "fixed_price": 10})],
            }
        )
        order = self.quotation(0, price_unit=10)
        order.pricelist_id = cheap
        self.assertTrue(self.held(order))

    def test_price_list_of_the_tier(self):
        """It gives what the tier promises, shown as a discount or not; only what goes beyond is given away."""
        for group in ("sale.group_discount_per_so_line", "product.group_product_pricelist"):
            self.env.ref("base.group_user")._apply_group(self.env.ref(group))
        for kind, item in (
            ("shown", {"compute_price": "percentage", "percent_price": 20}),
            ("hidden", {"compute_price": "formula", "price_discount": 20, "base": "list_price"}),
        ):
            with self.subTest(kind):
                self.partner.with_company(self.company).specific_property_product_pricelist = self.env[
                    "product.pricelist"
                ].create(
                    {
                        "name": f"Tier {kind}",
                        "company_id": self.company.id,
                        "currency_id": self.company.currency_id.id,
                        "item_ids": [Command.create({"applied_on": "3_global"} | item)],
                    }
                )
                order = (
                    self.env["sale.order"]
                    .with_user(self.seller)
                    .create({"partner_id": self.partner.id, "company_id": self.company.id})
                )
                self.line(order)
                line = order.order_line
                self.assertEqual((line.discount, order.amount_untaxed), (20 if kind == "shown" else 0, 80))
                self.assertFalse(order._get_approval_needs())
                line.discount = 27 if kind == "shown" else 9
                self.assertFalse(order._get_approval_needs(), "less than 10% below the pricelist")
                line.discount = 30 if kind == "shown" else 12.5
                self.assertAlmostEqual(order._get_approval_needs()[order].discount, 12.5)

    def test_taxes_that_prices_include(self):
        """What goes to the tax office is given away as well; a price without the tax is none lower."""
        included, excluded = self.env["account.tax"].create(
            [
                {
                    "name": name,
                    "amount": 25,
                    "company_id": self.company.id,
                    "country_id": self.company.account_fiscal_country_id.id,
                    "price_include_override": name,
                }
                for name in ("tax_included", "tax_excluded")
            ]
        )
        order = self.quotation(0)
        for usual, taken, price, percent in (
            (excluded, excluded, 100, 0),
            (excluded, included, 100, 20),
            (self.env["account.tax"], included, 100, 20),
            (included, included, 100, 0),
            (included, excluded, 80, 0),
            (included, excluded, 60, 25),
            (excluded, self.env["account.tax"], 100, 0),
        ):
            with self.subTest(usual=usual.name, taken=taken.name, price=price):
                self.product.taxes_id = usual
                order.order_line.write({"tax_ids": [Command.set(taken.ids)], "price_unit": price})
                need = order._get_approval_needs().get(order)
                self.assertAlmostEqual(need.discount if need else 0, percent)

    # -- what cards give ---------------------------------------------------------------------------------------------

    def card(self, points=10):
        program = self.env["loyalty.program"].create(
            {
                "name": "Wallet",
                "program_type": "ewallet",
                "trigger": "auto",
                "applies_on": "future",
                "company_id": self.company.id,
                "reward_ids": [
                    Command.create({"reward_type": "discount", "discount_mode": "per_point", "discount": 1})
                ],
            }
        )
        return self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.partner.id, "points": points}
        )

    def test_who_puts_points_on_cards(self):
        card = self.card()
        other = self.card().program_id
        for user in (self.seller, self.colleague):
            mine = card.with_user(user)
            with self.subTest(user.login):
                for vals in ({"points": 1000}, {"program_id": other.id}):
                    with self.assertRaisesRegex(AccessError, "sales managers"):
                        mine.write(vals)
                wizard = mine.env["loyalty.card.update.balance"].create(
                    {"card_id": card.id, "new_balance": 1000, "description": "Gift"}
                )
                with self.assertRaises(AccessError):
                    wizard.action_update_card_point()
                with self.assertRaises(AccessError):
                    mine.with_context(customer_value_points_by_order=True).points = 1000
                mine.write({"points": card.points - 1, "code": f"Code of {user.login}"})
        card.with_user(self.manager).points = 1000
        self.assertEqual(card.points, 1000)
        self.policy.tier_ids.limit_discount = False
        card.with_user(self.seller).points = 2000
        self.assertEqual(card.points, 2000)

    def test_orders_move_points(self):
        """Whoever confirms and cancels them."""
        card = self.card()
        order = self.quotation(0)
        order._apply_program_reward(card.program_id.reward_ids, card)
        order.action_confirm()
        self.assertEqual((order.state, card.points), ("sale", 0))
        order._action_cancel()
        self.assertEqual((order.state, card.points), ("cancel", 10))

    # -- flags -------------------------------------------------------------------------------------------------------

    def test_flags_of_users_exempt_nothing(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Half off",
                "program_type": "promotion",
                "trigger": "auto",
                "company_id": self.company.id,
                "rule_ids": [Command.create({"minimum_qty": 0})],
                "reward_ids": [Command.create({"reward_type": "discount", "discount": 50, "required_points": 1})],
            }
        )
        reward = program.reward_ids
        card = self.env["loyalty.card"].create({"program_id": program.id, "points": 1})
        for flags in (
            {"is_downpayment": True},
            {"reward_id": reward.id},
            {"reward_id": reward.id, "coupon_id": card.id},
            {"technical_price_unit": -90},
            {"is_expense": True},
        ):
            with self.subTest(flags):
                order = self.quotation(0)
                self.line(order, price_unit=-90, name="Off", **flags)
                self.assertAlmostEqual(order._get_approval_needs()[order].discount, 90)
                self.assertTrue(self.held(order))

    def test_rewards_of_programs_count_for_users_too_until_changed(self):
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
        order._update_programs_and_rewards()
        order._apply_program_reward(program.reward_ids, order.sudo().coupon_point_ids.coupon_id)
        self.assertEqual(order.amount_untaxed, 50)
        self.assertFalse(order._get_approval_needs(), "the program gives it")
        order.order_line.filtered("is_reward_line").price_unit = -80
        self.assertAlmostEqual(order._get_approval_needs()[order].discount, 80)

    def test_nobody_says_that_it_was_a_program(self):
        order = self.quotation(0).with_context(customer_value_priced_by_code=True)
        self.line(order, price_unit=-90)
        self.assertTrue(order._get_approval_needs())
        for suggested in (
            lambda: self.line(order.with_context(default_priced_by_code=True), price_unit=-90),
            lambda: self.line(order, price_unit=-90, priced_by_code=True),
            lambda: order.order_line.write({"priced_by_code": True}),
        ):
            with self.subTest(suggested), self.assertRaises(AccessError):
                suggested()

    def test_terms_of_orders_of_others_are_not_told(self):
        """Odoo computes fields for whatever a form names, and what needs approval is found with all rights."""
        order = self.quotation(50)
        order.sudo().user_id = self.colleague
        other = new_test_user(
            self.env, "own_only", "sales_team.group_sale_salesman",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        with self.assertRaises(AccessError):
            order.with_user(other).read(["name"])
        Wizard = self.env["customer.value.order.approval"]
        named = {"order_ids": [Command.set(order.ids)], "purpose": "confirm"}
        spec = {"order_ids": {}, "purpose": {}, "reasons": {}}
        told = Wizard.with_user(self.colleague).onchange(named, [], spec)["value"]
        self.assertIn("50.00%", told["reasons"])
        told = Wizard.with_user(other).onchange(named, [], spec)["value"]
        self.assertFalse(told.get("reasons"))

    def test_nobody_groups_by_what_they_may_not_read(self):
        """Odoo asks for no rights where lines are grouped by a many2many: it would tell who set prices."""
        order = self.quotation(0)
        self.line(order, user=self.manager, price_unit=50)
        order.order_line.with_user(self.manager).write({"price_unit": 40})
        Line = self.env["sale.order.line"].with_user(self.seller)
        for read in (Line.formatted_read_group, Line._read_group):
            with self.assertRaises(AccessError):
                read([("order_id", "=", order.id)], ["priced_by_ids"], ["__count"])
        [(_product, count)] = Line._read_group([("order_id", "=", order.id)], ["product_id"], ["__count"])
        self.assertEqual(count, len(order.order_line))

    # -- offers ------------------------------------------------------------------------------------------------------

    def send(self, order):
        """Press Send and, in the composer, Send."""
        action = order.action_quotation_send()
        self.assertEqual(action["res_model"], "mail.compose.message")
        composer = Form(self.env["mail.compose.message"].with_user(self.seller).with_context(**action["context"]))
        composer.save()._action_send_mail()

    def test_opening_the_composer_offers_nothing(self):
        order = self.quotation(10)
        order.action_quotation_send()
        self.assertFalse(order.sudo().offered_terms)
        self.send(order)
        self.assertEqual((order.state, bool(order.sudo().offered_terms)), ("sent", True))

    def test_changed_behind_the_composer(self):
        order = self.quotation(10)
        action = order.action_quotation_send()
        order.order_line.discount = 40
        with self.assertRaisesRegex(UserError, "approval"):
            order.with_context(**action["context"]).message_post(body="Our offer")

    def test_no_ratchet(self):
        """50 have been approved to be given away; what other lines give within the limit is no room for more."""
        order = self.quotation(50, 5)
        many = order.order_line[1]
        many.product_uom_qty = 100
        action = order.action_quotation_send()
        wizard = Form(order.env["customer.value.order.approval"].with_context(**action["context"]))
        wizard.reason = "Big"
        wizard.save().action_request()
        order.sudo().value_approval_ids.with_user(self.manager).action_approve()
        self.send(order)
        order.order_line[0].product_uom_qty = 11
        for _again in range(2):
            self.assertEqual(order.action_quotation_send()["res_model"], "customer.value.order.approval")
        many.write({"product_uom_qty": 0, "discount": 0})
        order.action_confirm()
        self.assertEqual(order.state, "sent")

    # -- confirmed orders --------------------------------------------------------------------------------------------

    def test_confirmed_orders_ask_again(self):
        order = self.quotation(5)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        line = order.order_line
        for worse in (
            lambda: line.write({"discount": 90}),
            lambda: line.write({"price_unit": 10}),
            lambda: self.line(order, discount=50),
            lambda: self.line(order, price_unit=-50),
            lambda: order.write({"order_line": [Command.update(line.id, {"discount": 90})]}),
        ):
            with self.subTest(worse), self.assertRaisesRegex(UserError, "approval"), self.env.cr.savepoint():
                worse()
        self.env.invalidate_all()
        line.discount = 8
        line.product_uom_qty = 5
        self.line(order, discount=10)
        self.assertEqual(order.amount_untaxed, 5 * 92 + 90)

    def test_what_was_approved_may_be_lowered_and_raised_again(self):
        order = self.quotation(15)
        self.ask(order).with_user(self.manager).action_approve()
        order.order_line.discount = 12
        order.order_line.discount = 15
        with self.assertRaisesRegex(UserError, "approval"), self.env.cr.savepoint():
            order.order_line.discount = 16

    def test_whose_order_it_is_is_not_written(self):
        """Rules by which orders need approval, and scores, follow it."""
        self.gate()
        self.owe(100)
        order = self.quotation(0)
        value_user = self.env.ref("customer_value.group_customer_value_user")
        (self.seller | self.manager).group_ids += value_user
        for user in (self.seller, self.manager):
            for name in ("value_customer_id", "value_payer_id"):
                with self.subTest(name, user=user.login), self.assertRaises(AccessError):
                    order.with_user(user).write({name: self.customer().id})
            with self.assertRaises(AccessError):
                order.with_user(user).confirmed_tier_id = self.tier("Top")
        made = (
            order.with_user(self.seller)
            .with_context(default_value_customer_id=self.customer().id)
            .create({"partner_id": self.partner.id, "company_id": self.company.id})
        )
        self.assertEqual(made.sudo().value_customer_id, self.partner)
        self.assertEqual(order.copy().sudo().value_customer_id, self.partner)
        self.assertTrue(self.held(order))
        other = self.customer()
        order.partner_id = other
        self.assertEqual(order.sudo().value_customer_id, other, "by changing the customer")

    def test_state_is_not_written(self):
        order = self.quotation(50)
        with self.assertRaisesRegex(UserError, "approval"), self.env.cr.savepoint():
            order.write({"state": "sale"})
        with self.assertRaisesRegex(UserError, "approval"), self.env.cr.savepoint():
            self.env["sale.order"].with_user(self.seller).create(
                {
                    "partner_id": self.partner.id,
                    "state": "sale",
                    "order_line": [Command.create({"product_id": self.product.id, "price_unit": 1, "tax_ids": False})],
                }
            )

    def test_customer_swapped(self):
        """What Top may have is too much for Middle, approved and confirmed or not."""
        top = self.customer("Top")
        self.invoice(top, "2025-01-10", 90)
        self.run_policy()
        order = self.quotation(15, partner=top)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        with self.assertRaisesRegex(UserError, "approval"), self.env.cr.savepoint():
            order.partner_id = self.partner
        order = self.quotation(25, partner=top)
        self.ask(order).with_user(self.manager).action_approve()
        with self.assertRaisesRegex(UserError, "approval"), self.env.cr.savepoint():
            order.partner_id = self.partner

    # -- who proposes ------------------------------------------------------------------------------------------------

    def test_a_later_edit_hides_no_author(self):
        order = self.quotation(0)
        order.with_user(self.manager).order_line.discount = 50
        order.order_line.name = "touched"
        self.assertTrue(self.held(order, self.manager))
        order.with_user(self.chief).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_a_negative_line_has_an_author(self):
        order = self.quotation(0)
        self.line(order, self.manager, price_unit=-50)
        self.assertTrue(self.held(order, self.manager))

    def test_whoever_changes_a_price_while_it_waits_proposes(self):
        order = self.quotation(40)
        approval = self.ask(order)
        order.with_user(self.manager).order_line.name = "only a description"
        self.assertNotIn(self.manager, approval.sudo()._get_proposers())
        order.with_user(self.manager).order_line.discount = 30
        with self.assertRaisesRegex(UserError, "Another sales manager"):
            approval.with_user(self.manager).action_approve()
        approval.with_user(self.chief).action_approve()
        self.assertEqual((order.state, approval.approver_id), ("sale", self.chief))
