"""Which partners are customers: the one rule, for every query.

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
    return SQL(
        """(%(partner)s.id = %(partner)s.commercial_partner_id AND %(among)s
            AND NOT EXISTS (SELECT FROM res_company own WHERE own.partner_id = %(partner)s.id)
            AND NOT EXISTS (SELECT FROM res_users own
                             WHERE own.partner_id = %(partner)s.id AND own.active AND NOT own.share))""",
        partner=partner,
        among=SQL("TRUE") if archived else SQL("%s.active", partner),
    )
