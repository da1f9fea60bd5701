"""SQL that collects what the models look at, and moves it to arrays and back.

Orders travel one by one as binary ``COPY``, which several workers of the server can read; they are added up in
``past``, in a fraction of the time that it takes the server.
"""

import json
import struct

import numpy as np
from odoo.tools import SQL

from ..core.handing import Handed
from ..scoring.customers import is_customer_sql
from .numerics import Numeric, groups_of, to_units, to_wire
from .past import EPOCH

# Columns that are read: name, type in PostgreSQL and in numpy. For ``Past.make``.
ORDERS = (
    ("partner_id", "int4", ">i4"),
    ("day", "int4", ">i4"),
    ("amount", "float8", ">f8"),
    ("margin", "float8", ">f8"),
    ("is_order", "bool", "?"),
)
CHANGES = (("partner_id", "int4", ">i4"), ("margin", "float8", ">f8"))

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TRAILER = struct.pack("!h", -1)
# Rows that are moved at a time.
CHUNK = 50000


def orders_sql(orders):
    """The columns of ``ORDERS``, a row for each order of a customer.

    :param SQL orders: query of ``partner_id``, ``day``, ``amount``, ``margin`` (company currency) and ``is_order``
    """
    return SQL(
        """
        SELECT orders.partner_id::int4 AS partner_id, orders.day - %s::date AS day,
               COALESCE(orders.amount, 0)::float8 AS amount, COALESCE(orders.margin, 0)::float8 AS margin,
               COALESCE(orders.is_order, FALSE) AS is_order
          FROM (%s) orders
          JOIN res_partner rp ON rp.id = orders.partner_id AND %s
        """,
        EPOCH,
        orders,
        is_customer_sql("rp"),
    )


def changes_sql(changes):
    """The columns of ``CHANGES``.

    :param SQL changes: query of ``partner_id``, each once, and ``changed_margin``
    """
    return SQL(
        "SELECT partner_id::int4 AS partner_id, COALESCE(changed_margin, 0)::float8 AS margin FROM (%s) changes",
        changes,
    )


# -- between tables and arrays -----------------------------------------------------------------------------------------


def read_rows(cr, query, columns):
    """The rows of a query as an array with a field for each column, without a Python object for each value.

    :param SQL query: of the columns in their order, none of them ever null
    :param columns: as ``KNOWN``
    """
    received = _Received(columns)
    # COPY takes no parameters
    cr.copy_expert(cr.mogrify(SQL("COPY (%s) TO STDOUT (FORMAT binary)", query)).decode(), received)
    return received.rows()


def to_json_sql(query, columns):
    """:param SQL query: of the columns
    :return: SQL; one row of the one column that ``from_json`` reads
    """
    names = SQL(", ").join(SQL.identifier("sent", name) for name, *_types in columns)
    return SQL("SELECT json_agg(json_build_array(%s))::text FROM (%s) sent", names, query)


def from_json(text, columns):
    """:return: what ``read_rows`` gives of the same rows"""
    return np.array([tuple(row) for row in json.loads(text or "[]")], _kept(columns))


def hand_rows(table, columns, count, part):
    """As ``write_rows``, without a table: for few rows.

    :return: ``Handed``
    """
    rows = part(slice(0, count))
    names = [name for name, *_types in columns]
    values = zip(*(_plain(part, kind) for part, (_name, _type, kind) in zip(rows, columns, strict=True)), strict=True)
    text = json.dumps([dict(zip(names, row, strict=True)) for row in values], allow_nan=False)
    return Handed(table, tuple((name, type_) for name, type_, _kind in columns), text)


def _plain(values, kind):
    if isinstance(kind, Numeric):
        # the shortest number that is read as this one has no more places than it
        return [unit / 10**kind.places for unit in to_units(values, kind.places).tolist()]
    return values.tolist()


def write_rows(cr, table, columns, count, part):
    """Add ``rows`` to a temporary table of these columns, which is created.

    :param str table: name
    :param columns: as ``KNOWN``
    :param int count: how many rows there are
    :param part: function of a slice of them, which says their values: a tuple of arrays, one for each column
    """
    cr.execute(
        SQL(
            "CREATE TEMPORARY TABLE %s (%s) ON COMMIT DROP",
            SQL.identifier(table),
            SQL(", ").join(SQL("%s %s", SQL.identifier(name), SQL(type_)) for name, type_, _kind in columns),
        )
    )
    cr.copy_expert(
        SQL("COPY %s FROM STDIN (FORMAT binary)", SQL.identifier(table)).code.replace("%%", "%"),
        _Sent(columns, count, part),
        1 << 20,
    )
    # only the first column is joined on
    cr.execute(SQL("ANALYZE %s (%s)", SQL.identifier(table), SQL.identifier(columns[0][0])))


def _kept(columns):
    return np.dtype([(name, kind[1:] if kind[0] == ">" else kind) for name, _type, kind in columns])


def _wire(columns):
    """A row as PostgreSQL sends it: number of columns, and before each its length."""
    fields = [("columns", ">i2")]
    for name, _type, kind in columns:
        fields += [(f"length_{name}", ">i4"), (name, kind)]
    return np.dtype(fields)


class _Received:
    """A file to which rows are written, and which keeps their values only."""

    def __init__(self, columns):
        self.wire = _wire(columns)
        self.names = [name for name, _type, _kind in columns]
        self.kept, self.count = np.empty(CHUNK, _kept(columns)), 0
        self.pending = bytearray()
        self.skipped = False
        self.write = self._receive

    def _receive(self, data):
        self.pending += data
        if len(self.pending) >= CHUNK * self.wire.itemsize:
            self._take()
        return len(data)

    def _take(self):
        if not self.skipped:
            del self.pending[: len(HEADER)]
            self.skipped = True
        count = len(self.pending) // self.wire.itemsize
        if not count:
            return
        size = count * self.wire.itemsize
        sent = np.frombuffer(bytes(self.pending[:size]), self.wire)
        end = self.count + count
        if end > len(self.kept):
            # in place, where an array of parts would be there twice in the end
            self.kept.resize(max(end, len(self.kept) * 3 // 2), refcheck=False)
        for name in self.names:
            self.kept[name][self.count : end] = sent[name]
        self.count = end
        del self.pending[:size]

    def rows(self):
        self._take()
        self.kept.resize(self.count, refcheck=False)
        return self.kept


class _Sent:
    """A file from which rows are read, made of arrays some at a time."""

    def __init__(self, columns, count, part):
        self.columns, self.part = columns, part
        self.count, self.at = count, 0
        self.pending = bytearray(HEADER)
        self.ended = False
        self.read = self._send

    def _send(self, size=-1):
        while not self.ended and (size < 0 or len(self.pending) < size):
            self._make()
        size = len(self.pending) if size < 0 else size
        data = bytes(self.pending[:size])
        del self.pending[:size]
        return data

    def _make(self):
        if self.at >= self.count:
            self.pending += TRAILER
            self.ended = True
            return
        end = min(self.at + CHUNK, self.count)
        columns, values = [], {}
        for (name, type_, kind), column in zip(self.columns, self.part(slice(self.at, end)), strict=True):
            values[name] = column
            if isinstance(kind, Numeric):
                values[name] = to_units(column, kind.places)
                kind = groups_of(values[name], kind.places)
            columns.append((name, type_, kind))
        sent = np.empty(end - self.at, _wire(columns))
        sent["columns"] = len(columns)
        for name, _type, kind in self.columns:
            sent[f"length_{name}"] = sent.dtype[name].itemsize
            if isinstance(kind, Numeric):
                to_wire(sent[name], values[name], kind.places)
            else:
                sent[name] = values[name]
        self.pending += sent.tobytes()
        self.at = end
