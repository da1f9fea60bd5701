"""What the tests of results share: many orders at once, and an oracle of what came out."""

import math
from datetime import date, datetime, time

import numpy as np
from freezegun import freeze_time
from odoo import Command
from odoo.tools import SQL
from scipy import optimize, stats

from ..core.bulk_rows import insert_like, read_rows, reserve_ids, undone
from ..scoring.staff_case import TODAY
from .retention_case import RetentionCase

UNTIL = date(2025, 9, 27)

AFTERWARDS = "2025-10-15 12:00:00"


class ResultCase(RetentionCase):
    """Campaigns start on ``TODAY``; orders count until ``UNTIL``; ``AFTERWARDS`` their time is over."""

    @classmethod
    def know(cls):
        """Tell the planner what there is: after loads that were rolled back it takes these tables for empty ones."""
        cls.env.flush_all()
        cls.env.cr.execute(
            "ANALYZE res_partner, sale_order, sale_order_line, account_move, account_move_line,"
            " customer_retention_member"
        )

    @classmethod
    def started(cls, partners, **values):
        campaign = super().started(partners, **values)
        cls.know()
        return campaign

    @classmethod
    def orders(cls, rows):
        """Confirmed orders of one line each; ``rows``: (partner id, day, price, cost). One statement a table."""

        def example(env):
            order = env["sale.order"].create(
                {
                    "partner_id": env["res.partner"].create({"name": "Example"}).id,
                    "company_id": cls.company.id,
                    "user_id": False,
                    "order_line": [Command.create({"product_id": cls.product.id, "price_unit": 10.0})],
                }
            )
            order.action_confirm()
            return read_rows(env, {"order": order, "line": order.order_line})

        cls.env.flush_all()
        examples = undone(cls.env, example)
        cr = cls.env.cr
        orders, lines = (reserve_ids(cr, table, len(rows)) for table in ("sale_order", "sale_order_line"))
        cr.execute(
            "CREATE TEMPORARY TABLE some_orders (n int, partner int, day timestamp, price numeric, cost numeric)"
        )
        cr.execute_values(
            "INSERT INTO some_orders VALUES %s",
            [
                (number, partner, datetime.combine(day, time(12)) if type(day) is date else day, price, cost)
                for number, (partner, day, price, cost) in enumerate(rows, start=1)
            ],
        )
        shared = {"margin": SQL("price - cost"), "create_date": SQL("day"), "write_date": SQL("day")}
        prices = ("amount_untaxed", "amount_total", "price_unit", "price_subtotal", "price_total")
        shared |= {name: SQL("price") for name in prices}
        insert_like(
            cr,
            "sale_order",
            examples["order"],
            SQL("some_orders"),
            shared
            | {"id": SQL("%s + n", orders), "name": SQL("'B' || n"), "partner_id": SQL("partner")}
            | {"partner_invoice_id": SQL("partner"), "partner_shipping_id": SQL("partner"), "date_order": SQL("day")}
            | {"value_customer_id": SQL("partner"), "value_payer_id": SQL("partner")},
        )
        insert_like(
            cr,
            "sale_order_line",
            examples["line"],
            SQL("some_orders"),
            shared
            | {"id": SQL("%s + n", lines), "order_id": SQL("%s + n", orders), "order_partner_id": SQL("partner")}
            | {"purchase_price": SQL("cost")},
        )
        cr.execute("DROP TABLE some_orders")
        cls.env.invalidate_all()
        cls.know()

    @classmethod
    def few(cls, count, name="Few"):
        """Customers with one order, long ago."""
        partners = cls.customers(count, name)
        cls.orders([(partner.id, date(2024, 7, 15), 50.0, 20.0) for partner in partners])
        return partners

    @classmethod
    def shoppers(cls, count, seed=1, per_month=1.5):
        """Customers of different habits, with a year of orders before ``TODAY``.

        :return: partners, and the generator of random numbers to go on with
        """
        rng = np.random.default_rng(seed)
        partners = cls.customers(count, "Shopper")
        habits = rng.gamma(1.5, per_month / 1.5, count)
        sizes = 40 * rng.lognormal(0, 0.5, count)
        cls.habits = dict(zip(partners.ids, zip(habits, sizes, strict=True), strict=True))
        cls.shop(partners, rng, date(2024, 7, 1), date(2025, 6, 29))
        return partners, rng

    @classmethod
    def shop(cls, partners, rng, first, last, extra=0.0):
        """Orders by habit between two days; ``extra`` margin in one more order each."""
        days = (last - first).days + 1
        rows = []
        for partner in partners.ids:
            habit, size = cls.habits[partner]
            for _number in range(rng.poisson(habit * days / 30)):
                price = round(float(size * rng.lognormal(0, 0.4)), 2)
                day = date.fromordinal(first.toordinal() + int(rng.integers(days)))
                rows.append((partner, day, price, round(0.6 * price, 2)))
            if extra:
                # a negative one is an order below cost
                rows.append((partner, last, 100.0 + max(extra, 0), 100.0 + max(-extra, 0)))
        if rows:
            cls.orders(rows)

    @classmethod
    def draw_again(cls, campaign, seed=3, share=0.4):
        """Another draw within the strata, that depends on the order of customers only: ids differ between databases.

        What is random in a test is then the same everywhere.
        """
        rng = np.random.default_rng(seed)
        members = cls.members(campaign)
        holdout = []
        for _stratum, group in sorted(members.grouped("stratum").items()):
            holdout += rng.permutation(group.ids)[: round(share * len(group))].tolist()
        cls.env.cr.execute(
            "UPDATE customer_retention_member m SET arm = drawn.arm, state = drawn.state"
            "  FROM (SELECT id, CASE WHEN id = ANY(%(holdout)s) THEN 'holdout' ELSE 'treatment' END AS arm,"
            "               CASE WHEN id = ANY(%(holdout)s) THEN 'holdout' ELSE 'planned' END AS state"
            "          FROM customer_retention_member WHERE campaign_id = %(campaign)s) drawn WHERE drawn.id = m.id",
            {"holdout": holdout, "campaign": campaign.id},
        )
        cls.env.invalidate_all()

    def measured(self, campaign, as_of=None, now=AFTERWARDS):
        with freeze_time(now):
            campaign._measure(as_of)
        campaign.invalidate_recordset()
        return campaign

    # -- the oracle --------------------------------------------------------------------------------------------------

    def expected(self, frame):
        """Effect of ``frame`` (columns ``treated``, ``y``, ``x``, ``stratum``), by regression.

        The slope is that of ordinary least squares with a dummy for each arm in each stratum; the rest is arithmetic
        on residuals. Strata are as large as to stay apart.
        """
        residual = self.residual(frame, frame["y"], frame["treated"].map({True: "+", False: "-"}))
        return self.apart(frame, residual, frame["treated"].to_numpy())[0]

    def residual(self, frame, outcome, groups):
        """What a regression with a dummy for each of ``groups`` in each stratum leaves of what was there before."""
        x, cells = frame["x"].to_numpy(float), frame["stratum"].astype(str) + groups
        dummies = np.column_stack([(cells == cell).to_numpy(float) for cell in sorted(set(cells))])
        y = np.asarray(outcome, dtype=float)
        return y - x * np.linalg.lstsq(np.column_stack([dummies, x]), y, rcond=None)[0][-1]

    def apart(self, frame, outcome, treated):
        """Weighted difference of the means, one for each row of ``treated``."""
        treated = np.atleast_2d(treated)
        sums = np.zeros(len(treated))
        for rows in frame.groupby("stratum").indices.values():
            there, y = treated[:, rows], outcome[rows]
            count = there.sum(axis=1)
            sums += len(rows) * (there @ y / count - ~there @ y / (len(rows) - count)) / len(frame)
        return sums

    def again(self, frame, draws=10_000):
        """The arms drawn again within the strata of the draw (column ``drawn``), one row a draw."""
        rng = np.random.default_rng(97)
        treated = np.empty((draws, len(frame)), dtype=bool)
        for rows in frame.groupby("drawn").indices.values():
            treated[:, rows] = rng.permuted(np.tile(frame["treated"].to_numpy()[rows], (draws, 1)), axis=1)
        return treated

    def check_interval(self, found, frame, confidence=0.95):
        """At each end, of an offer that adds and one that multiplies the one that reaches farther is just refuted.

        :param found: a record with ``is_effect_known``, ``effect_low`` and ``effect_high``
        :param frame: as in ``expected``, with a column ``drawn``: the strata of the draw
        """
        y, seen = frame["y"].to_numpy(float), frame["treated"].to_numpy()
        again, tail = self.again(frame), (1 - confidence) / 2

        def share(without, sign, is_adjusted=True):
            """Of draws that are as far on this side as what was seen, if this is what all bring without the offer."""
            residual = self.residual(frame, without, "") if is_adjusted else np.asarray(without)
            here, there = self.apart(frame, residual, seen)[0], self.apart(frame, residual, again)
            return np.mean(sign * there >= sign * here - 1e-9 * np.abs(there).max())

        def multiplied(sign):
            """Effects of factors, against which ``sign`` looks, with what they leave without the offer."""

            def effect(logarithm):
                without = np.where(seen, y * math.exp(-logarithm), y)
                mean, count = without.mean(), len(y)
                if sign * logarithm > 0:
                    return math.expm1(logarithm) * mean
                quantile, deviation = stats.t.ppf((1 + confidence) / 2, count - 1), without.std(ddof=1)
                skewness = ((without - mean) ** 3).mean() / deviation**3
                quantile += skewness * (1 + 2 * quantile**2) / (6 * math.sqrt(count))
                return math.expm1(logarithm) * (mean + quantile * deviation / math.sqrt(count))

            return effect

        def unlimited(is_adjusted):
            """How likely the draws are if customers bring nothing without the offer, and if nothing with it."""
            without, only = np.where(seen, 0.0, y), np.where(seen, y, 0.0)
            return max(share(without, -1, is_adjusted), share(only, 1, is_adjusted))

        # chance of two sets of draws: four of its standard deviations
        slack = 0.016
        buyers = np.count_nonzero(y) * min(seen.mean(), 1 - seen.mean())
        if not found.is_effect_known:
            self.assertTrue(buyers < 5 or min(unlimited(True), unlimited(False)) > tail - slack, buyers)
            return
        self.assertGreaterEqual(buyers, 5)
        # a factor without limit is asked for once more without what was there before
        ways = [True, False] if unlimited(True) > tail - slack else [True]
        for sign, end in ((1, found.effect_low), (-1, found.effect_high)):
            factor = multiplied(sign)
            logarithm = optimize.brentq(lambda number, end=end, factor=factor: factor(number) - end, -30, 30)
            added = share(y - np.where(seen, end, 0.0), sign)
            without = np.where(seen, y * math.exp(-logarithm), y)
            refuted = [max(added, share(without, sign, is_adjusted)) for is_adjusted in ways]
            # with losses some draws count for both ends, which then reach farther
            apart = [max(one - tail, 0.0) if y.min() < 0 else abs(one - tail) for one in refuted]
            self.assertLessEqual(min(apart), slack, f"{end}: {refuted}")


__all__ = ["AFTERWARDS", "TODAY", "UNTIL", "ResultCase"]
