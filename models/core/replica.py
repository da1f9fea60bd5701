"""Rows that are read on a streaming replica of the database and written on the primary, in one transaction there."""

import os
import select
import threading
import time
from contextlib import closing, contextmanager, suppress

import psycopg2
from odoo.sql_db import connection_info_for, db_connect
from odoo.tools import SQL, config

from .shared_rows import share_rows

# Seconds between two looks at how far the replica has come, and at whether it has begun to send rows.
LOOK = 0.05

# Bytes held between the two servers.
CHUNK = 1 << 16

# A server that has vanished from the network is noticed within half a minute.
PATIENCE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}

# What text, days and names of tables mean in a session of the database.
MEANING = ("TimeZone", "DateStyle", "IntervalStyle", "search_path", "work_mem")


class ReplicaError(Exception):
    """The replica cannot be read.

    :param str reason: ``unsuitable`` (no replica of this database), ``behind`` (has not received all changes in time)
        or ``failed`` (does not answer, or has broken off)
    """

    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


def has_replica():
    """Whether Odoo is told of one."""
    return bool(config["db_replica_host"])


def has_changed(cr, query):
    """Whether this transaction has changed a table that ``query`` reads: a replica does not know of that.

    A table that is read by a function within the query is not seen.

    :param SQL query: with rows as its answer
    """
    cr.execute(SQL("EXPLAIN (FORMAT JSON) %s", query))
    [[[explained]]] = cr.fetchall()
    cr.execute(
        """
        SELECT EXISTS (
            SELECT FROM pg_locks l
              JOIN pg_class c ON c.oid = l.relation
             WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation'
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
               AND c.relname = ANY(%s)
        )
        """,
        [sorted(_tables(explained["Plan"]))],
    )
    return cr.fetchone()[0]


def _tables(plan):
    """The names of the tables in a plan as ``EXPLAIN`` gives it."""
    found = {plan["Relation Name"]} if "Relation Name" in plan else set()
    return found.union(*map(_tables, plan.get("Plans", ())))


def copy_from_replica(cr, query, name, wait):
    """Share the rows of ``query`` as ``name``, read on the replica once it has all that this transaction sees.

    The query runs in the time zone, search path and sort memory of ``cr``. The transaction of ``cr`` can be canceled
    at any time, as a statement of it is running. About a hundred kilobytes are held in memory. What is committed
    between the beginning of the transaction and that of the query is read as well.

    :param SQL query: with rows as its answer
    :param str name: see ``share_rows``
    :param wait: seconds for the replica to answer and to catch up
    :return: as ``share_rows``
    :raise ReplicaError: there is no table
    """
    deadline = time.monotonic() + wait
    with closing(_connect(cr, wait)) as connection:
        _await_changes(cr, connection, deadline)
        with cr.savepoint(flush=False):
            table = share_rows(cr, name, query, data=False)
            _stream(cr, connection, query, table)
    return table


@contextmanager
def _asking():
    """What the replica is asked within this block is not the fault of the run where it fails."""
    try:
        yield
    except psycopg2.Error as error:
        raise ReplicaError("failed", str(error).strip()) from error


def _connect(cr, wait):
    """A connection to the replica that reads as ``cr`` does.

    Not one of Odoo's pool, which would wait without end for a server that is cut off, and all other readers with it.
    """
    _name, info = connection_info_for(cr.dbname, readonly=True)
    cr.execute(
        "SELECT (SELECT system_identifier FROM pg_control_system()), json_object_agg(name, current_setting(name))"
        " FROM unnest(%s) AS name",
        [list(MEANING)],
    )
    identifier, meaning = cr.fetchone()
    with _asking():
        connection = psycopg2.connect(**info, connect_timeout=max(2, wait), **PATIENCE)
    try:
        with _asking(), connection.cursor() as cursor:
            connection.set_session(readonly=True, autocommit=True)
            cursor.execute(
                "SELECT pg_is_in_recovery() AND system_identifier = %s FROM pg_control_system()", [identifier]
            )
            if not cursor.fetchone()[0]:
                raise ReplicaError("unsuitable", "it is not a streaming replica of this database")
            for name, value in meaning.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])
    except BaseException:
        connection.close()
        raise
    return connection


def _await_changes(cr, connection, deadline):
    """Wait until the replica has all that the transaction of ``cr`` sees."""
    # A transaction of its own: its commit has all sent that was written before, also what was committed without waiting
    # for the disk. An idle database would not send that by itself. It does not wait for replicas, which may be dead.
    with db_connect(cr.dbname).cursor() as mark:
        mark.execute("SET LOCAL synchronous_commit = 'local'")
        mark.execute("SELECT pg_logical_emit_message(true, 'customer_value', 'a run reads up to here')")
        position = mark.fetchone()[0]
    while True:
        with _asking(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [position])
            if cursor.fetchone()[0]:
                return
        if time.monotonic() > deadline:
            raise ReplicaError("behind", "it has not received all changes in time")
        _pause(cr)


def _pause(cr):
    """Wait as a statement of ``cr``: an administrator who cancels it ends the run, and not only a pause in it."""
    cr.execute("SELECT pg_sleep(%s)", [LOOK])


def _stream(cr, connection, query, table):
    with connection.cursor() as cursor:
        reading = cursor.mogrify(query.code, query.params).decode()
    received, sent = os.pipe()
    sender = _Sender(connection, f"COPY ({reading}) TO STDOUT (FORMAT binary)", sent)
    with open(received, "rb", buffering=CHUNK) as rows:
        sender.start()
        try:
            begun = select.poll()
            begun.register(rows)
            while not begun.poll(0):
                _pause(cr)
            cr.copy_expert(cr.mogrify(SQL("COPY %s FROM STDIN (FORMAT binary)", table)).decode(), rows)
        except BaseException:
            if sender.error is None:
                _stop(sender, connection)
                raise
        finally:
            rows.close()
            sender.join()
    if sender.error:
        # what has come so far looks like all there is
        raise ReplicaError("failed", str(sender.error).strip()) from sender.error


def _stop(sender, connection):
    """Stop a query whose answer nobody waits for. It may be about to begin: it is told until it has heard."""
    with suppress(psycopg2.Error):
        while sender.is_alive():
            connection.cancel()
            sender.join(LOOK)


class _Sender(threading.Thread):
    """Writes the answer to ``statement`` to the file descriptor ``target``, and closes it.

    ``error`` is what has hindered it, known before the file is closed.
    """

    def __init__(self, connection, statement, target):
        # a server that does not answer must not keep Odoo from ending
        super().__init__(daemon=True)
        self.error = None
        self._connection = connection
        self._statement = statement
        self._target = target

    def run(self):
        # where nobody reads, the rest cannot be written when the file is closed
        with suppress(OSError), open(self._target, "wb", buffering=CHUNK) as rows:
            try:
                with self._connection.cursor() as cursor:
                    cursor.copy_expert(self._statement, rows)
            except (psycopg2.Error, OSError) as error:
                self.error = error
