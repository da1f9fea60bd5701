"""Contributions as scores keep them: two whole numbers for each dimension.

A score has millions of siblings that were judged by the same dimensions and weights, and its metrics hold what these
were made of. So names and weights stand once on the run that wrote the score (``dimension_weights``, a list of pairs),
and the score keeps hundredths of points and of contributions, in that order. As JSON they took half of the time and
two thirds of the bytes of writing a score.
"""

from odoo.tools import SQL

from .scoring import cents_column, commas, points_column


def packed(plan):
    """What ``customer_value_score.contributions`` is of a row of the result ``r``: ``int4[]``."""
    numbers = []
    for dimension in plan.dimensions:
        numbers.append(SQL("round(r.%s * 100)::int", points_column(dimension.metric)))
        numbers.append(SQL("r.%s", cents_column(dimension.metric)))
    return SQL("ARRAY[%s]::int4[]", commas(numbers))


def unpacked(contributions, weights, metrics):
    """Contributions as JSON: dimension: raw value, points, weight and contribution to the score.

    :param SQL contributions: the column of the score; null gives null
    :param SQL weights: ``dimension_weights`` of its run
    :param SQL metrics: of the score, as of the day of the raw values
    """
    return SQL(
        """
        CASE WHEN %(contributions)s IS NOT NULL THEN (
             SELECT COALESCE(jsonb_object_agg(line.value ->> 0, jsonb_build_object(
                        'raw', kept.metrics -> (line.value ->> 0),
                        'points', (%(contributions)s)[2 * line.place - 1] / 100::float8,
                        'weight', (line.value ->> 1)::float8,
                        'contribution', (%(contributions)s)[2 * line.place] / 100::float8)), '{}')
               FROM (SELECT %(metrics)s AS metrics OFFSET 0) kept
              CROSS JOIN jsonb_array_elements(%(weights)s) WITH ORDINALITY line(value, place)) END
        """,
        contributions=contributions,
        weights=weights,
        metrics=metrics,
    )
