"""Working time between two moments, as SQL over the intervals of a calendar."""

from odoo.tools import SQL


def accumulate(intervals):
    """Intervals as arrays that ``worked_sql`` can look things up in.

    :param intervals: ordered pairs of moments in seconds since 1970, none overlapping another
    :return: lists of floats, of the same length: starts, ends, and what was worked before each

    >>> accumulate([(10, 20), (30, 35)])
    ([10, 30], [20, 35], [0, 10])
    """
    starts, ends, sums, worked = [], [], [], 0
    for start, end in intervals:
        starts.append(start)
        ends.append(end)
        sums.append(worked)
        worked += end - start
    return starts, ends, sums


def worked_sql(moment, starts, ends, sums):
    """Seconds worked from the first interval up to ``moment`` (a timestamp in UTC): one search in a sorted array.

    :param SQL starts: an array of float8, as are ``ends`` and ``sums``; see ``accumulate``
    """
    seconds = SQL("extract(epoch FROM %s)::float8", moment)
    place = SQL("width_bucket(%s, %s)", seconds, starts)
    return SQL(
        "CASE WHEN %(place)s = 0 THEN 0"
        " ELSE (%(sums)s)[%(place)s] + LEAST(%(seconds)s, (%(ends)s)[%(place)s]) - (%(starts)s)[%(place)s] END",
        place=place,
        seconds=seconds,
        starts=starts,
        ends=ends,
        sums=sums,
    )
