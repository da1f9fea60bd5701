"""What a campaign has brought, against an oracle in pandas that reads no table of the addon but the draw."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from freezegun import freeze_time
from odoo.tests import tagged

from .retention_result_case import AFTERWARDS, TODAY, UNTIL, ResultCase

BEFORE = TODAY - (UNTIL - TODAY) - timedelta(days=1)


@tagged("post_install", "-at_install")
class TestResultOracle(ResultCase):
    """Random documents of every kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company("Other Company", "USD")
        cls.euro = cls.currency("EUR", d2024_01_01=0.5, d2025_08_01=0.8)
        cls.rates = [(date(2024, 1, 1), 0.5), (date(2025, 8, 1), 0.8)]
        cls.rng = np.random.default_rng(7)
        cls.partners = cls.customers(44)
        cls.contacts = {
            partner: cls.customer(f"Contact of {partner.name}", parent_id=partner.id) for partner in cls.partners[:15]
        }
        cls.written = []
        for partner in cls.partners[:36]:
            for _number in range(int(cls.rng.integers(0, 4))):
                cls.document(partner, BEFORE - timedelta(days=5), TODAY - timedelta(days=1))
        cls.campaign = cls.started(cls.partners, holdout_percent=40.0, date_end=TODAY, measure_until=UNTIL)
        # whether so few bear an interval depends on the draw
        cls.draw_again(cls.campaign)
        for partner in cls.partners[4:40]:
            # as many as an interval takes: see ``FEWEST_BUYERS``
            for _number in range(int(cls.rng.integers(1, 5))):
                cls.document(partner, TODAY, UNTIL + timedelta(days=6))

    @classmethod
    def document(cls, partner, first, last):
        """An order, with a credit note of its line, or one of goodwill, or neither; kept for the oracle."""
        day = first + timedelta(days=int(cls.rng.integers((last - first).days + 1)))
        price, cost = round(float(cls.rng.uniform(20, 300)), 2), round(float(cls.rng.uniform(5, 60)), 2)
        kind = cls.rng.choice(
            ["plain", "euro", "returned", "cheaper", "goodwill", "elsewhere", "quotation", "cancelled"]
        )
        buyer = cls.contacts.get(partner, partner)
        options = {"currency": cls.euro} if kind == "euro" else {}
        if kind == "elsewhere":
            options["company"] = cls.other
        order = cls.order(buyer, day, price, cost=cost, confirm=kind != "quotation", **options)
        if kind == "cancelled":
            order._action_cancel()
        if kind in ("quotation", "cancelled", "elsewhere"):
            return
        rate = next(rate for since, rate in reversed(cls.rates) if day >= since) if kind == "euro" else 1.0
        if kind == "euro":
            # written by the confirmation of today: that of the day of the order is what counts
            order.currency_rate = rate
            # a cost is in company currency, and converted when it is entered on the line
            line = order.order_line
            cls.written.append((partner.id, day, float(line.price_subtotal - line.purchase_price) / rate, True))
            return
        cls.written.append((partner.id, day, price - cost, True))
        later = min(day + timedelta(days=int(cls.rng.integers(20))), UNTIL + timedelta(days=9))
        if kind == "returned":
            cls.credit_note(partner, later, price, order=order)
            cls.written.append((partner.id, later, cost - price, False))
        if kind == "cheaper":
            # the goods stay with the customer: only the price is cut
            part = round(price / 2, 2)
            cls.credit_note(partner, later, part, order=order)
            cls.written.append((partner.id, later, -part, False))
        if kind == "goodwill":
            cls.credit_note(buyer, later, 17.5)
            cls.written.append((partner.id, later, -17.5, False))

    def frame(self, first, last):
        """One row a member, from the documents that this test has written."""
        documents = pd.DataFrame(self.written, columns=["partner", "day", "margin", "is_order"])
        documents = documents[(documents["day"] >= first) & (documents["day"] <= last)]
        members = self.members(self.campaign)
        frame = pd.DataFrame(
            {
                "partner": members.partner_id.ids,
                "treated": [arm == "treatment" for arm in members.mapped("arm")],
                "x": members.mapped("margin_before"),
                "stratum": "all",
                "drawn": members.mapped("stratum"),
            }
        )
        frame["y"] = frame["partner"].map(documents.groupby("partner")["margin"].sum()).fillna(0.0)
        frame["ordered"] = frame["partner"].isin(documents.loc[documents["is_order"], "partner"])
        return frame

    def check(self, campaign, frame):
        for arm, side in (("treated", frame[frame["treated"]]), ("holdout", frame[~frame["treated"]])):
            self.assertEqual(campaign[f"result_{arm}"], len(side))
            self.assertAlmostEqual(campaign[f"margin_{arm}"], side["y"].mean(), delta=0.011)
            self.assertAlmostEqual(campaign[f"retained_{arm}"], side["ordered"].mean(), places=9)
        effect = self.expected(frame) if campaign.is_effect_known else 0.0
        self.assertAlmostEqual(campaign.effect, effect, delta=0.02)
        self.check_interval(campaign, frame)

    def test_whole_time(self):
        """Orders in two currencies, of contacts, returned goods, goodwill; not of another company, nor cancelled."""
        campaign = self.measured(self.campaign)
        frame = self.frame(TODAY, UNTIL)
        self.assertGreater(frame["y"].abs().sum(), 1000)
        self.assertTrue(frame["ordered"].any() and not frame["ordered"].all())
        self.assertTrue(campaign.is_effect_known)
        self.check(campaign, frame)
        self.assertEqual(campaign.result_date, UNTIL)

    def test_time_before(self):
        """What was stored at the draw is the margin of as many days before."""
        frame = self.frame(BEFORE, TODAY - timedelta(days=1))
        self.assertGreater(frame["y"].abs().sum(), 1000)
        for before, margin in zip(frame["x"], frame["y"], strict=True):
            self.assertAlmostEqual(before, margin, delta=0.011)

    def test_later_documents_are_not_looked_at(self):
        """As of a day is as if the later documents were not there."""
        day = date(2025, 9, 7)
        campaign = self.measured(self.campaign, as_of=day)
        self.assertEqual(campaign.result_date, day)
        self.assertEqual(campaign.result_state, "early")
        frame = self.frame(TODAY, day)
        self.assertNotEqual(round(frame["y"].sum(), 2), round(self.frame(TODAY, UNTIL)["y"].sum(), 2))
        self.check(campaign, frame)

    def test_picture(self):
        """Each checkpoint is what a measurement of its day says, before the start as well."""
        campaign = self.measured(self.campaign)
        points = campaign.checkpoint_ids.sorted("date")
        self.assertEqual(points[-1].date, UNTIL)
        self.assertEqual(len(points), 26)
        self.assertEqual(points.filtered("is_before")[-1].date, TODAY - timedelta(days=1))
        for point in points:
            frame = self.frame(BEFORE if point.is_before else TODAY, point.date)
            self.assertAlmostEqual(point.margin_treated, frame.loc[frame["treated"], "y"].mean(), delta=0.011)
            self.assertAlmostEqual(point.margin_holdout, frame.loc[~frame["treated"], "y"].mean(), delta=0.011)
            if not point.is_before:
                self.check_interval(point, frame)
        self.assertTrue(any(point.is_effect_known for point in points))
        last = points[-1]
        self.assertRecordValues(
            last, [{"effect": campaign.effect, "effect_low": campaign.effect_low, "effect_high": campaign.effect_high}]
        )
        rows = self.rows("customer_retention_checkpoint")
        with freeze_time(AFTERWARDS):
            campaign._measure()
        self.assertEqual(self.rows("customer_retention_checkpoint"), rows, "Measured again, nothing is written again")
