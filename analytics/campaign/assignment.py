"""The control group of a campaign: a stratified draw that follows from a seed, as SQL and as plain numbers.

Customers are sorted by stratum (tier, and within it group of margin) and, within a stratum, by a hash of seed and
customer. Along this line the share adds up, beginning at an offset that follows from the seed as well; whoever takes
the sum past the next whole number is left alone. This is systematic sampling from an ordered list (Madow and Madow,
1944): everybody has exactly the same chance, each stratum of n gets n x share rounded down or up, and so do all
together, however small strata are. There is nothing left over that would have to be given by another rule.

SHA-256 gives the same on any PostgreSQL and in any other language. See the tests for the draw in plain Python.
"""

from odoo.tools import SQL

# Shares are whole millionths, so that no sum depends on floating point.
MILLION = 1_000_000

# A draw from a thousand customers is four groups of margin in each tier.
GROUPS = 4


def millionths(percent):
    """:return: int, the share of ``percent`` (0 to 100) in millionths"""
    return round(percent * MILLION / 100)


def digest_sql(text):
    """SHA-256 of an SQL text, as bytes."""
    return SQL("sha256(convert_to(%s, 'UTF8'))", text)


def offset_sql(seed, drawn):
    """Where a draw begins: whole millionths, 0 to 999,999, evenly distributed over seeds.

    :param str seed: of the campaign
    :param int drawn: members drawn earlier. A draw of its own for each addition: users who add customers one by one
        cannot predict which of them will be in the control group
    """
    digest = digest_sql(SQL("%s", f"{seed}/{drawn}"))
    return SQL("(('x' || substr(encode(%s, 'hex'), 1, 8))::bit(32)::bigint * %s / 4294967296)", digest, MILLION)


def strata_sql(candidates):
    """Each candidate with ``margin_group``: 1 (least) to 4 within the tier. Equal margins are in the same group.

    :param SQL candidates: a relation with ``partner_id, tier_id, margin_before``
    """
    return SQL(
        """SELECT c.partner_id, c.tier_id, c.margin_before,
                  1 + %(groups)s * (rank() OVER (PARTITION BY c.tier_id ORDER BY c.margin_before) - 1)
                    / count(*) OVER (PARTITION BY c.tier_id) AS margin_group
             FROM %(candidates)s c""",
        groups=GROUPS,
        candidates=candidates,
    )


def draw_sql(candidates, seed, share, drawn=0):
    """The draw: each candidate with ``margin_group`` and ``is_holdout``.

    :param SQL candidates: a relation with ``partner_id, tier_id, margin_before``, each customer once
    :param str seed: of the campaign
    :param int share: of the control group, in millionths
    :param int drawn: members drawn earlier
    """
    return SQL(
        """SELECT line.partner_id, line.tier_id, line.margin_before, line.margin_group,
                  (line.place * %(share)s + line.start) / %(million)s
                  > ((line.place - 1) * %(share)s + line.start) / %(million)s AS is_holdout
             FROM (SELECT stratum.*, %(offset)s AS start,
                          row_number() OVER (ORDER BY stratum.tier_id NULLS FIRST, stratum.margin_group, %(hash)s)
                          AS place
                     FROM (%(strata)s) stratum) line""",
        share=share,
        million=MILLION,
        offset=offset_sql(seed, drawn),
        hash=digest_sql(SQL("%s || stratum.partner_id", f"{seed}:")),
        strata=strata_sql(candidates),
    )
