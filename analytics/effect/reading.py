"""The rows of a measure in both windows, put together by one statement, and compared."""

from odoo.tools import SQL

from . import comparing

# What is read of the rows of each kind, beside the side that they are of. All kinds have ``id``, that of the record.
READ = {
    # hit: whether the record is one of those whose share is asked for
    "share": SQL("count(*), count(*) FILTER (WHERE hit)"),
    # value: a number
    "median": SQL("array_agg(value::float8 ORDER BY value)"),
    "level": SQL("array_agg(value::float8 ORDER BY id)"),
    # top, base: numbers of a customer, partner_id
    "ratio": SQL(
        "count(*), sum(top), sum(base), sum(top * top), sum(base * base), sum(top * base), sum(records)::integer"
    ),
    # top: what was gained; base: what it cost; low, high: the interval of top; confidence in percent
    "gain": SQL("json_agg(json_build_array(top, base, low, high, confidence / 100) ORDER BY id)"),
}


def read_sql(kind, before, after):
    """
    :param str kind: one of ``READ``
    :param SQL before, after: rows of each window
    :return: SQL of ``side`` and the numbers; a side without rows may be missing
    """

    def one(side, rows):
        if kind == "ratio":
            rows = SQL(
                """SELECT partner_id, count(*) AS records, sum(top)::float8 AS top, sum(base)::float8 AS base
                     FROM (%s) record GROUP BY partner_id""",
                rows,
            )
        return SQL("SELECT %s AS side, %s FROM (%s) found HAVING count(*) > 0", side, READ[kind], rows)

    return SQL("%s UNION ALL %s", one("before", before), one("after", after))


def compare(kind, read):
    """
    :param read: rows of ``read_sql``
    :return: ``comparing.Change``
    """
    sides = {side: numbers for side, *numbers in read}
    before, after = (sides.get(side) for side in ("before", "after"))
    if kind == "share":
        return comparing.compare_shares(before or (0, 0), after or (0, 0))
    if kind == "ratio":
        return comparing.compare_ratios(*(comparing.Sums(*numbers or ()) for numbers in (before, after)))
    lists = [numbers[0] if numbers else [] for numbers in (before, after)]
    if kind == "gain":
        return comparing.compare_gains(*lists)
    return (comparing.compare_medians if kind == "median" else comparing.compare_levels)(*lists)
