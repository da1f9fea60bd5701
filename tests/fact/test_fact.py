"""Monthly figures: what a month brought against ledgers in plain Python, and what customers were against runs."""

import random
from collections import defaultdict
from datetime import date, timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core.value_case import ONE_TO_ONE
from .fact_case import TODAY, FactCase


@tagged("post_install", "-at_install")
class TestFactAmounts(FactCase):
    def test_ledger(self):
        """Orders, invoices and credit notes at random over five months: each month has its own amounts alone."""
        draw = random.Random(7)
        partners = self.customers(6)
        ledger = defaultdict(lambda: [0, 0, 0])
        first = date(2025, 1, 1)
        for _document in range(60):
            partner = draw.choice(partners)
            day = first + timedelta(days=draw.randrange(151))
            amount, kind = draw.randrange(10, 500), draw.choice(("order", "invoice", "invoice", "credit"))
            month = ledger[partner.id, day.month]
            if kind == "order":
                cost = draw.randrange(1, amount)
                self.order(partner, day, float(amount), cost=float(cost))
                month[1] += amount - cost
                month[2] += 1
            elif kind == "invoice":
                # without an order nothing is known of its margin
                self.invoice(partner, day, float(amount))
                month[0] += amount
            else:
                # what is given back without an order is lost in full
                self.credit_note(partner, day, float(amount))
                month[0] -= amount
                month[1] -= amount
        self.rebuild(1, 2, 3, 4, 5)
        found = {
            (fact.partner_id.id, fact.month.month): [fact.revenue, fact.margin, fact.order_count]
            for fact in self.Fact.search([("company_id", "=", self.company.id)])
            if fact.revenue or fact.margin or fact.order_count
        }
        self.assertEqual(found, {key: numbers for key, numbers in ledger.items() if any(numbers)})
        sums = self.Fact._read_group(
            [("company_id", "=", self.company.id)], ["month:month"], ["revenue:sum", "order_count:sum"]
        )
        for month, revenue, orders in sums:
            of_month = [numbers for (_partner, number), numbers in ledger.items() if number == month.month]
            self.assertEqual((revenue, orders), (sum(row[0] for row in of_month), sum(row[2] for row in of_month)))

    def test_months_add_up_to_a_window(self):
        """Twelve months together are what a run reads of twelve months."""
        partner = self.customer()
        draw = random.Random(3)
        for month in range(7, 19):
            day = date(2024 + (month - 1) // 12, (month - 1) % 12 + 1, draw.randrange(1, 28))
            order = self.order(partner, day, float(draw.randrange(50, 200)), cost=20.0)
            invoice = self.invoice(partner, day, order.amount_untaxed, order=order)
            if draw.random() < 0.5:
                later = min(day + timedelta(days=draw.randrange(5, 50)), date(2025, 6, 30))
                invoice._reverse_moves([{"invoice_date": later, "date": later}])._post()
        self.run_policy(as_of=date(2025, 6, 30))
        score = self.score(partner)
        for month in range(7, 19):
            self.Fact._rebuild(self.company, date(2024 + (month - 1) // 12, (month - 1) % 12 + 1, 1))
        [(revenue, margin, orders)] = self.Fact._read_group(
            [("partner_id", "=", partner.id)], [], ["revenue:sum", "margin:sum", "order_count:sum"]
        )
        self.assertAlmostEqual(revenue, score.revenue, 2)
        self.assertAlmostEqual(margin, score.margin, 2)
        self.assertEqual(orders, score.order_count)

    def test_refund_in_the_next_month(self):
        """The month of the sale keeps it; what was given back is of the month in which it was."""
        partner = self.customer()
        order = self.order(partner, date(2025, 3, 20), 100.0, cost=60.0)
        invoice = self.invoice(partner, date(2025, 3, 20), 100.0, order=order)
        invoice._reverse_moves([{"invoice_date": date(2025, 4, 5), "date": date(2025, 4, 5)}])._post()
        self.rebuild(3, 4)
        self.assertEqual(self.amounts(partner, 3, 4), [(100.0, 40.0, 1), (-100.0, -40.0, 0)])

    def test_foreign_currency(self):
        partner = self.customer()
        euro = self.currency("EUR", d2025_01_01=0.5, d2025_04_01=0.8)
        self.order(partner, date(2025, 3, 31), 100.0, cost=20.0, currency=euro)
        self.invoice(partner, date(2025, 3, 31), 100.0, currency=euro)
        self.invoice(partner, date(2025, 4, 1), 100.0, currency=euro)
        self.rebuild(3, 4)
        march, april = self.amounts(partner, 3, 4)
        self.assertEqual((march[0], march[2], april[0]), (200.0, 1, 125.0))

    def test_time_zone_at_month_end(self):
        """An order at half past eleven at night in Greenwich is of the next day, and month, in Shanghai."""
        partner = self.customer()
        self.order(partner, "2025-03-31 23:30:00", 10.0)
        self.rebuild(3, 4)
        self.assertEqual([orders for _revenue, _margin, orders in self.amounts(partner, 3, 4)], [1, 0])
        self.company.value_tz = "Asia/Shanghai"
        self.rebuild(3, 4)
        self.assertEqual([orders for _revenue, _margin, orders in self.amounts(partner, 3, 4)], [0, 1])

    def test_two_companies(self):
        other = self.make_company("Other Company", "EUR")
        self.make_policy(company=other)
        partner = self.customer()
        self.invoice(partner, date(2025, 3, 3), 100.0)
        self.invoice(partner, date(2025, 3, 3), 7.0, company=other)
        self.rebuild(3)
        self.assertFalse(self.fact(partner, 3, other))
        self.rebuild(3, company=other)
        self.assertEqual(self.fact(partner, 3).revenue, 100.0)
        self.assertEqual(self.fact(partner, 3, other).revenue, 7.0)
        self.assertEqual(self.fact(partner, 3, other).currency_id.name, "EUR")

    def test_customers_who_left(self):
        """What an archived customer brought is booked all the same; it is of no tier."""
        partner = self.customer()
        self.invoice(partner, date(2025, 3, 3), 100.0)
        partner.active = False
        self.rebuild(3)
        self.assertRecordValues(self.fact(partner, 3), [{"revenue": 100.0, "tier_id": False}])

    def test_complaints_and_service(self):
        self.company.retention_ticket_cost = 30.0
        partner = self.customer()
        ticket = self.ticket(partner, date(2025, 3, 3))
        closed = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        ticket.stage_id = closed
        ticket.closed_date = "2025-04-10 12:00:00"
        self.order(partner, date(2025, 3, 3), 10.0)
        self.rebuild(3, 4)
        self.assertEqual([self.fact(partner, month).service_cost for month in (3, 4)], [0.0, 30.0])

    # -- merged customers ----------------------------------------------------------------------------------------------

    def test_merge(self):
        """The months of both are those of the one who stays, as if they had always been one."""
        partner, twin = self.customers(2, "Twin")
        self.invoice(partner, date(2025, 3, 3), 100.0)
        self.invoice(twin, date(2025, 3, 9), 20.0)
        self.invoice(twin, date(2025, 4, 9), 3.0)
        self.rebuild(3, 4)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((partner | twin).ids, partner)
        self.env.invalidate_all()
        merged = self.amounts(partner, 3, 4)
        self.assertEqual([revenue for revenue, _margin, _orders in merged], [120.0, 3.0])
        self.rebuild(3, 4)
        self.assertEqual(self.amounts(partner, 3, 4), merged)

    def test_a_customer_becomes_a_contact(self):
        firm, person = self.customer("Firm", is_company=True), self.customer("Person")
        self.invoice(firm, date(2025, 3, 3), 100.0)
        self.invoice(person, date(2025, 3, 9), 20.0)
        self.rebuild(3)
        person.parent_id = firm
        self.env.invalidate_all()
        self.assertEqual(self.fact(firm, 3).revenue, 120.0)
        self.assertFalse(self.fact(person, 3))


@tagged("post_install", "-at_install")
class TestFactState(FactCase):
    def test_rebuilt_as_runs_would_have_found(self):
        """Tier, segment, stage and score of each month are those of a run as of its last day."""
        draw = random.Random(11)
        partners = self.customers(12)
        for partner in partners:
            for _order in range(draw.randrange(1, 6)):
                day = date(2025, 1, 1) + timedelta(days=draw.randrange(150))
                amount = float(draw.randrange(10, 300))
                self.order(partner, day, amount)
                self.invoice(partner, day, amount)
        self.rebuild(2, 3, 4, 5)
        rebuilt = {
            (fact.partner_id, fact.month.month): (fact.tier_id, fact.segment_id, fact.lifecycle, fact.score)
            for fact in self.Fact.search([("company_id", "=", self.company.id)])
        }
        found = {}
        for month in (2, 3, 4, 5):
            self.run_policy(as_of=date(2025, month + 1, 1) - timedelta(days=1))
            for score in self.Score.search([("company_id", "=", self.company.id)]):
                found[score.partner_id, month] = (score.tier_id, score.segment_id, score.lifecycle, score.score)
        self.assertEqual(rebuilt, found)
        self.assertEqual(set(self.Fact.search([("company_id", "=", self.company.id)]).mapped("origin")), {"rebuilt"})

    def test_recorded(self):
        """The current month follows scores and documents; once over, its tiers stay and its amounts are complete."""
        self.make_policy(ONE_TO_ONE)
        partner = self.customer()
        self.invoice(partner, date(2025, 5, 10), 90.0)
        self.run_policy(as_of=date(2025, 5, 12))
        self.refresh(date(2025, 5, 12))
        top = self.tier("Top")
        self.assertRecordValues(
            self.fact(partner, 5),
            [{"tier_id": top.id, "revenue": 90.0, "is_closed": False, "origin": "recorded", "score": 90.0}],
        )
        self.assertEqual(self.refresh(date(2025, 5, 12)), {"added": 0, "changed": 0, "removed": 0})
        # the last days of the month, which no run has seen
        self.invoice(partner, date(2025, 5, 31), 1.0)
        self.Fact.flush_model()
        self.env.cr.execute("UPDATE customer_value_score SET score = 1 WHERE partner_id = %s", [partner.id])
        self.env.invalidate_all()
        self.refresh(TODAY)
        self.assertRecordValues(
            self.fact(partner, 5), [{"tier_id": top.id, "revenue": 91.0, "is_closed": True, "score": 90.0}]
        )
        self.assertRecordValues(self.fact(partner, 6), [{"revenue": 0.0, "is_closed": False, "score": 1.0}])

    def test_rebuilding_keeps_what_was_recorded(self):
        """Late documents come in; tiers of the time stay, even where the policy is another one by now."""
        partner = self.customer()
        self.invoice(partner, date(2025, 5, 10), 90.0)
        self.run_policy(as_of=date(2025, 5, 12))
        self.refresh(date(2025, 5, 12))
        self.refresh(TODAY)
        recorded = self.fact(partner, 5).tier_id
        self.invoice(partner, date(2025, 5, 20), 10.0)
        self.make_policy(["revenue"], tiers={"Only": 0.0})
        self.rebuild(5)
        self.assertRecordValues(
            self.fact(partner, 5), [{"tier_id": recorded.id, "revenue": 100.0, "origin": "recorded", "is_closed": True}]
        )

    def test_lifetime_and_risk(self):
        """What is forecast and feared at the time is part of the month."""
        partner = self.customer()
        self.invoice(partner, date(2025, 6, 10), 90.0)
        self.run_policy(as_of=TODAY)
        self.env.cr.execute(
            "INSERT INTO customer_lifetime_value (partner_id, company_id, as_of, lifetime_value, lifetime_historical,"
            " lifetime_current, lifetime_potential) VALUES (%s, %s, %s, 60, 30, 20, 10)",
            [partner.id, self.company.id, TODAY],
        )
        self.env["customer.retention.risk"].create(
            {"partner_id": partner.id, "company_id": self.company.id, "level": "urgent"}
        )
        self.refresh()
        self.assertRecordValues(
            self.fact(partner, 6),
            [{"lifetime_value": 60, "lifetime_historical": 30, "lifetime_current": 20, "lifetime_potential": 10,
              "risk_level": "urgent"}],
        )  # fmt: skip

    def test_moves(self):
        """From which tier and stage to which, month by month; newcomers come from none."""
        old, new = self.customers(2)
        for month, amount in ((3, 100.0), (4, 10.0)):
            self.invoice(old, date(2025, month, 3), amount)
        self.invoice(new, date(2025, 4, 3), 200.0)
        self.rebuild(3, 4)
        moves = self.env["customer.value.fact.move"].search(
            [("company_id", "=", self.company.id), ("month", "=", date(2025, 4, 1))]
        )
        self.assertFalse(
            self.env["customer.value.fact.move"].search(
                [("company_id", "=", self.company.id), ("month", "=", date(2025, 3, 1))]
            ),
            "nobody is new in the first month of all",
        )
        found = {move.partner_id: (move.previous_tier_id, move.tier_id, move.is_new) for move in moves}
        for partner, is_new in ((old, False), (new, True)):
            before, after = self.fact(partner, 3).tier_id, self.fact(partner, 4).tier_id
            self.assertEqual(found[partner], (before, after, is_new))
        groups = self.env["customer.value.fact.move"]._read_group(
            [("company_id", "=", self.company.id), ("tier_changed", "=", True)], ["month:month"], ["__count"]
        )
        changed = self.fact(old, 3).tier_id != self.fact(old, 4).tier_id
        self.assertEqual(groups, [(date(2025, 4, 1), 1)] if changed else [])

    @mute_logger("odoo.sql_db")
    def test_deleted_tier(self):
        """A tier that is left in past months alone can go; the month has none then."""
        partner = self.customer()
        self.invoice(partner, date(2025, 3, 3), 100.0)
        self.rebuild(3)
        self.make_policy()
        self.fact(partner, 3).tier_id.unlink()
        self.env.invalidate_all()
        self.assertFalse(self.fact(partner, 3).tier_id)

    def test_follows_a_run(self):
        cron = self.env.ref("customer_value.cron_customer_value_fact")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        partner = self.customer()
        self.order(partner)
        self.run_policy()
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), triggers + 1)
        with self.subTest("of a run for a few, the job that looks at its customers writes them"):
            run = self.run_policy(as_of=self.company._get_value_today(), partners=partner)
            self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), triggers + 1)
            run._refresh_findings()
            fact = self.env["customer.value.fact"].search([("partner_id", "=", partner.id)])
            self.assertEqual(fact.month, run.as_of.replace(day=1))
            self.assertEqual(fact.tier_id, self.score(partner).tier_id)

    def test_some_customers(self):
        """Rows of others are not touched; the result is the same as of a refresh for all."""
        one, two = self.customers(2)
        for partner in (one, two):
            self.order(partner, TODAY)
            self.invoice(partner, TODAY, 100.0)
        contact = self.customer("Contact", parent_id=one.id)
        self.run_policy(as_of=TODAY)
        numbers = ("added", "changed", "removed")
        counts = self.Fact._refresh(self.company, TODAY, contact)
        self.assertEqual([counts[name] for name in numbers], [1, 0, 0])
        self.env.invalidate_all()
        self.assertFalse(self.fact(two, TODAY.month))
        counts = self.refresh()
        self.assertEqual([counts[name] for name in numbers], [1, 0, 0])
        before = self.rows("customer_value_fact")
        counts = self.Fact._refresh(self.company, TODAY, one | two)
        self.assertEqual([counts[name] for name in numbers], [0, 0, 0])
        self.invoice(one, TODAY, 50.0)
        self.invoice(two, TODAY, 50.0)
        counts = self.Fact._refresh(self.company, TODAY, one)
        self.assertEqual([counts[name] for name in numbers], [0, 1, 0])
        self.env.invalidate_all()
        self.assertEqual((self.fact(one, TODAY.month).revenue, self.fact(two, TODAY.month).revenue), (150, 100))
        self.assertEqual(len(self.rows("customer_value_fact")), len(before))

    def test_statements_do_not_grow(self):
        def build(count):
            for partner in self.customers(count):
                self.invoice(partner, date(2025, 6, 3), 10.0)
            self.run_policy(as_of=TODAY)
            return self.count_queries(self.refresh)

        build(1)
        self.assertEqual(build(5), build(15))
