"""The net margin of random histories of orders, against an oracle that counts single units of goods.

The oracle knows what happened, not the documents: which units were invoiced at which price, which of them were given
back, and what was allowed or written off. It shares no code with the addon.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.scoring.customer_value_source import Scope
from ..core.value_case import AS_OF
from .source_case import SourceCase

PRICE, COST = 100.0, 60.0

STEPS = ("invoice", "cheaper", "credit", "reissue", "cut", "lower", "more", "write_off", "goodwill")

steps = st.tuples(st.sampled_from(STEPS), st.integers(1, 4))
histories = st.tuples(st.booleans(), st.integers(2, 8), st.lists(steps, min_size=2, max_size=6), st.booleans())


class Ledger:
    """One order of a customer, unit by unit."""

    def __init__(self, due):
        self.due = due
        # the price of each unit invoiced and not given back
        self.units = []
        self.back = 0
        self.lost = 0.0
        self.cut = self.credited = False

    @property
    def open(self):
        return self.due - len(self.units) - self.back

    def invoice(self, count, price):
        # what was given back and is invoiced now had been invoiced wrongly
        self.back -= min(count, self.back)
        self.units += [price] * count

    def credit(self, count):
        """Give back at most ``count`` of the latest units that have one price.

        :return: how many, and their price
        """
        price = self.units[-1]
        same = next((n for n, unit in enumerate(reversed(self.units)) if unit != price), len(self.units))
        count = min(count, same)
        too_many = max(0, len(self.units) - self.due)
        self.back += max(0, count - too_many)
        del self.units[len(self.units) - count :]
        self.credited = True
        return count, price

    def lower(self, count):
        self.back -= min(self.back, max(0, count - max(0, self.open)))
        self.due -= count

    @property
    def margin(self):
        kept = self.due - self.back
        return sum(self.units) + PRICE * (kept - len(self.units)) - COST * kept - self.lost


@tagged("post_install", "-at_install")
class TestNetMarginOracle(SourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(["revenue", "margin"])
        cls.delivered = cls.env["product.product"].create(
            {"name": "Sent", "type": "consu", "taxes_id": [Command.clear()], "invoice_policy": "delivery"}
        )
        cls.losses = cls.env["account.account"].create(
            {"name": "Bad debts", "code": "699901", "account_type": "expense"}
        )

    def write_off(self, invoice, day, amount):
        term = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "general")], limit=1
        )
        values = {"account_id": term.account_id.id, "partner_id": term.partner_id.id, "credit": amount}
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "date": day,
                "line_ids": [
                    Command.create({"account_id": self.losses.id, "debit": amount}),
                    Command.create(values),
                ],
            }
        )
        entry.action_post()

    def live(self, partner, by_delivery, ordered, happened, cancelled):
        """Let a history happen in Odoo and in the ledger; steps that make no sense are left out.

        :return: the margin that the ledger says
        """
        day = AS_OF - timedelta(days=100)
        product = self.delivered if by_delivery else self.product
        order = self.order(
            partner,
            day,
            lines=[
                {
                    "product_id": product.id,
                    "product_uom_qty": float(ordered),
                    "price_unit": PRICE,
                    "purchase_price": COST,
                }
            ],
        )
        line, ledger = order.order_line, Ledger(ordered)
        if by_delivery:
            line.qty_delivered = ordered
        invoices = self.env["account.move"]

        def due():
            if by_delivery:
                line.qty_delivered = ledger.due
            else:
                # Odoo would ask the price list again where nothing has been invoiced
                line.write({"product_uom_qty": ledger.due, "price_unit": PRICE})

        def invoice(count, price):
            nonlocal invoices
            ledger.invoice(count, price)
            lines = [{"quantity": count, "price_unit": price}]
            invoices += self.invoice(partner, day, lines=lines, order=order)

        def credit(count):
            while count:
                part, price = ledger.credit(count)
                self.credit_note(partner, day, lines=[{"quantity": part, "price_unit": price}], order=order)
                count -= part

        for step, count in happened:
            day += timedelta(days=3)
            units = len(ledger.units)
            if step in ("invoice", "cheaper") and ledger.open > 0:
                invoice(min(count, ledger.open), PRICE - 8 * (step == "cheaper"))
            elif step == "credit" and units and not ledger.cut:
                credit(min(count, units))
            elif step == "reissue" and units and not ledger.cut:
                price = ledger.units[-1]
                credit(1)
                invoice(1, price)
            elif step == "cut" and 0 < units <= ledger.due:
                ledger.lost += 5.0 * units
                ledger.cut = True
                self.credit_note(partner, day, lines=[{"quantity": units, "price_unit": 5.0}], order=order)
            elif step == "lower" and ledger.due > count and not ledger.cut:
                ledger.lower(count)
                due()
                if len(ledger.units) > ledger.due:
                    credit(len(ledger.units) - ledger.due)
            elif step == "more" and not ledger.credited:
                ledger.due += count
                due()
            elif step == "write_off" and invoices:
                ledger.lost += count
                self.write_off(invoices[-1], day, float(count))
            elif step == "goodwill":
                ledger.lost += count
                self.credit_note(partner, day, float(count))
        if cancelled and not by_delivery and not ledger.cut:
            ledger.lower(ledger.due)
            credit(len(ledger.units))
            order.with_context(disable_cancel_warning=True)._action_cancel()
        return ledger.margin

    @settings(
        derandomize=True,
        deadline=None,
        max_examples=5,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(histories, min_size=3, max_size=5))
    def test_random_histories(self, lives):
        partners = self.customers(len(lives), "Living")
        expected = {partner: self.live(partner, *life) for partner, life in zip(partners, lives, strict=True)}
        self.run_policy()
        for (partner, margin), life in zip(expected.items(), lives, strict=True):
            score = self.score(partner)
            self.assertAlmostEqual(score.margin, margin, 2, life)
        # some customers are read in two ways: one by one, and out of the documents of everybody
        run = self.env["customer.value.run"].new({"policy_id": self.policy.id, "as_of": AS_OF})
        scope = Scope.make(self.company, AS_OF, self.policy.window_months, partners)
        self.assertTrue(scope.by_customer)
        for many in (False, True):
            read = SQL("SELECT partner_id, margin FROM (%s) read", run._collect_sql(replace(scope, many=many)))
            found = dict(self.env.execute_query(read))
            self.assertEqual(set(found), set(partners.ids))
            for partner, margin in expected.items():
                self.assertAlmostEqual(float(found[partner.id] or 0), margin, 2, (many, partner.name))
