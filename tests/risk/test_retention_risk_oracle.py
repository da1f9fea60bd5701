"""Customers at risk among random ones, against the same found in plain Python and pandas."""

import random
from datetime import timedelta
from fractions import Fraction

import pandas as pd
from dateutil.relativedelta import relativedelta
from odoo.tests import tagged

from ..core.value_case import ONE_TO_ONE
from .retention_risk_case import TODAY, RiskCase, days_ago

LEVELS = ["", "watch", "serious", "urgent"]

ORDER = ["dispute", "complaint", "margin", "decline", "rhythm"]

LOST = 300


@tagged("post_install", "-at_install")
class TestRetentionRiskOracle(RiskCase):
    """Customers, their contacts, and documents of two and a half years; nothing of the code under test is used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(ONE_TO_ONE, window_months=0, lost_days=LOST)
        cls.euro = cls.currency("EUR", d2022_01_01=0.5)
        cls.dice = random.Random(20250630)

    def make(self, count):
        """Customers and documents.

        :return: the customers, and data frames of orders (partner, day, margin), credits (partner, day, margin),
            invoices (number, partner, amount, day, due, open) and complaints (partner, day, move, billing)
        """
        dice = self.dice
        orders, credits, invoices, complaints = [], [], [], []
        partners = self.customers(count, "Chance")
        for partner in partners:
            buyers = [partner, self.customer("Buyer", parent_id=partner.id)]
            gap = dice.choice([7, 45, 120])
            day = days_ago(dice.choice([0, 5, 40, 90, LOST, LOST + 1]))
            for _number in range(dice.choice([0, 1, 4, 6, 8])):
                amount, margin, euros = dice.randrange(50, 150), dice.randrange(-10, 50), dice.random() < 0.3
                self.order(
                    dice.choice(buyers), day, amount, cost=amount - margin, currency=self.euro if euros else None
                )
                orders.append((partner.id, day, margin * (2 if euros else 1)))
                # several on one day now and then
                day -= timedelta(days=max(0, gap + dice.randrange(-gap, gap)))
            for _number in range(dice.randrange(3)):
                self.add_invoice(partner, dice.choice(buyers), invoices)
            if dice.random() < 0.6:
                day, amount = days_ago(dice.choice([20, 60, 300, 500])), dice.randrange(5, 50)
                self.credit_note(dice.choice(buyers), day, amount)
                credits.append((partner.id, day, amount))
            for _number in range(dice.choice([0, 0, 0, 1, 2])):
                self.add_complaint(partner, dice.choice(buyers), invoices, complaints)
        return (
            partners,
            pd.DataFrame(orders, columns=["partner", "day", "margin"]),
            pd.DataFrame(credits, columns=["partner", "day", "margin"]),
            pd.DataFrame(invoices, columns=["move", "partner", "amount", "day", "due", "open"]),
            pd.DataFrame(complaints, columns=["partner", "day", "move", "billing"]),
        )

    def add_invoice(self, partner, buyer, invoices):
        dice = self.dice
        amount, days = dice.randrange(10, 60), dice.randrange(1, 400)
        due = days_ago(days - dice.randrange(60))
        move = self.invoice(buyer, days_ago(days), amount, due=due)
        left = dice.choice([0, amount / 2, amount])
        if left < amount:
            self.pay(move, days_ago(0), amount - left)
        invoices.append((move.id, partner.id, amount, days_ago(days), due, left))

    def add_complaint(self, partner, buyer, invoices, complaints):
        dice = self.dice
        theirs = [row[0] for row in invoices if row[1] == partner.id]
        days, kind = dice.choice([0, 3, 6, 7, 20, 21, 39]), dice.choice([self.billing, self.late])
        move = dice.choice([*theirs, 0])
        complaint = self.complaint(buyer, days, complaint_type_id=kind.id, complaint_move_id=move or False)
        if dice.random() < 0.3:
            complaint.write({"complaint_state": "closed", "complaint_closed_on": "2025-06-30 12:00:00"})
        else:
            complaints.append((partner.id, days_ago(days), move, kind == self.billing and not move))

    @staticmethod
    def settled(overdue, credit):
        """What is left overdue when the open credit notes settle what is oldest."""
        overdue = overdue.sort_values(["due", "move"], kind="stable").copy()
        left = []
        for amount in overdue.open:
            used = min(amount, credit)
            credit -= used
            left.append(amount - used)
        overdue["open"] = left
        return overdue[overdue.open > 0]

    # -- the oracle ------------------------------------------------------------------------------------------------

    def expected(self, partner, orders, credits, invoices, complaints, scores):
        """:return: dict of what the risk should hold; None if the customer is not at risk"""
        orders, credits, invoices, complaints = (
            frame[frame.partner == partner] for frame in (orders, credits, invoices, complaints)
        )
        if orders.empty or (TODAY - orders.day.max()).days > LOST:
            return None
        year, before = TODAY - relativedelta(years=1), TODAY - relativedelta(years=2)

        def margin(start, end):
            kept = orders[(orders.day > start) & (orders.day <= end)].margin.sum()
            return float(kept - credits[(credits.day > start) & (credits.day <= end)].margin.sum())

        days = sorted(set(orders.day))
        gap = (TODAY - days[-1]).days
        facts = {"gap_days": gap, "margin_before": margin(before, year), "margin_now": margin(year, TODAY)}
        levels = dict.fromkeys(ORDER, 0)
        if len(days) > 2:
            ratio = Fraction(gap * (len(days) - 1), (days[-1] - days[0]).days)
            levels["rhythm"] = sum(ratio > limit for limit in (2, 3, 4))
            facts["gap_ratio"] = round(float(ratio), 2)
        if facts["margin_before"] > 0:
            share = 100 * (facts["margin_before"] - facts["margin_now"]) / facts["margin_before"]
            levels["margin"] = sum(share >= limit for limit in (20, 40, 60))
        then, now = scores[partner]
        facts["score_fall"] = max(0, then - now)
        levels["decline"] = sum(facts["score_fall"] >= limit for limit in (10, 20, 30))
        facts["complaint_count"] = len(complaints)
        if len(complaints):
            age = (TODAY - complaints.day.min()).days
            levels["complaint"] = 1 + (age >= 7) + (age >= 21)
        overdue = self.settled(
            invoices[(invoices.due < TODAY) & (invoices.open > 0)], credits[credits.day <= TODAY].margin.sum()
        )
        disputed = overdue if complaints.billing.any() else overdue[overdue.move.isin(complaints.move)]
        facts["disputed_amount"] = float(disputed.open.sum())
        if len(disputed):
            facts["disputed_days"] = (TODAY - disputed.due.min()).days
            levels["dispute"] = 2 + (facts["disputed_days"] >= 30)
        stake = max(0.0, facts["margin_before"], facts["margin_now"])
        if facts["margin_now"] > facts["margin_before"] > 0:
            stake = (facts["margin_now"] + facts["margin_before"]) / 2
        factors = [factor for factor in ORDER if levels[factor]]
        if not factors:
            return None
        return facts | {
            "factors": " ".join(factors),
            "level": LEVELS[max(levels.values())],
            "stake": stake,
            "margin_lost": max(0.0, facts["margin_before"] - facts["margin_now"]),
        }

    def test_against_pandas(self):
        partners, orders, credits, invoices, complaints = self.make(30)
        signed = pd.concat(
            [
                invoices[["partner", "day", "amount"]],
                credits.assign(amount=-credits.margin)[["partner", "day", "amount"]],
            ]
        )
        scores = {}
        for partner in partners.ids:
            theirs = signed[signed.partner == partner]
            then, now = (
                min(100.0, max(0.0, float(theirs[theirs.day <= day].amount.sum()))) for day in (days_ago(95), TODAY)
            )
            known = (orders[orders.partner == partner].day <= days_ago(95)).any() or (theirs.day <= days_ago(95)).any()
            scores[partner] = (then if known else now, now)
        self.run_policy(as_of=days_ago(95))
        self.run_policy(as_of=TODAY)
        self.refresh()
        seen = set()
        for partner in partners:
            with self.subTest(partner=partner.id):
                risk, expected = (
                    self.stored(partner),
                    self.expected(partner.id, orders, credits, invoices, complaints, scores),
                )
                if expected is None:
                    self.assertFalse(risk)
                    continue
                seen |= set(expected["factors"].split()) | {expected["level"]}
                self.assertEqual({name: risk[name] for name in expected}, expected)
                self.assertEqual(risk.reason_id.code, expected["factors"].split()[0])
                self.assertEqual(len(risk.explanation.split(". ")), len(expected["factors"].split()))
        self.assertEqual(seen, {*ORDER, *LEVELS[1:]}, "each of them is among the customers")
