"""Profit per customer against plain Python: what each brought, less what they cost, nothing of it twice."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .retention_profit_case import MANAGER, PERIOD, ProfitCase, day_of

FIRST, LAST = PERIOD

FIGURES = ("margin", "discount", "service", "redress", "campaigns", "care", "late_payment")


def overdue_days(due, settled):
    """Days of the period on which something was overdue, counted one by one."""
    day, count = due + timedelta(days=1), 0
    while day <= LAST and (settled is None or day <= settled):
        count += day >= FIRST
        day += timedelta(days=1)
    return count


@tagged("post_install", "-at_install")
class TestCustomerProfit(ProfitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "retention_ticket_cost": 7.0, "retention_activity_cost": 20.0, "retention_letter_cost": 1.25,
                "retention_interest_rate": 10.0,
            }
        )  # fmt: skip
        cls.partner = cls.customer("Customer")
        cls.Table = cls.env["customer.profit"]

    def rows(self, domain=(), user=None, companies=None, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        context = context or {"retention_from": FIRST, "retention_to": LAST}
        companies = companies or self.company
        Table = self.Table.with_user(user or self.manager).with_context(allowed_company_ids=companies.ids, **context)
        return Table.search(list(domain))

    def figures(self, partner=None, **options):
        row = self.rows([("partner_id", "=", (partner or self.partner).id)], **options)
        return {name: row[name] for name in (*FIGURES, "cost", "profit")} if row else None

    def opened(self, figure, partner=None, user=None):
        row = self.rows([("partner_id", "=", (partner or self.partner).id)], user=user)
        action = row.with_context(profit_figure=figure).action_open_documents()
        return self.env[action["res_model"]].search(action["domain"])

    # -- everything at once, against an account kept by hand -----------------------------------------------------------

    def test_everything_at_random(self):
        dice = random.Random(11)
        heads = self.customers(6)
        people = {head: self.customer("Buyer", parent_id=head.id) for head in heads}
        euro = self.currency("EUR", d2023_01_01=0.5)
        expected = defaultdict(lambda: dict.fromkeys(FIGURES, 0.0))
        for _number in range(90):
            head = dice.choice(heads)
            partner = dice.choice([head, people[head]])
            moment = datetime(2025, 2, 20) + timedelta(minutes=dice.randrange(60 * 24 * 150))
            day, own = day_of(moment), expected[head]
            inside = FIRST <= day <= LAST
            kind = dice.choice(["order", "ticket", "redress", "offer", "activity", "letter", "invoice"])
            amount = dice.choice([40.0, 100.0, 250.0])
            if kind == "order":
                foreign, discount = dice.random() < 0.4, dice.choice([0.0, 10.0, 50.0])
                self.order(
                    partner, moment, currency=euro if foreign else None,
                    lines=[{"price_unit": amount, "discount": discount, "purchase_price": 30.0}],
                )  # fmt: skip
                rate = 2 if foreign else 1
                own["margin"] += inside * rate * (amount * (1 - discount / 100) - 30.0)
                own["discount"] += inside * rate * amount * discount / 100
            elif kind == "ticket":
                self.closed_ticket(partner, moment)
                own["service"] += 7.0 * inside
            elif kind == "redress":
                complaint = self.closed_complaint(partner, datetime(2024, 1, 1))
                self.redress(complaint, moment, amount, kind="apology")
                own["redress"] += amount * inside
            elif kind == "offer":
                self.offered(self.campaign(), partner, moment, cost=amount, is_open=False)
                own["campaigns"] += amount * inside
            elif kind == "invoice":
                due = day + timedelta(days=dice.choice([0, 30]))
                foreign = dice.random() < 0.4
                invoice = self.invoice(partner, day, amount, due=due, currency=euro if foreign else None)
                paid = due + timedelta(days=dice.randrange(-5, 90)) if dice.random() < 0.7 else None
                if paid:
                    self.pay(invoice, paid)
                late = overdue_days(due, max(paid, day) if paid else None) if day <= LAST else 0
                own["late_payment"] += amount * (2 if foreign else 1) * late * 0.10 / 365
            else:
                self.care(partner, day, action=kind)
                own["care"] += (20.0 if kind == "activity" else 1.25) * inside
        for name in FIGURES:
            self.assertTrue(any(own[name] for own in expected.values()), name)
        for head in heads:
            found = self.figures(head)
            own = expected[head]
            for name in FIGURES:
                self.assertAlmostEqual(found[name], own[name], delta=0.006, msg=(head.name, name))
            cost = sum(found[name] for name in FIGURES[2:])
            self.assertAlmostEqual(found["cost"], cost, 2)
            self.assertAlmostEqual(found["profit"], found["margin"] - cost, 2)
        losing = {row.partner_id for row in self.rows([("profit", "<", 0)])}
        self.assertEqual(losing, {head for head in heads if self.figures(head)["profit"] < 0})

    def test_adds_up_to_the_profit_center(self):
        other = self.customer("Other")
        for partner, amount in ((self.partner, 100.0), (other, 40.0)):
            self.order(partner, datetime(2025, 5, 1), amount, cost=30.0)
            self.closed_ticket(partner, datetime(2025, 5, 1))
            self.offered(self.campaign(), partner, datetime(2025, 5, 1), cost=3.0)
            self.care(partner, date(2025, 5, 1))
        values, rows = self.values(), self.rows()
        for name in ("service", "redress", "campaigns", "care"):
            self.assertAlmostEqual(sum(rows.mapped(name)), values[name], 2, name)
        self.assertEqual(sum(rows.mapped("margin")), 80.0)

    def test_branch(self):
        """A branch counts with the company, all of it and once; what each brought is there without the other."""
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        both = self.company + branch
        self.manager.company_ids += branch
        self.order(self.partner, datetime(2025, 5, 1), 100.0, cost=30.0)
        self.closed_ticket(self.partner, datetime(2025, 5, 1), company=branch)
        campaign = self.campaign(branch)
        self.offered(campaign, self.partner, datetime(2025, 5, 2), cost=3.0)
        care = self.care(self.partner, date(2025, 5, 3), action="activity")
        self.stamp(care, company_id=branch.id)
        branch.write({"retention_ticket_cost": 8.0, "retention_activity_cost": 21.0})
        with self.subTest("of the company"):
            for companies in (both, branch + self.company, self.company):
                found = self.figures(companies=companies)
                self.assertEqual(
                    [found[name] for name in ("margin", "service", "campaigns", "care", "profit")],
                    [70.0, 7.0, 3.0, 20.0, 40.0],
                    companies.mapped("name"),
                )
            row = self.rows([("partner_id", "=", self.partner.id)], companies=both)
            self.assertEqual(row.company_id, self.company)
            for figure, record in (("campaigns", campaign.member_ids), ("care", care)):
                action = row.with_context(profit_figure=figure).action_open_documents()
                self.assertEqual(self.env[action["res_model"]].search(action["domain"]), record)
        with self.subTest("of the profit center"):
            values = self.values(company=both)
            self.assertEqual([values[name] for name in ("service", "campaigns", "care")], [7.0, 3.0, 20.0])
            self.assertEqual(values["contacted"], 1)
        with self.subTest("of the branch"):
            found = self.figures(companies=branch)
            self.assertEqual(
                [found[name] for name in ("margin", "service", "campaigns", "care")], [0.0, 8.0, 3.0, 21.0]
            )
        self.company.value_branches = False
        with self.subTest("apart"):
            rows = self.rows([("partner_id", "=", self.partner.id)], companies=both)
            self.assertEqual({row.company_id: row.profit for row in rows}, {self.company: 70.0, branch: -32.0})

    # -- figure by figure ----------------------------------------------------------------------------------------------

    def test_discount_is_not_deducted_twice(self):
        self.order(
            self.partner, datetime(2025, 5, 1), lines=[{"price_unit": 100.0, "discount": 30.0, "purchase_price": 50.0}]
        )
        figures = self.figures()
        self.assertEqual([figures[name] for name in ("margin", "discount", "profit")], [20.0, 30.0, 20.0])

    def test_redress_counts_once(self):
        self.order(self.partner, datetime(2025, 5, 1), 1000.0, cost=600.0)
        complaint = self.closed_complaint(self.partner, datetime(2025, 3, 3))
        credit = self.credit_note(self.partner, date(2025, 5, 4), 80.0)
        self.assertEqual(self.figures()["margin"], 320.0)
        self.redress(complaint, datetime(2025, 5, 4), 80.0, move_id=credit)
        figures = self.figures()
        self.assertEqual([figures[name] for name in ("margin", "redress", "profit")], [400.0, 80.0, 320.0])

    def test_goods_that_came_back(self):
        """A credit note at the full price takes the margin of the goods, not their price: no more comes back."""
        order = self.order(self.partner, datetime(2025, 5, 1), 100.0, cost=60.0)
        self.invoice(self.partner, date(2025, 5, 2), 100.0, order=order)
        complaint = self.closed_complaint(self.partner, datetime(2025, 3, 3))
        credit = self.credit_note(self.partner, date(2025, 5, 4), 100.0, order=order)
        self.assertEqual(self.figures()["margin"], 0.0)
        self.redress(complaint, datetime(2025, 5, 4), 100.0, move_id=credit)
        self.assertEqual(self.figures()["margin"], 40.0)

    def test_credit_note_that_took_nothing(self):
        """It undoes an invoice without an order, of which nobody knows what it earned."""
        invoice = self.invoice(self.partner, date(2025, 5, 2), 80.0)
        complaint = self.closed_complaint(self.partner, datetime(2025, 3, 3))
        credit = self.credit_note(self.partner, date(2025, 5, 4), 80.0, post=False)
        credit.reversed_entry_id = invoice
        credit.action_post()
        self.redress(complaint, datetime(2025, 5, 4), 80.0, move_id=credit)
        self.assertEqual(self.figures()["margin"], 0.0)

    def test_replacement_not_delivered_yet(self):
        """Goods that are invoiced on delivery have cost nothing before they are delivered."""
        self.product.invoice_policy = "delivery"
        goods = self.order(self.partner, datetime(2025, 5, 6), 0.0, cost=80.0)
        complaint = self.closed_complaint(self.partner, datetime(2025, 3, 3))
        self.redress(complaint, datetime(2025, 5, 4), 80.0, kind="replacement", replacement_id=goods)
        self.assertEqual(self.figures()["margin"], 0.0)
        goods.order_line.qty_delivered = 1.0
        self.assertEqual(self.figures()["margin"], 0.0)
        self.assertEqual(self.figures()["redress"], 80.0)

    def test_gift_cards(self):
        """A gift card of redress is a discount when it is spent, and put back; one that was bought is money."""
        Program = self.env["loyalty.program"]
        program = Program.browse(Program.create_from_template("gift_card")["res_id"])
        cards = self.env["loyalty.card"].create([{"program_id": program.id, "points": 50.0} for _number in range(2)])
        complaint = self.closed_complaint(self.partner, datetime(2025, 3, 3))
        self.redress(complaint, datetime(2025, 5, 1), 50.0, kind="gift_card", card_id=cards[0])
        for card in cards:
            order = self.order(self.partner, datetime(2025, 5, 2), 100.0, cost=60.0, confirm=False)
            for coupon, rewards in order._try_apply_code(card.code).items():
                order._apply_program_reward(rewards[:1], coupon)
            order.action_confirm()
            order.date_order = datetime(2025, 5, 2)
            self.assertEqual(order.order_line.mapped("margin"), [40.0, -50.0])
        figures = self.figures()
        self.assertEqual(
            [figures[name] for name in ("margin", "discount", "redress", "profit")], [80.0, 50.0, 50.0, 30.0]
        )

    def test_service_by_its_account(self):
        """What is booked is shared by the tickets closed; what has no customer stays nobody's."""
        account = self.analytic_account("Service")
        self.company.retention_service_account_id = account
        self.booked(account, date(2025, 5, 1), -90.0)
        other = self.customer("Other")
        for partner in (self.partner, self.partner, other, self.env["res.partner"]):
            self.closed_ticket(partner, datetime(2025, 5, 1))
        self.assertEqual([self.figures(partner)["service"] for partner in (self.partner, other)], [45.0, 22.5])
        self.assertEqual(len(self.opened("service")), 2)

    def test_late_payment_by_hand(self):
        """73 days at 10 % are a fiftieth; what a credit note settles was never late."""
        invoice = self.invoice(self.partner, date(2025, 2, 1), 1000.0, due=date(2025, 3, 1))
        self.pay(invoice, date(2025, 6, 12))
        self.assertEqual(self.figures()["late_payment"], 20.0)
        self.assertEqual(self.opened("late_payment", user=self.env.user), invoice)
        theirs = self.customer("Credited")
        invoice = self.invoice(theirs, date(2025, 2, 1), 1000.0, due=date(2025, 3, 1))
        credit = self.credit_note(theirs, date(2025, 5, 1), 1000.0)
        (invoice + credit).line_ids.filtered(lambda line: line.display_type == "payment_term").reconcile()
        self.assertEqual(self.figures(theirs)["late_payment"], 0.0)
        self.company.retention_interest_rate = 0.0
        self.assertEqual(self.figures()["late_payment"], 0.0)

    @mute_logger("odoo.sql_db")
    def test_interest_is_not_negative(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.company.retention_interest_rate = -1.0
            self.env.flush_all()

    # -- periods, companies, merged customers --------------------------------------------------------------------------

    def test_periods(self):
        self.order(self.partner, datetime(2025, 3, 20), 100.0)
        self.assertIsNone(self.figures())
        self.order(self.partner, datetime(2025, 4, 20), 70.0)
        self.assertEqual(self.figures()["margin"], 70.0)
        row = self.rows()
        self.assertEqual((row.date_from, row.date_to), PERIOD)

    def test_named_periods(self):
        for name, expected in (
            ("this_year", ("2025-01-01", "2025-08-20")), ("last_year", ("2024-01-01", "2024-12-31")),
            ("this_quarter", ("2025-07-01", "2025-08-20")), ("last_quarter", ("2025-04-01", "2025-06-30")),
            (False, ("2024-08-21", "2025-08-20")), ("next_year", ("2024-08-21", "2025-08-20")),
        ):  # fmt: skip
            with freeze_time("2025-08-20 12:00:00"):
                period = self.Table.with_context(retention_period=name)._get_period()
            self.assertEqual((str(period.first), str(period.last)), expected)

    def test_two_companies(self):
        """Each in its currency and at its rates; both are listed beside each other."""
        sister = self.make_company("Sister Company", "EUR")
        sister.retention_ticket_cost = 70.0
        for company, amount in ((self.company, 10.0), (sister, 100.0)):
            self.order(self.partner, datetime(2025, 5, 1), amount, company=company)
            self.closed_ticket(self.partner, datetime(2025, 5, 1), company=company)
        both = self.make_user("profit_two", MANAGER, self.company + sister)
        rows = self.rows(user=both, companies=self.company + sister)
        found = {row.company_id: (row.currency_id, row.margin, row.service, row.profit) for row in rows}
        self.assertEqual(
            found,
            {
                self.company: (self.company.currency_id, 10.0, 7.0, 3.0),
                sister: (sister.currency_id, 100.0, 70.0, 30.0),
            },
        )
        [theirs] = rows.filtered(lambda row: row.company_id == sister)
        action = theirs.with_context(profit_figure="service").action_open_documents()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]).company_id, sister)
        self.assertEqual(self.rows().company_id, self.company)
        with self.assertRaises(AccessError):
            self.rows(companies=sister)

    def test_merged_customer(self):
        twin = self.customer("Twin")
        for partner in (self.partner, twin):
            self.order(partner, datetime(2025, 5, 1), 10.0)
            self.closed_ticket(partner, datetime(2025, 5, 1))
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": [Command.set((self.partner + twin).ids)], "dst_partner_id": self.partner.id}
        )
        wizard.with_context(allowed_company_ids=self.company.ids).action_merge()
        figures = self.figures()
        self.assertEqual((figures["margin"], figures["service"]), (20.0, 14.0))
        self.assertEqual(len(self.rows()), 1)

    # -- rights and documents ------------------------------------------------------------------------------------------

    def test_managers_only(self):
        self.order(self.partner, datetime(2025, 5, 1), 10.0)
        with self.assertRaises(AccessError):
            self.rows(user=self.user)
        for operation in ("write", "create", "unlink"):
            self.assertFalse(self.Table.with_user(self.manager).has_access(operation))

    def test_documents(self):
        order = self.order(self.partner, datetime(2025, 5, 1), 10.0)
        self.order(self.customer("Other"), datetime(2025, 5, 1), 10.0)
        ticket = self.closed_ticket(self.partner, datetime(2025, 5, 1))
        complaint = self.closed_complaint(self.partner, datetime(2024, 1, 1))
        redress = self.redress(complaint, datetime(2025, 5, 1), 5.0, kind="apology")
        offer = self.offered(self.campaign(), self.partner, datetime(2025, 5, 1), cost=2.0)
        care = self.care(self.partner, date(2025, 5, 1))
        found = {
            figure: self.opened(figure, user=self.env.user)
            for figure in ("margin", "discount", "service", "redress", "campaigns", "care")
        }
        self.assertEqual(
            found,
            {
                "margin": order,
                "discount": order,
                "service": ticket,
                "redress": redress,
                "campaigns": offer,
                "care": care,
            },
        )
        with self.assertRaises(AccessError):
            self.opened("redress", user=self.manager)
        with self.assertRaisesRegex(UserError, "no records for this figure"):
            self.opened("profit")

    def test_form_keeps_the_period(self):
        self.order(self.partner, datetime(2025, 5, 1), 10.0)
        action = self.rows().action_open_figures()
        self.assertEqual(action["context"], {"retention_from": "2025-04-01", "retention_to": "2025-06-30"})
        self.assertEqual(action["res_id"], self.rows().id)

    def test_a_page_is_calculated_once(self):
        """The rows, what rules ask for beyond the columns, and the number of all rows come by one statement."""
        for amount, partner in enumerate(self.customers(5, "Shopper"), 1):
            self.order(partner, datetime(2025, 5, 1), 10.0 * amount)
        self.env.flush_all()
        asked, execute = [], Cursor.execute

        def listen(cr, query, *args, **kwargs):
            asked.append(str(getattr(query, "code", query)))
            return execute(cr, query, *args, **kwargs)

        self.patch(Cursor, "execute", listen)
        Table = self.Table.with_user(self.manager).with_context(
            allowed_company_ids=self.company.ids, retention_from=FIRST, retention_to=LAST
        )

        def page(domain=(), **options):
            Table.invalidate_model()
            asked.clear()
            with self.reading_only():
                found = Table.web_search_read(list(domain), {"profit": {}}, order="profit", **options)
            return found["length"], [row["profit"] for row in found["records"]]

        def calculated():
            return sum('AS "customer_profit"' in code for code in asked)

        self.assertEqual(page(limit=2), (5, [10.0, 20.0]))
        self.assertEqual(calculated(), 1)
        self.assertEqual(page([("profit", ">", 15.0)], limit=2, offset=2), (4, [40.0, 50.0]), "another number")
        self.assertEqual(calculated(), 1)
        self.assertEqual(page(limit=2, count_limit=3), (3, [10.0, 20.0]))
        self.assertEqual(page(limit=2, offset=80)[1], [])
        self.assertEqual(page([("profit", "<", 0.0)], limit=2), (0, []))
        self.assertEqual(page(), (5, [10.0, 20.0, 30.0, 40.0, 50.0]))
        self.assertNotIn("matching", Table.fields_get())

    def test_as_many_queries_for_twice_as_many(self):
        def read():
            self.rows([("profit", "<", 0)]).mapped("profit")

        def add(count):
            for partner in self.customers(count, "More"):
                self.closed_ticket(partner, datetime(2025, 5, 1))

        add(3)
        read()
        few = self.count_queries(read)
        add(20)
        self.assertEqual(self.count_queries(read), few)
