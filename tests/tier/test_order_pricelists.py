"""Prices are compared with the pricelist that is the customer's by right, whoever sets another on them."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .order_case import OrderCase

FIELD = "specific_property_product_pricelist"


class PricelistCase(OrderCase):
    """Normal prices are 100, cheap ones 50; the customer's tier allows 10%."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user")._apply_group(cls.env.ref("product.group_product_pricelist"))
        cls.product.taxes_id = False
        cls.normal, cls.cheap, cls.cheaper = (
            cls.pricelist(name, price) for name, price in (("Normal", 100), ("Cheap", 50), ("Cheaper", 40))
        )
        cls.set_list(cls.normal)

    @classmethod
    def pricelist(cls, name, price, **values):
        item = {"applied_on": "3_global", "compute_price": "fixed", "fixed_price": price}
        return cls.env["product.pricelist"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "item_ids": [Command.create(item | values)],
            }
        )

    @classmethod
    def set_list(cls, pricelist, user=None, partner=None, field=FIELD, company=None):
        """As ``user``; as the superuser if not given, whose code decides itself."""
        partner = (partner or cls.partner).with_company(company or cls.company)
        partner = partner.with_user(user) if user else partner.sudo()
        partner[field] = pricelist
        partner.env.flush_all()

    def sold(self, partner=None, user=None):
        """A quotation as Odoo prices it."""
        order = self.env["sale.order"].with_user(user or self.seller).with_company(self.company)
        return order.create(
            {
                "partner_id": (partner or self.partner).id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )

    def need(self, **kwargs):
        order = self.sold(**kwargs)
        return order._get_approval_needs().get(order)

    def rows(self, partner=None):
        return self.env["customer.value.pricelist"].sudo().search([("partner_id", "=", (partner or self.partner).id)])


@tagged("post_install", "-at_install")
class TestOwnPricelist(PricelistCase):
    # -- who sets it -------------------------------------------------------------------------------------------------

    def test_what_a_seller_sets_is_a_discount(self):
        for field in (FIELD, "property_product_pricelist"):
            with self.subTest(field):
                self.set_list(self.normal)
                self.set_list(self.cheap, self.seller, field=field)
                order = self.sold()
                self.assertEqual((order.pricelist_id, order.amount_untaxed), (self.cheap, 50))
                need = order._get_approval_needs()[order]
                self.assertAlmostEqual(need.discount, 50)
                self.assertIn("Normal", need.reasons[-1])
                self.assertIn("seller", need.reasons[-1])
                order.action_confirm()
                self.assertEqual(order.state, "draft")

    def test_who_may_set_it(self):
        """What a sales manager sets is the customer's, and so is what code sets that takes all rights."""
        for user in (self.manager, None):
            with self.subTest(user):
                self.set_list(self.normal)
                self.set_list(self.cheap, user)
                self.assertFalse(self.need())
                self.assertFalse(self.rows())

    def test_what_stood_there_is_theirs(self):
        self.set_list(self.cheap)
        self.partner.with_user(self.seller).with_company(self.company).write({FIELD: self.cheap.id, "ref": "x"})
        self.assertFalse(self.need())
        self.assertFalse(self.rows())

    def test_one_after_the_other(self):
        """The first one is remembered whoever sets how many after it; setting it again settles it."""
        self.set_list(self.cheap, self.seller)
        self.set_list(self.cheaper, self.colleague, field="property_product_pricelist")
        self.assertAlmostEqual(self.need().discount, 60)
        self.assertEqual((self.rows().right_id, self.rows().chosen_id), (self.normal, self.cheaper))
        self.set_list(self.normal, self.seller)
        self.assertFalse(self.rows())
        self.assertFalse(self.need())

    def test_removed(self):
        """An empty pricelist leaves the default one, which may be the cheaper."""
        default = self.env["product.pricelist"].search([("company_id", "in", [False, self.company.id])], limit=1)
        default.item_ids = [
            Command.clear(),
            Command.create({"applied_on": "3_global", "compute_price": "fixed", "fixed_price": 50}),
        ]
        self.set_list(self.pricelist("Own", 100))
        self.set_list(False, self.seller)
        order = self.sold()
        self.assertEqual(order.amount_untaxed, 50)
        self.assertAlmostEqual(order._get_approval_needs()[order].discount, 50)

    def test_new_customers(self):
        """Created with a pricelist, in a form or a file."""
        self.set_list(self.cheap)
        Partner = self.env["res.partner"].with_user(self.seller).with_company(self.company)
        made = Partner.create({"name": "A", "property_product_pricelist": self.cheap.id})
        made |= Partner.with_context(default_specific_property_product_pricelist=self.cheap.id).create({"name": "B"})
        loaded = Partner.load(["name", "property_product_pricelist/.id"], [["C", str(self.cheap.id)]])
        made |= made.browse(loaded["ids"])
        self.assertEqual(len(made), 3)
        for partner in made:
            with self.subTest(partner.name):
                self.assertEqual(partner[FIELD], self.cheap)
                self.assertEqual(self.rows(partner).chosen_id, self.cheap)
        made = Partner.with_user(self.manager).create({"name": "D", "property_product_pricelist": self.cheap.id})
        self.assertFalse(self.rows(made))

    def test_by_way_of_another_company(self):
        """A contact has the pricelist of their company, and leaves it there when they go."""
        firm = self.customer("Firm", is_company=True)
        self.set_list(self.cheap, partner=firm)
        mover = self.partner.with_user(self.seller).with_company(self.company)
        mover.is_company = False
        mover.parent_id = firm
        self.assertEqual(mover[FIELD], self.cheap)
        self.assertFalse(self.rows(), "as a contact they have what their company has")
        mover.parent_id = False
        self.assertEqual(mover[FIELD], self.cheap, "Odoo leaves it")
        self.assertTrue(self.rows())
        self.assertEqual(
            self.env["customer.value.pricelist"]
            .sudo()
            ._get_rights(self.partner.with_company(self.company))[self.partner.id],
            self.rows().right_id,
        )

    def test_contacts(self):
        """A contact has what their company has by right, whichever of both the seller writes on."""
        contact = self.customer("Contact", parent_id=self.partner.id)
        self.assertEqual(contact.with_company(self.company)[FIELD], self.normal)
        for written in (self.partner, contact):
            with self.subTest(written.name):
                self.set_list(self.normal)
                self.set_list(self.cheap, self.seller, partner=written)
                self.assertEqual(self.partner.with_company(self.company)[FIELD], self.cheap)
                for partner in (self.partner, contact):
                    self.assertAlmostEqual(self.need(partner=partner).discount, 50)
        self.env["res.partner"].with_user(self.seller).with_company(self.company).with_context(
            _partners_skip_fields_sync=True
        ).create({"name": "Apart", "parent_id": self.partner.id, FIELD: self.cheaper.id})
        apart = self.env["res.partner"].search([("name", "=", "Apart")])
        self.assertAlmostEqual(self.need(partner=apart).discount, 60)

    def test_companies_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.seller.company_ids |= other
        self.set_list(self.cheap.copy({"company_id": other.id}), self.seller, company=other)
        self.assertEqual(self.rows().company_id, other)
        self.assertFalse(self.need(), "nothing was set here")

    # -- what tiers and campaigns give --------------------------------------------------------------------------------

    def give(self, pricelist, tier="Middle"):
        """The tier gives ``pricelist`` to its customers."""
        self.tier(tier).pricelist_id = pricelist
        self.env["customer.value.grant"].sudo()._renew(self.tier(tier), self.partner)
        self.env.flush_all()

    def take_back(self):
        none = self.env["customer.value.tier"]
        self.env["customer.value.grant"].sudo()._exchange(self.company, self.partner, {self.partner.id: none})
        self.env.flush_all()

    def test_the_tier_gives_on_top(self):
        """What the tier gives is theirs. What it brings back in the end is not, if a seller had set it."""
        self.set_list(self.cheaper, self.seller)
        self.give(self.cheap)
        self.assertFalse(self.need())
        self.take_back()
        self.assertEqual(self.partner.with_company(self.company)[FIELD], self.cheaper)
        self.assertAlmostEqual(self.need().discount, 60)

    def test_instead_of_what_the_tier_gives(self):
        self.give(self.cheap)
        self.set_list(self.cheaper, self.seller)
        self.assertAlmostEqual(self.need().discount, 20, msg="40 in place of the 50 that the tier promises")
        self.set_list(self.cheap, self.seller)
        self.assertFalse(self.rows())
        self.set_list(self.cheaper, self.seller)
        self.take_back()
        self.assertAlmostEqual(self.need().discount, 60, msg="what was theirs before the tier")

    def test_a_manager_puts_another_over_the_tier(self):
        self.give(self.cheap)
        self.set_list(self.normal, self.manager)
        self.set_list(self.cheaper, self.seller)
        self.assertAlmostEqual(self.need().discount, 60)

    # -- orders ------------------------------------------------------------------------------------------------------

    def test_another_pricelist_on_the_order(self):
        order = self.sold()
        order.pricelist_id = self.cheap
        order._recompute_prices()
        self.assertEqual(order.amount_untaxed, 50)
        need = order._get_approval_needs()[order]
        self.assertAlmostEqual(need.discount, 50)
        self.assertIn("Normal", need.reasons[-1])

    def test_set_after_the_confirmation(self):
        """A confirmed order asks again, whatever its customer has by then."""
        order = self.sold()
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.set_list(self.cheap, self.seller)
        with self.assertRaisesRegex(UserError, "Normal"):
            order.order_line.price_unit = 50

    def test_currencies(self):
        """A pricelist in another currency is the customer's as any other; one that a seller sets is compared."""
        foreign = self.env["res.currency"].search([("id", "!=", self.company.currency_id.id)], limit=1)
        foreign = foreign or self.env["res.currency"].with_context(active_test=False).search(
            [("id", "!=", self.company.currency_id.id)], limit=1
        )
        foreign.active = True
        self.env["res.currency.rate"].create(
            {"name": "2020-01-01", "rate": 2, "currency_id": foreign.id, "company_id": self.company.id}
        )
        abroad = self.pricelist("Abroad", 100)
        abroad.currency_id = foreign
        self.set_list(abroad, self.manager)
        order = self.sold()
        self.assertEqual((order.currency_id, order.amount_untaxed), (foreign, 100))
        self.assertFalse(order._get_approval_needs())
        self.set_list(self.normal)
        order = self.sold()
        order.pricelist_id = abroad
        order._recompute_prices()
        self.assertEqual((order.currency_id, order.amount_untaxed), (foreign, 100))
        self.assertAlmostEqual(order._get_approval_needs()[order].discount, 50, msg="100 of it are worth 50")
        self.set_list(abroad, self.seller)
        self.assertAlmostEqual(self.need().discount, 50)

    def test_days_of_other_prices(self):
        """The date of an order brings no prices of a sale that is over, or not yet on."""
        now = fields.Datetime.now()
        for start, end in ((-30, -20), (20, 30)):
            with self.subTest(start=start):
                self.normal.item_ids.filtered("date_start").unlink()
                self.normal.item_ids = [
                    Command.create(
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": self.product.product_tmpl_id.id,
                            "compute_price": "fixed",
                            "fixed_price": 30,
                            "date_start": fields.Datetime.add(now, days=start),
                            "date_end": fields.Datetime.add(now, days=end),
                        }
                    )
                ]
                order = self.sold()
                self.assertEqual(order.amount_untaxed, 100)
                order.date_order = fields.Datetime.add(now, days=(start + end) // 2)
                order._recompute_prices()
                self.assertEqual(order.amount_untaxed, 30)
                self.assertAlmostEqual(order._get_approval_needs()[order].discount, 70)

    def test_queries(self):
        """More customers with a pricelist of a seller take no more queries."""
        counts = []
        for count in (3, 6):
            orders = self.env["sale.order"].with_user(self.seller)
            for partner in self.customers(count):
                self.set_list(self.cheap, self.seller, partner=partner)
                orders += self.sold(partner=partner)
            orders._get_approval_needs()
            self.env.invalidate_all()
            counts.append(self.count_queries(orders._get_approval_needs))
        self.assertEqual(counts[0], counts[1])

    # -- confirming --------------------------------------------------------------------------------------------------

    def test_who_confirms(self):
        self.set_list(self.cheap, self.seller)
        plain = new_test_user(self.env, "plain", "base.group_partner_manager", company_id=self.company.id)
        for user in (self.seller, self.colleague, plain):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.partner.with_user(user).with_company(self.company).action_confirm_pricelist()
        self.assertTrue(self.need())
        partner = self.partner.with_user(self.manager).with_company(self.company)
        self.assertEqual(partner.value_chosen_pricelist_id, self.cheap)
        self.assertEqual(partner.value_right_pricelist_id, self.normal)
        partner.action_confirm_pricelist()
        self.assertFalse(self.need())
        self.assertFalse(partner.value_right_pricelist_id)
        self.assertIn("confirmed", self.partner.message_ids[0].body)
        with self.assertRaises(UserError):
            partner.action_confirm_pricelist()

    def test_what_a_manager_sets_after_it(self):
        """It settles what was to be confirmed, even where the manager comes back to what the seller had set."""
        self.set_list(self.cheap, self.seller)
        self.set_list(self.cheaper, self.manager)
        self.assertFalse(self.need())
        self.set_list(self.cheap, self.manager)
        self.assertFalse(self.need())

    def test_nobody_edits_the_records(self):
        self.set_list(self.cheap, self.seller)
        row = self.rows()
        for user in (self.seller, self.manager):
            with self.subTest(user.login):
                row.with_user(user).read(["chosen_id"])
                with self.assertRaises(AccessError):
                    row.with_user(user).write({"right_id": self.cheap.id})
                with self.assertRaises(AccessError):
                    row.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    row.with_user(user).create(
                        {"partner_id": self.partner.id, "company_id": self.company.id, "chosen_id": self.cheap.id}
                    )

    def test_it_is_told(self):
        self.set_list(self.cheap, self.seller)
        body = self.partner.message_ids[0].body
        for word in ("seller", "Cheap", "Normal"):
            self.assertIn(word, body)

    # -- merging -----------------------------------------------------------------------------------------------------

    def merge(self, user, source, kept):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user).with_company(self.company)
        wizard._merge((source | kept).ids, kept.with_env(wizard.env))

    def test_merging_brings_no_pricelist(self):
        """Odoo writes what the one had who goes on the one who stays, if they had nothing."""
        for user, held in ((self.seller, True), (self.manager, False)):
            with self.subTest(user.login):
                source = self.customer("Twin")
                kept = self.customer("Twin")
                self.set_list(self.cheap, partner=source)
                self.merge(user, source, kept)
                self.assertEqual(kept.with_company(self.company)[FIELD], self.cheap)
                self.assertEqual(bool(self.rows(kept)), held)

    def test_merging_confirms_nothing(self):
        kept = self.customer("Twin")
        for also in (self.env["res.partner"], kept):
            source = self.customer("Twin")
            for partner in source | also:
                self.set_list(self.cheap, self.seller, partner=partner)
            self.merge(self.manager, source, kept)
            self.assertEqual(self.rows(kept).chosen_id, self.cheap)
            self.assertEqual(kept.with_company(self.company)[FIELD], self.cheap)
