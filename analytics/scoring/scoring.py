"""SQL that turns raw metrics into points, score, tier, segment, class and stage.

All statements read ``customer_value_metric`` (one row a customer: rows shared with parallel workers, a temporary table
or a common table expression) and the present state in ``customer_value_score``. Scores and contributions are integers
in hundredths of a point until they are stored: sums of integers are exact, and contributions are differences of rounded
running sums, so that they add up to the score.
"""

from dataclasses import dataclass
from datetime import date

from odoo.tools import SQL

from .scales import below_count

# The name of the raw metrics of customers, one row each, for the statements that read them.
METRICS = "customer_value_metric"

QUINTILES = (0.2, 0.4, 0.6, 0.8)

# Recency, frequency, monetary: metric, and whether lower is better.
RFM_METRICS = (("recency_days", True), ("order_count", False), ("revenue", False))


@dataclass(frozen=True)
class Dimension:
    """:param bool by_trade: a value of zero earns nothing from customers without trade in the window"""

    metric: str
    weight: float
    missing_points: float
    scale: object
    by_trade: bool = False


@dataclass(frozen=True)
class Tier:
    """:param int entry: :param int keep: hundredths of a point
    :param bool excludes_lost: lost customers do not enter it, and stay for hold and grace only
    """

    id: int
    entry: int
    keep: int
    hold_months: int
    grace_days: int
    excludes_lost: bool = False


@dataclass(frozen=True)
class Gate:
    id: int
    metric: str
    operator: str
    value: float
    effect: str
    rank: int


@dataclass(frozen=True)
class Grid:
    """:param cells: (x from, y from, rank), highest limits first"""

    x_metric: str
    y_metric: str
    cells: tuple


@dataclass(frozen=True)
class Plan:
    """A policy and its calibration as plain numbers.

    :param tiers: lowest first; a tier's rank is its place, counted from 1; rank 0 is no tier
    :param dict stand_ins: our tier for each tier of another version that a customer may come from, ids
    :param dict ages: of each metric that ages, whether it adds up, see ``ageing``
    :param counted_until: day up to which the numbers of scores count that the run leaves as they are; None if each
        counts up to its own
    :param dict segments: segment id of each (recency, frequency, monetary) triple
    """

    as_of: date
    company_id: int
    policy_id: int
    run_id: int
    user_id: int
    metrics: tuple
    ages: dict
    counted_until: date | None
    dimensions: tuple
    tiers: tuple
    stand_ins: dict
    gates: tuple
    grid: Grid | None
    segments: dict
    rfm_cuts: tuple
    abc_basis: str
    abc_amounts: tuple
    step_down: bool
    keep_tiers: bool
    kept_partner_ids: tuple
    dormant_days: int
    lost_days: int
    window_start: date
    trend_share: float
    relational_orders: int
    transactional_discount: float
    history_step: int

    @property
    def weight_total(self):
        return sum(dimension.weight for dimension in self.dimensions)


def case(branches, default):
    """``CASE WHEN ... END`` over (condition, value) pairs; just the default where there are none."""
    if not branches:
        return default
    whens = SQL(" ").join(SQL("WHEN %s THEN %s", condition, value) for condition, value in branches)
    return SQL("CASE %s ELSE %s END", whens, default)


def commas(parts):
    return SQL(", ").join(parts)


# -- calibration ---------------------------------------------------------------------------------------------------


def calibration_queries(distributions, basis, a_share, b_share):
    """List of queries of one array each: for each distribution its discrete percentiles, null where it has no values;
    the amounts of ``_abc_sql``; and the number of customers. Each sorts customers by a column of its own.

    :param distributions: (value, probabilities, lower is better, condition); where lower is better, percentiles are
        counted from the highest value, so that they part the population at the same places as for the negated value
    """
    queries = [
        SQL(
            """SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY (%s)::float8 %s) AS numbers
                 FROM customer_value_metric WHERE %s AND %s IS NOT NULL""",
            list(probabilities),
            value,
            SQL("DESC") if lower else SQL("ASC"),
            condition,
            value,
        )
        for value, probabilities, lower, condition in distributions
    ]
    count = SQL("SELECT ARRAY[count(*)]::float8[] AS numbers FROM customer_value_metric")
    return [*queries, _abc_sql(basis, a_share, b_share), count]


def _abc_sql(basis, a_share, b_share):
    """The smallest amount of class A and of class B, in an array; null where no customer has a positive amount.

    A customer belongs to a class if larger customers do not fill its share yet: the one that crosses the line is
    in. Amounts rather than ranks, so that equal customers are in the same class.
    """
    return SQL(
        """
        SELECT ARRAY[min(amount) FILTER (WHERE larger < total * %(a)s / 100),
                     min(amount) FILTER (WHERE larger < total * %(b)s / 100)]::float8[] AS numbers
          FROM (
                SELECT %(basis)s AS amount,
                       sum(%(basis)s) OVER (ORDER BY %(basis)s DESC ROWS UNBOUNDED PRECEDING) - %(basis)s AS larger,
                       sum(%(basis)s) OVER () AS total
                  FROM customer_value_metric
                 WHERE %(basis)s > 0
               ) shares
        """,
        basis=basis,
        a=a_share,
        b=b_share,
    )


# -- scoring -------------------------------------------------------------------------------------------------------


def _points(dimension):
    metric = SQL.identifier("m", dimension.metric)
    branches = [(SQL("%s IS NULL", metric), SQL("%s::float8", float(dimension.missing_points)))]
    if dimension.by_trade:
        # who buys nothing owes nothing: that is no merit
        branches.append((SQL("%s = 0 AND m.order_count = 0 AND m.revenue = 0", metric), SQL("0.0::float8")))
    return case(branches, dimension.scale.points(SQL("%s::float8", metric)))


def points_column(metric):
    return SQL.identifier(f"p_{metric}")


def cents_column(metric):
    return SQL.identifier(f"c_{metric}")


def _running_sums(plan):
    """(dimension, SQL of the rounded sum of contributions up to and with it), in hundredths."""
    terms = []
    for dimension in plan.dimensions:
        share = 100 * dimension.weight / plan.weight_total
        terms.append(SQL("%s::float8 * %s", share, points_column(dimension.metric)))
        yield dimension, SQL("round(%s)::int", SQL(" + ").join(terms))


def scores_sql(plan):
    """Scores of all customers who have bought: rows of score (hundredths), customers, their margin, and what of it is
    positive; the highest first.

    What is in ``customer_value_metric`` may be read from the scores, without dates of orders.
    """
    *_sums, (_dimension, score) = _running_sums(plan)
    points = [SQL("%s AS %s", _points(dimension), points_column(dimension.metric)) for dimension in plan.dimensions]
    return SQL(
        """
        SELECT score, count(*), sum(margin)::float8, sum(GREATEST(margin, 0))::float8
          FROM (SELECT %(score)s AS score, margin
                  FROM (SELECT m.margin, %(points)s
                          FROM customer_value_metric m
                         WHERE m.recency_days IS NOT NULL OR m.revenue <> 0 OFFSET '0') pointed OFFSET '0') summed
         GROUP BY score
         ORDER BY score DESC
        """,
        score=score,
        points=commas(points),
    )


def mean_gap(alias):
    """A customer's own rhythm: the mean number of days between days with orders; for three or more such days."""
    return SQL("(%(a)s.last_order - %(a)s.first_order)::float8 / (%(a)s.order_days - 1)", a=SQL.identifier(alias))


def _lifecycle(plan):
    """First rule that holds; see the user guide for the words.

    A customer won back has returned after a gap longer than the lost limit. Their own rhythm is the mean gap between
    days with orders; at twice that they are declining, long before the limits of the population.
    """
    return case(
        [
            (SQL("m.last_order IS NULL"), "prospect"),
            (SQL("m.recency_days > %s", plan.lost_days), "lost"),
            (SQL("m.recency_days > %s", plan.dormant_days), "dormant"),
            (SQL("m.last_order - m.previous_order > %s", plan.lost_days), "won_back"),
            (SQL("%s::date - m.first_order <= %s", plan.as_of, plan.dormant_days), "new"),
            (SQL("m.order_days > 2 AND m.recency_days > 2 * %s", mean_gap("m")), "declining"),
            (SQL("m.sales_recent > m.sales_earlier * %s", 1 + plan.trend_share), "growing"),
            (SQL("m.sales_recent < m.sales_earlier * %s", 1 - plan.trend_share), "declining"),
        ],
        SQL("'loyal'"),
    )


def _lost(plan):
    # not by the stage: what is read from stored metrics has no dates of orders
    return SQL("COALESCE(recency_days > %s, FALSE)", plan.lost_days)


def _lost_ranks(plan):
    """For each rank from 0 on, the highest one up to it that is open to lost customers."""
    ranks = [0]
    for rank, tier in enumerate(plan.tiers, start=1):
        ranks.append(ranks[-1] if tier.excludes_lost else rank)
    return ranks


def _relationship(plan):
    """Mission: price only, or a relation that brings cash, is about to, or asks for no action."""
    pipeline = SQL("COALESCE(m.open_pipeline, 0) > 0") if "open_pipeline" in plan.metrics else SQL("FALSE")
    active = SQL("COALESCE(m.recency_days <= %s, FALSE)", plan.dormant_days)
    price_only = [SQL("m.order_count < %s", plan.relational_orders)]
    if plan.transactional_discount:
        price_only.append(SQL("m.discount_share >= %s", plan.transactional_discount))
    return case(
        [
            (SQL("NOT %s AND %s", active, pipeline), "near_cash_flow"),
            (SQL("NOT %s", active), "no_action"),
            (SQL("(%s)", SQL(" OR ").join(price_only)), "transactional"),
        ],
        SQL("'cash_flow'"),
    )


def _abc(plan):
    basis = SQL.identifier("m", plan.abc_basis)
    return case(
        [
            (SQL("%s > 0 AND %s >= %s", basis, basis, amount), label)
            for label, amount in zip("AB", plan.abc_amounts, strict=True)
            if amount is not None
        ],
        SQL("'C'"),
    )


def _base_rank(plan):
    if plan.grid:
        x, y = points_column(plan.grid.x_metric), points_column(plan.grid.y_metric)
        return case(
            [(SQL("%s >= %s AND %s >= %s", x, x_from, y, y_from), rank) for x_from, y_from, rank in plan.grid.cells],
            SQL("0"),
        )
    return SQL("width_bucket(score, %s::int[])", [tier.entry for tier in plan.tiers])


def _gated(plan, effect):
    """(condition, gate) of the gates with ``effect``, the strongest first."""
    gates = [gate for gate in plan.gates if gate.effect == effect and gate.metric in plan.metrics]
    gates.sort(key=lambda gate: gate.rank, reverse=effect == "at_least")
    return [(SQL("%s %s %s", SQL.identifier(gate.metric), SQL(gate.operator), gate.value), gate) for gate in gates]


def by_rank(values, rank, cast):
    """Pick from an array by rank; rank 0 and null give null."""
    return SQL("(%s::%s[])[%s]", list(values), SQL(cast), rank)


def keeps_tier(plan):
    """Whether the score keeps the previous tier, without hold or grace."""
    keeps = SQL("score >= %s", by_rank([tier.keep for tier in plan.tiers], SQL("prev_rank"), "int"))
    if not any(tier.excludes_lost for tier in plan.tiers):
        return SQL("(%s)", keeps)
    closed = by_rank([tier.excludes_lost for tier in plan.tiers], SQL("prev_rank"), "bool")
    return SQL("(%s AND NOT (%s AND %s))", keeps, _lost(plan), closed)


def _open_rank(plan):
    """The rank that score, grid and gates lead to, and for lost customers the highest one up to it open to them."""
    rank = SQL("LEAST(GREATEST(base_rank, floor_rank), cap_rank)")
    if not any(tier.excludes_lost for tier in plan.tiers):
        return rank
    open_rank = by_rank(_lost_ranks(plan), SQL("%s + 1", rank), "int")
    return SQL("CASE WHEN %s THEN %s ELSE %s END", _lost(plan), open_rank, rank)


def result_sql(plan):
    """Query of the result: one row a customer, raw metrics, points, score, tier and the state before.

    Each level of the query builds on columns of the one below; ``OFFSET '0'`` keeps the planner from merging levels,
    which would compute every expression anew wherever it is used. Without quotes it would be a number to be converted,
    of which the planner does not know yet that it is none when it asks whether workers can do what is below it.

    Tier: a manual tier stays. Otherwise promotion at once; no demotion while the keep score holds, within the minimum
    hold, or in grace; then at once or one step at a time. In a tier that excludes lost customers, no score keeps those
    who are. A gate that allows at most a lower tier acts at once, and so does the end of a manual tier. Where tiers are
    left to a review, a grace goes on. A state that began after the date of the run is not known to it.
    """
    points = [SQL("%s AS %s", _points(dimension), points_column(dimension.metric)) for dimension in plan.dimensions]
    sums = list(_running_sums(plan))
    contributions = []
    before = None
    for dimension, running in sums:
        difference = SQL("%s - %s", running, before) if before else running
        contributions.append(SQL("%s AS %s", difference, cents_column(dimension.metric)))
        before = running
    rfm = [
        SQL(
            "CASE WHEN m.last_order IS NOT NULL THEN 1 + %s END AS %s,",
            below_count(SQL("m.%s::float8", SQL.identifier(metric)), cuts, lower),
            SQL.identifier(f"q_{metric}"),
        )
        for (metric, lower), cuts in zip(RFM_METRICS, plan.rfm_cuts, strict=True)
    ]
    floors, caps = _gated(plan, "at_least"), _gated(plan, "at_most")
    grace_days = by_rank([tier.grace_days for tier in plan.tiers], SQL("prev_rank"), "int")
    top = len(plan.tiers)
    tier_ids = [tier.id for tier in plan.tiers]
    not_yet = SQL("prev.tier_since > %s::date", plan.as_of)
    previous_tier = case(
        [
            (not_yet, SQL("NULL::int")),
            *((SQL("prev.tier_id = %s", theirs), ours) for theirs, ours in plan.stand_ins.items()),
        ],
        SQL("prev.tier_id"),
    )
    override_tier = case(
        [(SQL("overriding.tier_id = %s", theirs), ours) for theirs, ours in plan.stand_ins.items()],
        SQL("overriding.tier_id"),
    )
    ranked = [(tier.id, rank) for rank, tier in enumerate(plan.tiers, start=1)]
    override_rank = case([(SQL("%s = %s", override_tier, tier), rank) for tier, rank in ranked], SQL("NULL::int"))
    excluded = SQL("TRUE") if plan.keep_tiers else SQL("partner_id = ANY(%s)", list(plan.kept_partner_ids))
    previous_rank = case(
        [
            (not_yet, SQL("NULL::int")),
            (SQL("prev.id IS NOT NULL AND prev.tier_id IS NULL"), 0),
            *((SQL("%s = %s", previous_tier, tier), rank) for tier, rank in ranked),
        ],
        SQL("NULL::int"),
    )
    return SQL(
        """
        SELECT tiered.*,
               %(tier_id)s AS tier_id,
               %(computed_tier_id)s AS computed_tier_id,
               CASE WHEN outcome = 'grace' THEN %(grace_end)s
                    WHEN outcome = 'excluded' AND computed_rank < prev_rank AND NOT %(keeps)s
                    THEN prev_grace_until END AS grace_until,
               CASE WHEN prev_id IS NULL OR prev_tier_since > %(as_of)s::date THEN 'entered'
                    WHEN prev_rank IS NULL THEN 'same'
                    WHEN tier_rank > prev_rank THEN 'up' WHEN tier_rank < prev_rank THEN 'down' ELSE 'same' END AS move
          FROM (
        SELECT decided.*, CASE outcome WHEN 'computed' THEN computed_rank WHEN 'override' THEN override_rank
                               WHEN 'step' THEN GREATEST(computed_rank, prev_rank - 1) ELSE prev_rank END AS tier_rank
          FROM (
        SELECT ranked.*,
               CASE WHEN override_rank IS NOT NULL THEN 'override'
                    WHEN prev_rank IS NULL THEN 'computed'
                    WHEN %(excluded)s THEN 'excluded'
                    WHEN computed_rank >= prev_rank OR cap_rank < prev_rank OR prev_override_id IS NOT NULL
                    THEN 'computed'
                    WHEN %(keeps)s THEN 'kept'
                    WHEN %(as_of)s::date < prev_tier_since + make_interval(months => %(hold)s) THEN 'held'
                    WHEN %(grace_days)s > 0 AND %(as_of)s::date <= %(grace_end)s THEN 'grace'
                    ELSE %(demoted)s END AS outcome
          FROM (
        SELECT gated.*, %(open_rank)s AS computed_rank,
               CASE WHEN cap_rank < GREATEST(base_rank, floor_rank) THEN %(cap_gate)s
                    WHEN floor_rank > base_rank THEN %(floor_gate)s END AS gate_id
          FROM (
        SELECT summed.*, %(base_rank)s AS base_rank, %(floor_rank)s AS floor_rank, %(cap_rank)s AS cap_rank
          FROM (
        SELECT pointed.*, %(contributions)s, %(score)s AS score
          FROM (
        SELECT m.*, %(points)s,
               %(rfm)s
               %(abc)s AS abc_class, %(lifecycle)s AS lifecycle, %(relationship)s AS relationship_class,
               prev.id AS prev_id, prev.score AS prev_score, prev.recorded_score AS prev_recorded_score,
               %(previous_tier)s AS prev_tier_id, %(previous_rank)s AS prev_rank, prev.tier_since AS prev_tier_since,
               prev.grace_until AS prev_grace_until, prev.override_id AS prev_override_id,
               overriding.id AS override_id, %(override_rank)s AS override_rank, prev.segment_id AS prev_segment_id,
               prev.abc_class AS prev_abc_class, prev.lifecycle AS prev_lifecycle,
               prev.fingerprint AS prev_fingerprint, prev.as_of AS prev_as_of, prev.gate_id AS prev_gate_id
          FROM customer_value_metric m
          LEFT JOIN customer_value_score prev ON prev.partner_id = m.partner_id AND prev.company_id = %(company)s
          LEFT JOIN customer_value_override overriding
                 ON overriding.partner_id = m.partner_id AND overriding.company_id = %(company)s
                AND overriding.state = 'active' AND overriding.date_from <= %(as_of)s
                AND (overriding.date_until IS NULL OR overriding.date_until >= %(as_of)s)
               OFFSET '0') pointed OFFSET '0') summed OFFSET '0') gated OFFSET '0') ranked OFFSET '0') decided
               OFFSET '0') tiered
        """,
        as_of=plan.as_of,
        company=plan.company_id,
        points=commas(points),
        contributions=commas(contributions),
        score=before,
        rfm=SQL(" ").join(rfm),
        abc=_abc(plan),
        lifecycle=_lifecycle(plan),
        relationship=_relationship(plan),
        previous_tier=previous_tier,
        override_rank=override_rank,
        excluded=excluded,
        demoted="step" if plan.step_down else "computed",
        previous_rank=previous_rank,
        base_rank=_base_rank(plan),
        floor_rank=case([(condition, gate.rank) for condition, gate in floors], SQL("0")),
        cap_rank=case([(condition, gate.rank) for condition, gate in caps], SQL("%s", top)),
        floor_gate=case([(condition, gate.id) for condition, gate in floors], SQL("NULL::int")),
        cap_gate=case([(condition, gate.id) for condition, gate in caps], SQL("NULL::int")),
        open_rank=_open_rank(plan),
        keeps=keeps_tier(plan),
        hold=by_rank([tier.hold_months for tier in plan.tiers], SQL("prev_rank"), "int"),
        grace_days=grace_days,
        grace_end=SQL("COALESCE(prev_grace_until, %s::date + %s)", plan.as_of, grace_days),
        tier_id=by_rank(tier_ids, SQL("tier_rank"), "int"),
        computed_tier_id=by_rank(tier_ids, SQL("computed_rank"), "int"),
    )
