"""Which partners are customers, and whose documents count: the one rule of each, for every query.

A customer is a commercial entity that is neither a company of this database nor an internal user. Former colleagues,
whose user is archived, and users of the portal are customers like others.
"""

from odoo.tools import SQL


def is_customer_sql(alias, archived=False):
    """Condition on the row ``alias`` of ``res_partner``.

    :param str alias: of the table in the query
    :param bool archived: whether archived partners are customers: they are where the past or their debts count, and in
        no run
    """
    partner = SQL.identifier(alias)
    # Two columns of a row are taken to be equal in one row of two hundred, which is far too few here: what is joined
    # would be compared row by row. A CASE is taken to hold for every other row.
    return SQL(
        """((CASE WHEN %(partner)s.id = %(partner)s.commercial_partner_id THEN TRUE END) AND %(among)s
            AND NOT EXISTS (SELECT FROM res_company own WHERE own.partner_id = %(partner)s.id)
            AND NOT EXISTS (SELECT FROM res_users own
                             WHERE own.partner_id = %(partner)s.id AND own.active AND NOT own.share))""",
        partner=partner,
        among=SQL("TRUE") if archived else SQL("%s.active", partner),
    )


def books_sql(company_ids):
    """What the company of a document has to equal, to stand on the right of ``=``.

    :param company_ids: ids of the company and of the branches that count with it
    """
    if len(company_ids) == 1:
        return SQL("%s", *company_ids)
    return SQL("ANY(%s)", list(company_ids))
