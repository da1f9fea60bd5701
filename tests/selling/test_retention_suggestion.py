"""Suggestions for customers, and the audience of a campaign that sells them."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..core.value_case import AS_OF
from .association_case import AssociationCase, oracle

QUICK = settings(derandomize=True, deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@tagged("post_install", "-at_install")
class TestSuggestion(AssociationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk, cls.chair, cls.lamp, cls.rug = cls.goods("Desk", "Chair", "Lamp", "Rug")
        cls.crowd = cls.customers(6)
        # everybody with a desk but the last has a chair, half of them a lamp
        for index, partner in enumerate(cls.crowd[:4]):
            cls.buy(partner, cls.desk, *([cls.chair] if index < 3 else []), *([cls.lamp] if index < 2 else []))
        for partner in cls.crowd[4:]:
            cls.buy(partner, cls.rug)
        cls.last = cls.crowd[3]
        cls.Association._refresh(cls.company, AS_OF)

    def test_best_first(self):
        self.assertEqual(self.suggest(self.last)[self.last.id], [(self.chair.id, "cross"), (self.lamp.id, "cross")])
        self.assertEqual(self.suggest(self.last, limit=1)[self.last.id], [(self.chair.id, "cross")])
        self.assertEqual(
            self.suggest(self.crowd[0], self.crowd[4]), {}, "one has it all, the others nothing that counts"
        )

    def test_reason(self):
        [row] = self.Association._suggest(self.company, self.last, limit=1, as_of=AS_OF)
        [described] = self.Association._describe_suggestions(self.company, [row])
        self.assertEqual(
            described["reason"],
            "Bought by 75% of the customers who buy Desk, 1.5 times as often as by all customers (3 customers)",
        )
        self.assertEqual((described["name"], described["margin"], described["kind_label"]), ("Chair", 40, "Cross-sell"))

    def test_up_sell(self):
        """Of a category the customer buys from, and more expensive than all they have of it."""
        furniture = self.env["product.category"].create({"name": "Furniture"})
        (self.desk + self.chair).categ_id = furniture
        self.chair.list_price = 100.01
        self.assertEqual(self.suggest(self.last)[self.last.id], [(self.chair.id, "up"), (self.lamp.id, "cross")])
        self.chair.list_price = 100
        self.assertEqual(self.suggest(self.last)[self.last.id][0], (self.chair.id, "cross"))

    def test_what_he_has_is_not_suggested(self):
        """Also what they bought before the window, or returned; bought from another company only, it is still new."""
        contact = self.customer("Contact", parent_id=self.last.id)
        abroad = self.make_company("Abroad", "EUR")
        self.buy(contact, self.chair, company=abroad)
        self.assertEqual(len(self.suggest(self.last)[self.last.id]), 2)
        self.buy(contact, self.chair, day="2019-01-01")
        order = self.buy(self.last, self.lamp)
        self.credit_note(
            self.last, AS_OF, order=order, lines=[{"product_id": self.lamp.product_variant_id.id, "price_unit": 100}]
        )
        self.assertEqual(self.suggest(self.last), {})

    def test_quotation_at_hand(self):
        """Products in the open quotation count as evidence, and are not suggested again."""
        nobody = self.customer("Nobody yet")
        self.assertEqual(self.suggest(nobody), {})
        self.assertEqual(
            self.suggest(nobody, templates=self.desk)[nobody.id], [(self.chair.id, "cross"), (self.lamp.id, "cross")]
        )
        self.assertEqual(self.suggest(nobody, templates=self.desk + self.chair)[nobody.id], [(self.lamp.id, "cross")])

    def test_what_cannot_be_sold_is_not_suggested(self):
        abroad = self.make_company("Abroad", "EUR")
        changes = {
            "archived": lambda: self.chair.write({"active": False}),
            "not for sale": lambda: self.chair.write({"sale_ok": False}),
            "of another company": lambda: self.owned_by(abroad, self.chair),
        }
        for name, change in changes.items():
            with self.subTest(name=name), self.env.cr.savepoint() as savepoint:
                change()
                self.assertEqual(self.suggest(self.last)[self.last.id], [(self.lamp.id, "cross")])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_query_count(self):
        self.suggest(self.last)
        with self.assertQueryCount(1):
            self.Association._suggest(self.company, self.crowd[:1], as_of=AS_OF)
        with self.assertQueryCount(1):
            self.Association._suggest(self.company, self.crowd, as_of=AS_OF)

    @QUICK
    @given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=24))
    def test_like_the_oracle(self, picks):
        """Strength by the rules counted one by one; customers are not offered what they have."""
        goods = self.desk + self.chair + self.lamp + self.rug
        with self.env.cr.savepoint() as savepoint:
            self.env["sale.order"].search([("company_id", "=", self.company.id)])._action_cancel()
            baskets = {partner.id: set() for partner in self.crowd}
            for one, other in picks:
                self.buy(self.crowd[one], goods[other])
                baskets[self.crowd[one].id].add(goods[other].id)
            self.refresh()
            rules = oracle(baskets)
            found = self.suggest(*self.crowd, limit=10)
            for partner in self.crowd:
                owned = baskets[partner.id]
                strength = {}
                for (a, b), (_n, _support, confidence, lift) in rules.items():
                    if a in owned and b not in owned:
                        strength[b] = max(strength.get(b, 0), confidence * lift)
                offered = [item for item, _kind in found.get(partner.id, [])]
                self.assertEqual(set(offered), set(strength))
                self.assertEqual(
                    [float(strength[item]) for item in offered], sorted(map(float, strength.values()), reverse=True)
                )
            savepoint.rollback()
            self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestAudience(AssociationCase):
    """Customers who buy and who never bought, as of today: the window of the filter ends there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.desk, cls.chair, cls.rug = cls.goods("Desk", "Chair", "Rug")
        cls.both, cls.twice, cls.target, cls.former, cls.stranger = cls.customers(5)
        for partner in (cls.both, cls.twice):
            cls.buy(partner, cls.desk, cls.chair, day=cls.today)
        cls.buy(cls.customer("Branch", parent_id=cls.target.id), cls.desk, day=cls.today)
        cls.buy(cls.former, cls.desk, day="2019-01-01")
        cls.buy(cls.stranger, cls.rug, day=cls.today)
        cls.Association._refresh(cls.company, cls.today)
        cls.rule = cls.Association.search([("antecedent_id", "=", cls.desk.id)])
        home = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        seller = "sales_team.group_sale_salesman_all_leads"
        cls.user = new_test_user(cls.env, "audience_user", f"customer_value.group_customer_value_user,{seller}", **home)
        cls.nobody = new_test_user(cls.env, "audience_nobody", seller, **home)

    def test_domain_is_text_and_one_query(self):
        domain = safe_eval(repr(self.chair._get_cross_sell_domain(self.desk)))
        Partner = self.env["res.partner"]
        Partner.search(domain)
        with self.assertQueryCount(1):
            found = Partner.search(domain)
        self.assertEqual(found, self.target)

    def test_search(self):
        def found(*leaf):
            return self.env["res.partner"].search([leaf]) & (
                self.both + self.twice + self.target + self.former + self.stranger
            )

        self.assertEqual(found("retention_buys_product_id", "=", self.desk.id), self.both + self.twice + self.target)
        self.assertEqual(found("retention_buys_product_id", "ilike", "des"), self.both + self.twice + self.target)
        self.assertEqual(found("retention_buys_product_id", "not in", self.desk.ids), self.former + self.stranger)
        self.assertEqual(found("retention_lacks_product_id", "=", self.desk.id), self.stranger)
        self.assertEqual(
            found("retention_lacks_product_id", "in", (self.chair + self.rug).ids),
            self.both + self.twice + self.target + self.former + self.stranger,
            "one of them",
        )
        self.assertFalse(found("retention_lacks_product_id", "in", []))
        self.assertFalse(self.both.retention_buys_product_id, "there to be searched")

    def test_another_company(self):
        abroad = self.make_company("Abroad", "EUR")
        found = self.env["res.partner"].with_company(abroad).search([("retention_buys_product_id", "=", self.desk.id)])
        self.assertFalse(found)

    def test_view_lacking(self):
        self.assertEqual(self.rule.lacking, 1)
        action = self.rule.action_view_lacking()
        self.assertEqual(self.env["res.partner"].search(action["domain"]), self.target)

    def test_get_cross_sell(self):
        """What a salesperson sees: the sentence, for a contact as for their company; and which users see nothing."""
        contact = self.target.child_ids
        for partner in (self.target, contact):
            found = partner.with_user(self.user).get_cross_sell()
            self.assertEqual([line["template_id"] for line in found["suggestions"]], self.chair.ids)
        found = self.stranger.with_user(self.user).get_cross_sell(product_ids=self.desk.product_variant_ids.ids)
        self.assertEqual([line["template_id"] for line in found["suggestions"]], self.chair.ids)
        with self.assertRaises(AccessError):
            self.target.with_user(self.nobody).get_cross_sell()
        with self.assertRaises(AccessError):
            self.target.with_user(self.user).get_cross_sell(company_id=self.make_company("Abroad", "EUR").id)
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.nobody).search([("retention_buys_product_id", "=", self.desk.id)])

    def test_accept_cross_sell(self):
        """What was suggested is noted in its words, for the customer of the contact; anything else is not."""
        contact = self.target.child_ids
        Advice = self.env["customer.value.advice"]
        [suggestion] = contact.with_user(self.user).get_cross_sell()["suggestions"]
        contact.with_user(self.user).accept_cross_sell(self.rug.id)
        self.assertFalse(Advice.search([]), "nobody has suggested it")
        contact.with_user(self.user).accept_cross_sell(self.chair.id)
        self.assertRecordValues(
            Advice.search([]),
            [
                {
                    "partner_id": self.target.id,
                    "kind": "product",
                    "promise": f"Chair: {suggestion['reason']}",
                    "product_tmpl_id": self.chair.id,
                    "expected_margin": suggestion["margin"],
                    "user_id": self.user.id,
                    "order_id": False,
                    "outcome": "waiting",
                }
            ],
        )
        now = fields.Datetime.now()
        self.order(self.target, now, lines=[{"product_id": self.chair.product_variant_id.id}])
        self.env.invalidate_all()
        self.assertEqual(Advice.search([]).outcome, "worked")

    def test_accept_cross_sell_in_a_quotation(self):
        """With the evidence that the quotation was; that of another customer is not noted."""
        products = self.desk.product_variant_ids
        theirs, other = (
            self.order(partner, self.today, confirm=False, lines=[{"product_id": products.id}])
            for partner in (self.stranger, self.target)
        )
        Advice = self.env["customer.value.advice"]
        for order, noted in ((other, Advice.order_id), (theirs, theirs)):
            self.stranger.with_user(self.user).accept_cross_sell(self.chair.id, self.company.id, products.ids, order.id)
            advice = Advice.search([])
            self.assertEqual(advice.order_id, noted)
            advice.sudo().unlink()
        with self.assertRaises(AccessError):
            self.target.with_user(self.nobody).accept_cross_sell(self.chair.id)
        with self.assertRaises(AccessError):
            self.target.with_user(self.user).accept_cross_sell(self.chair.id, self.make_company("Abroad", "EUR").id)

    def test_product_without_associations(self):
        with self.assertRaisesRegex(UserError, "Press Find|press Find"):
            self.rug.action_make_cross_sell_campaign()

    def test_line_is_priced_by_the_order(self):
        """The line that the button adds: only the product is given, all else follows from the order."""
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Half",
                "company_id": self.company.id,
                "item_ids": [Command.create({"compute_price": "percentage", "percent_price": 50})],
            }
        )
        order = self.order(self.target, self.today, confirm=False)
        order.pricelist_id = pricelist
        with Form(order) as form, form.order_line.new() as line:
            line.product_id = self.chair.product_variant_id
        self.assertEqual(order.order_line[-1].price_subtotal, 50)
