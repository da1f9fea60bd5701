"""Numbers that grow by a day each day while nothing happens, such as the days since the last order.

A score is written when it changes. Its numbers are those of the day on which it was written (``as_of``), and they hold
up to the last run that judged all customers by the same policy: that one would have written anything else. So what only
ages need not be written every night; these expressions count the days since. A number of a metric that adds up ages
from one on: zero days overdue are nothing that grows older.
"""

from odoo.tools import SQL

from .packing import unpacked
from .scoring import commas

# The day of the last run for all customers by the policy of a run: what ages counts up to it. And what the
# contributions of the scores are of that the run has written.
COUNTED = SQL(
    """
    (SELECT run.id AS run_id, run.dimension_weights, calibrating.as_of
       FROM customer_value_run run
       JOIN customer_value_policy policy ON policy.id = run.policy_id
       LEFT JOIN customer_value_run calibrating ON calibrating.id = policy.calibration_run_id)
    """
)


def days_sql(score, counted):
    """Days since a score was written, up to the day up to which its numbers hold.

    :param str score: alias of ``customer_value_score``
    :param str counted: alias of ``COUNTED``, joined by the score's run
    """
    return SQL("GREATEST(%s - %s, 0)", SQL.identifier(counted, "as_of"), SQL.identifier(score, "as_of"))


def counted_join(score, counted):
    return SQL(
        "LEFT JOIN %s %s ON %s = %s",
        COUNTED,
        SQL.identifier(counted),
        SQL.identifier(counted, "run_id"),
        SQL.identifier(score, "run_id"),
    )


def is_ageing(value, additive):
    """Whether a number grows older: condition over its column, never null."""
    return SQL("COALESCE(%s > 0, FALSE)", value) if additive else SQL("%s IS NOT NULL", value)


def born(value, additive, as_of):
    """The day from which ``value`` counts, which stays the same while it only ages; null where nothing ages."""
    return SQL("CASE WHEN %s THEN %s::date - %s::int END", is_ageing(value, additive), as_of, value)


def aged_metrics(metrics, days, ages):
    """Metrics as JSON, ``days`` later.

    :param SQL metrics: the column
    :param dict ages: of each metric that ages, whether it adds up
    """
    later = {}
    for code, additive in ages.items():
        raw = SQL("(%s->>%s)::numeric", metrics, code)
        later[code] = SQL("CASE WHEN %s THEN %s + %s END", is_ageing(raw, additive), raw, days)
    # what does not age is null here, and stays as it is
    pairs = commas(SQL("%s::text, %s", code, value) for code, value in later.items())
    return SQL(
        "CASE WHEN %s > 0 THEN %s || jsonb_strip_nulls(jsonb_build_object(%s)) ELSE %s END",
        days,
        metrics,
        pairs,
        metrics,
    )


def aged_contributions(score, counted, ages):
    """Contributions of a score as JSON, on the day up to which its numbers hold.

    :param str score: alias of ``customer_value_score``
    :param str counted: alias of ``COUNTED``, joined by the score's run
    """
    return unpacked(
        SQL.identifier(score, "contributions"),
        SQL.identifier(counted, "dimension_weights"),
        aged_metrics(SQL.identifier(score, "metrics"), days_sql(score, counted), ages),
    )
