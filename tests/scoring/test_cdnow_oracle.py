"""A whole shop against an oracle: each number of all customers of CDNOW, computed again in pandas.

The oracle reads the purchases from the file, not from the database, and shares no code with the addon. It follows the
definitions in the user's words:

* A cut point is the smallest value whose cumulative share of customers reaches the probability; where lower is better,
  shares are cumulated from the highest value down. Points are the share of the cut points that a value has left behind.
* After half a year without an order, points for recency shrink day by day, and after a year there are none.
* Lost customers are not in the highest tier.
* Class A: the customers who, largest first, bring 80% of the revenue, the one crossing the line included; B up to 95%.
* Stages follow from the gaps between days with purchases.
* What had no price was not bought: who has nothing else has no days, no code, and is a prospect.
"""

from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
from odoo.tests import tagged
from odoo.tools import SQL

from ..core.value_case import ValueCase
from .cdnow import read_master
from .cdnow_loader import load_full

AS_OF = date(1998, 6, 30)

WEIGHTS = {"revenue": 35.0, "margin": 10.0, "order_count": 20.0, "recency_days": 25.0, "tenure_days": 10.0}

GROUPS = {"revenue": 10, "margin": 7, "order_count": 5, "recency_days": 10, "tenure_days": 4}

LOWER = {"recency_days"}

YEAR = 365

TIERS = {"Diamond": 80.0, "Gold": 60.0, "Silver": 40.0, "Standard": 0.0}


def cut_points(values, groups, lower=False):
    """The values at the shares 1/groups, 2/groups...; exact, because shares are fractions."""
    ordered = np.sort(np.asarray(values))
    if lower:
        ordered = ordered[::-1]
    count = len(ordered)
    places = [-(-Fraction(k, groups) * count // 1) for k in range(1, groups)]
    return ordered[[int(place) - 1 for place in places]]


def left_behind(values, cuts, lower=False):
    """For each value, how many cut points are strictly worse."""
    values = np.asarray(values)[:, None]
    worse = cuts[None, :] > values if lower else cuts[None, :] < values
    return worse.sum(axis=1)


def months_before(day, months):
    """Half a month is 15 days."""
    return (pd.Timestamp(day) - pd.DateOffset(months=int(months)) - pd.Timedelta(days=15 if months % 1 else 0)).date()


def purchases_frame():
    return pd.DataFrame(
        [(purchase.customer, purchase.date, purchase.cents) for purchase in read_master()],
        columns=["customer", "day", "cents"],
    )


def raw_numbers(purchases, as_of, window):
    """Customer by customer what the metrics say; amounts in cents."""
    known = purchases[purchases.day <= as_of]
    frame = pd.DataFrame(index=pd.Index(sorted(known.customer.unique()), name="customer"))
    known = known[known.cents > 0]
    inside = known[known.day > months_before(as_of, window)] if window else known
    days = known.groupby("customer").day
    frame["first"], frame["last"] = days.min(), days.max()
    frame["bought"] = frame["last"].notna()
    frame["recency_days"] = [(as_of - day).days if pd.notna(day) else np.nan for day in frame["last"]]
    frame["tenure_days"] = [(as_of - day).days if pd.notna(day) else np.nan for day in frame["first"]]
    frame["order_count"] = inside.groupby("customer").size().reindex(frame.index, fill_value=0)
    frame["revenue"] = inside.groupby("customer").cents.sum().reindex(frame.index, fill_value=0)
    frame["margin"] = frame["revenue"]  # CDs cost nothing here
    # days with purchases, and the one before the last
    visits = known[["customer", "day"]].drop_duplicates().sort_values(["customer", "day"])
    frame["visits"] = visits.groupby("customer").size().reindex(frame.index, fill_value=0)
    second = visits.groupby("customer").tail(2)
    second = second[second.groupby("customer").cumcount() == 0]
    second = second[second.customer.map(frame.visits) > 1].set_index("customer").day
    frame["before_last"] = second.reindex(frame.index)
    length = window or 12
    half = months_before(as_of, length / 2)
    start = months_before(as_of, length)
    frame["recent"] = known[known.day > half].groupby("customer").cents.sum().reindex(frame.index, fill_value=0)
    earlier = known[(known.day > start) & (known.day <= half)]
    frame["earlier"] = earlier.groupby("customer").cents.sum().reindex(frame.index, fill_value=0)
    return frame


def limits(frame):
    """Days until dormant and lost: percentiles 80 and 95 of the mean gaps of those who came twice."""
    repeat = frame[frame.visits > 1]
    gaps = np.sort([(row["last"] - row["first"]).days / (row.visits - 1) for _, row in repeat.iterrows()])
    dormant, lost = (gaps[-(-percent * len(gaps) // 100) - 1] for percent in (80, 95))
    dormant = max(1, int(np.ceil(dormant)))
    return dormant, max(int(np.ceil(lost)), int(np.ceil(1.5 * dormant)))


def stage(row, dormant, lost, as_of):
    """The stage of one customer, rule after rule; the first that holds."""
    if not row.bought:
        return "prospect"
    if row.recency_days > lost:
        return "lost"
    if row.recency_days > dormant:
        return "dormant"
    if row.visits > 1 and (row["last"] - row.before_last).days > lost:
        return "won_back"
    if (as_of - row["first"]).days <= dormant:
        return "new"
    if row.visits > 2 and row.recency_days * (row.visits - 1) > 2 * (row["last"] - row["first"]).days:
        return "declining"
    if 4 * row.recent > 5 * row.earlier:
        return "growing"
    if 4 * row.recent < 3 * row.earlier:
        return "declining"
    return "loyal"


def abc(revenue):
    """Walk down the customers, largest first, until the share is reached; equal ones go together."""
    total = int(revenue[revenue > 0].sum())
    classes = pd.Series("C", index=revenue.index)
    brought = 0
    groups = revenue[revenue > 0].groupby(revenue).groups
    for amount, group in sorted(groups.items(), reverse=True):
        if brought * 100 < total * 80:
            classes[group] = "A"
        elif brought * 100 < total * 95:
            classes[group] = "B"
        brought += int(amount) * len(group)
    return classes


def segment_name(recency, frequency, monetary):
    """The default table, told as a decision."""
    r, f = ("low" if q < 3 else "middle" if q == 3 else "high" for q in (recency, frequency))
    if (r, f) == ("high", "high"):
        return "High value" if monetary >= 4 else "Loyal, small baskets"
    if (r, f) == ("high", "middle"):
        return "Promising"
    if (r, f) == ("high", "low"):
        return "New, large orders" if monetary >= 3 else "New"
    if r == "middle":
        return {"high": "Regular, due for an order", "middle": "Average", "low": "Losing interest"}[f]
    if f == "high":
        return "Must not be lost" if monetary >= 4 else "Important to keep" if monetary == 3 else "Faded, small baskets"
    if f == "middle":
        return "At risk"
    return "Lost, large orders" if monetary >= 3 else "Low value"


def oracle(purchases, as_of, window):
    frame = raw_numbers(purchases, as_of, window)
    score = np.zeros(len(frame))
    for metric, groups in GROUPS.items():
        cuts = cut_points(frame[metric].dropna(), groups, metric in LOWER)
        # nothing is behind a number that nobody knows
        points = 100 * left_behind(frame[metric], cuts, metric in LOWER) / len(cuts)
        if metric == "recency_days":
            days_left = (YEAR - frame[metric]).clip(lower=0)
            points = np.minimum(points, (100 * days_left / (YEAR / 2)).fillna(0))
        frame[f"points_{metric}"] = points
        score += points * WEIGHTS[metric] / sum(WEIGHTS.values())
    frame["score"] = score
    buyers = frame[frame.bought]
    quintiles = [
        1 + left_behind(buyers[metric], cut_points(buyers[metric], 5, metric in LOWER), metric in LOWER)
        for metric in ("recency_days", "order_count", "revenue")
    ]
    codes = pd.Series(list(zip(*quintiles, strict=True)), index=buyers.index)
    frame["rfm_code"] = codes.map(lambda code: "".join(map(str, code))).reindex(frame.index)
    frame["segment"] = codes.map(lambda code: segment_name(*code)).reindex(frame.index)
    frame["abc_class"] = abc(frame.revenue)
    dormant, lost = limits(frame)
    frame["lifecycle"] = [stage(row, dormant, lost, as_of) for _, row in frame.iterrows()]
    frame["tier"] = [next(name for name, entry in TIERS.items() if round(value, 2) >= entry) for value in score]
    frame["above"] = (frame.tier == "Diamond") & (frame.lifecycle == "lost")
    frame.loc[frame.above, "tier"] = "Gold"
    return frame


@tagged("post_install", "-at_install")
class TestCdnowOracle(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = load_full(cls.env, cls.company)
        cls.purchases = purchases_frame()
        cls.policy = cls.make_policy(
            {metric: {"weight": weight, "quantiles": GROUPS[metric]} for metric, weight in WEIGHTS.items()},
            {
                name: {"entry_score": entry, "keep_score": entry, "excludes_lost": name == "Diamond"}
                for name, entry in TIERS.items()
            },
        )
        # all that was loaded: a table taken for empty has the database read it once for each row of another
        cls.env.cr.execute(
            "ANALYZE res_partner, sale_order, sale_order_line, account_move, account_move_line,"
            " sale_order_line_invoice_rel"
        )

    def found(self):
        """The scores in the database, by customer number."""
        self.env.flush_all()
        columns = [f"(parts -> '{metric}' ->> 'points')::float8 AS \"points_{metric}\"" for metric in GROUPS]
        columns += [f"(metrics ->> '{metric}')::numeric AS \"raw_{metric}\"" for metric in GROUPS]
        query = SQL(
            f"""
            SELECT s.partner_id, s.recency_days, s.order_count, (s.revenue * 100)::bigint AS revenue,
                   (s.margin * 100)::bigint AS margin, s.score::float8 AS score, s.rfm_code, s.abc_class, s.lifecycle,
                   g.name ->> 'en_US' AS segment, t.name ->> 'en_US' AS tier, {", ".join(columns)},
                   (SELECT sum((part.value ->> 'contribution')::numeric) FROM jsonb_each(parts) part) summed
              FROM customer_value_score s
             CROSS JOIN LATERAL (SELECT %s AS parts) explained
              LEFT JOIN customer_value_segment g ON g.id = s.segment_id
              LEFT JOIN customer_value_tier t ON t.id = s.tier_id
             WHERE s.company_id = %s
            """,
            self.Score._field_to_sql("s", "contributions"),
            self.company.id,
        )
        self.env.cr.execute(query)
        frame = pd.DataFrame(self.env.cr.fetchall(), columns=[column.name for column in self.env.cr.description])
        numbers = {partner: customer for customer, partner in self.partners.items()}
        frame["customer"] = frame.partner_id.map(numbers)
        return frame.set_index("customer").sort_index()

    def compare(self, as_of, window):
        self.policy.window_months = window
        run = self.policy._run(as_of=as_of)
        expected = oracle(self.purchases, as_of, window)
        found = self.found()
        self.assertEqual(run.customer_count, len(expected))
        self.assertEqual(list(found.index), list(expected.index), "the same customers")
        wrong = []
        columns = [
            "order_count",
            "recency_days",
            "revenue",
            "margin",
            "score",
            "rfm_code",
            "segment",
            "abc_class",
            "lifecycle",
            "tier",
        ]
        columns += [f"points_{metric}" for metric in GROUPS]
        for column in columns:
            left, right = found[column], expected[column]
            numeric = column == "score" or column.startswith("points_")
            # what is published is rounded to hundredths
            differs = (left - right).abs() > 0.005 + 1e-9 if numeric else left != right
            differs &= left.notna() | right.notna()
            if differs.any():
                sample = pd.DataFrame({"found": left[differs], "expected": right[differs]}).head(5)
                wrong.append(f"{column}: {differs.sum()} differ, for example\n{sample}")
        self.assertFalse(wrong, "\n" + "\n".join(wrong))
        dormant, lost = limits(expected)
        self.assertEqual((run.calibration["dormant_days"], run.calibration["lost_days"]), (dormant, lost))
        # exact, not nearly: contributions are what the score is made of
        self.assertEqual((found.summed.astype(float) - found.score).abs().max(), 0)
        tenure = pd.DataFrame({"found": found.raw_tenure_days, "expected": expected.tenure_days}).astype(float)
        self.assertTrue(tenure.found.equals(tenure.expected))
        return expected, run

    def test_the_whole_file_is_there(self):
        self.assertEqual((len(self.partners), len(self.purchases)), (23570, 69659))
        domain = [("company_id", "=", self.company.id)]
        self.assertEqual(self.env["sale.order"].search_count([*domain, ("state", "=", "sale")]), 69659)
        invoices = [*domain, ("move_type", "=", "out_invoice"), ("state", "=", "posted")]
        self.assertEqual(self.env["account.move"].search_count(invoices), 69659)

    def test_the_last_day_with_the_whole_history(self):
        expected, run = self.compare(AS_OF, 0)
        self.assertEqual(int(expected.order_count.sum()), 69659 - 80)
        self.assertEqual(run.customer_count, 23570)
        self.assertEqual((expected.lifecycle == "prospect").sum(), 68)
        # a comparison in which everybody is alike would prove nothing
        for column in ("rfm_code", "segment", "abc_class", "lifecycle", "tier"):
            self.assertGreater(expected[column].nunique(), 2, column)
        self.assertGreater(expected.points_recency_days[expected.recency_days < YEAR].sum(), 0)
        self.assertEqual(expected.points_recency_days[expected.recency_days >= YEAR].sum(), 0)
        self.assertGreater((expected.recency_days >= YEAR).sum(), 1000)

    def test_the_last_day_with_a_window_of_a_year(self):
        expected, _run = self.compare(AS_OF, 12)
        self.assertGreater((expected.order_count == 0).sum(), 1000)

    def test_a_day_in_the_middle(self):
        expected, _run = self.compare(date(1997, 8, 17), 3)
        self.assertLess(expected.recency_days.max(), 365)
