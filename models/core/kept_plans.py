"""Statements whose plans the connection keeps.

Where a statement of many tables is about one customer, most of its time goes into planning it. Here it is prepared on
the server once for each connection, and planned once for all customers, days and numbers: with a generic plan, which is
what ``SQL`` is planned as that names values instead of holding them.

*What varies*: numbers, days, moments, and arrays of these are parameters. Texts, truth values and nulls are part of the
statement, since they say which statement it is: a time zone, a state, a code of a metric. Texts that do vary, as what
is handed from one statement to the next, are wrapped in psycopg2's ``Json``.

*What is known*: connections of Odoo go from one transaction to the next, and behind a pooler such as PgBouncer a
transaction may get any of the server's. So each transaction asks once which statements are prepared where it is. They
are not transactional: one prepared before a rollback is there after it.

*What is reset*: before a connection goes to another cursor, Odoo's pool has psycopg2 reset it, which throws away what
was prepared as well. A connection that keeps plans is reset by what that consists of, without this part.

*What changes*: the server plans anew by itself after tables were altered or analyzed. It refuses where the columns of a
result have changed; modules do that, which is why the number of the registry is part of the name.

*What it is not for*: statements over all or many customers, which are better planned for the values they have; and
statements that name temporary tables, which would be planned anew whenever these are made anew. To make such a table of
the rows of a kept statement is another thing.
"""

import hashlib
import math
import re
import weakref
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial

from odoo.tools import SQL
from psycopg2.extras import Json

PREFIX = "customer_value_"

# For so many customers at most is a plan for any of them as good as one for those who are asked for.
FEW = 100

# For so many at most is it worth having, where the rows go into a table: of more, little of the time is planning.
SEVERAL = 1000

# Statements of so many characters are kept by a connection; docs/SCALING.md says what that takes.
KEPT = 300_000

# Lists of more numbers than these are no parameters of their own in each place where they stand.
LONG = 20

# How a parameter is asked for where it cannot be one, or not as it stands.
_PLACE = re.compile(r"(?:\b(LIMIT|OFFSET)|(\bNOT)?\s+(IN))\s+$", re.IGNORECASE)

# What ``DISCARD ALL`` does, without throwing away plans and the statements of ours that are prepared. It is one
# message: behind a pooler, the next one may reach another connection of the server, with other statements.
RESET = """
    CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all();
    DISCARD TEMP; DISCARD SEQUENCES;
    DO $$
    DECLARE other text;
    BEGIN
        FOR other IN SELECT name FROM pg_prepared_statements WHERE NOT starts_with(name, %s) LOOP
            EXECUTE format('DEALLOCATE %%I', other);
        END LOOP;
    END $$
"""

# Names of the statements prepared where the present transaction of a cursor is, and their lengths: the one that was not
# used for the longest time comes first.
_known = weakref.WeakKeyDictionary()


def execute_kept(cr, query, table=None):
    """As ``cr.execute``, with a plan that the connection keeps.

    Up to the end of the transaction, statements prepared by others have generic plans as well, and nothing is compiled
    (``plan_cache_mode``, ``jit``).

    :param SQL query: what can be prepared: ``SELECT``, ``INSERT``, ``UPDATE``, ``DELETE``
    :param str table: name of a temporary table that is made of its rows, up to the end of the transaction
    """
    digest, types, text, arguments = _split(cr, query, lists_only=bool(table))
    registry = cr.transaction.registry if cr.transaction else None
    start = f"{PREFIX}{registry.registry_sequence if registry else 0}_"
    name = start + digest
    known = _ask(cr)
    steps = []
    if name not in known:
        old = _choose_old(known, start, len(text))
        steps += [SQL("DEALLOCATE %s", SQL.identifier(other)) for other in old]
        typed = SQL("(%s)", SQL(types)) if types else SQL()
        steps.append(SQL("PREPARE %s %s AS %s", SQL.identifier(name), typed, SQL(text.replace("%", "%%"))))
        for other in old:
            del known[other]
    else:
        # what is used now makes no room for what is asked for next
        known[name] = known.pop(name)
    given = SQL("(%s)", SQL(", ").join(arguments)) if arguments else SQL()
    into = SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS", SQL.identifier(table)) if table else SQL()
    steps += [
        SQL("SET LOCAL plan_cache_mode = force_generic_plan"),
        SQL("SET LOCAL jit = off"),
        SQL("%s EXECUTE %s %s", into, SQL.identifier(name), given),
    ]
    try:
        # one message, so that it takes no longer than one statement
        cr.execute(SQL("; ").join(steps))
    except Exception:
        # it may be prepared all the same
        _known.pop(cr._obj, None)
        raise
    known.setdefault(name, len(text))


def fetch_kept(cr, query):
    """:return: list of the rows of ``query``, see :func:`execute_kept`"""
    execute_kept(cr, query)
    return cr.fetchall()


def _choose_old(known, start, length):
    """:return: list of the statements that make room for one of ``length``: those of a registry that is no more, and
    those that were not used for the longest time
    """
    old = [name for name in known if not name.startswith(start)]
    fresh = {name: known[name] for name in known if name.startswith(start)}
    room = KEPT - length - sum(fresh.values())
    for name, taken in fresh.items():
        if room >= 0:
            break
        old.append(name)
        room += taken
    return old


def _ask(cr):
    """:return: dict of the statements that are prepared, name: length, oldest first"""
    # that of the driver, which is one for all that tests open on top of it
    cursor = cr._obj
    known = _known.get(cursor)
    if known is None:
        cr.execute(
            "SELECT name, length(statement) FROM pg_prepared_statements WHERE starts_with(name, %s)"
            " ORDER BY prepare_time",
            [PREFIX],
        )
        known = _known[cursor] = dict(cr.fetchall())

        def forget():
            _known.pop(cursor, None)

        cr.postcommit.add(forget)
        cr.postrollback.add(forget)
        # a standby cannot be reset by parts
        if not cr.connection.readonly:
            cr.connection.reset = partial(_reset, weakref.ref(cr.connection))
    return known


def _reset(reference):
    """What ``reset`` of psycopg2 does, without throwing away plans.

    :raise OperationalError: the connection is broken
    """
    connection = reference()
    connection.rollback()
    connection.set_session(isolation_level="DEFAULT", readonly="DEFAULT", deferrable="DEFAULT", autocommit=True)
    with connection.cursor() as cursor:
        cursor.execute(RESET, [PREFIX])
        if not connection.get_parameter_status("DateStyle").startswith("ISO"):
            cursor.execute("SET datestyle TO 'ISO'")
    connection.autocommit = False


def _split(cr, query, lists_only=False):
    """
    :param bool lists_only: whether nothing but long lists varies
    :return: tuple of a hash of the statement, the types of its parameters, its text, and their values
    """
    places = _pieces(query.code)[1]
    kinds, arguments, lists = [], [], {}
    for value, place in zip(query.params, places, strict=True):
        kind = None if place == "bound" else _type_of(value)
        if isinstance(value, tuple):
            # a list of values in brackets is no value
            kind = _type_of(list(value)) if place in ("in", "not in") else None
            value = list(value) if kind else value
        is_long = kind in ("int4[]", "int8[]") and len(value) > LONG and None not in value
        if kind is None or (lists_only and not is_long):
            kinds.append((cr.mogrify("%s", [value]).decode(), 0))
            continue
        if is_long:
            # a text is read sooner than a list of numbers, and one list sooner than one for each place
            value = f"{{{','.join(map(str, value))}}}"
            number = lists.setdefault(value, len(arguments) + 1)
        else:
            number = len(arguments) + 1
        if number > len(arguments):
            arguments.append(value)
        kinds.append((kind, number))
    return *_text(query.code, tuple(kinds)), arguments


@lru_cache(maxsize=256)
def _pieces(code):
    """:return: tuple of the texts around the parameters of ``code``, and how each parameter is asked for"""
    # no statement has a null character
    pieces = tuple(piece.replace("\0", "%") for piece in code.replace("%%", "\0").split("%s"))
    return pieces, tuple(map(_place_after, pieces[:-1]))


def _place_after(piece):
    found = _PLACE.search(piece[-40:])
    if not found:
        return None
    if found[1]:
        # how many rows are asked for decides about the plan
        return "bound"
    return "not in" if found[2] else "in"


@lru_cache(maxsize=256)
def _text(code, kinds):
    """:param kinds: of each parameter its type and number, or how it is written and 0"""
    pieces, places = _pieces(code)
    parts, types = [pieces[0]], []
    for (kind, number), place, piece in zip(kinds, places, pieces[1:], strict=True):
        if not number:
            parts.append(kind)
        else:
            if number > len(types):
                types.append(kind)
            parts.append(f"${number}")
            if place in ("in", "not in") and kind.endswith("[]"):
                operator = "<> ALL" if place == "not in" else "= ANY"
                parts[-2] = _PLACE.sub(f" {operator} ", parts[-2])
                parts[-1] = f"({parts[-1]})"
        parts.append(piece)
    text, types = "".join(parts), ", ".join(types)
    digest = hashlib.blake2b(f"{types};{text}".encode(), digest_size=12).hexdigest()
    return digest, types, text


def _type_of(value):
    """The type that the server gives to a value that is written out; None where it stays written out."""
    if isinstance(value, list):
        kinds = {_type_of(item) for item in value if item is not None}
        for kind in ("numeric", "int8", "int4", "date", "timestamp"):
            if kind in kinds and kinds <= _CONTAINED.get(kind, {kind}):
                return f"{kind}[]"
        return None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return "int4" if -(2**31) < value < 2**31 else "int8"
    if isinstance(value, float | Decimal):
        return "numeric" if math.isfinite(value) else None
    if isinstance(value, datetime):
        return None if value.tzinfo else "timestamp"
    if isinstance(value, date):
        return "date"
    return "json" if isinstance(value, Json) else None


# Types of numbers that are written in one array, by that which the array gets.
_CONTAINED = {"numeric": {"numeric", "int8", "int4"}, "int8": {"int8", "int4"}}
