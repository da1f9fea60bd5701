"""SQL that brings a table in line with what was found: adds, changes and removes rows, and writes no others."""

from odoo.tools import SQL


def store_sql(table, keys, columns, company_id, as_of, found, among=None, customer=None):
    """Store ``found`` for one company, and return how many rows were touched.

    :param str table: with ``company_id``, ``as_of`` (the day since which a row has been like this), keys and columns
    :param keys: names of the columns that tell rows of a company apart
    :param columns: names of the others
    :param date as_of: for rows that are added or changed
    :param SQL found: query of keys and columns
    :param SQL among: condition on the stored rows ``kept`` that ``found`` is about; all of the company if not given
    :param str customer: key that refers to customers without a foreign key: those of new rows are locked, so that
        nobody deletes them meanwhile, and left out where somebody has
    :return: SQL; one row of the numbers ``added``, ``changed``, ``removed`` and ``total``
    """

    def names(of, alias=None):
        parts = (SQL.identifier(alias, name) if alias else SQL.identifier(name) for name in of)
        return SQL(", ").join(parts)

    table_name = SQL.identifier(table)
    kept = SQL("kept.company_id = %s", company_id)
    if among is not None:
        # what was found may be kept outside of it, and changes there as well
        matching = SQL("(%s) IN (SELECT %s FROM found)", names(keys, "kept"), names(keys))
        own = SQL("SELECT kept.id FROM %s kept WHERE %s", table_name, kept)
        kept = SQL("kept.id IN (%s AND %s UNION %s AND %s)", own, among, own, matching)
    held, locked = SQL(), SQL()
    if customer:
        held = SQL("JOIN res_partner rp ON rp.id = %s", SQL.identifier("compared", customer))
        locked = SQL("FOR KEY SHARE OF rp")
    return SQL(
        """
        WITH found AS MATERIALIZED (%(found)s),
        -- One comparison for all three. It is a full join, since a planner that does not know the rows of a company yet
        -- would compare each row with all others for any other join
        compared AS MATERIALIZED (
            SELECT kept.id, found.*
              FROM (SELECT *, TRUE AS is_found FROM found) found
              FULL JOIN (SELECT id, %(keys)s, %(columns)s FROM %(table)s kept WHERE %(kept)s) kept
                ON (%(kept_keys)s) = (%(found_keys)s)
             WHERE kept.id IS NULL OR found.is_found IS NULL OR (%(kept_columns)s) IS DISTINCT FROM (%(found_columns)s)
        ), changed AS (
            UPDATE %(table)s kept
               SET (as_of, %(columns)s) = ROW(%(as_of)s::date, %(new_columns)s)
              FROM compared
             WHERE kept.id = compared.id AND compared.is_found
            RETURNING kept.id
        ), removed AS (
            DELETE FROM %(table)s kept USING compared
             WHERE kept.id = compared.id AND compared.is_found IS NULL
            RETURNING kept.id
        ), added AS (
            INSERT INTO %(table)s (company_id, as_of, %(keys)s, %(columns)s)
            SELECT %(company)s, %(as_of)s::date, %(new_keys)s, %(new_columns)s
              FROM compared
              %(held)s
             WHERE compared.id IS NULL
             ORDER BY %(new_keys)s
             %(locked)s
            RETURNING id
        )
        SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM changed) AS changed,
               (SELECT count(*) FROM removed) AS removed, (SELECT count(*) FROM found) AS total
        """,
        found=found,
        kept=kept,
        table=table_name,
        keys=names(keys),
        kept_keys=names(keys, "kept"),
        found_keys=names(keys, "found"),
        new_keys=names(keys, "compared"),
        columns=names(columns),
        kept_columns=names(columns, "kept"),
        found_columns=names(columns, "found"),
        new_columns=names(columns, "compared"),
        company=company_id,
        held=held,
        locked=locked,
        as_of=as_of,
    )
