"""Rows that one statement finds and others read, without a table between them.

A statement that names a temporary table is planned anew each time the table is made anew. Few rows are handed from one
to the other as JSON instead, which keeps every digit of a number, as an expression of the name of the table.
"""

from dataclasses import dataclass

from odoo.tools import SQL
from psycopg2.extras import Json

WITH = "WITH "


def hand_sql(names, query):
    """One row of what ``Handed.make`` takes: the rows of ``query`` as JSON, and the types of its columns.

    :param names: of the columns, in any order
    """
    # of no rows, the types are known as well
    types = SQL(", ").join(SQL("pg_typeof((array_agg(%s))[1])::text", SQL.identifier(name)) for name in names)
    return SQL("SELECT COALESCE(json_agg(handed), '[]')::text, ARRAY[%s] FROM (%s) handed", types, query)


@dataclass(frozen=True)
class Handed:
    """:param str table: name by which statements read the rows
    :param columns: names and types of the columns
    :param str rows: a JSON array of objects
    """

    table: str
    columns: tuple
    rows: str

    @classmethod
    def make(cls, table, names, row):
        """:param row: of ``hand_sql`` with the same ``names``"""
        rows, types = row
        return cls(table, tuple(zip(names, types, strict=True)), rows)

    def before(self, query):
        """``query`` with the rows as the first of its common table expressions.

        :param SQL query: one that begins with ``WITH``, or without common table expressions
        """
        own = SQL(
            "%s AS MATERIALIZED (SELECT * FROM json_to_recordset(%s) AS handed (%s))",
            SQL.identifier(self.table),
            Json(self.rows, dumps=str),
            SQL(", ").join(SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in self.columns),
        )
        code, params = query.code.lstrip(), query.params
        if code.startswith(WITH):
            return SQL("WITH %s, %s", own, SQL(code[len(WITH) :], *params))
        return SQL("WITH %s %s", own, query)
