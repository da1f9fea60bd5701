"""From a start in the midst of a year of real purchases to the result, against pandas on the file."""

from datetime import date

import numpy as np
import pandas as pd
from freezegun import freeze_time
from odoo.tests import tagged
from scipy import stats

from ...analytics.campaign import experiment
from ...analytics.campaign.arms import Arm, Customers
from ..selling.journey import read
from ..selling.journey_loader import load_journey
from .retention_result_case import ResultCase

START, LAST = date(2017, 7, 3), date(2017, 9, 30)

BEFORE = date(2017, 4, 4)

# cents of each dollar that load_journey leaves as margin
KEPT = 30


@tagged("post_install", "-at_install")
class TestResultJourney(ResultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.households, _products = load_journey(cls.env, cls.company, households=500)
        cls.partners = cls.env["res.partner"].browse(cls.households.values())
        with freeze_time(f"{START} 08:00:00"):
            cls.grocer = cls.started(
                cls.partners, holdout_percent=30.0, date_start=START, date_end=START, measure_until=LAST, seed="grocer"
            )
        cls.margins = cls.read_margins()

    @classmethod
    def read_margins(cls):
        """Margin by household, day and basket, from the file: rounded by kind of product in a basket, as lines are."""
        rows = read("transactions", households=cls.households).merge(read("products"), on="product_id", how="left")
        rows["kind"] = rows["product_category"].fillna("OTHER")
        rows["cents"] = (100 * rows["sales_value"]).round()
        baskets = rows.groupby("basket_id")["transaction_timestamp"].min()
        lines = rows.groupby(["household_id", "basket_id", "kind"])["cents"].sum().reset_index()
        # half a cent of cost is rounded up
        lines["margin"] = lines["cents"] - np.floor(lines["cents"] * (100 - KEPT) / 100 + 0.5)
        lines["day"] = lines["basket_id"].map(baskets).dt.date
        return lines[lines["cents"] > 0]

    def frame(self, extra=None):
        """One row a member: what the file says, and which arm the draw says."""
        members = self.members(self.grocer)
        household = {partner: number for number, partner in self.households.items()}
        frame = pd.DataFrame(
            {
                "household": [household[partner] for partner in members.partner_id.ids],
                "treated": [arm == "treatment" for arm in members.mapped("arm")],
                "stratum": members.mapped("stratum"),
                "drawn": members.mapped("stratum"),
            }
        )
        for name, first, last in (("x", BEFORE, date(2017, 7, 2)), ("y", START, LAST)):
            there = self.margins[(self.margins["day"] >= first) & (self.margins["day"] <= last)]
            sums = there.groupby("household_id")["margin"].sum() / 100
            frame[name] = frame["household"].map(sums).fillna(0.0)
            frame[f"{name}_ordered"] = frame["household"].isin(there["household_id"])
        if extra is not None:
            frame["y"] += frame["household"].map(extra).fillna(0.0)
        return frame

    def check(self, campaign, frame):
        self.assertAlmostEqual(campaign.effect, self.expected(frame), delta=0.011)
        self.check_interval(campaign, frame)
        self.assertAlmostEqual(campaign.margin_treated, frame.loc[frame["treated"], "y"].mean(), delta=0.011)
        self.assertAlmostEqual(campaign.margin_holdout, frame.loc[~frame["treated"], "y"].mean(), delta=0.011)

    def test_without_effect(self):
        """No customer got an offer in 2017: there is no effect beyond chance, and all numbers are those of the file."""
        campaign = self.measured(self.grocer)
        frame = self.frame()
        self.assertGreater(len(frame), 480)
        sizes = frame.groupby(["stratum", "treated"]).size()
        self.assertGreaterEqual(sizes.min(), 10, "All strata stand for themselves")
        self.check(campaign, frame)
        self.assertAlmostEqual(campaign.retained_treated, frame.loc[frame["treated"], "y_ordered"].mean())
        self.assertAlmostEqual(campaign.retained_holdout, frame.loc[~frame["treated"], "y_ordered"].mean())
        self.check_near(campaign, 0.0)
        self.assertNotEqual(campaign.result_state, "early")
        plain = experiment.difference(*self.whole(frame))
        self.assertLess(campaign.effect_high - campaign.effect_low, 0.8 * (plain.high - plain.low))

    def check_near(self, campaign, effect):
        """Within four standard errors: ids, and with them the draw, differ between databases; see the 1,000 draws."""
        error = (campaign.effect_high - campaign.effect_low) / 2 / stats.norm.ppf(0.975)
        self.assertLess(abs(campaign.effect - effect), 4 * error)

    def whole(self, frame):
        """Both arms without strata, from numpy."""
        for side in (frame["treated"], ~frame["treated"]):
            y, x = frame.loc[side, "y"], frame.loc[side, "x"]
            covariance = np.cov(x, y)
            yield Arm.of(len(y), y.mean(), covariance[1, 1], x.mean(), covariance[0, 0], covariance[0, 1])

    def test_margin_before(self):
        for member, before in zip(self.members(self.grocer), self.frame()["x"], strict=True):
            self.assertAlmostEqual(member.margin_before, before, delta=0.001)

    def test_known_effect(self):
        """Every treated household buys once more, for 75 to 105 dollars of margin: that is found."""
        members = self.members(self.grocer, ("arm", "=", "treatment"))
        rng = np.random.default_rng(17)
        extra = dict(zip(members.partner_id.ids, rng.uniform(75, 105, len(members)).round(2).tolist(), strict=True))
        self.orders([(partner, date(2017, 8, 15), 100.0 + margin, 100.0) for partner, margin in extra.items()])
        campaign = self.measured(self.grocer)
        household = {partner: number for number, partner in self.households.items()}
        self.check(campaign, self.frame({household[partner]: margin for partner, margin in extra.items()}))
        true = sum(extra.values()) / len(extra)
        self.assertEqual(campaign.result_state, "better")
        self.check_near(campaign, true)
        earlier = self.measured(self.grocer, as_of=date(2017, 8, 14))
        self.assertEqual(earlier.result_state, "early")
        self.assertLess(earlier.effect_low, true / 2, "The extra orders came a day later")

    def test_other_draws(self):
        """The same households drawn 1,000 times: 5% significant without an effect, and a known one covered in 95%."""
        frame = self.frame()
        rng = np.random.default_rng(18)
        strata = frame.groupby("stratum").indices
        significant = covered = 0
        for _number in range(1000):
            treated = np.ones(len(frame), dtype=bool)
            for rows in strata.values():
                treated[rng.permutation(rows)[: round(0.3 * len(rows))]] = False
            drawn = frame.assign(treated=treated)
            found = self.estimate(drawn, strata)
            significant += found.p_value < 0.05
            # the offer brings a tenth more from everybody who gets it
            found = self.estimate(drawn.assign(y=drawn["y"] * np.where(treated, 1.1, 1.0)), strata)
            covered += found.low <= 0.1 * frame["y"].mean() <= found.high
        low, high = stats.binom.interval(0.999, 1000, 0.05)
        self.assertTrue(low <= significant <= high, significant)
        self.assertGreaterEqual(covered, stats.binom.interval(0.999, 1000, 0.95)[0])

    def test_other_draws_as_measured(self):
        """The same with the interval of results, which is no narrower than that: fewer draws, as each takes longer."""
        frame = self.frame()
        rng = np.random.default_rng(19)
        strata = frame.groupby("stratum").indices
        y, x = frame["y"].to_numpy(), frame["x"].to_numpy()
        significant = missed = 0
        for _number in range(150):
            treated = np.ones(len(frame), dtype=bool)
            for rows in strata.values():
                treated[rng.permutation(rows)[: round(0.3 * len(rows))]] = False

            def measure(outcome, treated=treated):
                sides = [[rows[treated[rows] == side] for side in (True, False)] for rows in strata.values()]
                pairs = [tuple(Customers(outcome[rows], x[rows]) for rows in pair) for pair in sides]
                return experiment.measured_difference(pairs)

            found = measure(y)
            self.assertTrue(found.is_known)
            significant += not found.low <= 0 <= found.high
            found = measure(y * np.where(treated, 1.1, 1.0))
            missed += not found.low <= 0.1 * y.mean() <= found.high
        most = stats.binom.ppf(0.999, 150, 0.05)
        self.assertLessEqual(significant, most)
        self.assertLessEqual(missed, most)

    def estimate(self, frame, strata):
        return experiment.adjusted_difference([tuple(self.whole(frame.iloc[rows])) for rows in strata.values()])
