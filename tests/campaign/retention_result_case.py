"""What the tests of results share: many orders at once, and an oracle of what came out."""

import math
from datetime import date, datetime, time

import numpy as np
from freezegun import freeze_time
from odoo import Command
from odoo.tools import SQL
from scipy import stats

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

    def expected(self, frame, confidence=0.95):
        """Effect and interval of ``frame`` (columns ``treated``, ``y``, ``x``, ``stratum``), by regression.

        The slope is that of ordinary least squares with a dummy for each arm in each stratum; the rest is arithmetic
        on residuals. Strata are as large as to stay apart.
        """
        y, x = frame["y"].to_numpy(float), frame["x"].to_numpy(float)
        cells = frame["stratum"].astype(str) + frame["treated"].map({True: "+", False: "-"})
        dummies = np.column_stack([(cells == cell).to_numpy(float) for cell in sorted(set(cells))])
        slope = np.linalg.lstsq(np.column_stack([dummies, x]), y, rcond=None)[0][-1]
        residual = y - slope * x
        effect, variances, degrees = 0.0, [], []
        for _stratum, part in frame.assign(r=residual).groupby("stratum"):
            with_offer, without = part.loc[part["treated"], "r"], part.loc[~part["treated"], "r"]
            weight = len(part) / len(frame)
            effect += weight * (with_offer.mean() - without.mean())
            free = len(part) - 2
            spread = (((with_offer - with_offer.mean()) ** 2).sum() + ((without - without.mean()) ** 2).sum()) / free
            variances.append(weight**2 * spread * (1 / len(with_offer) + 1 / len(without)))
            degrees.append(free)
        total = sum(variances)
        satterthwaite = total**2 / sum(part**2 / free for part, free in zip(variances, degrees, strict=True))
        reach = stats.t.ppf((1 + confidence) / 2, satterthwaite) * math.sqrt(total)
        return effect, effect - reach, effect + reach


__all__ = ["AFTERWARDS", "TODAY", "UNTIL", "ResultCase"]
