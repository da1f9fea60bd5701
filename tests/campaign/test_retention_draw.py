"""The control group: the draw in SQL against the same draw in plain Python."""

import hashlib
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...analytics.campaign import assignment

QUICK = settings(derandomize=True, deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])

MARGINS = st.integers(-3, 3) | st.integers(-10_000, 10_000)

CUSTOMERS = st.dictionaries(
    st.integers(1, 2_000_000_000), st.tuples(st.none() | st.integers(1, 4), MARGINS), max_size=120
)

SEEDS = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"]), min_size=1, max_size=12)

SHARES = st.sampled_from([0, 1, 100_000, 200_000, 333_333, 500_000, 900_000, 999_999])


def sha(text):
    return hashlib.sha256(text.encode()).digest()


def expected(customers, seed, share, drawn=0):
    """:return: ``{partner_id: (margin_group, is_holdout)}``; shares nothing with the statement under test"""
    tiers = {}
    for partner, (tier, margin) in customers.items():
        tiers.setdefault(tier, []).append((margin, partner))
    groups = {}
    for members in tiers.values():
        for margin, partner in members:
            below = sum(other < margin for other, _partner in members)
            groups[partner] = 1 + (4 * below) // len(members)
    line = sorted(
        customers,
        key=lambda partner: (customers[partner][0] or 0, groups[partner], sha(f"{seed}:{partner}")),
    )
    total = int.from_bytes(sha(f"{seed}/{drawn}")[:4], "big") * 1_000_000 // 2**32
    result = {}
    for partner in line:
        before, total = total, total + share
        result[partner] = (groups[partner], total // 1_000_000 > before // 1_000_000)
    return result


@tagged("post_install", "-at_install")
class TestDraw(TransactionCase):
    def draw(self, customers, seed, share, drawn=0, order=None):
        """The same, by PostgreSQL; rows are given in ``order`` of partners."""
        rows = [(partner, *customers[partner]) for partner in order or customers]
        source = SQL(
            """(SELECT * FROM unnest(%s::int[], %s::int[], %s::numeric[]) AS t (partner_id, tier_id, margin_before))""",
            *([row[column] for row in rows] for column in range(3)),
        )
        result = self.env.execute_query(
            SQL(
                "SELECT partner_id, margin_group, is_holdout FROM (%s) d",
                assignment.draw_sql(source, seed, share, drawn),
            )
        )
        return {partner: (group, holdout) for partner, group, holdout in result}

    @QUICK
    @given(customers=CUSTOMERS, seed=SEEDS, share=SHARES, drawn=st.sampled_from([0, 1, 57]))
    def test_against_plain_python(self, customers, seed, share, drawn):
        self.assertEqual(self.draw(customers, seed, share, drawn), expected(customers, seed, share, drawn))

    @QUICK
    @given(customers=CUSTOMERS, seed=SEEDS, share=SHARES)
    def test_shares(self, customers, seed, share):
        """Each stratum and all together have the share, rounded down or up."""
        drawn = self.draw(customers, seed, share)

        def check(partners):
            exact = len(partners) * share / 1_000_000
            self.assertLess(abs(sum(drawn[partner][1] for partner in partners) - exact), 1)

        check(list(customers))
        strata = {}
        for partner, (tier, _margin) in customers.items():
            strata.setdefault((tier, drawn[partner][0]), []).append(partner)
        for partners in strata.values():
            check(partners)

    @QUICK
    @given(customers=CUSTOMERS, seed=SEEDS, share=SHARES, shuffle=st.integers())
    def test_order_of_rows_does_not_matter(self, customers, seed, share, shuffle):
        order = list(customers)
        random.Random(shuffle).shuffle(order)
        self.assertEqual(self.draw(customers, seed, share, order=order), self.draw(customers, seed, share))

    @QUICK
    @given(customers=CUSTOMERS)
    def test_equal_margins_are_in_one_group(self, customers):
        groups = {}
        for partner, (group, _holdout) in self.draw(customers, "seed", 200_000).items():
            groups.setdefault(customers[partner], set()).add(group)
        self.assertTrue(all(len(found) == 1 for found in groups.values()))

    def test_everybody_has_the_same_chance(self):
        """Over many seeds each customer is in the control group as often as the share says, in small strata too.

        With 2,000 draws the number has a standard error of 17.9; a fair draw stays within five of them.
        """
        customers = {1: (1, 5), 2: (1, 5), 3: (2, 1), 4: (2, 2), 5: (2, 3), 6: (None, 0), 7: (3, 9)}
        seeds = 2000
        times = dict.fromkeys(customers, 0)
        together = 0
        for seed in range(seeds):
            drawn = self.draw(customers, str(seed), 200_000)
            together += drawn[1][1] and drawn[2][1]
            for partner, (_group, holdout) in drawn.items():
                times[partner] += holdout
        for partner, count in times.items():
            with self.subTest(partner=partner):
                self.assertLess(abs(count - 0.2 * seeds), 5 * (seeds * 0.2 * 0.8) ** 0.5)
        self.assertEqual(together, 0, "two of one stratum of two are never both in the control group at 20%")

    def test_margins_differ_no_more_than_by_chance(self):
        """Stratified: the mean margin of the control group is nearer to that of all than with a plain draw."""
        customers = {partner: (partner % 3, partner**2 % 977) for partner in range(1, 801)}
        mean = sum(margin for _tier, margin in customers.values()) / len(customers)
        variance = sum((margin - mean) ** 2 for _tier, margin in customers.values()) / len(customers)
        squares = 0.0
        for seed in range(40):
            margins = [
                customers[partner][1]
                for partner, (_group, holdout) in self.draw(customers, f"s{seed}", 200_000).items()
                if holdout
            ]
            self.assertEqual(len(margins), 160)
            squares += (sum(margins) / len(margins) - mean) ** 2
        plain = variance / 160 * (1 - 0.2)
        self.assertLess(squares / 40, plain / 2)
