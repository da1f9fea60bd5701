"""What a customer spends in a year on what we sell, with whomever they buy: SQL over one row a customer."""

from odoo.tools import SQL

# A quartile of fewer customers says nothing of another one.
MIN_ALIKE = 20

# The share of customers alike who spend less than what is taken for the wallet.
QUARTILE = 0.75


def rank_share_sql(rank, suppliers):
    """The share, from 0 to 1, of the supplier with ``rank`` among ``suppliers``; null where either is not known.

    Wallet Allocation Rule (Keiningham, Aksoy, Buoye, Cooil 2011): (1 - rank / (n + 1)) x 2 / n. The shares of all
    ranks of a customer add up to 1.
    """
    return SQL(
        "CASE WHEN %(rank)s BETWEEN 1 AND %(suppliers)s"
        " THEN (1 - %(rank)s::numeric / (%(suppliers)s + 1)) * 2 / %(suppliers)s END",
        rank=rank,
        suppliers=suppliers,
    )


def judged_sql(rows, digits):
    """The wallet of each row, by the best that is known.

    What is known of the customer comes first: their budget, then our rank among their suppliers. Else they are taken
    to spend what the upper quartile of customers alike spends with us. Nobody spends less than they spend with us.

    :param SQL rows: query with ``partner_id``, ``revenue`` (twelve months, company currency, untaxed), ``budget`` (a
        year, the same), ``supplier_rank``, ``supplier_count`` and ``alike_wallet``, each null or 0 where not known
    :param int digits: of the currency
    :return: SQL; all columns of ``rows``, and ``basis`` (null where nothing is known), ``wallet``, ``gap`` (amounts)
        and ``share`` (percent; null where there is no wallet)
    """
    return SQL(
        """
        SELECT known.*,
               CASE WHEN wallet > 0 THEN round(100 * GREATEST(revenue, 0) / wallet, 2) END AS share,
               GREATEST(wallet - GREATEST(revenue, 0), 0) AS gap
          FROM (SELECT facts.*,
                       CASE WHEN budget > 0 THEN 'budget'
                            WHEN ranked > 0 AND revenue > 0 THEN 'rank'
                            WHEN alike_wallet > 0 THEN 'alike' END AS basis,
                       round(CASE WHEN budget > 0 THEN GREATEST(budget, revenue)
                                  WHEN ranked > 0 AND revenue > 0 THEN revenue / ranked
                                  WHEN alike_wallet > 0 THEN GREATEST(alike_wallet, revenue)
                                  ELSE 0 END::numeric, %(digits)s) AS wallet
                  FROM (SELECT given.*, %(ranked)s AS ranked FROM (%(rows)s) given) facts) known
        """,
        ranked=rank_share_sql(SQL("given.supplier_rank"), SQL("given.supplier_count")),
        rows=rows,
        digits=digits,
    )


def alike_sql(customers):
    """What customers alike spend: for each customer the upper quartile of the narrowest group that is large enough.

    The groups: companies or persons of the same industry and country; of the same industry; all of them. Only who
    spent something counts.

    :param SQL customers: query with ``partner_id``, ``revenue``, ``is_company``, ``industry_id``, ``country_id``
    :return: SQL; ``customers``, and ``alike_wallet``, ``alike_count`` (null where there are fewer than ``MIN_ALIKE``)
    """

    def group(columns, condition):
        names = SQL(", ").join(map(SQL.identifier, columns))
        return SQL(
            """SELECT %(names)s, percentile_cont(%(quartile)s) WITHIN GROUP (ORDER BY revenue) AS wallet,
                      count(*) AS customers
                 FROM customer WHERE revenue > 0 AND %(condition)s
                GROUP BY %(names)s HAVING count(*) >= %(least)s""",
            names=names,
            quartile=QUARTILE,
            least=MIN_ALIKE,
            condition=condition,
        )

    return SQL(
        """
        WITH customer AS MATERIALIZED (%(customers)s),
        near AS MATERIALIZED (%(near)s), industry AS MATERIALIZED (%(industry)s), everybody AS MATERIALIZED (%(all)s)
        SELECT customer.*, COALESCE(near.wallet, industry.wallet, everybody.wallet) AS alike_wallet,
               COALESCE(near.customers, industry.customers, everybody.customers) AS alike_count
          FROM customer
          LEFT JOIN near USING (is_company, industry_id, country_id)
          LEFT JOIN industry USING (is_company, industry_id)
          LEFT JOIN everybody USING (is_company)
        """,
        customers=customers,
        near=group(("is_company", "industry_id", "country_id"), SQL("industry_id > 0 AND country_id > 0")),
        industry=group(("is_company", "industry_id"), SQL("industry_id > 0")),
        all=group(("is_company",), SQL("TRUE")),
    )
