"""Rows that the statements of a transaction hand to each other, readable by parallel workers of the server.

Workers do not see temporary tables. An unlogged table costs as little to write, and is as little left behind: what is
made and dropped within one transaction is never there for any other, and where the transaction is undone, or its
session or the server dies, the table goes with it. Statements name a temporary view of it.

Tables of two transactions would wait for each other if they had one name, so each has the number of its session in it.
"""

from odoo.tools import SQL

# The server takes no more for a statement than it is set to, and none where the work is too little; by the size of the
# table alone, it would take few: it does not know how long these statements think about each row.
WORKERS = 8


def share_rows(cr, name, query, data=True):
    """Make the rows of ``query`` known as ``name``, up to ``drop_rows``: it belongs before the end of the transaction.

    :param str name: no table has a name that begins with it and an underscore
    :param bool data: without, the table is left empty: its caller fills it
    :return: SQL of the name of the table itself, which can be filled and analyzed, and a view cannot
    """
    drop_rows(cr, name)
    cr.execute("SELECT pg_backend_pid()")
    table = SQL.identifier(f"{name}_{cr.fetchone()[0]}")
    filled = SQL() if data else SQL("WITH NO DATA")
    cr.execute(SQL("CREATE UNLOGGED TABLE %s WITH (parallel_workers = %s) AS %s %s", table, WORKERS, query, filled))
    cr.execute(SQL("CREATE TEMPORARY VIEW %s AS SELECT * FROM %s", SQL.identifier(name), table))
    return table


def sample_rows(cr, table, *columns):
    """Have the planner know of ``columns`` what a few hundred rows tell: what is different in each, null, or frequent.

    To sort the usual samples, a hundred times as large, takes longer than to go through the rows.

    :param SQL table: that is new, and which nobody else analyzes
    """
    few = SQL(", ").join(SQL("ALTER COLUMN %s SET STATISTICS 1", SQL.identifier(column)) for column in columns)
    cr.execute(SQL("ALTER TABLE %s %s", table, few))
    cr.execute(SQL("ANALYZE %s (%s)", table, SQL(", ").join(map(SQL.identifier, columns))))


def drop_rows(cr, *names):
    """Drop the rows known by these names, shared or in a temporary table, if there are any.

    Tables like these of which somebody has forgotten to drop them, and which have been committed, are dropped as well:
    those of others at their work are not to be seen.
    """
    cr.execute(
        """
        DO $$
        DECLARE found text;
        BEGIN
            FOR found IN
                SELECT format('%%I.%%I', n.nspname, c.relname)
                  FROM pg_class c
                  JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind = 'r'
                   AND (c.relname = ANY(%(names)s) AND c.relnamespace = pg_my_temp_schema()
                        OR c.relname LIKE ANY(%(shared)s) AND c.relpersistence = 'u')
            LOOP
                EXECUTE 'DROP TABLE IF EXISTS ' || found || ' CASCADE';
            END LOOP;
        END $$
        """,
        {"names": list(names), "shared": [name.replace("_", r"\_") + r"\_%" for name in names]},
    )
