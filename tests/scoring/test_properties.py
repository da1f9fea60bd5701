"""What holds for every population: checked for many small ones, made up at random but always the same."""

from datetime import timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from odoo.tests import tagged
from odoo.tools import SQL

from ..core.bulk_rows import example_rows, insert_like, reserve_ids
from ..core.value_case import AS_OF, ValueCase

QUICK = settings(
    derandomize=True,
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# A customer is a list of purchases: days before the date of the run, amount in cents, margin in cents. Few different
# values, so that there are many ties.
purchase = st.tuples(
    st.one_of(st.integers(-40, 800), st.sampled_from([0, 30, 364, 365, 366])),
    st.one_of(st.integers(-20000, 1000000), st.sampled_from([0, 100, 5000])),
    st.integers(-3000, 30000),
)

customer = st.lists(purchase, min_size=0, max_size=5)

population = st.lists(customer, min_size=1, max_size=12)

weights = st.fixed_dictionaries(
    {
        metric: st.one_of(st.integers(1, 100), st.floats(0.01, 10.0).map(lambda weight: round(weight, 2)))
        for metric in ("revenue", "margin", "order_count", "recency_days", "return_share")
    }
)

COMPARED = (
    "score", "revenue", "margin", "order_count", "recency_days", "rfm_code", "segment_id", "abc_class", "lifecycle",
    "relationship_class", "tier_id", "computed_tier_id", "metrics", "contributions",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestProperties(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        product = cls.product
        cls.examples = example_rows(cls.env, cls.company, product, paid=True)
        cls.policy = cls.make_policy(
            {
                "revenue": {"quantiles": 5},
                "margin": {"scale": "linear", "floor": 0.0, "cap": 500.0},
                "order_count": {"quantiles": 3},
                "recency_days": {"quantiles": 10, "missing_points": 20.0},
                "return_share": {"scale": "linear", "cap": 100.0, "missing_points": 50.0},
            },
            {"Top": 70.0, "Middle": 30.0, "Base": 0.0},
        )

    # -- populations -------------------------------------------------------------------------------------------------

    def load(self, customers, rate=1):
        """Partners with orders and invoices; less than nothing is a credit note. Amounts times ``rate``."""
        cr = self.env.cr
        self.env.flush_all()
        base = reserve_ids(cr, "res_partner", len(customers))
        partners = [base + number for number in range(1, len(customers) + 1)]
        cr.execute(
            "CREATE TEMPORARY TABLE made_up (id int, partner_id int, day date, cents bigint, margin bigint,"
            " order_id int, move_id int)"
        )
        rows = [
            (partner, AS_OF - timedelta(days=days), cents, margin)
            for partner, purchases in zip(partners, customers, strict=True)
            for days, cents, margin in purchases
        ]
        orders, moves = (reserve_ids(cr, table, len(rows) + 1) for table in ("sale_order", "account_move"))
        for number, row in enumerate(rows, 1):
            cr.execute(
                "INSERT INTO made_up VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (number, *row, orders + number, moves + number),
            )
        insert_like(
            cr,
            "res_partner",
            self.examples["partner"],
            SQL("unnest(%s::int[]) partner_id", partners),
            {"id": SQL("partner_id"), "commercial_partner_id": SQL("partner_id"), "name": SQL("'Made up'")},
        )
        amount = SQL("cents / 100.0 * %s", rate)
        moment = SQL("day + interval '12 hours'")
        insert_like(
            cr,
            "sale_order",
            self.examples["order"],
            SQL("made_up WHERE cents >= 0"),
            {
                "id": SQL("order_id"),
                "name": SQL("'M' || id"),
                **dict.fromkeys(("partner_id", "partner_invoice_id", "partner_shipping_id"), SQL("partner_id")),
                **dict.fromkeys(("value_customer_id", "value_payer_id"), SQL("partner_id")),
                "date_order": moment,
                **dict.fromkeys(("amount_untaxed", "amount_total"), amount),
                "margin": SQL("margin / 100.0 * %s", rate),
            },
        )
        money = dict.fromkeys(("amount_untaxed_signed", "amount_total_signed", "amount_residual_signed"), amount)
        for kind, condition in (("move", SQL("cents >= 0")), ("refund_move", SQL("cents < 0"))):
            insert_like(
                cr,
                "account_move",
                self.examples[kind],
                SQL("made_up WHERE %s", condition),
                {
                    "id": SQL("move_id"),
                    "name": SQL("'M' || id"),
                    "sequence_prefix": SQL("'M'"),
                    "sequence_number": SQL("id"),
                    "reversed_entry_id": SQL("NULL::int"),
                    **dict.fromkeys(("partner_id", "commercial_partner_id", "partner_shipping_id"), SQL("partner_id")),
                    **dict.fromkeys(("date", "invoice_date", "invoice_date_due"), SQL("day")),
                    **money,
                },
            )
        refund_line = self.examples["refund_product_line"]
        cr.execute("SELECT count(*) FROM made_up WHERE cents < 0")
        lines = reserve_ids(cr, "account_move_line", cr.fetchone()[0] + 1)
        insert_like(
            cr,
            "account_move_line",
            refund_line,
            SQL("(SELECT *, row_number() OVER () AS place FROM made_up WHERE cents < 0) m"),
            {
                "id": SQL("%s + place", lines),
                "move_id": SQL("move_id"),
                "partner_id": SQL("partner_id"),
                "date": SQL("day"),
                "balance": SQL("-(%s)", amount),
                "amount_currency": SQL("-(%s)", amount),
                "debit": SQL("-(%s)", amount),
                "credit": SQL("0"),
            },
        )
        cr.execute("DROP TABLE made_up")
        self.env.invalidate_all()
        return partners

    def scores(self, partners):
        """One dict for each of ``partners``, None without a score. Ids of partners are left out."""
        self.env.invalidate_all()
        rows = self.Score.search_read(
            [("partner_id", "in", partners), ("company_id", "=", self.company.id)],
            ["partner_id", *COMPARED],
            load=False,
        )
        by_partner = {row["partner_id"]: {name: row[name] for name in COMPARED} for row in rows}
        return [by_partner.get(partner) for partner in partners]

    def scored(self, customers, rate=1, **run):
        partners = self.load(customers, rate)
        self.run_policy(**run)
        return self.scores(partners)

    def apart(self, function, *args, **kwargs):
        """``function(...)`` with everything it does to the database undone."""
        with self.env.cr.savepoint() as savepoint:
            result = function(*args, **kwargs)
            savepoint.rollback()
        self.env.invalidate_all()
        return result

    def weigh(self, weights):
        for dimension in self.policy.dimension_ids:
            dimension.weight = weights[dimension.metric]

    # -- properties --------------------------------------------------------------------------------------------------

    @given(population, weights)
    @QUICK
    def test_contributions_add_up_exactly(self, customers, weights):
        def check():
            self.weigh(weights)
            partners = self.load(customers)
            self.run_policy()
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT score, sum(part), min(part), count(*)
                      FROM (SELECT s.id, s.score, (line.value ->> 'contribution')::numeric AS part
                              FROM customer_value_score s, jsonb_each(%s) line
                             WHERE s.partner_id = ANY(%s)) parts
                     GROUP BY id, score
                    """,
                    self.Score._field_to_sql("s", "contributions"),
                    partners,
                )
            )
            self.assertEqual(len(rows), sum(bool(one) for one in self.scores(partners)))
            for score, total, least, count in rows:
                self.assertEqual(score, total)
                self.assertGreaterEqual(least, 0)
                self.assertEqual(count, 5)
                self.assertTrue(0 <= score <= 100)

        self.apart(check)

    @given(population, weights)
    @QUICK
    def test_score_is_the_weighted_mean_of_the_points(self, customers, weights):
        def check():
            self.weigh(weights)
            for row in self.scored(customers):
                if row:
                    lines = row["contributions"].values()
                    mean = sum(line["weight"] * line["points"] for line in lines) / sum(
                        line["weight"] for line in lines
                    )
                    self.assertAlmostEqual(row["score"], mean, delta=0.0101)

        self.apart(check)

    @given(population)
    @QUICK
    def test_equal_inputs_equal_points(self, customers):
        """A customer and an exact copy of them get equal results, wherever a group ends."""
        rows = self.apart(self.scored, customers + customers)
        self.assertEqual(rows[: len(customers)], rows[len(customers) :])
        by_raw = {}
        for row in filter(None, rows):
            for metric, line in row["contributions"].items():
                by_raw.setdefault((metric, line["raw"]), set()).add(line["points"])
        self.assertEqual([key for key, points in by_raw.items() if len(points) > 1], [])

    @given(population, st.integers(1, 1000000), st.integers(0, 11), st.booleans())
    @QUICK
    def test_more_revenue_never_scores_less(self, customers, more, place, frozen):
        """With the cut points as they are, and with cut points that take the gain into account."""
        place %= len(customers)
        assume(customers[place])
        days, cents, margin = customers[place][0]
        richer = [list(purchases) for purchases in customers]
        richer[place][0] = (days, max(cents, 0) + more, margin)
        assume(cents >= 0)

        def both():
            partners = self.load(customers)
            self.run_policy()
            before = self.scores(partners)[place]
            self.env.cr.execute(
                "UPDATE account_move SET amount_untaxed_signed = amount_untaxed_signed + %s WHERE id ="
                " (SELECT min(id) FROM account_move WHERE partner_id = %s)",
                [more / 100, partners[place]],
            )
            one = self.env["res.partner"].browse(partners[place])
            self.run_policy(partners=one if frozen else None)
            return before, self.scores(partners)[place]

        before, after = self.apart(both)
        assume(before is not None)
        self.assertGreaterEqual(after["score"], before["score"])
        self.assertGreaterEqual(
            after["contributions"]["revenue"]["points"], before["contributions"]["revenue"]["points"]
        )

    @given(population, st.randoms(use_true_random=False))
    @QUICK
    def test_order_of_rows_does_not_matter(self, customers, random):
        numbered = list(enumerate(customers))
        random.shuffle(numbered)
        shuffled = [random.sample(purchases, len(purchases)) for _number, purchases in numbered]
        rows = self.apart(self.scored, customers)
        again = dict(zip((number for number, _p in numbered), self.apart(self.scored, shuffled), strict=True))
        self.assertEqual([again[number] for number in range(len(customers))], rows)

    @given(population, st.sampled_from([2, 10, 100]))
    @QUICK
    def test_currency_does_not_matter(self, customers, rate):
        """The same shop with its books in another currency: other amounts, the same customers."""
        margin = self.policy.dimension_ids.filtered(lambda dimension: dimension.metric == "margin")

        def in_currency():
            margin.cap = 500.0 * rate
            return self.scored(customers, rate)

        amounts = {"revenue", "margin", "metrics", "contributions"}
        for here, there in zip(self.apart(self.scored, customers), self.apart(in_currency), strict=True):
            self.assertEqual(bool(here), bool(there))
            if here:
                for name in set(COMPARED) - amounts:
                    self.assertEqual(here[name], there[name], name)
                self.assertAlmostEqual(here["revenue"] * rate, there["revenue"], 2)
                points = [
                    {metric: line["points"] for metric, line in row["contributions"].items()} for row in (here, there)
                ]
                self.assertEqual(*points)

    @given(population, st.data())
    @QUICK
    def test_run_for_some_equals_the_full_run(self, customers, data):
        chosen = sorted(data.draw(st.sets(st.integers(0, len(customers) - 1), min_size=1)))

        def check():
            partners = self.load(customers)
            self.run_policy()
            full = self.scores(partners)
            some = [partners[place] for place in chosen]
            # forget the chosen ones, and let the run for some find them again
            self.env.cr.execute("DELETE FROM customer_value_score WHERE partner_id = ANY(%s)", [some])
            self.env.invalidate_all()
            run = self.run_policy(partners=self.env["res.partner"].browse(some))
            self.assertEqual(run.customer_count, sum(full[place] is not None for place in chosen))
            self.assertEqual(self.scores(partners), full)

        self.apart(check)

    @given(population)
    @QUICK
    def test_second_run_writes_nothing(self, customers):
        def check():
            self.load(customers)
            self.run_policy()
            before = self.rows("customer_value_score"), self.rows("customer_value_history")
            run = self.run_policy()
            self.assertEqual(run.changed_count, 0)
            self.assertEqual((self.rows("customer_value_score"), self.rows("customer_value_history")), before)

        self.apart(check)

    @given(population, population)
    @QUICK
    def test_later_documents_are_not_seen(self, customers, later):
        """What comes after the date of the run, for old customers and new ones, leaves its result as it was."""
        later = [[(-1 - abs(days), cents, margin) for days, cents, margin in purchases] for purchases in later]
        size = max(len(customers), len(later))
        known = customers + [[]] * (size - len(customers))
        future = later + [[]] * (size - len(later))
        together = [one + other for one, other in zip(known, future, strict=True)]
        past = [[bought for bought in purchases if bought[0] >= 0] for purchases in known]
        self.assertEqual(self.apart(self.scored, together), self.apart(self.scored, past))
