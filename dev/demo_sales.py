"""The documents of the demo: orders, invoices, credit notes and payments, all through the ORM."""

from collections import defaultdict
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

import cdnow
from odoo import Command, fields

BATCH = 500
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
    """The sample's purchases and what has been written of them so far.

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
        self.invoices = env["account.move"]
        self.journal = env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", env.company.id)], limit=1
        )
        self.numbered = 0

    def numbers(self):
        """The customers' numbers, in order."""
        return sorted({purchase.customer for purchase in self.purchases})

    def by_spend(self):
        """(customer, its buyers) pairs, the largest spenders first."""
        spent = defaultdict(int)
        for purchase in self.purchases:
            spent[purchase.customer] += purchase.cents
        return [self.customers[number] for number in sorted(spent, key=lambda number: -spent[number])]

    def _tidy(self):
        """Free the cache, and tell the database's planner what is in the tables by now: no one else
        sees what is not committed, and with the sizes of empty tables in mind it takes bad plans."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.execute(f"ANALYZE {', '.join(TABLES)}")

    # orders and invoices

    def sell(self):
        """Write each purchase as a confirmed order and a posted invoice of the same day."""
        self._create_products()
        for start in range(0, len(self.purchases), BATCH):
            batch = self.purchases[start : start + BATCH]
            orders = self._confirm(batch)
            self.invoices += self._invoice(orders)
            self._tidy()
            self.say("Orders and invoices", start + len(batch), len(self.purchases))

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
        genre = self.draw.choice(GENRES)
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

    def _invoice(self, orders):
        vals_list = []
        for order in orders:
            vals = order._prepare_invoice()
            day = order.date_order.date()
            vals["invoice_date"] = vals["date"] = day
            if not order.payment_term_id:
                # at once; left alone, Odoo takes the day of writing
                vals["invoice_date_due"] = day
            # to have Odoo look up the last number before each takes an eighth of the time
            self.numbered += 1
            vals["name"] = f"{self.journal.code}/{day.year}/{self.numbered:05d}"
            vals["invoice_line_ids"] = [
                Command.create(line._prepare_invoice_line(sequence=index))
                for index, line in enumerate(order.order_line)
            ]
            vals_list.append(vals)
        invoices = self.env["account.move"].with_context(default_move_type="out_invoice").create(vals_list)
        invoices.action_post()
        return invoices

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
        self.say("Credit notes", len(vals_list), len(vals_list))

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
            self.say("Payments", done, total)

    def _bank(self, days, by_day):
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.env.company.id)], limit=1
        )
        due = [[_open_line(move) for move in by_day[day]] for day in days]
        entries = self.env["account.move"].create(
            [
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
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
                                "account_id": journal.default_account_id.id,
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
