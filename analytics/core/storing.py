"""SQL that brings a table in line with what was found: adds, changes and removes rows, and writes no others."""

from odoo.tools import SQL


def store_sql(table, keys, columns, company_id, as_of, found, among=None):
    """Store ``found`` for one company, and return how many rows were touched.

    :param str table: with ``company_id``, ``as_of`` (the day since which a row has been like this), keys and columns
    :param keys: names of the columns that tell rows of a company apart
    :param columns: names of the others
    :param date as_of: for rows that are added or changed
    :param SQL found: query of keys and columns
    :param SQL among: condition on the stored rows ``kept`` that ``found`` is about; all of the company if not given
    :return: SQL; one row of the numbers ``added``, ``changed``, ``removed`` and ``total``
    """

    def names(of, alias=None):
        parts = (SQL.identifier(alias, name) if alias else SQL.identifier(name) for name in of)
        return SQL(", ").join(parts)

    return SQL(
        """
        WITH found AS MATERIALIZED (%(found)s),
        changed AS (
            UPDATE %(table)s kept
               SET (as_of, %(columns)s) = ROW(%(as_of)s::date, %(found_columns)s)
              FROM found
             WHERE kept.company_id = %(company)s AND (%(kept_keys)s) = (%(found_keys)s)
               AND (%(kept_columns)s) IS DISTINCT FROM (%(found_columns)s)
            RETURNING kept.id
        ), removed AS (
            DELETE FROM %(table)s kept
             WHERE kept.company_id = %(company)s AND %(among)s
               AND NOT EXISTS (SELECT FROM found WHERE (%(kept_keys)s) = (%(found_keys)s))
            RETURNING kept.id
        ), added AS (
            INSERT INTO %(table)s (company_id, as_of, %(keys)s, %(columns)s)
            SELECT %(company)s, %(as_of)s::date, %(found_keys)s, %(found_columns)s
              FROM found
             WHERE NOT EXISTS (SELECT FROM %(table)s kept
                                WHERE kept.company_id = %(company)s AND (%(kept_keys)s) = (%(found_keys)s))
             ORDER BY %(found_keys)s
            RETURNING id
        )
        SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM changed) AS changed,
               (SELECT count(*) FROM removed) AS removed, (SELECT count(*) FROM found) AS total
        """,
        found=found,
        among=among or SQL("TRUE"),
        table=SQL.identifier(table),
        keys=names(keys),
        kept_keys=names(keys, "kept"),
        found_keys=names(keys, "found"),
        columns=names(columns),
        kept_columns=names(columns, "kept"),
        found_columns=names(columns, "found"),
        company=company_id,
        as_of=as_of,
    )
