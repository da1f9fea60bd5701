"""Tables that last as long as their transaction, for what several statements read."""

from odoo.tools import SQL


def make_temporary(cr, name, query):
    """Keep the answer of ``query`` in the temporary table ``name``, in place of one of this name that is left.

    :param str name: of no other table
    :param SQL query: with rows as its answer
    :return: the number of its rows
    """
    table = SQL.identifier(name)
    drop_temporary(cr, name)
    cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", table, query))
    count = cr.rowcount
    # nobody else would count the rows: temporary tables are not seen by the server's own job for it
    cr.execute(SQL("ANALYZE %s", table))
    return count


def drop_temporary(cr, *names):
    """Drop temporary tables; those that are not there do not matter."""
    # never a table of the database, whatever it is called
    tables = SQL(", ").join(SQL("pg_temp.%s", SQL.identifier(name)) for name in names)
    cr.execute(SQL("DROP TABLE IF EXISTS %s", tables))
