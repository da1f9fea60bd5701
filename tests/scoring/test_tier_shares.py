"""Tiers by share of customers or of margin, against a plain reckoning of who they hold."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core.value_case import AS_OF, ONE_TO_ONE, ValueCase

BEFORE = "2025-01-31"
BEFORE_LAST = "2024-12-31"

LADDER = {
    "Top": {"entry_share": 10.0, "keep_share": 25.0},
    "Middle": {"entry_share": 40.0, "keep_share": 60.0},
}


def find_limit(customers, share):
    """The score from which customers hold a share: of all sets of the best, equal scores together, the nearest one.

    :param customers: list of (score, amount)
    :param float share: in per cent
    :return: score, or None where the share holds nobody
    """
    total = sum(amount for _score, amount in customers)
    best, distance = None, share
    for limit in sorted({score for score, _amount in customers}, reverse=True):
        held = 100 * sum(amount for score, amount in customers if score >= limit) / total
        if abs(held - share) < distance - 1e-9:
            best, distance = limit, abs(held - share)
    return best


class ShareCase(ValueCase):
    BASIS = "customers"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(
            ONE_TO_ONE,
            {name: vals | {"entry_basis": cls.BASIS} for name, vals in LADDER.items()} | {"Base": 0.0},
        )

    def buyers(self, amounts, day=BEFORE_LAST):
        """Customers with these scores."""
        partners = self.customers(len(amounts))
        for partner, amount in zip(partners, amounts, strict=True):
            self.invoice(partner, day, amount)
        return dict(zip(partners, map(float, amounts), strict=True))

    def tiers_of(self, partners):
        return {partner: self.score(partner).tier_id.name for partner in partners}

    @staticmethod
    def reckon(scores, amounts=None, before=None, ladder=None):
        """The tier of each customer, without hold and grace.

        :param dict scores: partner: score
        :param dict amounts: partner: what counts for shares; customers if not given
        :param dict before: partner: name of the tier before
        """
        ladder = ladder or LADDER
        amounts = amounts or dict.fromkeys(scores, 1)
        customers = [(scores[partner], max(amounts[partner], 0)) for partner in scores]
        rising = ["Base", "Middle", "Top"]
        found = {}
        for partner, score in scores.items():

            def reaches(name, share, score=score):
                limit = find_limit(customers, ladder[name][share])
                return limit is not None and score >= limit

            tier = next((name for name in ("Top", "Middle") if reaches(name, "entry_share")), "Base")
            old = (before or {}).get(partner, "Base")
            if rising.index(old) > rising.index(tier) and reaches(old, "keep_share"):
                tier = old
            found[partner] = tier
        return found


@tagged("post_install", "-at_install")
class TestTierShares(ShareCase):
    def check(self, amounts):
        scores = self.buyers(amounts)
        self.run_policy(as_of=BEFORE)
        found = self.tiers_of(scores)
        self.assertEqual(found, self.reckon(scores))
        return [found[partner] for partner in scores]

    def test_all_differ(self):
        found = self.check([95, 90, 85, 80, 70, 60, 50, 40, 30, 20])
        self.assertEqual(found, ["Top"] + ["Middle"] * 3 + ["Base"] * 6)
        self.assertEqual((self.tier("Top").entry_score, self.tier("Top").keep_score), (95.0, 90.0))
        self.assertEqual((self.tier("Middle").entry_score, self.tier("Middle").keep_score), (80.0, 60.0))

    def test_equal_customers_are_together(self):
        """Three at the top are nearer to a tenth than nobody would be to two fifths, and none of them is left out."""
        self.check([90, 90, 90, 80, 80, 50, 50, 50, 50, 50, 20, 20])

    def test_all_are_equal(self):
        self.assertEqual(set(self.check([50] * 5)), {"Base"})

    def test_one_customer(self):
        """Nobody is nearer to two fifths than everybody: a single customer is in no tier by a share below one half."""
        self.assertEqual(self.check([70]), ["Base"])

    def test_two_customers(self):
        self.assertEqual(self.check([70, 30]), ["Middle", "Base"])

    def test_three_customers_with_the_best_points_possible(self):
        """No entry score is above 100: whoever has 100 points enters."""
        scores = self.buyers([100, 50, 40])
        self.run_policy(as_of=BEFORE)
        self.assertEqual(list(self.tiers_of(scores).values()), ["Top", "Base", "Base"])

    def test_nobody_at_all(self):
        before = [(tier.entry_score, tier.keep_score) for tier in self.policy.tier_ids]
        self.run_policy(as_of=BEFORE)
        self.assertEqual([(tier.entry_score, tier.keep_score) for tier in self.policy.tier_ids], before)

    def test_who_has_not_bought_is_not_counted(self):
        self.policy.dimension_ids.copy(
            {"metric": "open_pipeline", "weight": 0.0, "scale": "linear", "floor": 0.0, "cap": 1.0}
        )
        scores = self.buyers([90, 80, 70, 60, 50])
        for partner in self.customers(20, "Prospect"):
            self.lead(partner, day=BEFORE_LAST)
        run = self.run_policy(as_of=BEFORE)
        self.assertEqual(run.customer_count, 25)
        self.assertEqual(self.tiers_of(scores), self.reckon(scores))
        self.assertEqual(list(self.tiers_of(scores).values()).count("Middle"), 2)

    def test_kept_within_a_larger_share(self):
        """Who falls out of the entry share stays within the keep share, and leaves below it."""
        scores = self.buyers([90, 80, 70, 60, 50, 40, 30, 20, 10, 5])
        self.run_policy(as_of=BEFORE)
        before = self.tiers_of(scores)
        for partner, more in zip(scores, [0, 15, 24, 0, 1, 0, 41, 45, 0, 0], strict=True):
            if more:
                self.invoice(partner, AS_OF, more)
                scores[partner] += more
        self.run_policy()
        found = self.tiers_of(scores)
        expected = self.reckon(scores, before=before)
        self.assertEqual(found, expected)
        fresh = self.reckon(scores)
        self.assertTrue([partner for partner in scores if expected[partner] != fresh[partner]], "nobody was kept")
        self.assertTrue([partner for partner in scores if found[partner] == "Top" != before[partner]], "nobody rose")

    def test_hold_and_grace_as_with_scores(self):
        self.tier("Top").hold_months = 12
        self.tier("Middle").grace_days = 30
        scores = self.buyers([90, 80, 70, 60, 50])
        first, second, *_others = scores
        self.run_policy(as_of=BEFORE)
        self.assertEqual(self.score(first).tier_id.name, "Middle")
        self.policy.tier_ids.filtered(lambda tier: tier.name == "Top").entry_share = 20.0
        self.run_policy(as_of=BEFORE)
        self.assertEqual((self.score(first).tier_id.name, self.score(second).tier_id.name), ("Top", "Middle"))
        for partner in list(scores)[2:]:
            self.invoice(partner, AS_OF, 30)
        self.run_policy()
        self.assertEqual(self.score(first).tier_id.name, "Top")
        self.assertEqual(self.score(second).tier_id.name, "Middle")
        self.assertTrue(self.score(second).grace_until)

    def test_limits_stand_between_full_runs(self):
        scores = self.buyers([90, 80, 70, 60, 50])
        self.run_policy(as_of=BEFORE)
        limits = [(tier.entry_score, tier.keep_score) for tier in self.policy.tier_ids]
        newcomers = self.buyers([99, 98, 97, 75], AS_OF)
        partners = self.env["res.partner"].union(*newcomers)
        self.run_policy(partners=partners)
        self.assertEqual([(tier.entry_score, tier.keep_score) for tier in self.policy.tier_ids], limits)
        frozen = [(score, 1) for score in scores.values()]
        expected = {
            partner: "Top"
            if score > max(scores.values())
            else "Middle"
            if score >= find_limit(frozen, LADDER["Middle"]["entry_share"])
            else "Base"
            for partner, score in newcomers.items()
        }
        self.assertEqual(self.tiers_of(newcomers), expected)
        self.run_policy()
        self.assertNotEqual([(tier.entry_score, tier.keep_score) for tier in self.policy.tier_ids], limits)

    def test_some_customers_as_in_a_full_run(self):
        scores = self.buyers([90, 80, 80, 60, 50, 45])
        self.run_policy(as_of=BEFORE)
        full = self.tiers_of(scores)
        self.run_policy(as_of=BEFORE, partners=self.env["res.partner"].union(*scores))
        self.assertEqual(self.tiers_of(scores), full)

    def test_simulation_of_the_active_policy_moves_no_limit(self):
        self.buyers([90, 80, 70, 60, 50])
        before = self.rows("customer_value_tier")
        self.run_policy(as_of=BEFORE, simulate=True)
        self.assertEqual(self.rows("customer_value_tier"), before)

    def test_draft_shows_its_limits_when_simulated(self):
        self.buyers([90, 80, 70, 60, 50])
        self.run_policy(as_of=BEFORE)
        draft = self.Policy.browse(self.policy.action_new_version()["res_id"])
        self.tier("Middle", draft).write({"entry_share": 80.0, "keep_share": 80.0})
        self.run_policy(as_of=BEFORE, policy=draft, simulate=True)
        self.assertEqual(self.tier("Middle", draft).entry_score, 60.0)
        self.assertEqual(self.tier("Middle").entry_score, 80.0)

    def test_companies_have_their_own_limits(self):
        other = self.make_company("Other Company", "USD")
        scores = self.buyers([90, 80, 70, 60, 50])
        for partner in scores:
            self.invoice(partner, BEFORE_LAST, 100, company=other)
        self.run_policy(as_of=BEFORE)
        self.assertEqual(self.tiers_of(scores), self.reckon(scores))

    def test_shares_that_make_no_ladder(self):
        with self.assertRaisesRegex(ValidationError, "has to hold more than the best 10%"):
            self.tier("Middle").write({"entry_share": 10.0, "keep_share": 25.0})
            self.policy._check_runnable()
        self.tier("Middle").write({"entry_share": 40.0, "keep_share": 60.0})
        with self.assertRaisesRegex(ValidationError, "Decrease the share within which Top is kept"):
            self.tier("Top").keep_share = 50.0
            self.policy._check_runnable()

    def test_new_policy_by_default(self):
        company = self.make_company("Fresh Company", "USD")
        tiers = self.Policy._get_active(company).tier_ids.sorted("entry_score", reverse=True)
        self.assertEqual(
            [(tier.entry_basis, tier.entry_share) for tier in tiers],
            [("customers", 5.0), ("customers", 20.0), ("customers", 50.0), ("score", 0.0)],
        )


@tagged("post_install", "-at_install")
class TestTierMarginShares(ShareCase):
    BASIS = "margin"

    def bring(self, partner, margin):
        self.order(partner, BEFORE_LAST, 1000.0 + margin, cost=1000.0)

    def test_those_who_bring_the_first_part(self):
        """A few bring most of the margin; what others lose does not take from the whole."""
        scores = self.buyers([90, 80, 70, 60, 50, 40, 30, 20])
        margins = dict(zip(scores, [120, 500, 60, 300, 150, 40, -80, 10], strict=True))
        for partner, margin in margins.items():
            self.bring(partner, margin)
        self.run_policy(as_of=BEFORE)
        self.assertEqual({partner: round(self.score(partner).margin) for partner in scores}, margins)
        self.assertEqual(self.tiers_of(scores), self.reckon(scores, margins))
        self.assertEqual(list(self.tiers_of(scores).values())[:3], ["Top", "Middle", "Base"])

    def test_nobody_brings_anything(self):
        scores = self.buyers([90, 50])
        for partner in scores:
            self.bring(partner, -10)
        before = [(tier.entry_score, tier.keep_score) for tier in self.policy.tier_ids]
        self.run_policy(as_of=BEFORE)
        self.assertEqual([(tier.entry_score, tier.keep_score) for tier in self.policy.tier_ids], before)


@tagged("post_install", "-at_install")
class TestWhatIfShares(ShareCase):
    def setUp(self):
        super().setUp()
        self.scores = self.buyers([95, 90, 85, 80, 80, 60, 50, 40, 30, 20])
        self.run_policy(as_of=BEFORE)
        self.before = self.tiers_of(self.scores)

    def wizard(self, shares, partners=None):
        context = {"active_model": "res.partner", "active_ids": partners.ids} if partners else {}
        wizard = self.env["customer.value.what.if"].with_context(**context).create({})
        for name, values in shares.items():
            wizard.tier_ids.filtered(lambda line, n=name: line.tier_id.name == n).write(values)
        return wizard

    def moves(self, wizard):
        action = wizard.action_view_moves()
        found = self.env[action["res_model"]].search(action["domain"])
        return {move.partner_id: move.tier_id.name for move in found}

    def expect(self, ladder):
        after = self.reckon(self.scores, before=self.before, ladder=ladder)
        return {partner: tier for partner, tier in after.items() if tier != self.before[partner]}

    def test_other_shares(self):
        for changes in (
            {"Top": {"entry_share": 30.0, "keep_share": 30.0}},
            {"Middle": {"entry_share": 70.0, "keep_share": 80.0}},
            {"Top": {"entry_share": 5.0, "keep_share": 5.0}, "Middle": {"entry_share": 20.0, "keep_share": 20.0}},
        ):
            with self.subTest(changes):
                wizard = self.wizard(changes)
                wizard.action_show_effect()
                expected = self.expect(LADDER | changes)
                self.assertTrue(expected)
                self.assertEqual(self.moves(wizard), expected)
                draft = self.Policy.browse(wizard.action_keep()["params"]["next"]["res_id"])
                run = draft._run(as_of=BEFORE, simulate=True)
                self.assertEqual({move.partner_id: move.tier_id.name for move in run.move_ids}, expected)
                shown = {line.tier_id.name: line.entry_score for line in wizard.tier_ids}
                self.assertEqual({tier.name: tier.entry_score for tier in draft.tier_ids}, shown)
                draft.unlink()

    def test_shares_are_those_of_all_customers(self):
        changes = {"Middle": {"entry_share": 70.0, "keep_share": 80.0}}
        some = self.env["res.partner"].union(*list(self.scores)[5:8])
        wizard = self.wizard(changes, some)
        wizard.action_show_effect()
        expected = {partner: tier for partner, tier in self.expect(LADDER | changes).items() if partner in some}
        self.assertTrue(expected)
        self.assertEqual(self.moves(wizard), expected)

    def test_shares_that_make_no_ladder(self):
        wizard = self.wizard({"Top": {"entry_share": 50.0, "keep_share": 50.0}})
        with self.assertRaisesRegex(ValidationError, "has to hold more than the best 50%"):
            wizard.action_show_effect()
