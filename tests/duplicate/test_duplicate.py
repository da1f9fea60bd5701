"""Which pairs are kept, what is said of them, and that decisions stay."""

from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ...analytics.duplicate import matching
from ..scoring.till_case import TillCase
from .duplicate_case import DuplicateCase


@tagged("post_install", "-at_install")
class TestDuplicate(DuplicateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.weber, cls.twin = cls.twins("Weber Print", 1)
        cls.holm, cls.copy = cls.twins("Holm Timber", 2)

    def test_found(self):
        """The two pairs, and nobody else; looking again changes nothing."""
        self.assertEqual(self.look()["added"], 2)
        pair = self.pair(self.weber, self.twin)
        self.assertRecordValues(pair, [{"state": "review", "company_id": self.company.id}])
        self.assertGreater(pair.probability, 0.99)
        before = self.rows("customer_duplicate")
        self.assertEqual(self.look(), {"added": 0, "changed": 0, "removed": 0, "total": 2})
        self.assertEqual(self.rows("customer_duplicate"), before)

    def test_evidence(self):
        """Bits add up to the probability, and are told in words."""
        self.look()
        pair = self.pair(self.weber, self.twin)
        bits = sum(part["bits"] for part in pair.evidence.values())
        self.assertAlmostEqual(pair.probability, min(1 / (1 + 2**-bits), 0.9999), places=4)
        rows = {row["name"]: row for row in pair.comparison["rows"]}
        self.assertEqual(list(rows), ["name", "street", "place", "vat", "phone", "mail"])
        self.assertEqual((rows["vat"]["left"], rows["vat"]["level"]), (self.weber.vat, "exact"))
        self.assertIn("same: Tax ID", rows["vat"]["words"])
        self.assertEqual((rows["name"]["level"], rows["phone"]["level"]), ("exact", "exact"))
        self.assertEqual((rows["mail"]["level"], rows["mail"]["bits"], rows["mail"]["right"]), ("missing", 0, ""))

    def test_the_same_postcode_in_another_city_is_partly_the_same(self):
        """A reviewer would not believe that something different speaks for a duplicate."""
        self.twin.city = "Hagen"
        self.look()
        rows = {row["name"]: row for row in self.pair(self.weber, self.twin).comparison["rows"]}
        self.assertEqual(self.weber.zip, self.twin.zip)
        self.assertEqual(rows["place"]["level"], "partly")
        self.assertIn("partly the same: Postcode and City", rows["place"]["words"])

    def test_no_duplicate_is_remembered(self):
        self.look()
        pair = self.pair(self.weber, self.twin)
        pair.action_keep_apart()
        self.assertRecordValues(pair, [{"state": "apart", "decided_by_id": self.env.uid}])
        self.assertTrue(pair.decided_on)
        self.look()
        self.assertRecordValues(self.pair(self.weber, self.twin), [{"id": pair.id, "state": "apart"}])
        # also if they no longer look like one, and if they do again
        values = {name: self.twin[name] for name in ("name", "street", "zip", "city", "vat", "phone")}
        self.twin.write(
            {"name": "Nobody", "street": "X 1", "zip": "1", "city": "Y", "vat": "ZZ1", "phone": "+49 30 999999"}
        )
        self.look()
        self.assertEqual(pair.state, "apart")
        self.twin.write(values)
        self.look()
        self.assertEqual(self.pair(self.weber, self.twin).state, "apart")
        pair.action_review_again()
        self.assertRecordValues(pair, [{"state": "review", "decided_by_id": False, "decided_on": False}])

    def test_archived(self):
        """Their pairs are no longer in the queue, and the next look forgets them."""
        self.look()
        pair = self.pair(self.weber, self.twin)
        self.assertIn(pair, self.Pair.search(self.Pair._get_queue_domain()))
        self.twin.active = False
        self.assertNotIn(pair, self.Pair.search(self.Pair._get_queue_domain()))
        self.assertEqual(self.look()["removed"], 1)
        self.assertFalse(pair.exists())

    def test_becomes_a_contact(self):
        self.look()
        pair = self.pair(self.weber, self.twin)
        self.twin.write({"parent_id": self.holm.id, "is_company": False})
        self.assertFalse(pair.exists())

    def test_company_above(self):
        """A branch below its company is there on purpose, however much they are alike: Odoo merges no such two."""
        self.twin.parent_id = self.weber
        self.assertEqual(self.look()["added"], 1)
        self.assertFalse(self.pair(self.weber, self.twin))
        self.twin.parent_id = False
        self.look()
        pair = self.pair(self.weber, self.twin)
        self.assertFalse(pair.obstacle)
        between = self.customer("Between", is_company=True, parent_id=self.weber.id)
        self.twin.parent_id = between
        pair.invalidate_recordset(["obstacle"])
        self.assertIn("above", pair.obstacle)
        self.assertEqual(self.look()["removed"], 1)

    def test_survivor(self):
        """Who has more documents stays; without any, who was there first."""
        self.order(self.copy, amount=10.0)
        self.look()
        self.assertEqual(self.pair(self.weber, self.twin).survivor_id, self.weber)
        pair = self.pair(self.holm, self.copy)
        self.assertRecordValues(pair, [{"survivor_id": self.copy.id, "partner_documents": 0, "other_documents": 1}])
        pair.action_swap()
        self.assertEqual(pair.survivor_id, self.holm)

    def test_days_of_documents_are_those_of_the_company(self):
        """Of as many documents the later ones count. In Shanghai an evening of UTC is part of the next day."""
        self.company.value_tz = "Asia/Shanghai"
        self.order(self.weber, datetime(2025, 6, 10, 15))
        self.order(self.twin, datetime(2025, 6, 10, 20))
        self.look()
        self.assertEqual(self.pair(self.weber, self.twin).survivor_id, self.twin)

    def test_the_order_of_the_queue(self):
        """By money: who has revenue comes first; then one after the other."""
        self.make_policy()
        self.invoice(self.copy, amount=500.0)
        self.run_policy()
        self.look()
        first, second = self.pair(self.holm, self.copy), self.pair(self.weber, self.twin)
        self.assertEqual(self.Pair.search(self.Pair._get_queue_domain()), first | second)
        self.assertEqual(first.revenue, 500.0)
        self.assertEqual(self.opened(first.action_skip()), second)
        self.assertEqual(self.opened(second.action_skip()), first)
        self.assertEqual(self.opened(first.action_keep_apart()), second)
        self.assertFalse(self.opened(second.action_keep_apart()))

    def test_companies(self):
        """Each company looks at its own customers and at those of all."""
        other = self.make_company("Other Company", "USD")
        (self.weber | self.twin).company_id = other
        self.holm.company_id = self.company
        self.look()
        self.assertFalse(self.pair(self.weber, self.twin))
        self.assertTrue(self.pair(self.holm, self.copy))
        self.look(other)
        self.assertTrue(self.pair(self.weber, self.twin, other))
        user = new_test_user(
            self.env,
            "duplicate_user",
            "customer_value.group_customer_value_user",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        seen = self.Pair.with_user(user).search([])
        self.assertEqual(seen.partner_id | seen.other_id, self.holm | self.copy)
        with self.assertRaises(AccessError):
            self.pair(self.weber, self.twin, other).with_user(user).read(["probability"])

    def test_pairs_of_others_follow_a_merge(self):
        """What was said of a customer holds for the one they become; there is no pair twice."""
        third = self.customer("Weber Print AG", street=self.weber.street, zip=self.weber.zip, city=self.weber.city)
        self.look()
        apart, again = self.pair(self.twin, third), self.pair(self.weber, third)
        self.assertTrue(apart and again)
        apart.action_keep_apart()
        self.Wizard._merge((self.weber | self.twin).ids, self.weber)
        pair = self.pair(self.weber, third)
        self.assertEqual((len(pair), pair.state), (1, "apart"))
        self.look()
        self.assertEqual(self.pair(self.weber, third).state, "apart")

    def test_either_way(self):
        """The same where the one with the larger number stays."""
        third = self.customer("Weber Print AG", street=self.weber.street, zip=self.weber.zip, city=self.weber.city)
        self.look()
        self.pair(self.weber, third).action_keep_apart()
        self.Wizard._merge((self.weber | third | self.twin).ids[:1] + self.twin.ids, self.twin)
        self.assertEqual(self.pair(self.twin, third).state, "apart")

    def test_on_the_form_of_the_customer(self):
        """Two queries for any number of customers, and the pairs of the one."""
        self.look()
        self.assertEqual((self.weber | self.twin | self.others[:1]).mapped("duplicate_count"), [1, 1, 0])
        action = self.twin.action_view_duplicates()
        self.assertEqual(self.Pair.search(action["domain"]), self.pair(self.weber, self.twin))
        self.pair(self.weber, self.twin).action_keep_apart()
        self.env.invalidate_all()
        self.assertEqual(self.twin.duplicate_count, 0)
        everybody = self.others | self.weber
        one = self.count_queries(lambda: self.weber.duplicate_count)
        self.assertEqual(self.count_queries(lambda: everybody.mapped("duplicate_count")), one)

    def test_nobody_writes_pairs_by_hand(self):
        self.look()
        pair = self.pair(self.weber, self.twin)
        manager = new_test_user(
            self.env,
            "duplicate_manager",
            "customer_value.group_customer_value_manager",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        with self.assertRaises(AccessError):
            pair.with_user(manager).write({"state": "apart"})
        with self.assertRaises(AccessError):
            self.Pair.with_user(manager).create(
                {"company_id": self.company.id, "partner_id": self.weber.id, "other_id": self.holm.id}
            )

    def test_readers(self):
        """Users read the queue and what it costs, also on a replica, and decide nothing."""
        self.look()
        user = new_test_user(
            self.env,
            "duplicate_reader",
            "customer_value.group_customer_value_user",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        pair = self.pair(self.weber, self.twin).with_user(user)
        with self.reading_only():
            [cost] = self.Look.with_user(user).with_context(allowed_company_ids=self.company.ids).get_cost()
        self.assertIn("2 groups", cost["words"])
        self.assertTrue(pair.comparison["rows"])
        for step in ("action_merge", "action_keep_apart", "action_swap", "action_open_bulk", "action_refresh"):
            with self.subTest(step=step), self.assertRaises(AccessError):
                getattr(pair, step)()
        stranger = new_test_user(self.env, "duplicate_stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.Look.with_user(stranger).get_cost()

    def test_queries(self):
        """Twice as many pairs take as many queries."""
        counts = []
        for number in range(3, 6):
            self.twins(f"{'Abcdefgh'[number] * 3}burg Tools", number)
        counts.append(self.count_queries(self.look))
        pairs = self.Pair.search([("state", "=", "review")])
        read = [self.count_queries(lambda: pairs.mapped(lambda pair: (pair.comparison, pair.obstacle)))]
        for number in range(6, 11):
            self.twins(f"{'Abcdefghijkl'[number] * 3}stadt Motors", number)
        counts.append(self.count_queries(self.look))
        more = self.Pair.search([("state", "=", "review")])
        self.assertEqual((len(pairs), len(more)), (5, 10))
        read.append(self.count_queries(lambda: more.mapped(lambda pair: (pair.comparison, pair.obstacle))))
        self.assertLessEqual(counts[1], counts[0])
        self.assertLessEqual(read[1], read[0])

    def test_large_groups_are_reported(self):
        self.env["res.partner"].create(
            [
                {"name": f"{chr(97 + number // 26)}{chr(97 + number % 26)}{number}", "email": "one@mailbox.example"}
                for number in range(45)
            ]
        )
        self.look()
        [cost] = self.Look.get_cost()
        self.assertTrue(any("same email, “one@mailbox.example”" in words for words in cost["oversized"]))
        # each kind of group has its name
        titles = {one.title for one in matching.PASSES if one.reported}
        look = self.Look.search([("company_id", "=", self.company.id)])
        look.oversized = [[title, "x", 50, 1] for title in titles]
        self.assertEqual(len(look._word_oversized()), len(titles))


@tagged("post_install", "-at_install")
class TestDuplicateTills(DuplicateCase, TillCase):
    def test_what_was_bought_at_a_till_is_a_document(self):
        one, other = self.twins("Weber Print", 1)
        self.order(one, amount=10.0)
        for day in ("2025-06-10", "2025-06-20"):
            self.sold(other, day)
        self.look()
        self.assertRecordValues(
            self.pair(one, other), [{"survivor_id": other.id, "partner_documents": 1, "other_documents": 2}]
        )
