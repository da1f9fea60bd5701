"""A share of few observations, with the interval in which the true one lies."""

from odoo.tools import SQL

# Two-sided 95 per cent of the normal distribution.
Z = 1.959963984540054


def share_sql(hits, trials):
    """The share as a number from 0 to 1; null without trials."""
    return SQL("(%s)::float8 / NULLIF(%s, 0)", hits, trials)


def bound_sql(hits, trials, upper):
    """A bound of the 95% interval of Wilson (1927) for ``hits`` of ``trials``, from 0 to 1; null without trials.

    center +- spread with center = (p + z^2/2n) / (1 + z^2/n) and
    spread = z sqrt(p (1 - p)/n + z^2/4n^2) / (1 + z^2/n).

    :param bool upper: the upper one, else the lower one
    """
    return SQL(
        """(%(p)s + %(half)s / %(n)s %(sign)s %(z)s * sqrt(%(p)s * (1 - %(p)s) / %(n)s + %(quarter)s / %(n)s ^ 2))
           / (1 + %(square)s / %(n)s)""",
        p=share_sql(hits, trials),
        n=SQL("NULLIF(%s, 0)::float8", trials),
        sign=SQL("+" if upper else "-"),
        z=Z,
        half=Z * Z / 2,
        quarter=Z * Z / 4,
        square=Z * Z,
    )
