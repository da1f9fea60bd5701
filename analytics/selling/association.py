"""What customers buy together, and what one of them lacks: SQL over baskets.

A *basket* is what one customer (commercial entity) has bought of one company in a window: a set of products, the
variants of one counting as one. With ``N`` customers who bought anything and ``n(...)`` those who bought the given:

* support of A → B: ``n(A, B) / N``
* confidence: ``n(A, B) / n(A)``, the share of those who buy A that buys B
* lift: ``confidence / (n(B) / N)``, how many times as often they buy B as everybody does

Agrawal, Imielinski, Swami: Mining association rules between sets of items in large databases, SIGMOD 1993; lift is the
"interest" of Brin, Motwani, Ullman, Tsur, SIGMOD 1997.

**What protects the database.** A basket of k products has k (k - 1) / 2 pairs, and k may be thousands.

1. Products bought by fewer customers than a pair needs can be in no pair that counts (the downward closure that Apriori
   rests on) and are left out first. This changes no result.
2. Of the others, only the ``max_products`` that most customers bought are looked at: no more pairs than its square.
3. Customers who bought more than ``max_basket`` of these are left out altogether, from the counts as well: who buys
   everything says nothing about what goes with what, and resellers would make most of all pairs.
"""

from dataclasses import dataclass
from decimal import Decimal

from odoo.tools import SQL

from ..scoring.customers import is_customer_sql
from ..scoring.goods import goods_sql

# Credited to this share of what was charged: taken back. Less than all, for the cents that rounding leaves.
RETURNED = Decimal("0.995")


@dataclass(frozen=True)
class Limits:
    """:param int min_customers: who bought both, at least
    :param float min_support: the same as a share of all who bought, in percent
    :param float min_lift: at least
    :param int max_products: how many products are looked at, those that most customers bought
    :param int max_basket: customers who bought more of these are left out
    """

    min_customers: int
    min_support: float
    min_lift: float
    max_products: int
    max_basket: int


def exact(number):
    """A setting as it was entered: 1.1 percent of 1,000 customers are 11, not 11.000000000000002."""
    return Decimal(str(number))


def offered_sql(companies):
    """Products of ``product_template pt`` that these companies (a branch and those above it) can sell.

    Services are left out: they come along with goods. Combos are: their parts are lines of their own.
    """
    return SQL(
        "pt.active AND pt.sale_ok AND pt.type NOT IN ('service', 'combo')"
        " AND (pt.company_id IS NULL OR pt.company_id = ANY(%s))",
        list(companies),
    )


def basket_sql(scope, companies, has_delivery, tills=None):
    """Query of what each customer has bought and kept: ``partner_id``, ``item_id`` (template), ``margin``.

    Confirmed orders in the window. A product whose lines are credited in full by the end of ``as_of`` was taken back,
    and is not bought; one that was given for nothing was not bought either. ``margin`` (company currency, at the rate
    of the order) is that of the lines, less the part credited. What was bought at tills is part of it.

    :param Scope scope: whose documents, and when
    :param companies: ids of the company and of those above it
    :param SQL tills: what tills sold and took back, see ``_till_goods_sql`` of the source; None where there are none
    """
    ordered = SQL(
        "so.company_id = %s AND so.state = 'sale' AND so.date_order >= %s AND so.date_order < %s AND %s",
        scope.books,
        scope.window_opens,
        scope.until,
        scope.among(SQL("rp.commercial_partner_id")),
    )
    credited = SQL("TRUE")
    if scope.by_customer:
        # of a few customers those of their orders, as an array: credits of everybody are many more
        credited = SQL(
            """rel.order_line_id = ANY(ARRAY(
                SELECT line.id FROM sale_order so
                  JOIN res_partner rp ON rp.id = so.value_customer_id
                  JOIN sale_order_line line ON line.order_id = so.id
                 WHERE %s))""",
            ordered,
        )
    amount, taken = SQL("sum(sol.price_subtotal / rate.rate)"), SQL("sum(COALESCE(credit.amount, 0) / rate.rate)")
    columns, kept = SQL(), SQL("HAVING %s > 0 AND %s < %s * %s", amount, taken, RETURNED, amount)
    if tills:
        # what was bought in one place may have been taken back in the other
        columns, kept = SQL(", %s AS amount, %s AS taken", amount, taken), SQL()
    # credits are few and made once: where statistics are missing, a planner that thinks so, too, would do it by line
    baskets = SQL(
        """
        WITH credit AS MATERIALIZED (
            SELECT rel.order_line_id,
                   sum(CASE WHEN aml.currency_id = credited.currency_id THEN aml.price_subtotal
                            ELSE abs(aml.balance) * COALESCE(NULLIF(credited.currency_rate, 0), 1)::numeric
                       END) AS amount
              FROM account_move am
              JOIN account_move_line aml ON aml.move_id = am.id AND aml.display_type = 'product'
              JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = aml.id
              JOIN sale_order_line line ON line.id = rel.order_line_id
              JOIN sale_order credited ON credited.id = line.order_id
             WHERE am.company_id = %(company)s AND am.state = 'posted' AND am.move_type = 'out_refund'
               AND am.invoice_date BETWEEN %(window)s AND %(as_of)s AND %(credited)s
             GROUP BY rel.order_line_id
        )
        SELECT rp.commercial_partner_id AS partner_id, pt.id AS item_id,
               sum(sol.margin / rate.rate
                   * CASE WHEN credit.amount IS NULL THEN 1
                          ELSE GREATEST(0, 1 - credit.amount / NULLIF(sol.price_subtotal, 0)) END)::numeric AS margin
               %(columns)s
          FROM sale_order so
         CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric AS rate) rate
          JOIN res_partner rp ON rp.id = so.value_customer_id
          JOIN res_partner customer ON customer.id = rp.commercial_partner_id AND %(customer)s
          JOIN sale_order_line sol ON sol.order_id = so.id
          JOIN product_product pp ON pp.id = sol.product_id
          JOIN product_template pt ON pt.id = pp.product_tmpl_id
          LEFT JOIN credit ON credit.order_line_id = sol.id
         WHERE %(ordered)s AND %(goods)s AND %(offered)s
         GROUP BY rp.commercial_partner_id, pt.id
        %(kept)s
        """,
        columns=columns,
        kept=kept,
        customer=is_customer_sql("customer"),
        company=scope.books,
        window=scope.window_start,
        as_of=scope.as_of,
        ordered=ordered,
        credited=credited,
        goods=goods_sql(has_delivery),
        offered=offered_sql(companies),
    )
    if not tills:
        return baskets
    return SQL(
        """
        SELECT part.partner_id, part.item_id, sum(part.margin) AS margin
          FROM (SELECT * FROM (%(baskets)s) basket
                 UNION ALL
                SELECT till.partner_id, pt.id, till.margin, GREATEST(till.amount, 0), GREATEST(-till.amount, 0)
                  FROM (%(tills)s) till
                  JOIN res_partner customer ON customer.id = till.partner_id AND %(customer)s
                  JOIN product_product pp ON pp.id = till.product_id
                  JOIN product_template pt ON pt.id = pp.product_tmpl_id
                 WHERE till.day >= %(window)s AND %(offered)s) part
         GROUP BY part.partner_id, part.item_id
        HAVING sum(part.amount) > 0 AND sum(part.taken) < %(returned)s * sum(part.amount)
        """,
        baskets=baskets,
        tills=tills,
        customer=is_customer_sql("customer"),
        window=scope.window_start,
        offered=offered_sql(companies),
        returned=RETURNED,
    )


def considered_sql(limits):
    """Query of the part of ``customer_retention_basket`` that is looked at: ``partner_id``, ``item_id``, ``margin``."""
    return SQL(
        """
        WITH item AS (
            SELECT item_id FROM customer_retention_basket
             GROUP BY item_id HAVING count(*) >= %(min_customers)s
             ORDER BY count(*) DESC, item_id LIMIT %(max_products)s
        ), looked_at AS (
            SELECT b.*, count(*) OVER (PARTITION BY b.partner_id) AS size
              FROM customer_retention_basket b JOIN item USING (item_id)
        )
        SELECT partner_id, item_id, margin, size > %(max_basket)s AS is_crowded FROM looked_at
        """,
        min_customers=limits.min_customers,
        max_products=limits.max_products,
        max_basket=limits.max_basket,
    )


def rules_sql(limits, digits):
    """Query of the rules that pass: both directions of each pair.

    ``antecedent_id``, ``consequent_id``, ``customers``, ``antecedent_customers``, ``consequent_customers``,
    ``population``, ``support``, ``confidence`` (shares), ``lift``, ``expected_margin`` (median over the customers who
    bought the consequent of the margin of its lines in the window, company currency). Thresholds are compared in exact
    numbers: what lies on one passes.

    :param int digits: decimal places of the company's currency
    """
    return SQL(
        """
        WITH considered AS (SELECT * FROM customer_retention_considered WHERE NOT is_crowded),
        total AS MATERIALIZED (
            SELECT (SELECT count(DISTINCT partner_id) FROM customer_retention_basket)
                   - (SELECT count(DISTINCT partner_id) FROM customer_retention_considered WHERE is_crowded) AS n
        ), item AS MATERIALIZED (
            SELECT item_id, count(*) AS n,
                   round((percentile_cont(0.5) WITHIN GROUP (ORDER BY margin))::numeric, %(digits)s) AS margin
              FROM considered GROUP BY item_id
        ), pair AS MATERIALIZED (
            SELECT a.item_id AS one, b.item_id AS other, count(*) AS n
              FROM considered a JOIN considered b ON b.partner_id = a.partner_id AND b.item_id > a.item_id
             GROUP BY a.item_id, b.item_id
            HAVING count(*) >= %(min_customers)s
               AND count(*) * 100::numeric >= %(min_support)s::numeric * (SELECT n FROM total)
        ), direction AS (
            SELECT one AS antecedent_id, other AS consequent_id, n FROM pair
             UNION ALL
            SELECT other, one, n FROM pair
        )
        SELECT d.antecedent_id, d.consequent_id, d.n AS customers, a.n AS antecedent_customers,
               c.n AS consequent_customers, total.n AS population,
               d.n::float8 / total.n AS support, d.n::float8 / a.n AS confidence,
               d.n::float8 * total.n / (a.n::float8 * c.n) AS lift, c.margin AS expected_margin
          FROM direction d
          JOIN item a ON a.item_id = d.antecedent_id
          JOIN item c ON c.item_id = d.consequent_id
         CROSS JOIN total
         WHERE d.n::numeric * total.n >= %(min_lift)s::numeric * a.n * c.n
        """,
        digits=digits,
        min_customers=limits.min_customers,
        min_support=exact(limits.min_support),
        min_lift=exact(limits.min_lift),
    )


COLUMNS = (
    "customers",
    "antecedent_customers",
    "consequent_customers",
    "population",
    "support",
    "confidence",
    "lift",
    "expected_margin",
)


def owned_sql(companies, until, among, tills=None):
    """Query of what customers have ever had of a company: ``partner_id``, ``item_id``; what was taken back, too.

    :param SQL companies: ``books`` of a scope
    :param SQL tills: see ``basket_sql``
    """
    at_tills = SQL()
    if tills:
        at_tills = SQL(
            """UNION
        SELECT till.partner_id, pp.product_tmpl_id
          FROM (%s) till JOIN product_product pp ON pp.id = till.product_id""",
            tills,
        )
    return SQL(
        """
        SELECT rp.commercial_partner_id AS partner_id, pp.product_tmpl_id AS item_id
          FROM sale_order so
          JOIN res_partner rp ON rp.id = so.value_customer_id
          JOIN sale_order_line sol ON sol.order_id = so.id AND sol.display_type IS NULL
          JOIN product_product pp ON pp.id = sol.product_id
         WHERE so.company_id = %s AND so.state = 'sale' AND so.date_order < %s AND %s
         GROUP BY 1, 2
        %s
        """,
        companies,
        until,
        among,
        at_tills,
    )


def suggestions_sql(scope, companies, has_delivery, items, limit, tills=None):
    """Query of the best suggestions for the customers of ``scope``, or for all: one row a suggestion, best first.

    Candidates are the consequents of what a customer has bought and kept in the window, or has in the quotation, that
    they have never had. Several antecedents may point to one product. Their rules count much the same customers again,
    so the evidence is not added up (a noisy-or would treat it as independent): the strongest one stands for all. The
    strength is confidence x lift: likely, and because of what the customer has.

    ``kind`` is ``up`` for a product that costs more than all they bought of its category, else ``cross``.

    :param items: templates in the quotation, for the one customer of ``scope``
    :param int limit: suggestions a customer
    :param SQL tills: see ``basket_sql``
    """
    return SQL(
        """
        WITH bought AS MATERIALIZED (
            SELECT partner_id, item_id FROM (%(baskets)s) basket
             UNION
            SELECT partner_id, item_id
              FROM unnest(%(partners)s::int[]) partner_id CROSS JOIN unnest(%(items)s::int[]) item_id
        ), level AS MATERIALIZED (
            SELECT bought.partner_id, pt.categ_id, max(pt.list_price) AS price
              FROM bought JOIN product_template pt ON pt.id = bought.item_id
             GROUP BY bought.partner_id, pt.categ_id
        ), owned AS MATERIALIZED (
            %(owned)s UNION SELECT partner_id, item_id FROM bought
        ), best AS (
            SELECT DISTINCT ON (bought.partner_id, rule.consequent_id)
                   bought.partner_id, rule.id AS association_id, rule.antecedent_id, rule.consequent_id,
                   rule.customers, rule.confidence, rule.lift, rule.expected_margin,
                   rule.confidence * rule.lift AS strength,
                   CASE WHEN pt.list_price > level.price THEN 'up' ELSE 'cross' END AS kind
              FROM bought
              JOIN customer_retention_association rule
                ON rule.company_id = %(company)s AND rule.antecedent_id = bought.item_id
              JOIN product_template pt ON pt.id = rule.consequent_id AND %(offered)s
              LEFT JOIN level ON level.partner_id = bought.partner_id AND level.categ_id = pt.categ_id
             WHERE NOT EXISTS (SELECT FROM owned WHERE owned.partner_id = bought.partner_id
                                  AND owned.item_id = rule.consequent_id)
             ORDER BY bought.partner_id, rule.consequent_id, rule.confidence * rule.lift DESC, rule.customers DESC,
                   rule.antecedent_id
        )
        SELECT * FROM (
            SELECT best.*, row_number() OVER (PARTITION BY partner_id ORDER BY strength DESC, consequent_id) AS place
              FROM best
        ) ranked
         WHERE place <= %(limit)s
         ORDER BY partner_id, place
        """,
        baskets=basket_sql(scope, companies, has_delivery, tills),
        partners=list(scope.partner_ids or ()),
        items=list(items),
        owned=owned_sql(scope.books, scope.until, scope.among(SQL("rp.commercial_partner_id")), tills),
        company=scope.company_id,
        offered=offered_sql(companies),
        limit=limit,
    )
