"""A share of few observations, with the interval in which the true one lies."""

from odoo.tools import SQL

# Two-sided 95 per cent of the normal distribution.
Z = 1.959963984540054


def share_sql(hits, trials):
    """The share as a number from 0 to 1; null without trials."""
    return SQL("(%s)::float8 / NULLIF(%s, 0)", hits, trials)


def bound_sql(hits, trials, upper):
    """A bound of the 95% interval of Wilson (1927) for ``hits`` of ``trials``, from 0 to 1; null without trials.

    The bounds are the roots c of (1 + z^2/n) c^2 - (2p + z^2/n) c + p^2 = 0. Their product is p^2 / (1 + z^2/n), so the
    lower one is p^2 / (p + z^2/2n + z sqrt(p (1 - p)/n + z^2/4n^2)): by a difference, that of no hits would be a trace
    below zero. The upper one is what is left of all by the lower one of what was missed.

    :param bool upper: the upper one, else the lower one
    """
    if upper:
        return SQL("(1 - %s)", bound_sql(SQL("(%s) - (%s)", trials, hits), trials, upper=False))
    return SQL(
        """((%(p)s) ^ 2 / (%(p)s + %(half)s / %(n)s
                           + %(z)s * sqrt(%(p)s * (1 - %(p)s) / %(n)s + %(quarter)s / %(n)s ^ 2)))""",
        p=share_sql(hits, trials),
        n=SQL("NULLIF(%s, 0)::float8", trials),
        z=Z,
        half=Z * Z / 2,
        quarter=Z * Z / 4,
    )
