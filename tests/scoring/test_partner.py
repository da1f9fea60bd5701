"""The value of a customer where people look for it: on contacts and on orders."""

from datetime import date

from odoo.tests import new_test_user, tagged

from ..core.value_case import AS_OF, ONE_TO_ONE, ValueCase


@tagged("post_install", "-at_install")
class TestPartnerFields(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE)
        cls.low, cls.middle, cls.top, cls.none = cls.customers(4, "Value")
        cls.contact = cls.customer("Value contact", parent_id=cls.top.id)
        cls.everybody = cls.low + cls.middle + cls.top + cls.none + cls.contact
        for partner, amount in ((cls.low, 10), (cls.middle, 50), (cls.top, 90)):
            cls.invoice(partner, "2025-06-01", amount)
        cls.order(cls.top, "2025-06-01")
        cls.run_policy()
        cls.env.invalidate_all()

    def find(self, *domain, order=None, partners=None):
        ids = (partners or self.everybody).ids
        return self.env["res.partner"].search([("id", "in", ids), *domain], order=order)

    def test_values_of_a_customer(self):
        score = self.score(self.top)
        self.assertRecordValues(
            self.top,
            [
                {
                    "value_score_id": score.id,
                    "value_score": 90,
                    "value_tier_id": self.tier("Top").id,
                    "value_segment_id": score.segment_id.id,
                    "value_abc_class": "A",
                    "value_lifecycle": score.lifecycle,
                }
            ],
        )
        self.assertTrue(score.segment_id)

    def test_contacts_read_through(self):
        self.assertEqual(self.contact.value_score_id, self.top.value_score_id)
        self.assertEqual(self.contact.value_tier_id, self.tier("Top"))

    def test_without_a_score(self):
        self.assertRecordValues(
            self.none,
            [
                {
                    "value_score_id": False,
                    "value_score": 0,
                    "value_tier_id": False,
                    "value_segment_id": False,
                    "value_abc_class": False,
                    "value_lifecycle": False,
                }
            ],
        )

    def test_change_since_the_score_before(self):
        self.assertEqual(self.middle.value_score_change, 0)
        self.invoice(self.middle, "2025-06-02", 15)
        self.run_policy()
        self.assertEqual((self.middle.value_score, self.middle.value_score_change), (65, 15))

    def test_the_change_names_its_day_and_the_trend_shows_it(self):
        def explained():
            value = self.middle.get_value_explanation()
            part = value["explanation"]
            return (part["previous_score"], part["score"], part["score_since"]), value["trend"]

        self.assertEqual(explained(), ((50, 50, "2025-06-30"), [["2025-06-30", 50, "Middle"]]))
        self.invoice(self.middle, "2025-07-02", 3)
        self.run_policy(as_of=date(2025, 7, 3))
        # too little for the history, but the trend shows what the change says
        moved = [["2025-06-30", 50, "Middle"], ["2025-07-03", 53, "Middle"]]
        self.assertEqual(explained(), ((50, 53, "2025-07-03"), moved))
        self.invoice(self.middle, "2025-07-10", 1)
        self.run_policy(as_of=date(2025, 7, 11))
        last = [["2025-06-30", 50, "Middle"], ["2025-07-10", 53, "Middle"], ["2025-07-11", 54, "Middle"]]
        self.assertEqual(explained(), ((53, 54, "2025-07-11"), last))
        self.order(self.middle, "2025-07-12")
        self.run_policy(as_of=date(2025, 7, 13))
        score = self.score(self.middle)
        self.assertEqual((str(score.as_of), str(score.score_since)), ("2025-07-13", "2025-07-11"))
        self.assertEqual(explained()[0], (53, 54, "2025-07-11"))
        self.assertEqual([point[1] for point in explained()[1]][:3], [50, 53, 54])

    def test_in_another_company(self):
        other = self.make_company("Sister Company", "EUR")
        policy = self.make_policy(ONE_TO_ONE, {"Gold": 20.0, "Iron": 0.0}, company=other)
        self.invoice(self.low, "2025-06-01", 30, company=other)
        policy._run(as_of=AS_OF)
        self.env.invalidate_all()
        self.assertEqual((self.low.value_score, self.low.value_tier_id.name), (10, "Base"))
        there = self.low.with_company(other)
        self.assertEqual((there.value_score, there.value_tier_id.name), (30, "Gold"))
        self.assertEqual(self.low.value_score, 10)
        self.assertFalse(self.top.with_company(other).value_score_id)
        gold = [("id", "in", self.everybody.ids), ("value_tier_id.name", "=", "Gold")]
        self.assertEqual(self.env["res.partner"].with_company(other).search(gold), self.low)
        self.assertFalse(self.env["res.partner"].search(gold))

    def test_search_by_tier(self):
        top = self.tier("Top")
        self.assertEqual(self.find(("value_tier_id", "=", top.id)), self.top + self.contact)
        self.assertEqual(
            self.find(("value_tier_id", "in", (top + self.tier("Middle")).ids)), self.middle + self.top + self.contact
        )
        self.assertEqual(self.find(("value_tier_id", "!=", top.id)), self.low + self.middle + self.none)
        self.assertEqual(self.find(("value_tier_id", "=", False)), self.none)
        self.assertEqual(self.find(("value_tier_id", "!=", False)), self.everybody - self.none)
        self.assertEqual(self.find(("value_tier_id", "in", [top.id, False])), self.top + self.none + self.contact)
        self.assertEqual(self.find(("value_tier_id", "not in", [top.id, False])), self.low + self.middle)
        self.assertEqual(self.find(("value_tier_id", "ilike", "midd")), self.middle)
        self.assertEqual(self.find(("value_tier_id.entry_score", ">=", 40)), self.middle + self.top + self.contact)

    def test_search_by_segment(self):
        segment = self.score(self.top).segment_id
        self.assertEqual(self.find(("value_segment_id", "=", segment.id)), self.top + self.contact)
        self.assertEqual(self.find(("value_segment_id", "=", False)), self.low + self.middle + self.none)
        self.assertEqual(self.find(("value_segment_id.name", "=", segment.name)), self.top + self.contact)

    def test_search_by_class_and_stage(self):
        self.assertEqual(self.find(("value_abc_class", "=", "A")), self.middle + self.top + self.contact)
        self.assertEqual(self.find(("value_abc_class", "!=", "A")), self.low + self.none)
        self.assertEqual(self.find(("value_abc_class", "=", False)), self.none)
        self.assertEqual(self.find(("value_lifecycle", "=", "prospect")), self.low + self.middle)
        self.assertEqual(self.find(("value_lifecycle", "in", ["new", False])), self.top + self.none + self.contact)

    def test_search_by_score(self):
        self.assertEqual(self.find(("value_score", ">=", 50)), self.middle + self.top + self.contact)
        self.assertEqual(self.find(("value_score", ">", 50)), self.top + self.contact)
        self.assertEqual(self.find(("value_score", "=", 50)), self.middle)
        self.assertEqual(self.find(("value_score_id", "=", False)), self.none)
        self.assertEqual(self.find(("value_score_id", "!=", False)), self.everybody - self.none)

    def test_order_by_score(self):
        partners = self.low + self.middle + self.top
        self.assertEqual(self.find(order="value_score desc", partners=partners), self.top + self.middle + self.low)
        self.assertEqual(self.find(order="value_score, id", partners=partners), partners)

    def test_groups(self):
        def groups(field):
            rows = self.env["res.partner"]._read_group([("id", "in", self.everybody.ids)], [field], ["id:recordset"])
            return {key and (key if isinstance(key, str) else key.name): found for key, found in rows}

        none = self.none
        self.assertEqual(
            groups("value_tier_id") | {},
            {
                "Top": self.top + self.contact,
                "Middle": self.middle,
                "Base": self.low,
                self.env["customer.value.tier"]: none,
            },
        )
        self.assertEqual(
            groups("value_abc_class"), {"A": self.middle + self.top + self.contact, "B": self.low, False: none}
        )
        self.assertEqual(groups("value_lifecycle")["prospect"], self.low + self.middle)
        self.assertEqual(groups("value_segment_id")[self.score(self.top).segment_id.name], self.top + self.contact)

    def test_average_score_of_a_group(self):
        rows = self.env["res.partner"]._read_group(
            [("id", "in", (self.low + self.middle).ids)], [], ["value_score:avg"]
        )
        self.assertEqual(rows, [(30,)])

    def test_queries_do_not_grow_with_partners(self):
        names = [
            "value_score_id",
            "value_score",
            "value_tier_id",
            "value_segment_id",
            "value_abc_class",
            "value_lifecycle",
        ]

        def queries(partners):
            return self.count_queries(lambda: partners.read(names))

        few = self.everybody
        many = few + self.customers(20)
        for partner in many[5:15]:
            self.invoice(partner, "2025-06-01", 33)
        self.run_policy()
        queries(few)
        self.assertEqual(queries(many), queries(few))

    def test_opening_a_partner_costs_two_queries_more(self):
        """What the form reads of a customer's value, beside what it reads anyway."""
        user = new_test_user(self.env, "value_reader", "base.group_user,customer_value.group_customer_value_user",
                             company_id=self.company.id, company_ids=[(6, 0, self.company.ids)])  # fmt: skip
        names = ["value_score", "value_score_change", "value_tier_id", "value_abc_class", "value_lifecycle"]

        def queries(fields):
            partner = self.env["res.partner"].with_user(user).browse(self.top.id)
            specification = {name: {"fields": {"display_name": {}}} if name.endswith("_id") else {} for name in fields}
            # rules are cached from the second time on
            partner.web_read(specification)
            return self.count_queries(lambda: partner.web_read(specification))

        # the form of Odoo reads the commercial entity anyway
        usual = ["name", "email", "commercial_partner_id"]
        self.assertLessEqual(queries([*usual, *names]) - queries(usual), 2)


@tagged("post_install", "-at_install")
class TestOrderFields(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE)
        cls.low, cls.top, cls.none = cls.customers(3, "Value")
        cls.contact = cls.customer("Value contact", parent_id=cls.top.id)
        for partner, amount in ((cls.low, 10), (cls.top, 90)):
            cls.invoice(partner, "2025-06-01", amount)
        cls.run_policy()
        cls.orders = cls.env["sale.order"]
        for partner in (cls.low, cls.top, cls.contact, cls.none):
            cls.orders += cls.order(partner, confirm=False)
        cls.env.invalidate_all()

    def find(self, *domain):
        return self.env["sale.order"].search([("id", "in", self.orders.ids), *domain], order="id")

    def test_tier_of_the_customer(self):
        base, top = self.tier("Base"), self.tier("Top")
        self.assertEqual([order.value_tier_id for order in self.orders], [base, top, top, base.browse()])
        self.assertEqual(self.orders.mapped("value_score"), [10, 90, 90, 0])

    def test_search_by_tier(self):
        low, top, contact, none = self.orders
        self.assertEqual(self.find(("value_tier_id", "=", self.tier("Top").id)), top + contact)
        self.assertEqual(self.find(("value_tier_id", "!=", self.tier("Top").id)), low + none)
        self.assertEqual(self.find(("value_tier_id", "=", False)), none)
        self.assertEqual(self.find(("value_tier_id", "!=", False)), low + top + contact)
        self.assertEqual(self.find(("value_tier_id", "ilike", "bas")), low)
        self.assertEqual(self.find(("value_tier_id.entry_score", ">=", 80)), top + contact)

    def test_archived_customers_have_orders_too(self):
        self.low.active = False
        self.assertEqual(self.find(("value_tier_id", "=", self.tier("Base").id)), self.orders[0])

    def test_each_order_by_its_own_company(self):
        other = self.make_company("Sister Company", "USD")
        policy = self.make_policy(ONE_TO_ONE, {"Gold": 20.0, "Iron": 0.0}, company=other)
        self.invoice(self.low, "2025-06-01", 30, company=other)
        policy._run(as_of=AS_OF)
        there = self.order(self.low, company=other, confirm=False)
        self.env.invalidate_all()
        both = (self.orders[0] + there).with_context(allowed_company_ids=(self.company + other).ids)
        self.assertEqual([order.value_tier_id.name for order in both], ["Base", "Gold"])
        found = both.search([("id", "in", both.ids), ("value_tier_id.name", "=", "Gold")])
        self.assertEqual(found, there)

    def test_queries_do_not_grow_with_orders(self):
        def queries(orders):
            return self.count_queries(lambda: orders.read(["value_tier_id", "value_score"]))

        few = self.orders
        many = few
        for partner in (self.low, self.top, self.contact, self.none):
            many += self.order(partner, confirm=False)
        queries(few)
        self.assertEqual(queries(many), queries(few))
