"""SQL of a diagnosis: whose customers it is about, what is faulty, and how much money is touched."""

from odoo.tools import SQL

from ..scoring.customers import is_customer_sql

# Customers of a company during a diagnosis: ``partner_id``, ``tier_id``, ``user_id``, ``revenue``, ``margin``.
CUSTOMERS = "customer_diagnosis_customer"

# Values that cannot be right: ``kind`` (phone, vat), ``value`` and ``country_id`` (0: not known).
INVALID = "customer_diagnosis_invalid"


def customers_sql(scope, read, joins, margin):
    """The customers of a company: who ever ordered from it, or was invoiced by it. Contacts that others share are not.

    :param Scope scope: of the window in which revenue and margin are counted
    :param SQL read: common table expressions of ``sale`` and ``invoice``; ``joins`` their joins on ``rp.id``
    :param SQL margin: where these are joined
    """
    return SQL(
        """
        WITH %(read)s,
        known AS MATERIALIZED (
            -- of many documents there are few customers, who alone are looked up; those of tills are among who ordered
            SELECT partner_id FROM read_sale
             UNION
            SELECT rp.commercial_partner_id
              FROM (SELECT DISTINCT commercial_partner_id AS id
                      FROM account_move
                     WHERE company_id = %(books)s AND state = 'posted' AND move_type IN ('out_invoice', 'out_receipt')
                       AND invoice_date <= %(as_of)s) invoiced
              JOIN res_partner rp ON rp.id = invoiced.id
        )
        SELECT rp.id AS partner_id, score.tier_id, rp.user_id, COALESCE(invoice.revenue, 0) AS revenue,
               %(margin)s AS margin
          FROM known
          JOIN res_partner rp ON rp.id = known.partner_id
          %(joins)s
          LEFT JOIN customer_value_score score ON score.partner_id = rp.id AND score.company_id = %(company)s
         WHERE %(customer)s AND %(visible)s
        """,
        read=read,
        joins=joins,
        margin=margin,
        books=scope.books,
        as_of=scope.as_of,
        company=scope.company_id,
        customer=is_customer_sql("rp"),
        visible=visible_sql("rp", scope),
    )


def visible_sql(alias, scope):
    """Whether the partner ``alias`` is one of the company, or shared by all."""
    return SQL("(%(alias)s.company_id IS NULL OR %(alias)s.company_id = %(books)s)",
               alias=SQL.identifier(alias), books=scope.books)  # fmt: skip


def record_sql(finding_id, population):
    """Store the faulty records of a finding, write only what differs, and say how many and how much.

    :param SQL population: query of ``id`` (of the record that is listed), ``partner_id`` (customer, or NULL) and
        ``faulty``; a record may stand in several rows, for several customers
    :return: SQL; one row of ``total`` and ``count`` (records, faulty ones), ``customers`` and ``amount`` (customers
        concerned and their revenue) and ``tiers`` (``{tier id, or 0: [faulty, all]}``)
    """
    return SQL(
        """
        WITH population AS MATERIALIZED (SELECT id, partner_id, faulty IS TRUE AS faulty FROM (%(population)s) checked),
        faulty AS MATERIALIZED (SELECT DISTINCT id FROM population WHERE faulty),
        mended AS (
            DELETE FROM customer_diagnosis_record kept
             WHERE kept.finding_id = %(finding)s
               AND NOT EXISTS (SELECT FROM faulty WHERE faulty.id = kept.record_id)
        ), added AS (
            INSERT INTO customer_diagnosis_record (finding_id, record_id)
            SELECT %(finding)s, faulty.id
              FROM faulty
             WHERE NOT EXISTS (SELECT FROM customer_diagnosis_record kept
                                WHERE kept.finding_id = %(finding)s AND kept.record_id = faulty.id)
             ORDER BY faulty.id
        ), concerned AS MATERIALIZED (
            SELECT customer.revenue
              FROM %(customers)s customer
             WHERE customer.partner_id IN (SELECT partner_id FROM population WHERE faulty)
        )
        SELECT (SELECT count(*) FROM (SELECT FROM population GROUP BY id) record) AS total,
               (SELECT count(*) FROM faulty) AS count,
               (SELECT count(*) FROM concerned) AS customers,
               (SELECT COALESCE(sum(revenue), 0)::float8 FROM concerned) AS amount,
               (SELECT COALESCE(jsonb_object_agg(tier, ARRAY[count, total]), '{}')
                  FROM (SELECT tier, count(*) AS total, count(*) FILTER (WHERE faulty) AS count
                          FROM (SELECT COALESCE(customer.tier_id, 0) AS tier, id, bool_or(faulty) AS faulty
                                  FROM population JOIN %(customers)s customer USING (partner_id)
                                 GROUP BY 1, 2) record
                         GROUP BY tier) of_tier) AS tiers
        """,
        population=population,
        finding=finding_id,
        customers=SQL.identifier(CUSTOMERS),
    )
