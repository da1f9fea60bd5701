"""Queries that the server reads at the same time, each by a process of its own.

A query with window functions, or with subqueries that depend on a row, is read by one process only, however many there
are. So is one that groups rows as they come from an index. Several of them are given to one process each: a function of
the database that reads a query counts as fit for parallel workers, and a union of such functions is divided among them.
Where the server has no workers to spare, they are read one after the other.

It is for few queries that take long, and that read tables only: no temporary ones, which workers do not see.
"""

from odoo.tools import SQL

_FUNCTION = SQL.identifier("customer_value_read")


def create_reader(cr):
    """Have the function in the database. It runs with the rights of who calls it."""
    # said to cost so much, and to give so few rows, that dividing them among processes always seems worth it
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION %s(query text) RETURNS SETOF record
            LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000000 ROWS 100000 AS $$
            BEGIN
                RETURN QUERY EXECUTE query;
            END $$
            """,
            _FUNCTION,
        )
    )


def drop_reader(cr):
    """The module is about to go."""
    cr.execute(SQL("DROP FUNCTION IF EXISTS %s(text)", _FUNCTION))


class SideBySide:
    """What one statement reads at the same time.

    Processes take the queries in their order, and that of the statement the other way round: what takes longest is best
    the first.
    """

    def __init__(self, cr):
        self._cr = cr
        self._queries = []

    def add(self, name, query, columns):
        """Have ``query`` read by a process of its own.

        :param str name: apart from others of the statement
        :param SQL query: of tables alone
        :param dict columns: what is used of it: ``{column: type}``
        :return: SQL of a query with these columns, for where ``get_cte`` stands in front
        """
        place = len(self._queries)
        self._queries.append((name, query, columns))
        return SQL(
            "SELECT %s FROM side_by_side WHERE place = %s",
            SQL(", ").join(
                SQL("%s AS %s", SQL.identifier(f"{name}_{column}"), SQL.identifier(column)) for column in columns
            ),
            place,
        )

    def get_cte(self):
        """:return: the common table expression for ``WITH``"""
        every = [(name, column, kind) for name, _query, columns in self._queries for column, kind in columns.items()]
        branches = []
        for place, (name, query, columns) in enumerate(self._queries):
            plain = SQL(
                "SELECT %s FROM (%s) plain",
                SQL(", ").join(SQL("%s::%s", SQL.identifier(column), SQL(kind)) for column, kind in columns.items()),
                query,
            )
            branches.append(
                SQL(
                    "SELECT %s AS place, %s FROM %s(%s) AS own (%s)",
                    place,
                    SQL(", ").join(
                        SQL.identifier("own", column) if of == name else SQL("NULL::%s", SQL(kind))
                        for of, column, kind in every
                    ),
                    _FUNCTION,
                    self._cr.mogrify(plain).decode(),
                    SQL(", ").join(SQL("%s %s", SQL.identifier(column), SQL(kind)) for column, kind in columns.items()),
                )
            )
        names = SQL(", ").join(SQL.identifier(f"{name}_{column}") for name, column, _kind in every)
        return SQL("side_by_side (place, %s) AS MATERIALIZED (%s)", names, SQL(" UNION ALL ").join(branches))
