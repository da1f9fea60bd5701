"""A small shop with every kind of document, and its ledger: what a controller writes down of each, by hand.

The ledger is plain Python. It is told what happened, not how it is read: no SQL, no field of the addon. Amounts are
untaxed, in company currency.
"""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from odoo import Command
from odoo.fields import Domain

from ..core.value_case import ValueCase

ZONE = "Asia/Shanghai"

TODAY = date(2025, 6, 30)

# A score looks at the last twelve months.
YEAR = (date(2024, 7, 1), TODAY)


class Ledger:
    """Entries of customers by day; customers are ids of commercial entities."""

    def __init__(self):
        self.entries = []
        self.debts = []
        self.deals = Counter()
        self.open_complaints = Counter()

    def enter(self, customer, day, **amounts):
        """
        :param amounts: ``orders`` (1 for each), ``ordered``, ``margin``, ``revenue``, ``returned``, ``gross`` and
            ``discount`` (of orders), ``complaints``, ``tickets`` (closed)
        """
        self.entries.append((customer.id, date.fromisoformat(str(day)), amounts))

    def owe(self, customer, due, amount):
        """What is open today; negative: they have paid more than is matched."""
        self.debts.append((customer.id, date.fromisoformat(str(due)), amount))

    @property
    def customers(self):
        return {customer for customer, _day, _amounts in self.entries} | {row[0] for row in self.debts}

    def sums(self, first, last):
        """``{customer: Counter}`` of the days from ``first`` to ``last``."""
        found = defaultdict(Counter)
        for customer, day, amounts in self.entries:
            if first <= day <= last:
                found[customer].update(amounts)
        return found

    def order_days(self, customer):
        return sorted(day for who, day, amounts in self.entries if who == customer and amounts.get("orders"))

    def overdue(self, customer):
        """Credits settle the oldest debts first; what is left of those due before today is overdue."""
        mine = sorted((due, amount) for who, due, amount in self.debts if who == customer)
        credit = -sum(amount for _due, amount in mine if amount < 0)
        late = sum(amount for due, amount in mine if amount > 0 and due < TODAY)
        return max(late - credit, 0)

    def figures(self, customer, first, last):
        """What screens should say of a customer and some days, by the name of the metric."""
        sums = self.sums(first, last)[customer]
        days = [day for day in self.order_days(customer) if day <= last]
        sold = sums["revenue"] + max(sums["returned"], 0)
        return {
            "revenue": sums["revenue"],
            "margin": sums["margin"],
            "order_count": sums["orders"],
            "average_order": sums["ordered"] / sums["orders"] if sums["orders"] else None,
            "recency_days": (last - days[-1]).days if days else None,
            "tenure_days": (last - days[0]).days if days else None,
            "discount_share": 100 * sums["discount"] / sums["gross"] if sums["gross"] else None,
            "return_share": 100 * max(sums["returned"], 0) / sold if sold > 0 else None,
            "overdue_amount": self.overdue(customer),
            "open_pipeline": self.deals[customer],
        }


class ShopCase(ValueCase):
    """Customers are named after what happens with them. A day begins at 16:00 UTC of the day before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.value_tz = ZONE
        cls.ledger = Ledger()
        cls.losses = cls.env["account.account"].create(
            {"name": "Bad debts", "code": "699903", "account_type": "expense"}
        )
        cls.sent = cls.make_product("Sent", invoice_policy="delivery")
        cls.hours = cls.make_product("Hours", type="service", invoice_policy="delivery")
        cls.branch = cls.open_branch()
        cls.closed = cls.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)

    @classmethod
    def open_branch(cls):
        branch = cls.env["res.company"].create({"name": "Branch", "parent_id": cls.company.id})
        cls.env["account.chart.template"].try_loading("generic_coa", company=branch, install_demo=False)
        cls.env.user.company_ids += branch
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": (cls.company + branch).ids})
        if "stock.warehouse" in cls.env and not cls.env["stock.warehouse"].search([("company_id", "=", branch.id)]):
            cls.env["stock.warehouse"].create({"name": "Branch", "code": "BRN", "company_id": branch.id})
        return branch

    @classmethod
    def make_product(cls, name, **values):
        return cls.env["product.product"].create(
            {"name": name, "type": "consu", "taxes_id": [Command.clear()], "invoice_policy": "order"} | values
        )

    # -- documents, each with what it comes to -------------------------------------------------------------------------

    @classmethod
    def day_of(cls, order):
        return order.date_order.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date()

    @classmethod
    def buy(cls, partner, day, price=100.0, cost=60.0, *, quantity=1.0, billed=True, book=None, rate=1.0, **options):
        """An order of one line, invoiced by Odoo on its day and paid; written into the ledger for ``book``."""
        values = options.pop("line", {})
        line = {"price_unit": price, "purchase_price": cost, "product_uom_qty": quantity} | values
        order = cls.order(partner, day, lines=[line], **options)
        amount, margin = quantity * price / rate, quantity * (price - cost) / rate
        cls.ledger.enter(
            book or partner.commercial_partner_id, cls.day_of(order), orders=1, ordered=amount, gross=amount,
            margin=margin,
        )  # fmt: skip
        if not billed:
            return order, cls.env["account.move"]
        invoice = cls.bill(order, cls.day_of(order))
        cls.ledger.enter(book or partner.commercial_partner_id, cls.day_of(order), revenue=amount)
        cls.pay(invoice, cls.day_of(order))
        return order, invoice

    @classmethod
    def bill(cls, order, day, **line):
        invoice = order._create_invoices()
        if line:
            invoice.invoice_line_ids.write(line)
        return cls.posted(invoice, day)

    @classmethod
    def posted(cls, move, day, due=None):
        day = str(day)
        move.write({"invoice_date": day, "date": day, "invoice_payment_term_id": False, "invoice_date_due": due or day})
        move.action_post()
        return move

    @classmethod
    def taken_back(cls, invoice, day, **line):
        refund = invoice._reverse_moves([{"invoice_date": day, "date": day}])
        if line:
            refund.invoice_line_ids.write(line)
        refund.action_post()
        return refund

    @classmethod
    def written_off(cls, invoice, day, amount):
        term = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "general")], limit=1
        )
        receivable = {"account_id": term.account_id.id, "partner_id": term.partner_id.id, "credit": amount}
        entry = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "date": day,
                "line_ids": [
                    Command.create({"account_id": cls.losses.id, "debit": amount}),
                    Command.create(receivable),
                ],
            }
        )
        entry.action_post()
        (term + entry.line_ids.filtered("credit")).reconcile()
        return entry

    @classmethod
    def booked(cls, partner, day, amount, kind="general", due=False):
        """An entry that no invoice made: what a customer owes, or, negative, what they have paid."""
        journal = cls.env["account.journal"].search([("company_id", "=", cls.company.id), ("type", "=", kind)], limit=1)
        other = journal.default_account_id or cls.env["account.account"].search(
            [("account_type", "=", "equity"), ("company_ids", "=", cls.company.id)], limit=1
        )
        receivable = {
            "account_id": partner.property_account_receivable_id.id, "partner_id": partner.id, "balance": amount,
            "date_maturity": due,
        }  # fmt: skip
        entry = cls.env["account.move"].create(
            {
                "move_type": "entry", "journal_id": journal.id, "date": day,
                "line_ids": [
                    Command.create(receivable), Command.create({"account_id": other.id, "balance": -amount}),
                ],
            }
        )  # fmt: skip
        entry.action_post()
        return entry

    # -- what happens --------------------------------------------------------------------------------------------------

    @classmethod
    def open_shop(cls):
        """Let everything happen that is named ``_story_…``.

        :return: ``{name of the story: customers}``
        """
        stories = {}
        for name in sorted(dir(cls)):
            if name.startswith("_story_"):
                stories[name.removeprefix("_story_")] = getattr(cls, name)()
        cls.env.flush_all()
        return stories

    @classmethod
    def _story_down_payment(cls):
        """A tenth of the order in March, the rest in April: revenue twice, margin once, with the order."""
        partner = cls.customer("Down payment")
        order, _none = cls.buy(partner, "2025-03-10", 1000.0, 600.0, billed=False)
        context = {"active_model": "sale.order", "active_ids": order.ids, "active_id": order.id}
        cls.env["sale.advance.payment.inv"].with_context(**context).create(
            {"advance_payment_method": "fixed", "fixed_amount": 100.0}
        ).create_invoices()
        first = cls.posted(order.invoice_ids, "2025-03-12")
        cls.ledger.enter(partner, "2025-03-12", revenue=100.0)
        cls.pay(first, date(2025, 3, 15))
        cls.env["sale.advance.payment.inv"].with_context(**context).create(
            {"advance_payment_method": "delivered"}
        ).create_invoices()
        last = cls.posted(order.invoice_ids - first, "2025-04-20")
        cls.ledger.enter(partner, "2025-04-20", revenue=900.0)
        cls.ledger.owe(partner, "2025-04-20", 900.0)
        return last.commercial_partner_id

    @classmethod
    def _story_part_came_back(cls):
        """Three of ten came back in another month."""
        partner = cls.customer("Part came back")
        _order, invoice = cls.buy(partner, "2025-02-20", 20.0, 12.0, quantity=10.0)
        cls.taken_back(invoice, "2025-04-03", quantity=3.0)
        cls.ledger.enter(partner, "2025-04-03", revenue=-60.0, returned=60.0, margin=-24.0)
        cls.ledger.owe(partner, "2025-04-03", -60.0)
        return partner

    @classmethod
    def _story_cheaper(cls):
        """Invoiced at a lower price, and a further part is let off."""
        partner = cls.customer("Cheaper")
        order, _none = cls.buy(partner, "2025-05-05", 100.0, 60.0, billed=False)
        invoice = cls.bill(order, "2025-05-06", price_unit=90.0)
        cls.ledger.enter(partner, "2025-05-06", revenue=90.0, margin=-10.0)
        cls.taken_back(invoice, "2025-06-02", price_unit=15.0)
        cls.ledger.enter(partner, "2025-06-02", revenue=-15.0, margin=-15.0)
        cls.ledger.owe(partner, "2025-05-06", 90.0)
        cls.ledger.owe(partner, "2025-06-02", -15.0)
        return partner

    @classmethod
    def _story_abroad(cls):
        """Ordered, invoiced and paid at three rates: the margin is that of the order, the rest is exchange."""
        partner = cls.customer("Abroad")
        euro = cls.currency("EUR", d2024_01_01=0.5, d2025_05_05=0.4, d2025_06_05=0.8)
        order, _none = cls.buy(partner, "2025-05-01", 100.0, 60.0, billed=False, rate=0.5, currency=euro)
        invoice = cls.bill(order, "2025-05-10")
        cls.ledger.enter(partner, "2025-05-10", revenue=250.0)
        cls.pay(invoice, date(2025, 6, 10))
        # another one is open, at the rate of its day
        order, _none = cls.buy(partner, "2025-06-08", 40.0, 20.0, billed=False, rate=0.8, currency=euro)
        cls.bill(order, "2025-06-08")
        cls.ledger.enter(partner, "2025-06-08", revenue=50.0)
        cls.ledger.owe(partner, "2025-06-08", 50.0)
        return partner

    @classmethod
    def _story_cancelled_after_invoice(cls):
        """The order is gone, and with it its margin; the invoice stands until it is credited."""
        partner = cls.customer("Cancelled")
        order = cls.order(partner, "2025-05-03", lines=[{"price_unit": 200.0, "purchase_price": 100.0}])
        invoice = cls.bill(order, "2025-05-04")
        cls.ledger.enter(partner, "2025-05-04", revenue=200.0)
        order.with_context(disable_cancel_warning=True)._action_cancel()
        cls.taken_back(invoice, "2025-06-04")
        cls.ledger.enter(partner, "2025-06-04", revenue=-200.0)
        return partner

    @classmethod
    def _story_paid_by_another(cls):
        """The sale is of the customer who ordered, the debt of the one who is invoiced."""
        buyer, payer = cls.customer("Buyer", is_company=True), cls.customer("Payer", is_company=True)
        order = cls.order(buyer, "2025-05-01", lines=[{"price_unit": 300.0, "purchase_price": 180.0}], confirm=False)
        order.partner_invoice_id = payer
        order.partner_shipping_id = cls.customer("Depot", parent_id=payer.id, type="delivery")
        order.action_confirm()
        order.date_order = "2025-05-01 12:00:00"
        cls.posted(order._create_invoices(), "2025-05-02")
        cls.ledger.enter(buyer, "2025-05-01", orders=1, ordered=300.0, gross=300.0, margin=120.0)
        cls.ledger.enter(buyer, "2025-05-02", revenue=300.0)
        cls.ledger.owe(payer, "2025-05-02", 300.0)
        return buyer + payer

    @classmethod
    def _story_after_midnight(cls):
        """Ordered on the last day of May in UTC: it is June where the company is."""
        partner = cls.customer("After midnight")
        cls.buy(partner, datetime(2025, 5, 31, 16, 30), 70.0, 50.0)
        cls.buy(partner, datetime(2024, 6, 30, 16, 30), 80.0, 50.0)
        # a day before the year begins
        cls.buy(partner, datetime(2024, 6, 30, 15, 30), 90.0, 50.0)
        return partner

    @classmethod
    def _story_no_order(cls):
        """An invoice without an order has no margin, nor what undoes it; goodwill costs what it is; a receipt."""
        partner = cls.customer("No order")
        undone = cls.invoice(partner, date(2025, 3, 1), 100.0)
        cls.ledger.enter(partner, "2025-03-01", revenue=100.0)
        cls.taken_back(undone, "2025-04-01")
        # nothing says what it earned, but all of it came back
        cls.ledger.enter(partner, "2025-04-01", revenue=-100.0)
        cls.credit_note(partner, date(2025, 5, 1), 30.0)
        cls.ledger.enter(partner, "2025-05-01", revenue=-30.0, margin=-30.0, returned=30.0)
        cls.ledger.owe(partner, "2025-05-01", -30.0)
        cls.invoice(partner, date(2025, 5, 2), 55.0, move_type="out_receipt")
        cls.ledger.enter(partner, "2025-05-02", revenue=55.0)
        cls.ledger.owe(partner, "2025-05-02", 55.0)
        return partner

    @classmethod
    def _story_written_off(cls):
        partner = cls.customer("Written off")
        order, _none = cls.buy(partner, "2025-01-15", 100.0, 60.0, billed=False)
        invoice = cls.bill(order, "2025-01-16")
        cls.ledger.enter(partner, "2025-01-16", revenue=100.0)
        cls.written_off(invoice, date(2025, 4, 16), 45.0)
        cls.ledger.enter(partner, "2025-04-16", margin=-45.0)
        cls.ledger.owe(partner, "2025-01-16", 55.0)
        return partner

    @classmethod
    def _story_cash_discount(cls):
        """Two per cent for who pays within ten days."""
        partner = cls.customer("Cash discount")
        order, _none = cls.buy(partner, "2025-05-12", 100.0, 60.0, billed=False)
        term = cls.env["account.payment.term"].create(
            {
                "name": "2% within ten days",
                "early_discount": True,
                "discount_percentage": 2.0,
                "discount_days": 10,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100.0, "nb_days": 30})],
            }
        )
        invoice = order._create_invoices()
        invoice.write({"invoice_date": "2025-05-12", "date": "2025-05-12", "invoice_payment_term_id": term.id})
        invoice.action_post()
        cls.ledger.enter(partner, "2025-05-12", revenue=100.0)
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        wizard = cls.env["account.payment.register"].with_context(**context).create({"payment_date": "2025-05-15"})
        wizard._create_payments()
        assert wizard.amount == 98.0, wizard.amount
        cls.ledger.enter(partner, "2025-05-15", margin=-2.0)
        return partner

    @classmethod
    def _story_lines(cls):
        """Sections, notes, and lines without a quantity come to nothing; goods without a cost earn their price."""
        partner = cls.customer("Lines")
        order = cls.order(
            partner,
            "2025-04-09",
            lines=[
                {"display_type": "line_section", "name": "Section", "product_id": False, "product_uom_qty": 0},
                {"price_unit": 50.0, "purchase_price": 0.0},
                {"display_type": "line_note", "name": "Note", "product_id": False, "product_uom_qty": 0},
                {"price_unit": 70.0, "purchase_price": 20.0, "product_uom_qty": 0.0},
                {"price_unit": 40.0, "purchase_price": 25.0, "discount": 25.0},
                {"price_unit": -8.0, "purchase_price": 0.0},
            ],
        )
        cls.ledger.enter(partner, "2025-04-09", orders=1, ordered=72.0, gross=90.0, discount=18.0, margin=47.0)
        invoice = cls.bill(order, "2025-04-10")
        cls.ledger.enter(partner, "2025-04-10", revenue=72.0)
        cls.pay(invoice, date(2025, 4, 10))
        return partner

    @classmethod
    def _story_combo(cls):
        """The set has the price, its parts have the costs."""
        partner = cls.customer("Combo")
        parts = cls.make_product("Cup", list_price=30.0) + cls.make_product("Plate", list_price=10.0)
        combos = cls.env["product.combo"].create(
            [{"name": p.name, "combo_item_ids": [Command.create({"product_id": p.id})]} for p in parts]
        )
        set_ = cls.make_product("Set", type="combo", list_price=36.0, combo_ids=[Command.set(combos.ids)])
        order = cls.order(partner, "2025-04-11", lines=[{"product_id": set_.id, "price_unit": 0.0}], confirm=False)
        head = order.order_line
        for combo, cost in zip(combos, (20.0, 4.0), strict=True):
            cls.env["sale.order.line"].create(
                {
                    "order_id": order.id, "product_id": combo.combo_item_ids.product_id.id, "product_uom_qty": 1.0,
                    "linked_line_id": head.id, "combo_item_id": combo.combo_item_ids.id, "purchase_price": cost,
                    "tax_ids": [Command.clear()],
                }
            )  # fmt: skip
        order.action_confirm()
        order.date_order = "2025-04-11 12:00:00"
        order.order_line.filtered("combo_item_id").tax_ids = False
        assert order.amount_untaxed == 36.0, order.amount_untaxed
        invoice = cls.bill(order, "2025-04-12")
        cls.ledger.enter(partner, "2025-04-11", orders=1, ordered=36.0, gross=36.0, margin=12.0)
        cls.ledger.enter(partner, "2025-04-12", revenue=36.0)
        cls.pay(invoice, date(2025, 4, 12))
        return partner

    @classmethod
    def _story_free_product(cls):
        """One for nothing by a loyalty program: it costs what it costs, and its price is a discount."""
        partner = cls.customer("Free product")
        gift = cls.make_product("Gift", list_price=15.0, standard_price=9.0)
        program = cls.env["loyalty.program"].create(
            {
                "name": "Buy one, get another",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "company_id": cls.company.id,
                "rule_ids": [Command.create({"minimum_amount": 10, "product_ids": [Command.set(cls.product.ids)]})],
                "reward_ids": [
                    Command.create({"reward_type": "product", "reward_product_id": gift.id, "reward_product_qty": 1})
                ],
            }
        )
        order = cls.order(partner, "2025-04-14", lines=[{"price_unit": 100.0, "purchase_price": 60.0}], confirm=False)
        order._update_programs_and_rewards()
        for coupon, rewards in order._get_claimable_rewards().items():
            if coupon.program_id == program:
                order._apply_program_reward(rewards[:1], coupon)
        order.action_confirm()
        order.date_order = "2025-04-14 12:00:00"
        program.active = False
        assert (order.amount_untaxed, len(order.order_line)) == (100.0, 2), order.order_line.mapped("name")
        free = order.order_line.filtered("reward_id")
        invoice = cls.bill(order, "2025-04-14")
        gross = 100.0 + free.price_unit * free.product_uom_qty
        cls.ledger.enter(
            partner, "2025-04-14", orders=1, ordered=100.0, gross=gross, discount=gross - 100.0, margin=40.0 - 9.0,
            revenue=100.0,
        )  # fmt: skip
        cls.pay(invoice, date(2025, 4, 14))
        return partner

    @classmethod
    def _story_gift_card(cls):
        """Selling a card is no sale, and spending it is no discount."""
        giver, receiver = cls.customer("Giver"), cls.customer("Receiver")
        Program = cls.env["loyalty.program"]
        program = Program.browse(Program.create_from_template("gift_card")["res_id"])
        card_product = program.trigger_product_ids[:1]
        card_product.taxes_id = False
        order = cls.order(
            giver, "2025-04-15",
            lines=[{"product_id": card_product.id, "price_unit": 50.0, "purchase_price": 0.0},
                   {"price_unit": 30.0, "purchase_price": 10.0}],
        )  # fmt: skip
        invoice = cls.bill(order, "2025-04-15")
        cls.pay(invoice, date(2025, 4, 15))
        cls.ledger.enter(giver, "2025-04-15", orders=1, ordered=30.0, gross=30.0, margin=20.0, revenue=30.0)
        # what they bought after they were helped
        cls.ticket_closed(giver, datetime(2025, 4, 9, 12))
        card = cls.env["loyalty.card"].create({"program_id": program.id, "points": 50.0})
        order = cls.order(receiver, "2025-05-15", lines=[{"price_unit": 80.0, "purchase_price": 30.0}], confirm=False)
        for coupon, rewards in order._try_apply_code(card.code).items():
            order._apply_program_reward(rewards[:1], coupon)
        order.action_confirm()
        order.date_order = "2025-05-15 12:00:00"
        assert order.amount_total == 30.0, order.amount_total
        invoice = cls.bill(order, "2025-05-16")
        cls.ledger.enter(receiver, "2025-05-15", orders=1, ordered=80.0, gross=80.0, margin=50.0)
        cls.ledger.enter(receiver, "2025-05-16", revenue=80.0)
        cls.pay(invoice, date(2025, 5, 16))
        return giver + receiver

    @classmethod
    def _story_sent_again(cls):
        """Two orders, and goods sent again for nothing: these cost what they cost, and nobody has bought them."""
        partner = cls.customer("Sent again")
        cls.buy(partner, "2025-02-10", 100.0, 60.0)
        cls.buy(partner, "2025-04-24", 80.0, 50.0)
        cls.cost(partner, "2025-06-20", [{"price_unit": 0.0, "purchase_price": 60.0}], 60.0, billed=True)
        # before the first order as well, and in the year before
        cls.cost(partner, "2025-01-05", [{"price_unit": 40.0, "purchase_price": 7.0, "discount": 100.0}], 7.0)
        cls.cost(partner, "2024-06-05", [{"price_unit": 0.0, "purchase_price": 3.0}], 3.0)
        return partner

    @classmethod
    def _story_samples(cls):
        """Who was given something, and has never bought."""
        partner, invoiced = cls.customer("Samples"), cls.customer("Sample invoiced")
        lines = [
            {"price_unit": 30.0, "purchase_price": 12.0, "product_uom_qty": 2.0, "discount": 100.0},
            {"price_unit": 0.0, "purchase_price": 1.0},
        ]
        cls.cost(partner, "2025-05-07", lines, 25.0)
        cls.cost(invoiced, "2025-05-08", lines, 25.0, billed=True)
        return partner + invoiced

    @classmethod
    def _story_nothing_on_it(cls):
        """Sections and notes; and goods of which all was taken off the order after a down payment."""
        partner, changed = cls.customer("Nothing on it"), cls.customer("All taken off")
        lines = [
            {"display_type": kind, "name": kind, "product_id": False, "product_uom_qty": 0, "tax_ids": False}
            for kind in ("line_section", "line_note")
        ]
        cls.cost(partner, "2025-05-09", lines, 0.0)
        order = cls.order(changed, "2025-05-10", lines=[{"price_unit": 100.0, "purchase_price": 60.0}])
        context = {"active_model": "sale.order", "active_ids": order.ids, "active_id": order.id}
        cls.env["sale.advance.payment.inv"].with_context(**context).create(
            {"advance_payment_method": "fixed", "fixed_amount": 20.0}
        ).create_invoices()
        cls.posted(order.invoice_ids, "2025-05-11")
        cls.ledger.enter(changed, "2025-05-11", revenue=20.0)
        cls.ledger.owe(changed, "2025-05-11", 20.0)
        order.order_line.filtered(lambda line: not line.is_downpayment).write({"product_uom_qty": 0.0})
        assert order.amount_untaxed == 0.0, order.order_line.mapped("price_subtotal")
        return partner + changed

    @classmethod
    def cost(cls, partner, day, lines, amount, *, billed=False):
        """An order of nothing, which costs ``amount``."""
        order = cls.order(partner, day, lines=lines)
        assert order.amount_untaxed == 0.0, order.amount_untaxed
        if billed:
            cls.bill(order, day)
        cls.ledger.enter(partner, day, margin=-amount)

    @classmethod
    def _story_paid_otherwise(cls):
        """Bought, and paid in full with a card, or with points: the orders come to nothing, and are purchases."""
        by_card, by_points = cls.customer("By card"), cls.customer("By points")
        Program = cls.env["loyalty.program"]
        program = Program.browse(Program.create_from_template("gift_card")["res_id"])
        card = cls.env["loyalty.card"].create({"program_id": program.id, "points": 100.0})
        order = cls.order(by_card, "2025-05-19", lines=[{"price_unit": 80.0, "purchase_price": 30.0}], confirm=False)
        for coupon, rewards in order._try_apply_code(card.code).items():
            order._apply_program_reward(rewards[:1], coupon)
        order.action_confirm()
        order.date_order = "2025-05-19 12:00:00"
        assert (order.amount_untaxed, len(order.order_line)) == (0.0, 2), order.order_line.mapped("price_subtotal")
        cls.ledger.enter(by_card, "2025-05-19", orders=1, ordered=80.0, gross=80.0, margin=50.0)
        points = {"price_unit": -40.0, "purchase_price": 0.0}
        cls.order(by_points, "2025-05-21", lines=[{"price_unit": 40.0, "purchase_price": 15.0}, points])
        cls.ledger.enter(by_points, "2025-05-21", orders=1, gross=40.0, discount=40.0, margin=-15.0)
        return by_card + by_points

    @classmethod
    def _story_tax_included(cls):
        """Prices with a fifth of tax in them: everything is without it, but for what is owed."""
        partner = cls.customer("Tax included")
        tax = cls.env["account.tax"].create(
            {
                "name": "20% incl.",
                "amount": 20.0,
                "price_include_override": "tax_included",
                "company_id": cls.company.id,
            }
        )
        line = {"price_unit": 120.0, "purchase_price": 60.0, "tax_ids": [Command.set(tax.ids)], "discount": 10.0}
        order = cls.order(partner, "2025-04-17", lines=[line])
        cls.bill(order, "2025-04-17")
        cls.ledger.enter(
            partner, "2025-04-17", orders=1, ordered=90.0, gross=100.0, discount=10.0, margin=30.0, revenue=90.0
        )
        cls.ledger.owe(partner, "2025-04-17", 108.0)
        return partner

    @classmethod
    def _story_delivered(cls):
        """Goods invoiced by delivery earn what was delivered; services when they are ordered."""
        partner = cls.customer("Delivered")
        order = cls.order(
            partner, "2025-04-22",
            lines=[{"product_id": cls.sent.id, "product_uom_qty": 5.0, "price_unit": 20.0, "purchase_price": 12.0},
                   {"product_id": cls.hours.id, "product_uom_qty": 10.0, "price_unit": 50.0, "purchase_price": 30.0}],
        )  # fmt: skip
        for line, delivered in zip(order.order_line, (3.0, 4.0), strict=True):
            line.qty_delivered = delivered
        invoice = cls.bill(order, "2025-04-25")
        cls.ledger.enter(partner, "2025-04-22", orders=1, ordered=600.0, gross=600.0, margin=3 * 8.0 + 10 * 20.0)
        cls.ledger.enter(partner, "2025-04-25", revenue=3 * 20.0 + 4 * 50.0)
        cls.pay(invoice, date(2025, 4, 25))
        return partner

    @classmethod
    def _story_moved(cls):
        """What a contact ordered stays with the company for which it was, and the contact's own begins anew."""
        old, new = cls.customer("Old employer", is_company=True), cls.customer("New employer", is_company=True)
        contact = cls.customer("Who moves", parent_id=old.id)
        _order, invoice = cls.buy(contact, "2025-03-03", 100.0, 60.0)
        cls.env.flush_all()
        contact.parent_id = new
        cls.buy(contact, "2025-05-03", 80.0, 50.0)
        cls.env.flush_all()
        # a company of their own
        contact.write({"parent_id": False, "is_company": True})
        cls.buy(contact, "2025-06-03", 60.0, 40.0)
        # goods of the first order come back late
        cls.taken_back(invoice, "2025-06-10")
        cls.ledger.enter(old, "2025-06-10", revenue=-100.0, margin=-40.0, returned=100.0)
        cls.ledger.owe(old, "2025-06-10", -100.0)
        return old + new + contact

    @classmethod
    def _story_invoiced_to_another(cls):
        """That somebody else pays is known with the invoice only."""
        buyer, payer = cls.customer("Late buyer", is_company=True), cls.customer("Late payer", is_company=True)
        order = cls.order(buyer, "2025-04-02", lines=[{"price_unit": 90.0, "purchase_price": 50.0}])
        invoice = order._create_invoices()
        invoice.partner_id = payer
        cls.posted(invoice, "2025-04-04")
        cls.ledger.enter(buyer, "2025-04-02", orders=1, ordered=90.0, gross=90.0, margin=40.0)
        cls.ledger.enter(buyer, "2025-04-04", revenue=90.0)
        cls.ledger.owe(payer, "2025-04-04", 90.0)
        return buyer + payer

    @classmethod
    def _story_more_than_ordered(cls):
        """Goods that were delivered without being ordered, at a discount."""
        partner = cls.customer("More")
        order = cls.order(
            partner, "2025-04-23",
            lines=[{"product_id": cls.sent.id, "product_uom_qty": 1.0, "price_unit": 20.0, "purchase_price": 12.0},
                   {"product_id": cls.sent.id, "product_uom_qty": 0.0, "price_unit": 30.0, "purchase_price": 20.0,
                    "discount": 10.0}],
        )  # fmt: skip
        for line, delivered in zip(order.order_line, (1.0, 2.0), strict=True):
            line.qty_delivered = delivered
        cls.ledger.enter(partner, "2025-04-23", orders=1, ordered=20.0, gross=20.0, margin=8.0 + 2 * (27.0 - 20.0))
        invoice = cls.bill(order, "2025-04-24")
        cls.ledger.enter(partner, "2025-04-24", revenue=20.0 + 2 * 27.0)
        cls.pay(invoice, date(2025, 4, 24))
        return partner

    @classmethod
    def _story_merged(cls):
        one, other = cls.customer("One"), cls.customer("Other")
        cls.buy(one, "2025-02-01", 100.0, 70.0)
        cls.buy(other, "2025-03-01", 50.0, 20.0, book=one)
        cls.env["base.partner.merge.automatic.wizard"]._merge((one + other).ids, one)
        return one

    @classmethod
    def _story_archived(cls):
        """Who has left is in no score, and what they brought stays in the books."""
        partner = cls.customer("Archived")
        cls.buy(partner, "2025-03-21", 100.0, 55.0)
        partner.active = False
        return partner

    @classmethod
    def _story_discounts(cls):
        partner = cls.customer("Regular")
        for month, discount in ((1, 0.0), (2, 10.0), (3, 0.0), (4, 25.0), (5, 0.0)):
            day = date(2025, month, 28)
            order = cls.order(partner, day, lines=[{"price_unit": 40.0, "purchase_price": 15.0, "discount": discount}])
            amount = 40.0 * (1 - discount / 100)
            cls.ledger.enter(
                partner, day, orders=1, ordered=amount, gross=40.0, discount=40.0 - amount, margin=amount - 15.0
            )
            cls.bill(order, day + timedelta(days=4))
            cls.ledger.enter(partner, day + timedelta(days=4), revenue=amount)
            cls.ledger.owe(partner, day + timedelta(days=4), amount)
        cls.lead(partner, 1000.0, 30.0, day=date(2025, 6, 1))
        cls.ledger.deals[partner.id] += 300.0
        return partner

    @classmethod
    def _story_yen(cls):
        """A currency without cents: orders divide into thirds of one, invoices are booked in whole ones."""
        partner = cls.customer("Yen")
        yen = cls.currency("JPY", d2024_01_01=150.0)
        for month in (2, 3, 4):
            day = date(2025, month, 11)
            order, _none = cls.buy(partner, day, 1000.0, 600.0, billed=False, rate=150.0, currency=yen)
            cls.pay(cls.bill(order, day), day)
            cls.ledger.enter(partner, day, revenue=6.67)
        return partner

    @classmethod
    def _story_elsewhere(cls):
        """Two addresses, each with another company of the group: what the other one sold is in its own books."""
        partner = cls.customer("Elsewhere", is_company=True)
        here, there = (
            cls.customer(name, parent_id=partner.id, type="delivery") for name in ("Address here", "Address there")
        )
        cls.buy(here, "2025-04-08", 100.0, 60.0)
        sister = cls.env["res.company"].create({"name": "Sister", "currency_id": cls.env.ref("base.EUR").id})
        cls.env["account.chart.template"].try_loading("generic_coa", company=sister, install_demo=False)
        cls.env.user.company_ids += sister
        lines = [{"price_unit": 500.0, "purchase_price": 100.0}]
        order = cls.order(there, "2025-04-09", lines=lines, company=sister)
        cls.invoice(there, date(2025, 4, 9), 500.0, company=sister, order=order)
        cls.lead(there, 700.0, 50.0, day=date(2025, 6, 1), company=sister)
        return partner

    @classmethod
    def _story_backdated(cls):
        """Hours of February, confirmed in May; and an order dated after its invoice, which was cheaper."""
        partner = cls.customer("Backdated")
        hours = {"product_id": cls.hours.id, "product_uom_qty": 10.5, "price_unit": 50.0, "purchase_price": 30.0}
        order = cls.order(partner, "2025-05-26", lines=[hours])
        order.order_line.qty_delivered = 10.5
        order.date_order = "2025-02-27 12:00:00"
        cls.ledger.enter(partner, "2025-02-27", orders=1, ordered=525.0, gross=525.0, margin=210.0)
        cls.pay(cls.bill(order, "2025-05-27"), date(2025, 5, 27))
        cls.ledger.enter(partner, "2025-05-27", revenue=525.0)
        order, _none = cls.buy(partner, "2025-05-05", 100.0, 60.0, billed=False)
        cls.pay(cls.bill(order, "2025-04-28", price_unit=90.0), date(2025, 4, 28))
        cls.ledger.enter(partner, "2025-04-28", revenue=90.0)
        # nothing is lost before there is an order
        cls.ledger.enter(partner, "2025-05-05", margin=-10.0)
        return partner

    @classmethod
    def _story_restocking_fee(cls):
        """Four of ten came back; what putting them on the shelf costs is kept."""
        partner = cls.customer("Restocking fee")
        _order, invoice = cls.buy(partner, "2025-04-16", 20.0, 12.0, quantity=10.0)
        refund = invoice._reverse_moves([{"invoice_date": "2025-05-16", "date": "2025-05-16"}])
        refund.invoice_line_ids.quantity = 4.0
        refund.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": cls.service.id, "quantity": 1.0, "price_unit": -10.0, "tax_ids": False}
                    )
                ]
            }
        )
        refund.action_post()
        assert refund.amount_untaxed == 70.0, refund.amount_untaxed
        cls.ledger.enter(partner, "2025-05-16", revenue=-70.0, returned=80.0, margin=-32.0 + 10.0)
        cls.ledger.owe(partner, "2025-05-16", -70.0)
        return partner

    @classmethod
    def _story_cancelled_after_delivery(cls):
        """Two of five were sent and invoiced, and the rest never will be: the two have earned what they earn."""
        partner = cls.customer("Cancelled after delivery")
        line = {"product_id": cls.sent.id, "product_uom_qty": 5.0, "price_unit": 20.0, "purchase_price": 12.0}
        order = cls.order(partner, "2025-04-28", lines=[line])
        order.order_line.qty_delivered = 2.0
        cls.pay(cls.bill(order, "2025-04-30"), date(2025, 4, 30))
        cls.ledger.enter(partner, "2025-04-30", revenue=40.0, margin=16.0)
        order.with_context(disable_cancel_warning=True)._action_cancel()
        return partner

    @classmethod
    def _story_tax_included_in_full(cls):
        """A fifth of tax in the price of what was given away, and of what was sent without being ordered."""
        partner = cls.customer("Tax included in full")
        tax = cls.env["account.tax"].create(
            {
                "name": "20% in it",
                "amount": 20.0,
                "price_include_override": "tax_included",
                "company_id": cls.company.id,
            }
        )
        taxes = {"tax_ids": [Command.set(tax.ids)]}
        order = cls.order(
            partner, "2025-04-21",
            lines=[{"price_unit": 120.0, "purchase_price": 60.0, **taxes},
                   {"price_unit": 60.0, "purchase_price": 20.0, "discount": 100.0, **taxes},
                   {"product_id": cls.sent.id, "product_uom_qty": 0.0, "price_unit": 24.0, "purchase_price": 12.0,
                    **taxes}],
        )  # fmt: skip
        order.order_line[-1].qty_delivered = 2.0
        cls.ledger.enter(
            partner, "2025-04-21", orders=1, ordered=100.0, gross=150.0, discount=50.0,
            margin=40.0 - 20.0 + 2 * (20.0 - 12.0),
        )  # fmt: skip
        # goods that nobody ordered, invoiced by themselves
        line = {"product_id": cls.sent.id, "product_uom_qty": 0.0, "price_unit": 24.0, "purchase_price": 12.0, **taxes}
        order = cls.order(partner, "2025-04-23", lines=[line])
        order.order_line.qty_delivered = 3.0
        cls.ledger.enter(partner, "2025-04-23", orders=1, margin=3 * (20.0 - 12.0))
        cls.pay(cls.bill(order, "2025-04-24"), date(2025, 4, 24))
        cls.ledger.enter(partner, "2025-04-24", revenue=60.0)
        return partner

    @classmethod
    def _story_brought_forward(cls):
        """What was owed when the books were opened, with a due date or without; some of it was paid on account."""
        partner = cls.customer("Brought forward")
        cls.buy(partner, "2025-02-12", 100.0, 70.0)
        for day, amount, kind, due in (
            ("2025-01-01", 500.0, "general", "2025-03-31"), ("2025-01-01", 80.0, "general", False),
            ("2025-06-01", 90.0, "general", "2025-07-31"), ("2025-05-15", -200.0, "bank", False),
        ):  # fmt: skip
            cls.booked(partner, day, amount, kind, due)
            cls.ledger.owe(partner, due or day, amount)
        return partner

    @classmethod
    def _story_paid_back(cls):
        """What was credited got its money, and nobody has matched the two: it pays for nothing else."""
        partner = cls.customer("Paid back")
        _order, invoice = cls.buy(partner, "2025-03-13", 100.0, 60.0)
        cls.taken_back(invoice, "2025-03-23")
        cls.ledger.enter(partner, "2025-03-23", revenue=-100.0, returned=100.0, margin=-40.0)
        cls.ledger.owe(partner, "2025-03-23", -100.0)
        cls.booked(partner, "2025-04-02", 100.0, "bank")
        cls.ledger.owe(partner, "2025-04-02", 100.0)
        order, _none = cls.buy(partner, "2025-04-14", 150.0, 60.0, billed=False)
        cls.bill(order, "2025-04-14")
        cls.ledger.enter(partner, "2025-04-14", revenue=150.0)
        cls.ledger.owe(partner, "2025-04-14", 150.0)
        return partner

    @classmethod
    def _story_credited_twice(cls):
        """Goods come back once. What is credited for them once more is a gift."""
        partner = cls.customer("Credited twice")
        cls.buy(partner, "2025-02-15", 500.0, 300.0)
        _order, invoice = cls.buy(partner, "2025-03-15", 100.0, 60.0)
        for day, margin, returned in (("2025-04-15", -40.0, 100.0), ("2025-05-15", -100.0, 0.0)):
            cls.taken_back(invoice, day)
            cls.ledger.enter(partner, day, revenue=-100.0, returned=returned, margin=margin)
            cls.ledger.owe(partner, day, -100.0)
        return partner

    @classmethod
    def _story_more_than_sold_came_back(cls):
        """Two were sent, and three came back: one more is on the shelf, at its cost."""
        partner = cls.customer("More than sold came back")
        line = {"product_id": cls.sent.id, "product_uom_qty": 2.0, "price_unit": 20.0, "purchase_price": 12.0}
        order = cls.order(partner, "2025-04-20", lines=[line])
        order.order_line.qty_delivered = 2.0
        cls.bill(order, "2025-04-20")
        order.order_line.qty_delivered = -1.0
        cls.posted(order._create_invoices(final=True), "2025-05-20")
        cls.ledger.enter(partner, "2025-04-20", orders=1, ordered=40.0, gross=40.0, revenue=40.0, margin=-8.0)
        cls.ledger.enter(partner, "2025-05-20", revenue=-60.0, returned=60.0)
        cls.ledger.owe(partner, "2025-04-20", 40.0)
        cls.ledger.owe(partner, "2025-05-20", -60.0)
        return partner

    @classmethod
    def _story_not_lost_after_all(cls):
        """Written off, and taken back a month later: it is owed as before, and nothing is lost."""
        partner = cls.customer("Not lost after all")
        order, _none = cls.buy(partner, "2025-03-16", 100.0, 60.0, billed=False)
        invoice = cls.bill(order, "2025-03-16")
        cls.ledger.enter(partner, "2025-03-16", revenue=100.0)
        entry = cls.written_off(invoice, "2025-04-16", 100.0)
        cls.ledger.enter(partner, "2025-04-16", margin=-100.0)
        entry._reverse_moves([{"date": date(2025, 5, 16)}], cancel=True)
        cls.ledger.enter(partner, "2025-05-16", margin=100.0)
        cls.ledger.owe(partner, "2025-03-16", 100.0)
        return partner

    @classmethod
    def _story_sent_back_by_order(cls):
        """An order of less than nothing: goods come back, and nobody has bought anything on that day."""
        partner = cls.customer("Sent back by order")
        cls.buy(partner, "2025-01-17", 100.0, 60.0, quantity=5.0)
        order = cls.order(
            partner, "2025-05-17", lines=[{"product_uom_qty": -2.0, "price_unit": 100.0, "purchase_price": 60.0}]
        )
        cls.ledger.enter(partner, "2025-05-17", margin=-80.0)
        cls.posted(order._create_invoices(final=True), "2025-05-18")
        cls.ledger.enter(partner, "2025-05-18", revenue=-200.0)
        cls.ledger.owe(partner, "2025-05-18", -200.0)
        # what is given in payment is worth more than what is bought: that was bought all the same
        swap = cls.customer("Swap")
        cls.order(
            swap, "2025-05-18",
            lines=[{"product_uom_qty": -2.0, "price_unit": 100.0, "purchase_price": 60.0},
                   {"price_unit": 50.0, "purchase_price": 20.0}],
        )  # fmt: skip
        cls.ledger.enter(swap, "2025-05-18", orders=1, ordered=-150.0, gross=50.0 - 200.0, margin=30.0 - 80.0)
        return partner + swap

    @classmethod
    def _story_collective_invoice(cls):
        """The head office pays for what its shops and itself have ordered, and for the freight, by one invoice."""
        head, one, other = (cls.customer(name, is_company=True) for name in ("Head office", "One shop", "Other shop"))
        orders = cls.env["sale.order"]
        for partner, price, cost in ((one, 100.0, 60.0), (other, 300.0, 100.0), (head, 50.0, 30.0)):
            order = cls.order(partner, "2025-05-19", lines=[{"price_unit": price, "purchase_price": cost}])
            order.partner_invoice_id = head
            orders += order
            cls.ledger.enter(partner, "2025-05-19", orders=1, ordered=price, gross=price, margin=price - cost)
            cls.ledger.enter(partner, "2025-05-20", revenue=price)
        invoice = orders[0]._create_invoices()
        lines = [
            {"product_id": cls.product.id, "price_unit": line.price_unit, "sale_line_ids": [Command.set(line.ids)]}
            for line in orders[1:].order_line
        ]
        lines.append({"product_id": cls.service.id, "price_unit": 7.0})
        invoice.write({"invoice_line_ids": [Command.create({"quantity": 1.0, "tax_ids": False} | v) for v in lines]})
        cls.posted(invoice, "2025-05-20")
        # what is of no order goes with the first
        cls.ledger.enter(min(one, other, head, key=lambda partner: partner.id), "2025-05-20", revenue=7.0)
        cls.ledger.owe(head, "2025-05-20", 457.0)
        return head + one + other

    @classmethod
    def _story_debit_note(cls):
        """Fifteen more for what was invoiced already, of which five are let off again."""
        partner = cls.customer("Debit note")
        if "debit_origin_id" not in cls.env["account.move"]._fields:
            return partner.browse()
        order, _none = cls.buy(partner, "2025-05-21", 100.0, 60.0, billed=False)
        invoice = cls.bill(order, "2025-05-21")
        cls.ledger.enter(partner, "2025-05-21", revenue=100.0)
        made = cls.env["account.debit.note"].with_context(active_model="account.move", active_ids=invoice.ids)
        made.create({"reason": "Too cheap", "copy_lines": True}).create_debit()
        note = invoice.debit_note_ids
        note.invoice_line_ids.price_unit = 15.0
        cls.posted(note, "2025-05-22")
        cls.ledger.enter(partner, "2025-05-22", revenue=15.0, margin=15.0)
        cls.taken_back(note, "2025-05-23", price_unit=5.0)
        cls.ledger.enter(partner, "2025-05-23", revenue=-5.0, margin=-5.0)
        for day, amount in (("2025-05-21", 100.0), ("2025-05-22", 15.0), ("2025-05-23", -5.0)):
            cls.ledger.owe(partner, day, amount)
        return partner

    @classmethod
    def _story_service(cls):
        """Three complaints of which one is open, and a ticket."""
        partner = cls.customer("Service")
        cls.buy(partner, "2025-05-20", 100.0, 60.0)
        for day, is_open in ((date(2024, 11, 5), False), (date(2025, 5, 25), False), (date(2025, 6, 12), True)):
            ticket = cls.ticket(partner, day, is_complaint=True)
            cls.stamp(ticket, complaint_received_on=cls._moment(day))
            cls.ledger.enter(partner, day, complaints=1)
            if is_open:
                cls.ledger.open_complaints[partner.id] += 1
            else:
                cls.stamp(ticket, complaint_state="closed", complaint_closed_on=cls._moment(day + timedelta(days=3)))
                cls.ledger.enter(partner, day + timedelta(days=3), tickets=1)
        # the first of May where the company is
        cls.ticket_closed(partner, datetime(2025, 4, 30, 17))
        return partner

    @classmethod
    def ticket_closed(cls, partner, moment, **options):
        ticket = cls.ticket(partner, moment, stage_id=cls.closed.id, **options)
        cls.stamp(ticket, closed_date=moment)
        cls.ledger.enter(partner, moment.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date(), tickets=1)

    @classmethod
    def _story_till(cls):
        """What was bought and taken back at a till, where there are any."""
        partner = cls.customer("At the till")
        if "pos.order" not in cls.env:
            return partner.browse()
        journal = cls.env["account.journal"].create(
            {"name": "Till", "code": "TLL", "type": "cash", "company_id": cls.company.id}
        )
        cash = cls.env["pos.payment.method"].create(
            {"name": "Till cash", "journal_id": journal.id, "company_id": cls.company.id}
        )
        config = cls.env["pos.config"].create(
            {"name": "Shop", "company_id": cls.company.id, "payment_method_ids": [Command.set(cash.ids)]}
        )
        session = cls.env["pos.session"].create({"config_id": config.id, "user_id": cls.env.uid})
        for day, price, cost, sign in (
            ("2025-05-07", 90.0, 50.0, 1), ("2025-06-07", 30.0, 10.0, -1), ("2025-06-17", 0.0, 4.0, 1),
        ):  # fmt: skip
            line = {
                "product_id": cls.product.id, "qty": sign, "price_unit": price, "price_subtotal": sign * price,
                "price_subtotal_incl": sign * price, "total_cost": sign * cost, "is_total_cost_computed": True,
                "tax_ids": [Command.clear()],
            }  # fmt: skip
            order = cls.env["pos.order"].create(
                {
                    "session_id": session.id, "company_id": cls.company.id, "partner_id": partner.id,
                    "date_order": cls._moment(day), "is_refund": sign < 0, "amount_tax": 0,
                    "amount_total": sign * price, "amount_paid": sign * price, "amount_return": 0,
                    "lines": [Command.create(line)],
                }
            )  # fmt: skip
            order.state = "paid"
            cls.ledger.enter(partner, day, revenue=sign * price, margin=sign * (price - cost))
        cls.ledger.enter(partner, "2025-05-07", orders=1, ordered=90.0)
        cls.ledger.enter(partner, "2025-06-07", returned=30.0)
        return partner

    @classmethod
    def _story_branch(cls):
        """What happens with a branch is seen by the company above it."""
        partner = cls.customer("Of the branch")
        order = cls.order(
            partner, "2025-05-08", lines=[{"price_unit": 60.0, "purchase_price": 35.0}], company=cls.branch
        )
        cls.ledger.enter(partner, "2025-05-08", orders=1, ordered=60.0, gross=60.0, margin=25.0)
        cls.invoice(partner, date(2025, 5, 9), 60.0, company=cls.branch, order=order)
        cls.ledger.enter(partner, "2025-05-09", revenue=60.0)
        cls.ledger.owe(partner, "2025-05-09", 60.0)
        cls.lead(partner, 200.0, 50.0, day=date(2025, 6, 1), company=cls.branch)
        cls.ledger.deals[partner.id] += 100.0
        cls.ticket_closed(partner, datetime(2025, 5, 20, 8), company=cls.branch)
        complaint = cls.ticket(partner, date(2025, 6, 15), is_complaint=True, company=cls.branch)
        cls.stamp(complaint, complaint_received_on=cls._moment(date(2025, 6, 15)))
        cls.ledger.enter(partner, "2025-06-15", complaints=1)
        cls.ledger.open_complaints[partner.id] += 1
        return partner

    @classmethod
    def stamp(cls, record, **columns):
        """Columns that users cannot set."""
        cls.env.flush_all()
        for name, value in columns.items():
            cls.env.cr.execute(f'UPDATE "{record._table}" SET "{name}" = %s WHERE id = %s', [value, record.id])
        record.invalidate_recordset()
        return record

    @classmethod
    def of(cls, partners):
        """Records of these customers and of the company itself."""
        return Domain("partner_id", "in", partners.ids) & Domain("company_id", "=", cls.company.id)
