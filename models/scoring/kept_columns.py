"""Columns of scores that are kept in another table, with a row for each customer and company at most.

They are read where they are kept, so that lists, groups and searches see what is known there, and store nothing twice.
"""

from odoo.fields import Domain
from odoo.tools import SQL

COMPARISONS = ("<", ">", "<=", ">=")
AMOUNTS = ("float", "integer", "monetary")


def search_by(name):
    """:return: the search method of such a column: zero finds those without a row, and nothing where it is no number"""

    def search(records, operator, value):
        kind = records._fields[name].type
        if operator not in (("in",) if kind == "selection" else (*COMPARISONS, "in")):
            return NotImplemented

        def to_sql(model, alias, query):
            column = model._field_to_sql(alias, name, query)
            if kind in AMOUNTS:
                column = SQL("COALESCE(%s, 0)", column)
            if operator != "in":
                return SQL("%s %s %s", column, SQL(operator), value)
            wanted = [item or 0 for item in value] if kind in AMOUNTS else [item for item in value if item]
            found = SQL("%s IN %s", column, tuple(wanted)) if wanted else SQL("FALSE")
            return found if len(wanted) == len(list(value)) else SQL("(%s OR %s IS NULL)", found, column)

        return Domain.custom(to_sql=to_sql)

    return search


def join_kept(scores, alias, query, table):
    """Join ``table`` to scores.

    :return: the alias under which its columns are found
    """
    kept = query.make_alias(alias, table)
    query.add_join(
        "LEFT JOIN",
        kept,
        table,
        SQL(
            "%s = %s AND %s = %s",
            SQL.identifier(kept, "partner_id"),
            scores._field_to_sql(alias, "partner_id", query),
            SQL.identifier(kept, "company_id"),
            scores._field_to_sql(alias, "company_id", query),
        ),
    )
    return kept
