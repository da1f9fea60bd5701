"""SQL that stores the result of a run: what changed, and nothing else."""

import json

from odoo.tools import SQL

from .ageing import aged_contributions, aged_metrics, born, counted_join, days_sql, is_ageing
from .packing import packed
from .scoring import by_rank, cents_column, commas, keeps_tier, points_column, result_sql

# Columns of customer_value_score taken as they are from the result.
PLAIN_COLUMNS = (
    "computed_tier_id",
    "tier_id",
    "grace_until",
    "gate_id",
    "override_id",
    "recency_days",
    "order_count",
    "revenue",
    "margin",
    "abc_class",
    "lifecycle",
    "relationship_class",
)


def _json(pairs):
    """JSON of numbers: keys, and SQL of numbers or of texts that ``_object`` has made.

    Written as text and read once: ``jsonb_build_object`` of objects takes more than twice as long, and that was a fifth
    of a first run.
    """
    return SQL("(%s)::jsonb", _object(pairs))


def _object(pairs):
    parts = []
    for key, text in pairs:
        parts += [SQL("%s", f"{', ' if parts else ''}{json.dumps(key)}: "), text]
    return SQL(" || ").join([SQL("'{'"), *parts, SQL("'}'")])


def _number(value):
    return SQL("COALESCE((%s)::text, 'null')", value)


def _metrics_json(plan):
    return _json((metric, _number(SQL.identifier("r", metric))) for metric in plan.metrics)


def _contributions_json(plan):
    """Of the few that moves and the history hold; scores have theirs packed."""
    return _json(
        (
            dimension.metric,
            _object(
                [
                    ("raw", _number(SQL.identifier("r", dimension.metric))),
                    ("points", _number(SQL("round(r.%s * 100) / 100", points_column(dimension.metric)))),
                    ("weight", SQL("%s::float8::text", float(dimension.weight))),
                    ("contribution", _number(SQL("r.%s / 100::float8", cents_column(dimension.metric)))),
                ]
            ),
        )
        for dimension in plan.dimensions
    )


def _previous_contributions(plan):
    """Those of the score before, on the day up to which it holds; looked up for the few rows that ask for them."""
    return SQL(
        "(SELECT %s FROM customer_value_score s %s WHERE s.id = r.prev_id)",
        aged_contributions("s", "counted", plan.ages),
        counted_join("s", "counted"),
    )


def _rfm_code():
    return SQL("(q_recency_days * 100 + q_order_count * 10 + q_revenue)::text")


def _segment(plan):
    """Segment of the code, from an array in the order of the codes."""
    ids = [
        plan.segments.get((recency, frequency, monetary))
        for recency in range(1, 6)
        for frequency in range(1, 6)
        for monetary in range(1, 6)
    ]
    return SQL("(%s::int[])[q_recency_days * 25 + q_order_count * 5 + q_revenue - 30]", ids)


def decided_sql(plan):
    """The result with what decides whether a row is written: a fingerprint of everything that is stored.

    Of what only ages, the day counts from which it does. Such a row is written as well where its numbers would not be
    read as those of the day of the run: in runs for some customers, and in those of a day before that of the row.
    """
    ages = {metric: plan.ages[metric] for metric in plan.metrics if metric in plan.ages}
    values = [
        *(SQL.identifier(name) for name in PLAIN_COLUMNS if name not in ages),
        *(SQL.identifier(metric) for metric in plan.metrics if metric not in ages),
        *(born(SQL.identifier(metric), additive, plan.as_of) for metric, additive in ages.items()),
        *(points_column(dimension.metric) for dimension in plan.dimensions),
        *(cents_column(dimension.metric) for dimension in plan.dimensions),
        *(SQL("%s::float8", float(dimension.weight)) for dimension in plan.dimensions),
        SQL("score"),
        SQL("rfm_code"),
        SQL("segment_id"),
        SQL("%s::int", plan.policy_id),
    ]
    return SQL(
        """
        SELECT judged.*,
               (fingerprint IS DISTINCT FROM prev_fingerprint OR abs(score - prev_recorded_score * 100) >= %(step)s
                OR GREATEST(prev_as_of, %(counted)s::date) <> %(as_of)s::date AND (%(ageing)s)) AS changed
          FROM (
        SELECT result.*,
               hash_record_extended(ROW(%(values)s), 0)::text AS fingerprint,
               (prev_id IS NULL OR move IN ('up', 'down') OR segment_id IS DISTINCT FROM prev_segment_id
                OR abc_class IS DISTINCT FROM prev_abc_class OR lifecycle IS DISTINCT FROM prev_lifecycle
                OR tier_id IS DISTINCT FROM prev_tier_id
                OR abs(score - prev_recorded_score * 100) >= %(step)s) AS recorded
          FROM (SELECT r.*, %(rfm)s AS rfm_code, %(segment)s AS segment_id FROM (%(result)s) r OFFSET '0') result
               OFFSET '0') judged
        """,
        counted=plan.counted_until,
        as_of=plan.as_of,
        ageing=SQL(" OR ").join([is_ageing(SQL.identifier(metric), additive) for metric, additive in ages.items()]),
        values=commas(values),
        step=plan.history_step,
        rfm=_rfm_code(),
        segment=_segment(plan),
        result=result_sql(plan),
    )


def judged_sql(plan):
    """Query of what each customer in ``customer_value_metric`` is by the policy alone, as if there had been no tier
    before: ``partner_id``, ``tier_id``, ``segment_id``, ``lifecycle`` and ``score`` (points)."""
    return SQL(
        "SELECT r.partner_id, r.computed_tier_id AS tier_id, %s AS segment_id, r.lifecycle, r.score / 100.0 AS score"
        " FROM (%s) r",
        _segment(plan),
        result_sql(plan),
    )


_MATRIX = SQL(
    """
    SELECT prev_tier_id, tier_id, move, count(*), count(*) FILTER (WHERE changed), COALESCE(sum(revenue), 0)
      FROM result
     GROUP BY prev_tier_id, tier_id, move
    """
)


def _cause(plan):
    """Why the tier of a customer changes, or how a new one came to theirs.

    A demotion is due to the end of grace or hold if nothing else kept the tier: the score did not do so before either.
    """
    keep = by_rank([tier.keep for tier in plan.tiers], SQL("prev_rank"), "int")
    held_below = SQL(
        "prev_score * 100 < %s AND %s > 0",
        keep,
        by_rank([tier.hold_months for tier in plan.tiers], SQL("prev_rank"), "int"),
    )
    floors, caps = ([gate.id for gate in plan.gates if gate.effect == effect] for effect in ("at_least", "at_most"))
    return SQL(
        """
        CASE WHEN override_id IS NOT NULL THEN 'override'
             WHEN prev_override_id IS NOT NULL THEN 'expiry'
             WHEN gate_id IS NOT NULL THEN 'gate'
             WHEN move = 'down' AND prev_gate_id = ANY(%(floors)s) OR move = 'up' AND prev_gate_id = ANY(%(caps)s)
             THEN 'gate_off'
             WHEN move = 'down' AND NOT %(keeps)s
                  AND (score >= %(keep)s OR LEAST(GREATEST(base_rank, floor_rank), cap_rank) >= prev_rank)
             THEN 'lost'
             WHEN move = 'down' AND prev_grace_until < %(as_of)s THEN 'grace'
             WHEN move = 'down' AND %(held_below)s THEN 'hold'
             ELSE 'run' END
        """,
        floors=floors,
        caps=caps,
        as_of=plan.as_of,
        keep=keep,
        keeps=keeps_tier(plan),
        held_below=held_below,
    )


def stored_metrics_sql(plan, among):
    """Fill ``customer_value_metric`` from the scores instead of the documents: enough for points, score and tier.

    Dates of orders are not stored with a score, so nothing about segment, class or stage can be told from it.
    ``is_lacking`` marks customers who were scored before a metric of the plan was part of the policy.

    :param SQL among: condition on ``s.partner_id``
    """
    return SQL(
        """
        CREATE TEMPORARY TABLE customer_value_metric ON COMMIT DROP AS
        SELECT s.partner_id, NULL::date AS first_order, NULL::date AS last_order, NULL::date AS previous_order,
               0 AS order_days, 0 AS sales_recent, 0 AS sales_earlier,
               NOT s.metrics ?& %(metrics)s AS is_lacking, %(columns)s
          FROM (SELECT s.partner_id, %(aged)s AS metrics
                  FROM customer_value_score s %(join)s
                 WHERE s.company_id = %(company)s AND %(among)s
                OFFSET 0) s
        """,
        aged=aged_metrics(SQL("s.metrics"), days_sql("s", "counted"), plan.ages),
        join=counted_join("s", "counted"),
        columns=commas(SQL("(s.metrics->>%s)::numeric AS %s", code, SQL.identifier(code)) for code in plan.metrics),
        metrics=list(plan.metrics),
        company=plan.company_id,
        among=among,
    )


def _narrow_result(plan):
    """The result with nothing but what the moves need: what is not asked for is not computed, nor kept in memory."""
    names = (
        "partner_id", "prev_id", "tier_id", "prev_tier_id", "prev_rank", "move", "gate_id", "prev_gate_id",
        "override_id", "prev_override_id", "prev_grace_until", "prev_score", "score", "revenue", "recency_days",
        "base_rank", "floor_rank", "cap_rank",
    )  # fmt: skip
    dimensions = [dimension.metric for dimension in plan.dimensions]
    columns = [SQL.identifier(name) for name in dict.fromkeys((*names, *dimensions))]
    columns += [column(metric) for metric in dimensions for column in (points_column, cents_column)]
    return SQL("SELECT %s, FALSE AS changed FROM (%s) narrow", commas(columns), result_sql(plan))


# What is read of every row, or decides which rows are read; these columns stand first, where they are found soonest.
_LOOKED_AT = (
    "partner_id", "prev_id", "changed", "recorded", "prev_tier_id", "tier_id", "move", "revenue",
)  # fmt: skip

# What is read of those that are written, besides metrics, points and contributions.
_WRITTEN = (
    *PLAIN_COLUMNS, "score", "rfm_code", "segment_id", "fingerprint", "base_rank", "floor_rank", "cap_rank",
    "prev_score", "prev_recorded_score", "prev_tier_since", "prev_grace_until", "prev_rank", "prev_segment_id",
    "prev_abc_class", "prev_lifecycle", "prev_gate_id", "prev_override_id",
)  # fmt: skip


# Metrics and contributions as scores keep them, in the table of ``decided_rows_sql``: to make them takes longest.
_STORED_METRICS, _STORED_CONTRIBUTIONS = SQL("r.stored_metrics"), SQL("r.stored_contributions")

# What a score was made of is told where the tier moves, and where the score fell, which is asked for later.
_EXPLAINED = SQL("(move IN ('up', 'down') OR score < prev_recorded_score * 100)")


def decided_rows_sql(plan):
    """The rows of ``decided_sql`` for a table, as they are written; for others there is no more than what is counted.

    What only explains a score is there where it is told.
    """
    dimensions = [dimension.metric for dimension in plan.dimensions]
    written = [SQL.identifier(name) for name in _WRITTEN if name not in _LOOKED_AT]
    explaining = [SQL.identifier(name) for name in dimensions if name not in (*_LOOKED_AT, *_WRITTEN)]
    explaining += [column(metric) for metric in dimensions for column in (points_column, cents_column)]
    columns = [*map(SQL.identifier, _LOOKED_AT)]
    columns += [SQL("CASE WHEN is_written THEN %s END AS %s", column, column) for column in written]
    columns += [SQL("CASE WHEN is_explained THEN %s END AS %s", column, column) for column in explaining]
    columns += [
        SQL("CASE WHEN is_written THEN %s END AS stored_metrics", _metrics_json(plan)),
        SQL("CASE WHEN is_written THEN %s END AS stored_contributions", packed(plan)),
    ]
    return SQL(
        """
        SELECT %s
          FROM (SELECT decided.*, changed OR move <> 'same' AS is_written, %s AS is_explained
                  FROM (%s) decided OFFSET '0') r
        """,
        commas(columns),
        _EXPLAINED,
        decided_sql(plan),
    )


def _rows(decided, query):
    return SQL("NOT MATERIALIZED (SELECT * FROM %s)", decided) if decided else SQL("MATERIALIZED (%s)", query)


def simulate_sql(plan, owner=None, decided=None):
    """Record the expected tier changes; return the matrix: from, to, move, customers, rows that would change, revenue.

    :param owner: (table, column, id) of the moves; those of the run if not given. Of others it is not told which rows
        would change
    :param SQL decided: name of a table with the rows of ``decided_sql``, where they have been made beforehand: in a
        statement that writes, they are made by one process
    """
    table, column, owner_id = owner or ("customer_value_run_move", "run_id", plan.run_id)
    return SQL(
        """
        WITH result AS %(result)s,
        moves AS (
            INSERT INTO %(table)s
                   (%(owner)s, company_id, partner_id, tier_id, previous_tier_id, tier_move, cause, gate_id, score,
                    previous_score, revenue, contributions, previous_contributions,
                    create_uid, create_date, write_uid, write_date)
            SELECT %(owner_id)s, %(company)s, partner_id, tier_id, prev_tier_id, move, cause,
                   CASE WHEN cause = 'gate_off' THEN prev_gate_id ELSE gate_id END,
                   round(score / 100.0, 2), prev_score, revenue,
                   CASE WHEN move IN ('up', 'down') THEN %(contributions)s END,
                   CASE WHEN move IN ('up', 'down') THEN %(previous)s END,
                   %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
              FROM (SELECT result.*, CASE WHEN move <> 'entered' THEN %(cause)s END AS cause
                      FROM result WHERE move <> 'same') r
        )
        %(matrix)s
        """,
        result=_rows(decided, _narrow_result(plan) if owner else decided_sql(plan)),
        previous=_previous_contributions(plan),
        table=SQL.identifier(table),
        owner=SQL.identifier(column),
        owner_id=owner_id,
        company=plan.company_id,
        cause=_cause(plan),
        contributions=_contributions_json(plan),
        user=plan.user_id,
        matrix=_MATRIX,
    )


def apply_sql(plan, decided=None):
    """Store what changed and record it in the history; return the matrix as in a simulation.

    Rows that exist are updated and new ones inserted in separate steps: an upsert would draw an id from the sequence
    for every customer at every run, and exhaust it. New customers are locked, see ``BulkCustomer``; whoever deletes
    others meets the row of their score.

    :param SQL decided: as in ``simulate_sql``
    """
    changing = {
        "run_id": SQL("%s::int", plan.run_id),
        "as_of": SQL("%s::date", plan.as_of),
        "score": SQL("round(r.score / 100.0, 2)"),
        "previous_score": SQL(
            "CASE WHEN r.prev_score IS DISTINCT FROM round(r.score / 100.0, 2) THEN r.prev_score"
            " ELSE s.previous_score END"
        ),
        "score_since": SQL(
            "CASE WHEN r.prev_score IS DISTINCT FROM round(r.score / 100.0, 2) THEN %s::date ELSE s.score_since END",
            plan.as_of,
        ),
        "recorded_score": SQL("CASE WHEN r.recorded THEN round(r.score / 100.0, 2) ELSE r.prev_recorded_score END"),
        "tier_since": SQL(
            "CASE WHEN r.tier_id IS DISTINCT FROM r.prev_tier_id THEN %s::date ELSE r.prev_tier_since END", plan.as_of
        ),
        "rfm_code": SQL("r.rfm_code"),
        "segment_id": SQL("r.segment_id"),
        "metrics": _STORED_METRICS if decided else _metrics_json(plan),
        "contributions": _STORED_CONTRIBUTIONS if decided else packed(plan),
        "fingerprint": SQL("r.fingerprint"),
    } | {name: SQL("r.%s", SQL.identifier(name)) for name in PLAIN_COLUMNS}
    inserted = changing | {
        "previous_score": SQL("round(r.score / 100.0, 2)"),
        "score_since": SQL("%s::date", plan.as_of),
        "partner_id": SQL("r.partner_id"),
        "company_id": SQL("%s::int", plan.company_id),
    }
    return SQL(
        """
        WITH result AS %(result)s,
        weighed AS (UPDATE customer_value_run SET dimension_weights = %(weights)s WHERE id = %(run)s),
        updated AS (
            UPDATE customer_value_score s SET (%(update_columns)s) = ROW(%(update_values)s)
              FROM result r
             WHERE s.id = r.prev_id AND r.changed
        ),
        held AS (
            SELECT rp.id FROM result r JOIN res_partner rp ON rp.id = r.partner_id WHERE r.prev_id IS NULL
               FOR KEY SHARE OF rp
        ),
        inserted AS (
            INSERT INTO customer_value_score (%(insert_columns)s)
            SELECT %(insert_values)s FROM result r WHERE r.prev_id IS NULL AND r.partner_id IN (SELECT id FROM held)
        ),
        recorded AS (
            INSERT INTO customer_value_history
                   (partner_id, company_id, run_id, date, event, cause, gate_id, score, previous_score, revenue,
                    tier_id, previous_tier_id, tier_move, segment_id, previous_segment_id, abc_class,
                    previous_abc_class, lifecycle, previous_lifecycle, contributions, previous_contributions)
            SELECT partner_id, %(company)s, %(run)s, %(as_of)s,
                   CASE WHEN prev_id IS NULL THEN 'entered' ELSE 'changed' END,
                   cause, CASE cause WHEN 'gate' THEN gate_id WHEN 'gate_off' THEN prev_gate_id END,
                   round(score / 100.0, 2), prev_score, revenue, tier_id, prev_tier_id,
                   CASE WHEN move <> 'entered' THEN move END,
                   segment_id, prev_segment_id, abc_class, prev_abc_class, lifecycle, prev_lifecycle,
                   CASE WHEN %(explained)s THEN %(contributions)s END,
                   CASE WHEN %(explained)s THEN %(previous)s END
              FROM (SELECT result.*, CASE WHEN tier_id IS DISTINCT FROM prev_tier_id THEN %(cause)s END AS cause
                      FROM result) r
             WHERE recorded AND changed
        )
        %(matrix)s
        """,
        result=_rows(decided, decided_sql(plan)),
        weights=json.dumps([(dimension.metric, dimension.weight) for dimension in plan.dimensions]),
        update_columns=commas(map(SQL.identifier, changing)),
        update_values=commas(changing.values()),
        insert_columns=commas(map(SQL.identifier, inserted)),
        insert_values=commas(inserted.values()),
        company=plan.company_id,
        run=plan.run_id,
        as_of=plan.as_of,
        cause=_cause(plan),
        explained=_EXPLAINED,
        contributions=_contributions_json(plan),
        previous=_previous_contributions(plan),
        matrix=_MATRIX,
    )


def leave_sql(run, among, user_id, ages):
    """Customers with a score who are not in the population any more: record it, and drop the score unless simulated.

    :param run: the ``customer.value.run``
    :param SQL among: condition on ``s.partner_id``
    :param dict ages: as of a ``Plan``
    :return: SQL; rows of tier, customers, revenue
    """
    gone = SQL(
        """s.company_id = %s AND %s
           AND NOT EXISTS (SELECT FROM customer_value_metric m WHERE m.partner_id = s.partner_id)""",
        run.company_id.id,
        among,
    )
    stamps = SQL("%(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'", user=user_id)
    if run.simulate:
        return SQL(
            """
            WITH gone AS (SELECT s.* FROM customer_value_score s WHERE %(gone)s),
            moves AS (
                INSERT INTO customer_value_run_move
                       (run_id, company_id, partner_id, previous_tier_id, tier_move, previous_score, revenue,
                        create_uid, create_date, write_uid, write_date)
                SELECT %(run)s, company_id, partner_id, tier_id, 'left', score, revenue, %(stamps)s FROM gone
            )
            SELECT tier_id, count(*), COALESCE(sum(revenue), 0) FROM gone GROUP BY tier_id
            """,
            gone=gone,
            run=run.id,
            stamps=stamps,
        )
    return SQL(
        """
        WITH gone AS (DELETE FROM customer_value_score s WHERE %(gone)s RETURNING s.*),
        recorded AS (
            INSERT INTO customer_value_history
                   (partner_id, company_id, run_id, date, event, cause, previous_score, revenue, previous_tier_id,
                    tier_move, previous_segment_id, previous_abc_class, previous_lifecycle, previous_contributions)
            SELECT partner_id, company_id, %(run)s, %(as_of)s::date, 'left', 'run', score, revenue, tier_id,
                   'down', segment_id, abc_class, lifecycle, %(contributions)s
              FROM gone %(join)s
        )
        SELECT tier_id, count(*), COALESCE(sum(revenue), 0) FROM gone GROUP BY tier_id
        """,
        gone=gone,
        run=run.id,
        as_of=run.as_of,
        contributions=aged_contributions("gone", "counted", ages),
        join=counted_join("gone", "counted"),
    )
