"""The profit center against plain Python over documents made at random."""

import random
from collections import defaultdict
from datetime import datetime, timedelta

from odoo.tests import tagged

from .retention_profit_case import BEFORE, COLUMNS, PERIOD, ProfitCase, day_of

BEGIN = datetime(2023, 10, 1)

NAMES = {"was_active": "base", "is_new": "new"}


@tagged("post_install", "-at_install")
class TestProfitCustomers(ProfitCase):
    """Customers retained, acquired, contacted and sold something new, and the margin of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        dice = random.Random(20250630)
        cls.product.product_tmpl_id.name = "Thing"
        products = cls.product + cls.env["product.product"].create([{"name": "Other"}, {"name": "Third"}])
        euro = cls.currency("EUR", d2023_01_01=0.5)
        heads = cls.customers(16)
        cls.heads = heads
        people = {head: cls.customer("Buyer", parent_id=head.id) for head in heads}
        campaign = cls.campaign()
        tiers = cls.policy.tier_ids

        def moment(since=BEGIN, days=640):
            # anywhere within the day, so that midnight in Shanghai and in Greenwich fall on different days
            return since + timedelta(days=dice.randrange(days), minutes=dice.randrange(1440))

        for number in range(90):
            head = dice.choice(heads)
            when = moment() if number % 2 else moment(datetime(2025, 1, 1), 180)
            if head in heads[-4:]:
                # late comers
                when = moment(datetime(2025, 3, 1), 130)
            product = dice.choice(products[: 1 + number % 3])
            amount, cost = dice.choice([0.0, 40.0, 100.0, 250.0]), dice.choice([0.0, 30.0, 60.0])
            foreign, sure = dice.random() < 0.3, dice.random() < 0.85
            cls.order(
                dice.choice([head, people[head]]), when, confirm=sure, currency=euro if foreign else None,
                lines=[{"product_id": product.id, "price_unit": amount, "purchase_price": cost}],
            )  # fmt: skip
            if sure:
                rate = 2 if foreign else 1
                bought = {product.product_tmpl_id.id} if amount else set()
                cls.book.orders.append((head.id, when, amount * rate, (amount - cost) * rate, bought))
        for _number in range(16):
            head, day = dice.choice(heads), day_of(moment())
            amount = dice.choice([10.0, 35.0])
            cls.credit_note(dice.choice([head, people[head]]), day, amount)
            cls.book.credits.append((head.id, day, amount))
        for _number in range(30):
            head, when = dice.choice(heads), moment(datetime(2025, 1, 1), 180)
            kind = dice.choice(["ticket", "complaint", "offer", "care", "open", "duplicate"])
            if kind == "offer":
                if campaign.member_ids.filtered(lambda member, head=head: member.partner_id == head):
                    continue
                cls.offered(campaign, head, when)
            elif kind == "care":
                day = day_of(when)
                cls.care(people[head], day)
                # Shanghai is eight hours ahead all the year: the next day begins there at four in the afternoon
                when = datetime.combine(day, datetime.min.time()) + timedelta(hours=16)
            elif kind == "complaint":
                cls.closed_complaint(people[head], when)
            elif kind == "ticket":
                cls.closed_ticket(head, when)
            elif kind == "duplicate":
                cls.closed_ticket(head, when, duplicate_id=cls.ticket(head, when).id)
            else:
                cls.ticket(head, when)
            if kind not in ("open", "duplicate"):
                cls.book.contacts.append((head.id, when))
        for _number in range(14):
            head, when, lost = dice.choice(heads), moment(datetime(2025, 1, 1), 250), dice.random() < 0.3
            lead = cls.lead(people[head], day=when)
            if lost:
                lead.action_set_lost()
            cls.book.leads.append((head.id, when, lost))
        for head in heads[:10]:
            for _number in range(2):
                day, tier = day_of(moment(datetime(2024, 6, 1), 400)), dice.choice(tiers)
                cls.tier_entry(head, day, tier)
                cls.book.tiers[head.id].append((day, tier.id))
            # two entries of one day: the later one counts, which the list of the book cannot tell
            cls.book.tiers[head.id] = [*dict(cls.book.tiers[head.id]).items()]
        cls.env.flush_all()

    def test_each_customer(self):
        for period in (PERIOD, BEFORE):
            rows = self.Rows.with_context(retention_from=period[0], retention_to=period[1])
            self.env.invalidate_all()
            found = {row.partner_id.id: row for row in rows.search([])}
            for customer in self.book.customers:
                expected, row = self.book.row(customer, period), found.get(customer)
                with self.subTest(period=period, customer=customer):
                    if row is None:
                        # no documents yet
                        self.assertFalse(any(expected[name] for name in (*COLUMNS, "margin")))
                        continue
                    self.assertEqual({name: row[name] for name in COLUMNS}, {name: expected[name] for name in COLUMNS})
                    self.assertEqual(row.tier_id.id, expected["tier"])
                    self.assertAlmostEqual(row.margin, expected["margin"], 2)
                    self.assertAlmostEqual(row.margin_after, expected["margin_after"], 2)
            self.env.invalidate_all()

    def test_the_dice_were_not_idle(self):
        """Each flag is set for some and not for others: else the test above proves nothing."""
        rows = [self.book.row(customer, PERIOD) for customer in self.book.customers]
        for name in COLUMNS:
            self.assertEqual({row[name] for row in rows}, {True, False}, name)

    def test_totals_now_and_before(self):
        figures = self.page()["figures"]
        for when, period in (("value", PERIOD), ("before", BEFORE)):
            totals = self.totals(period)
            for name in ("was_active", "kept", "is_new", "contacted", "ordered_after", "won_after", "bought_before",
                         "bought_again", "margin_kept", "margin_after", "won_margin"):  # fmt: skip
                self.assertAlmostEqual(figures[NAMES.get(name, name)][when], totals[name], 2, (name, when))
            self.assertAlmostEqual(figures["loyalty"][when], 100 * totals["bought_again"] / totals["bought_before"])
            self.assertAlmostEqual(figures["kept_share"][when], 100 * totals["kept"] / totals["was_active"])

    def test_expectation(self):
        """Counted customer by customer: each is expected to do what the same kind of customer did before."""

        def kinds(period):
            cells = defaultdict(list)
            for customer in self.book.customers:
                row = self.book.row(customer, period)
                if row["was_active"]:
                    cells[row["tier"], row["slipping"]].append(row)
            return cells

        now, before = kinds(PERIOD), kinds(BEFORE)
        everybody = [row for rows in before.values() for row in rows]
        kept = margin = 0.0
        for (tier, late), rows in now.items():
            alike = before.get((tier, late)) or [row for row in everybody if row["slipping"] == late] or everybody
            share = sum(row["kept"] for row in alike) / len(alike)
            kept += len(rows) * share
            margin += len(rows) * sum(row["margin"] for row in alike if row["kept"]) / len(alike) * 91 / 90
        page = self.page()
        values = {key: figure["value"] for key, figure in page["figures"].items()}
        self.assertAlmostEqual(values["kept_expected"], kept)
        self.assertAlmostEqual(values["margin_expected"], margin, 2)
        self.assertAlmostEqual(values["kept_difference"], self.totals()["kept"] - kept)
        self.assertAlmostEqual(values["margin_difference"], values["margin_kept"] - margin, 2)
        tiers = page["tiers"]
        self.assertEqual(sum(tier["base"] for tier in tiers), values["base"])
        self.assertEqual(sum(tier["kept"] for tier in tiers), values["kept"])
        self.assertAlmostEqual(sum(tier["margin"] for tier in tiers), values["margin_kept"], 2)
        self.assertAlmostEqual(sum(tier["expected"] for tier in tiers), kept)

    def test_records_add_up(self):
        values = self.values()
        for key, column in {
            "base": "was_active", "kept": "kept", "new": "is_new", "contacted": "contacted",
            "ordered_after": "ordered_after", "won_after": "won_after", "bought_before": "bought_before",
            "bought_again": "bought_again", "margin_kept": "margin", "margin_after": "margin_after",
            "won_margin": "margin_after",
        }.items():  # fmt: skip
            records = self.records(key, user=self.manager)
            self.assertTrue(records, key)
            self.assertAlmostEqual(sum(records.mapped(column)), values[key], 2, key)
        missed = self.records("missed", user=self.manager)
        self.assertEqual(len(missed), values["base"] - values["kept"])
        self.assertEqual(set(missed.mapped("fate")), {"missed"})

    def test_records_of_a_tier(self):
        tiers = self.page()["tiers"]
        self.assertTrue(tiers)
        for tier in tiers:
            for key in ("base", "kept"):
                records = self.records(key, user=self.manager, tier_id=tier["tier_id"])
                self.assertEqual(len(records), tier[key])
                self.assertEqual(records.tier_id.id, bool(records) and tier["tier_id"])

    def test_as_many_queries_for_twice_as_many(self):
        self.page()
        few = self.count_queries(self.page)
        for partner in self.customers(30, "More"):
            self.order(partner, datetime(2025, 5, 5), 70.0)
            self.closed_ticket(partner, datetime(2025, 5, 1))
        self.assertEqual(self.count_queries(self.page), few)
