"""The documents of the demo: orders, invoices, credit notes and payments, all through the ORM."""

import random
from collections import defaultdict
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

import cdnow
import demo_deliveries
import demo_parts
from odoo import Command, fields

BATCH = 500
# Each shop keeps its own books, in a process of its own. Always two, whatever the machine: the seed decides all.
SHOPS = 2
CREDITED = 0.03
DISCOUNTED = 0.12
LATE, UNPAID = 0.12, 0.04

TABLES = (
    "res_partner",
    "sale_order",
    "sale_order_line",
    "sale_order_line_invoice_rel",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_full_reconcile",
    "account_payment",
)
GENRES = ("Rock", "Jazz", "Classical", "Country")
LOYAL = 0.7
# up to this price in cents: kind of record, what one costs the shop
KINDS = (
    (0, "sampler, promotional", 1.5),
    (900, "budget reissue", 4.2),
    (1300, "album", 6.8),
    (1600, "new release", 9.1),
    (2200, "import", 12.4),
    (10**9, "box set", 19.5),
)


class Shop:
    """The sample's purchases, and who makes them.

    `customers`: ``{number: (customer, partners who order for it)}``, to be set before selling.
    """

    def __init__(self, env, draw, team, say):
        self.env = env
        self.draw = draw
        self.team = team
        self.say = say
        self.purchases = sorted(cdnow.read_sample(), key=lambda purchase: purchase.date)
        self.today = fields.Date.context_today(env.user)
        self.shift = self.today - timedelta(days=1) - self.purchases[-1].date
        self.customers = {}
        self.products = {}

    def trade(self):
        """Write all documents of all customers. Commits."""
        self._create_products()
        journals = [self._journals(part) for part in range(SHOPS)]
        seeds = [self.draw.random() for _part in range(SHOPS)]

        def work(env, part):
            books = Books(self, env, part, journals[part], random.Random(seeds[part]))
            books.sell()
            books.credit()
            books.collect()

        demo_parts.in_parts(self.env, SHOPS, work)

    def settle(self, env):
        """Deliver, invoice and collect what was ordered since, but the latest orders. Commits.

        :return: the customers whose orders these are
        """
        demo_deliveries.deliver(env, self.today)
        border = self.today - timedelta(days=demo_deliveries.WAITING)
        orders = env["sale.order"].search(
            [
                ("company_id", "=", env.company.id),
                ("state", "=", "sale"),
                ("invoice_ids", "=", False),
                ("date_order", "<", border),
            ],
            order="date_order, id",
        )
        books = Books(self, env, 0, self._journals(0), random.Random("settling"), parts=1)
        books.invoice(orders)
        books.collect()
        return orders.partner_id.commercial_partner_id

    def _journals(self, part):
        """The sales and the bank journal of a shop: the company's first ones, then further ones like them."""
        journals = self.env["account.journal"]
        for kind, name in (("sale", "Sales, Riverside"), ("bank", "Bank, Riverside")):
            first = journals.search([("type", "=", kind), ("company_id", "=", self.env.company.id)], limit=1)
            journals += (
                journals.create(
                    {
                        "name": name,
                        "type": kind,
                        "code": f"{first.code[:3]}{part + 1}",
                        "default_account_id": first.default_account_id.id if kind == "sale" else False,
                    }
                )
                if part
                else first
            )
        return journals

    def numbers(self):
        """The customers' numbers, in order."""
        return sorted({purchase.customer for purchase in self.purchases})

    def by_spend(self):
        """(customer, its buyers) pairs, the largest spenders first."""
        spent = defaultdict(int)
        for purchase in self.purchases:
            spent[purchase.customer] += purchase.cents
        return [self.customers[number] for number in sorted(spent, key=lambda number: -spent[number])]

    def _create_products(self):
        for _limit, kind, cost in KINDS:
            for genre in GENRES:
                self.products[genre, kind] = self.env["product.product"].create(
                    {
                        "name": f"CD, {genre.lower()}, {kind}",
                        "type": "consu",
                        "invoice_policy": "order",
                        "standard_price": cost,
                        "list_price": round(cost * 1.7, 2),
                        "taxes_id": [Command.clear()],
                    }
                )


class Books:
    """The documents of one of the shops: of every other customer, or of all."""

    def __init__(self, shop, env, part, journals, draw, parts=SHOPS):
        self.env = env
        self.draw = draw
        self.part = part
        self.parts = parts
        self.today = shop.today
        self.shift = shop.shift
        self.team = shop.team.with_env(env)
        self.products = shop.products
        self.sales_journal, self.bank_journal = journals.with_env(env)
        numbers = set(shop.numbers()[part::parts])
        self.customers = {
            number: (customer.with_env(env), [buyer.with_env(env) for buyer in buyers])
            for number, (customer, buyers) in shop.customers.items()
            if number in numbers
        }
        self.purchases = [purchase for purchase in shop.purchases if purchase.customer in self.customers]
        self.invoices = env["account.move"]
        self.numbered = {}
        self.say = shop.say

    def _number(self, prefix, day):
        """The name of an accounting entry: to have Odoo look up the last number before each takes an
        eighth of the time."""
        prefix = f"{prefix}/{day.year}/"
        if prefix not in self.numbered:
            self.numbered[prefix] = self.env["account.move"].search_count([("name", "=like", f"{prefix}%")])
        self.numbered[prefix] += 1
        return f"{prefix}{self.numbered[prefix]:05d}"

    def _progress(self, what, count, total):
        if not self.part:
            self.say(what, count * self.parts, total * self.parts)

    def _tidy(self):
        """Commit and free the cache; tell the planner what is in the tables by now: with the sizes of
        empty tables in mind it takes bad plans."""
        self.env.cr.commit()
        self.env.invalidate_all()
        self.env.cr.execute(f"ANALYZE {', '.join(TABLES)}")
        # its locks would have the other shop wait
        self.env.cr.commit()

    # orders and invoices

    def sell(self):
        """Write each purchase as a confirmed order and a posted invoice of the same day."""
        for start in range(0, len(self.purchases), BATCH):
            batch = self.purchases[start : start + BATCH]
            self.invoice(self._confirm(batch))
            self._tidy()
            self._progress("Orders and invoices", start + len(batch), len(self.purchases))

    def _confirm(self, purchases):
        vals_list = []
        for purchase in purchases:
            customer, buyers = self.customers[purchase.customer]
            buyer = customer if self.draw.random() < 0.4 else self.draw.choice(buyers)
            vals_list.append(
                {
                    "partner_id": buyer.id,
                    "user_id": customer.user_id.id,
                    "team_id": self.team.id if customer.user_id else False,
                    "order_line": [Command.create(line) for line in self._lines(purchase)],
                }
            )
        orders = self.env["sale.order"].create(vals_list)
        orders.action_confirm()
        for order, purchase in zip(orders, purchases, strict=True):
            hour = time(self.draw.randrange(8, 20), self.draw.randrange(60))
            order.date_order = datetime.combine(purchase.date + self.shift, hour)
        return orders

    def _lines(self, purchase):
        """Values of order lines that add up to the purchase to the cent."""
        # most people buy what they like: else nothing would go with anything
        taste = GENRES[purchase.customer % len(GENRES)]
        genre = taste if self.draw.random() < LOYAL else self.draw.choice(GENRES)
        pairs = purchase.lines()
        discount = self.draw.choice((5, 10, 15, 20)) if self.draw.random() < DISCOUNTED else 0
        if discount and len(pairs) == 1 and (price := list_price(*pairs[0], discount)):
            pairs = [(pairs[0][0], price)]
        else:
            discount = 0
        for quantity, cents in pairs:
            kind = next(kind for limit, kind, _cost in KINDS if cents <= limit)
            yield {
                "product_id": self.products[genre, kind].id,
                "product_uom_qty": quantity,
                "price_unit": cents / 100,
                "discount": discount,
            }

    def invoice(self, orders):
        """Post an invoice of the same day for each."""
        vals_list = []
        for order in orders:
            vals = order._prepare_invoice()
            day = order.date_order.date()
            vals["invoice_date"] = vals["date"] = day
            if not order.payment_term_id:
                # at once; left alone, Odoo takes the day of writing
                vals["invoice_date_due"] = day
            vals["journal_id"] = self.sales_journal.id
            vals["name"] = self._number(self.sales_journal.code, day)
            vals["invoice_line_ids"] = [
                Command.create(line._prepare_invoice_line(sequence=index))
                for index, line in enumerate(order.order_line)
            ]
            vals_list.append(vals)
        invoices = self.env["account.move"].with_context(default_move_type="out_invoice").create(vals_list)
        invoices.action_post()
        self.invoices += invoices

    # credit notes and payments

    def credit(self):
        """Credit some invoices: two thirds of them in full, the others by a part of each line's price."""
        vals_list = []
        for move in self._payable():
            if self.draw.random() >= CREDITED:
                continue
            share = 1 if self.draw.random() < 0.67 else self.draw.choice((0.2, 0.3, 0.5))
            day = min(move.invoice_date + timedelta(days=self.draw.randrange(3, 21)), self.today)
            vals_list.append(
                {
                    "move_type": "out_refund",
                    "name": self._number(f"R{self.sales_journal.code}", day),
                    "journal_id": self.sales_journal.id,
                    "reversed_entry_id": move.id,
                    "partner_id": move.partner_id.id,
                    "invoice_date": day,
                    "date": day,
                    "invoice_date_due": day,
                    "ref": f"Credit for {move.name}",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": line.product_id.id,
                                "name": line.name,
                                "quantity": line.quantity,
                                "price_unit": round(line.price_unit * share, 2),
                                "discount": line.discount,
                                "tax_ids": [Command.clear()],
                                "sale_line_ids": [Command.set(line.sale_line_ids.ids)],
                            }
                        )
                        for line in move.invoice_line_ids
                    ],
                }
            )
        # posting a credit note reconciles it with its invoice
        self.env["account.move"].create(vals_list).action_post()
        self._tidy()
        self._progress("Credit notes", len(vals_list), len(vals_list))

    def collect(self):
        """Pay most invoices in time, some late and a few never, by one bank entry per day."""
        by_day = defaultdict(list)
        for move in self._payable():
            fate = self.draw.random()
            if fate < UNPAID or not move.amount_residual:
                continue
            if fate < UNPAID + LATE:
                day = move.invoice_date_due + timedelta(days=self.draw.randrange(4, 75))
            else:
                patience = (move.invoice_date_due - move.invoice_date).days
                day = move.invoice_date + timedelta(days=self.draw.randint(patience // 2, patience))
            if day < self.today:
                by_day[day].append(move)
        days = sorted(by_day)
        total = sum(map(len, by_day.values()))
        done = 0
        for start in range(0, len(days), 60):
            done += self._bank(days[start : start + 60], by_day)
            self._tidy()
            self._progress("Payments", done, total)

    def _bank(self, days, by_day):
        due = [[_open_line(move) for move in by_day[day]] for day in days]
        entries = self.env["account.move"].create(
            [
                {
                    "move_type": "entry",
                    "name": self._number(self.bank_journal.code, day),
                    "journal_id": self.bank_journal.id,
                    "date": day,
                    "ref": f"Customer payments of {day}",
                    "line_ids": [
                        Command.create(
                            {
                                "name": f"Payment of {line.move_name}",
                                "account_id": line.account_id.id,
                                "partner_id": line.partner_id.id,
                                "credit": line.amount_residual,
                            }
                        )
                        for line in lines
                    ]
                    + [
                        Command.create(
                            {
                                "name": "Customer payments",
                                "account_id": self.bank_journal.default_account_id.id,
                                "debit": sum(line.amount_residual for line in lines),
                            }
                        )
                    ],
                }
                for day, lines in zip(days, due, strict=True)
            ]
        )
        entries.action_post()
        pairs = []
        for entry, lines in zip(entries, due, strict=True):
            paid = entry.line_ids.filtered("credit").sorted("id")
            pairs += zip(lines, paid, strict=True)
        self.env["account.move.line"]._reconcile_plan([owed + paid for owed, paid in pairs])
        return len(pairs)

    def _payable(self):
        return [move for move in self.invoices if move.amount_total]


def _open_line(move):
    """The receivable line of an invoice or a credit note."""
    return move.line_ids.filtered(lambda line: line.display_type == "payment_term")


def list_price(quantity, cents, discount):
    """The price in cents which, `discount` percent off, gives `quantity` pieces at `cents` each to the
    cent; None when no price does.

    >>> list_price(1, 1177, 10)
    1308
    >>> list_price(3, 1000, 15)
    """
    share = Decimal(100 - discount) / 100
    price = (Decimal(cents) / share).quantize(Decimal(1), ROUND_HALF_UP)
    total = (quantity * price * share).quantize(Decimal(1), ROUND_HALF_UP)
    return int(price) if total == quantity * cents else None
