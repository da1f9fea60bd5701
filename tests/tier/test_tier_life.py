"""Two years of customers' tiers, month by month, against a model written from the documentation alone."""

import random
from datetime import date, timedelta
from itertools import pairwise

from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ..core.value_case import ONE_TO_ONE, ValueCase

FIRST = date(2024, 1, 31)

MONTHS = [FIRST + relativedelta(months=month, day=31) for month in range(24)]

# name: (entry, keep, minimum hold in months, grace in days), lowest first
LADDER = {"Base": (0, 0, 0, 0), "Silver": (40, 35, 0, 45), "Gold": (60, 50, 4, 0), "Diamond": (80, 70, 3, 70)}

NAMES = list(LADDER)


class Life:
    """What docs/ARCHITECTURE.md says of tiers over time, for one customer whose score is their revenue of a year."""

    def __init__(self, step):
        self.step = step
        self.sales = []
        self.tier = self.since = self.grace = self.by_hand = None
        self.was_by_hand = False

    def score(self, day):
        return min(
            100, max(0, sum(amount for when, amount in self.sales if day - relativedelta(years=1) < when <= day))
        )

    def judge(self, day):
        score = self.score(day)
        earned = max(rank for rank, name in enumerate(NAMES) if score >= LADDER[name][0])
        in_force = self.by_hand and self.by_hand[1] <= day <= self.by_hand[2]
        grace, self.grace = self.grace, None
        tier = self.tier
        if in_force:
            tier = self.by_hand[0]
        elif tier is None or self.was_by_hand or earned >= tier:
            tier = earned
        else:
            _entry, keep, hold, days = LADDER[NAMES[tier]]
            last = grace or day + timedelta(days=days)
            if score >= keep or day < self.since + relativedelta(months=hold):
                pass
            elif days and day <= last:
                self.grace = last
            else:
                tier = tier - 1 if self.step else earned
        self.was_by_hand = in_force
        if tier != self.tier:
            self.tier, self.since = tier, day
        return NAMES[tier], self.since, self.grace


@tagged("post_install", "-at_install")
class TestTierLife(ValueCase):
    def setUp(self):
        super().setUp()
        self.lives = {}

    def start(self, demotion):
        tiers = {
            name: {"entry_score": entry, "keep_score": keep, "hold_months": hold, "grace_days": days}
            for name, (entry, keep, hold, days) in LADDER.items()
        }
        self.policy = self.make_policy(ONE_TO_ONE, tiers, demotion=demotion)
        self.lives = {partner: Life(demotion == "step") for partner in self.customers(6)}

    def sell(self, partner, day, amount):
        (self.invoice if amount > 0 else self.credit_note)(partner, day, abs(amount))
        self.lives[partner].sales.append((day, amount))

    def check(self, day):
        """Run on ``day`` and compare everybody with the model; count what happened."""
        with freeze_time(day):
            self.policy._run()
        for partner, life in self.lives.items():
            score = self.score(partner)
            if not life.sales:
                self.assertFalse(score)
                continue
            before = life.tier
            name, since, grace = life.judge(day)
            found = (score.tier_id.name, score.tier_since, score.grace_until or None)
            self.assertEqual(found, (name, since, grace), (day, partner.name, life.sales))
            if before is not None and life.tier != before:
                self.seen.add("up" if life.tier > before else "down")
            if grace:
                self.seen.add("grace")
            elif life.score(day) < LADDER[name][1] and not life.was_by_hand:
                self.seen.add("hold")
            if life.was_by_hand:
                self.seen.add("override")

    def live(self, demotion, seed):
        generator = random.Random(seed)
        self.seen = set()
        self.start(demotion)
        partners = list(self.lives)
        for number, day in enumerate(MONTHS):
            for partner in list(self.lives):
                if generator.random() < 0.35:
                    amount = generator.choice((5, 10, 20, 35, 50, -15))
                    self.sell(partner, day - timedelta(days=generator.randint(0, 27)), amount)
            if number in (6, 15):
                self.set_by_hand(partners[0], "Diamond" if number == 6 else "Base", day)
            if number == 12:
                self.merge(partners[4], partners[1])
            if number == 17:
                self.join(partners[5], partners[2])
            self.check(day)
        return self.seen

    def set_by_hand(self, partner, tier, day):
        """From today, for three months; it acts at once, so the model judges today as well."""
        until = day + relativedelta(months=3)
        with freeze_time(day):
            self.env["customer.value.override"].create(
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "tier_id": self.tier(tier).id,
                    "reason": "Promised",
                    "date_until": until,
                }
            )
        self.lives[partner].by_hand = (NAMES.index(tier), day, until)

    def merge(self, source, destination):
        """The remaining customer keeps their tier; what the other bought counts for them from now on."""
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((source | destination).ids, destination)
        self.lives[destination].sales += self.lives.pop(source).sales

    def join(self, partner, company):
        """A customer becomes a contact of another: their own tier ends, and their purchases count there."""
        partner.parent_id = company
        self.lives[company].sales += self.lives.pop(partner).sales
        self.gone = partner

    def test_one_step_at_a_time(self):
        seen = self.live("step", 1)
        self.assertLessEqual({"up", "down", "grace", "hold", "override"}, seen)
        self.assertFalse(self.score(self.gone))
        self.assertEqual(self.history(self.gone)[-1:].event, "left")

    def test_at_once(self):
        self.assertLessEqual({"up", "down", "grace", "hold", "override"}, self.live("direct", 2))

    def test_the_history_tells_the_life(self):
        """Each change says from, to, cause, policy and who, and one begins where the one before ended."""
        self.live("direct", 3)
        causes = set()
        for partner in self.lives:
            entries = self.history(partner).filtered("cause")
            for before, after in pairwise(entries):
                if before.partner_id == after.partner_id and after.event == "changed" and before.run_id != after.run_id:
                    causes.add(after.cause)
                    self.assertTrue(after.previous_contributions and after.contributions)
            for entry in entries:
                self.assertEqual((entry.policy_id, entry.policy_version), (self.policy, self.policy.version))
                self.assertEqual(entry.user_id, self.env.user)
            timeline = self.score(partner)._get_timeline(limit=None)
            self.assertEqual([fields.Date.to_date(entry["date"]) for entry in timeline], entries[::-1].mapped("date"))
            self.assertTrue(all(entry["cause"] and entry["who"] and entry["policy"] for entry in timeline))
        self.assertLessEqual({"run", "override", "expiry"}, causes)
