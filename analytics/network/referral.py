"""What customers bring by recommending us, as SQL over one row a customer.

Referral value and its use beside the customer's own value follow V. Kumar, J. A. Petersen and R. P. Leone, "How
Valuable Is Word of Mouth?", Harvard Business Review 85(10), 2007: who would not have come without the referral counts
with their value, who would have come anyway with what winning them would have cost.

An amount is credited once, to the one who referred the customer, and to nobody above them. Otherwise the same sale
would count for each level of the tree, and the sum of all referral values would be more than customers bring.
"""

from odoo.tools import SQL

CHAMPION, AFFLUENT, ADVOCATE, MISER = QUADRANTS = ("champion", "affluent", "advocate", "miser")


def credited_sql(company_id, saved_cost):
    """What each referred customer is worth to the one who referred them, in one company.

    :param int company_id: whose lifetime values and scores count
    :param saved_cost: what it usually costs to win a customer, in company currency; SQL or number
    :return: SQL; ``partner_id`` (the customer), ``referrer_id``, ``anyway`` (would have come anyway), ``own`` (their
        lifetime value), ``has_bought``, ``credited``. Customers whom the company does not know are left out
    """
    return SQL(
        """
        SELECT came.*,
               CASE WHEN NOT anyway THEN own WHEN has_bought THEN saved_cost ELSE 0 END AS credited
          FROM (SELECT rp.id AS partner_id, rp.referrer_id, COALESCE(rp.referral_anyway, FALSE) AS anyway,
                       COALESCE(lifetime.lifetime_value, 0) AS own,
                       COALESCE(lifetime.purchases > 0, FALSE) OR COALESCE(score.lifecycle <> 'prospect', FALSE)
                           AS has_bought,
                       COALESCE(%(saved_cost)s, 0)::numeric AS saved_cost
                  FROM res_partner rp
                  LEFT JOIN customer_lifetime_value lifetime
                    ON lifetime.partner_id = rp.id AND lifetime.company_id = %(company)s
                  LEFT JOIN customer_value_score score ON score.partner_id = rp.id AND score.company_id = %(company)s
                 WHERE rp.referrer_id IS NOT NULL AND (lifetime.id IS NOT NULL OR score.id IS NOT NULL)) came
        """,
        company=company_id,
        saved_cost=saved_cost,
    )


def valued_sql(company_id, saved_cost, borders, digits, is_customer):
    """Own value and referral value of each customer, and where they stand in the grid of both.

    A value is high when it is above the border: by default the median of all customers. As most customers refer nobody,
    that of referral values usually is zero.

    :param borders: tuple of the border of the own value and that of the referral value; None: the median
    :param int digits: of the currency
    :param SQL is_customer: condition on the partner ``rp``
    :return: SQL; ``partner_id``, ``own_value``, ``referral_value`` and its parts ``came_value`` and ``saved_value``
        (company currency), ``customer_count``, ``anyway_count``, ``quadrant``, and the borders ``own_border`` and
        ``referral_border``
    """
    own, referral = borders

    def border(amount, column):
        if amount is not None:
            return SQL("round(%s::numeric, %s)", amount, digits)
        return SQL(
            "round(COALESCE((SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY %s) FROM valued), 0)::numeric, %s)",
            SQL.identifier(column),
            digits,
        )

    return SQL(
        """
        WITH brought AS MATERIALIZED (
            SELECT referrer_id AS partner_id, count(*) AS customer_count,
                   count(*) FILTER (WHERE anyway) AS anyway_count,
                   COALESCE(sum(credited) FILTER (WHERE NOT anyway), 0) AS came_value,
                   COALESCE(sum(credited) FILTER (WHERE anyway), 0) AS saved_value
              FROM (%(credited)s) credited
             GROUP BY referrer_id
        ), valued AS MATERIALIZED (
            SELECT rp.id AS partner_id,
                   round(COALESCE(lifetime.lifetime_value, 0), %(digits)s) AS own_value,
                   round(COALESCE(came_value, 0), %(digits)s) AS came_value,
                   round(COALESCE(saved_value, 0), %(digits)s) AS saved_value,
                   round(COALESCE(came_value, 0), %(digits)s) + round(COALESCE(saved_value, 0), %(digits)s)
                       AS referral_value,
                   COALESCE(customer_count, 0)::integer AS customer_count,
                   COALESCE(anyway_count, 0)::integer AS anyway_count
              FROM (SELECT partner_id, lifetime_value FROM customer_lifetime_value WHERE company_id = %(company)s)
                   lifetime
              FULL JOIN brought USING (partner_id)
              JOIN res_partner rp ON rp.id = partner_id
             WHERE %(is_customer)s
        )
        SELECT valued.*, own_border, referral_border,
               CASE WHEN own_value > own_border
                    THEN CASE WHEN referral_value > referral_border THEN %(champion)s ELSE %(affluent)s END
                    ELSE CASE WHEN referral_value > referral_border THEN %(advocate)s ELSE %(miser)s END END AS quadrant
          FROM valued
         CROSS JOIN (SELECT %(own_border)s AS own_border, %(referral_border)s AS referral_border) limits
        """,
        credited=credited_sql(company_id, saved_cost),
        digits=digits,
        company=company_id,
        is_customer=is_customer,
        own_border=border(own, "own_value"),
        referral_border=border(referral, "referral_value"),
        champion=CHAMPION,
        affluent=AFFLUENT,
        advocate=ADVOCATE,
        miser=MISER,
    )


def chain_sql(partner_ids):
    """Who referred these customers, who referred those, and so on; ends where it comes back to where it began.

    :return: SQL; ``start`` (one of the customers) and ``id`` (somebody above them). ``start`` equals ``id`` where
        referrals go round in a circle
    """
    return SQL(
        """
        WITH RECURSIVE chain(start, id) AS (
            SELECT rp.id, rp.referrer_id FROM res_partner rp WHERE rp.id = ANY(%(ids)s) AND rp.referrer_id IS NOT NULL
             UNION
            SELECT chain.start, rp.referrer_id
              FROM chain JOIN res_partner rp ON rp.id = chain.id
             WHERE rp.referrer_id IS NOT NULL AND chain.id <> chain.start
        )
        SELECT start, id FROM chain
        """,
        ids=list(partner_ids),
    )
