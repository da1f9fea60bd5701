"""How far something has come that takes long, for those who wait for it.

It stands in the name of the session that is at it: others see it while the transaction is open, and it goes with it.
"""

from odoo.tools import SQL

_SEPARATOR = "/"


def report_progress(cr, name, record_id, *progress):
    """
    :param str name: of the kind of work
    :param int record_id: what it is about
    :param progress: words and numbers, for :func:`read_progress`
    """
    text = _SEPARATOR.join(map(str, (name, record_id, *progress)))
    cr.execute("SELECT set_config('application_name', %s, true)", [text])


def read_progress(env, name, record_id):
    """:return: list of what was reported last, as texts; None where nobody is at it"""
    names = ask_sessions(env, name, record_id, SQL("application_name"))
    return names[0].split(_SEPARATOR)[2:] if names else None


def ask_sessions(env, name, record_id, what):
    """
    :param SQL what: of ``pg_stat_activity``
    :return: list of ``what`` of the other sessions that are at this work
    """
    rows = env.execute_query(
        SQL(
            "SELECT %s FROM pg_stat_activity"
            " WHERE datname = current_database() AND starts_with(application_name, %s) AND pid <> pg_backend_pid()",
            what,
            f"{name}{_SEPARATOR}{record_id}{_SEPARATOR}",
        )
    )
    return [value for (value,) in rows]
