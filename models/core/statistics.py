from odoo.tools import SQL

PREFIX = "customer_value_"


def keep_statistics(cr, table, name, expression):
    """Have the planner know how often ``expression`` is what, over the rows of ``table``.

    Without, it takes conditions on expressions to hold for a third or a half of all rows, and reads all of them where
    an index has the few. The database brings them up to date whenever it analyzes the table.

    :param str name: in this table, apart from other statistics of ours
    :param str expression: SQL over columns of the table, as it stands in queries
    """
    cr.execute(
        SQL(
            "CREATE STATISTICS IF NOT EXISTS %s ON (%s) FROM %s",
            SQL.identifier(f"{PREFIX}{table}_{name}"),
            SQL(expression),
            SQL.identifier(table),
        )
    )


def drop_statistics(cr):
    """Drop all of ours: those on columns of other addons stay otherwise when this one goes."""
    cr.execute("SELECT stxname FROM pg_statistic_ext WHERE starts_with(stxname::text, %s)", [PREFIX])
    for (name,) in cr.fetchall():
        cr.execute(SQL("DROP STATISTICS %s", SQL.identifier(name)))
