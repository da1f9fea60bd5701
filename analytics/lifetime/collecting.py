"""SQL that collects what the models look at and moves it to arrays, and brings back what is to be stored.

Orders travel one by one as binary ``COPY``, which several workers of the server can read; they are added up in
``past``, in a fraction of the time that it takes the server.
"""

import io
import json
import struct
from datetime import timedelta

import numpy as np
from odoo.tools import SQL

from ..core.handing import Handed
from ..scoring.customers import is_customer_sql
from .numerics import Numeric, groups_of, to_wire
from .past import EPOCH
from .valuing import NO_DAY

# Columns that are read: name, type in PostgreSQL and in numpy. For ``Past.make``.
ORDERS = (
    ("partner_id", "int4", ">i4"),
    ("day", "int4", ">i4"),
    ("amount", "float8", ">f8"),
    ("margin", "float8", ">f8"),
    ("is_order", "bool", "?"),
)
CHANGES = (("partner_id", "int4", ">i4"), ("margin", "float8", ">f8"))
CUSTOMERS = (("partner_id", "int4", ">i4"), ("is_archived", "bool", "?"))
# What a part of the value comes to: costs in units of the last place of the currency.
COST = (("partner_id", "int4", ">i4"), ("amount", "int8", ">i8"))
POTENTIAL = (("partner_id", "int4", ">i4"), ("amount", "float8", ">f8"))
# Stored rows, by where they are in the table.
KEPT = (("partner_id", "int4", ">i4"), ("place", "tid", "V6"), ("fingerprint", "int8", ">i8"))

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TRAILER = struct.pack("!h", -1)
# Rows that are moved at a time.
CHUNK = 50000


def orders_sql(orders):
    """The columns of ``ORDERS``, a row for each order.

    :param SQL orders: query of ``partner_id``, ``day``, ``amount``, ``margin`` (company currency) and ``is_order``
    """
    return SQL(
        """
        SELECT orders.partner_id::int4 AS partner_id, orders.day - %s::date AS day,
               COALESCE(orders.amount, 0)::float8 AS amount, COALESCE(orders.margin, 0)::float8 AS margin,
               COALESCE(orders.is_order, FALSE) AS is_order
          FROM (%s) orders
        """,
        EPOCH,
        orders,
    )


def changes_sql(changes):
    """The columns of ``CHANGES``.

    :param SQL changes: query of ``partner_id``, each once, and ``changed_margin``
    """
    return SQL(
        "SELECT partner_id::int4 AS partner_id, COALESCE(changed_margin, 0)::float8 AS margin FROM (%s) changes",
        changes,
    )


def customers_sql(among, archived=False):
    """The columns of ``CUSTOMERS``. Where it is about very many, their rows are sooner compared with these in arrays
    than joined with them.

    :param SQL among: condition on the partner ``rp``
    :param bool archived: whether those who were archived are among them
    """
    return SQL(
        "SELECT rp.id AS partner_id, rp.active IS NOT TRUE AS is_archived FROM res_partner rp WHERE %s AND %s",
        is_customer_sql("rp", archived),
        among,
    )


def of_customers_sql(query, among):
    """Rows of ``query`` whose ``partner_id`` is a customer.

    :param SQL among: condition on the partner ``rp``; of few, it is for the planner, who would read all partners
    """
    return SQL(
        "SELECT rows.* FROM (%s) rows JOIN res_partner rp ON rp.id = rows.partner_id AND %s AND %s",
        query,
        is_customer_sql("rp"),
        among,
    )


def cost_sql(part, digits):
    """The columns of ``COST``: what is not zero.

    :param SQL part: query of ``partner_id``, each once, and ``amount``
    :param int digits: of the company's currency
    """
    return SQL(
        """
        SELECT partner_id::int4 AS partner_id, (amount * 10::numeric ^ %(digits)s)::int8 AS amount
          FROM (SELECT partner_id, round(amount::numeric, %(digits)s) AS amount FROM (%(part)s) part) rounded
         WHERE amount <> 0
        """,
        part=part,
        digits=digits,
    )


def potential_sql(part, among):
    """The columns of ``POTENTIAL``: what is above zero. Unlike costs, they make a customer of whom nothing else is
    known.

    :param SQL part: query of ``partner_id``, each once, and ``amount``
    :param SQL among: condition on the partner ``rp``
    """
    return of_customers_sql(
        SQL(
            "SELECT partner_id::int4 AS partner_id, amount::float8 AS amount FROM (%s) part WHERE amount > 0",
            part,
        ),
        among,
    )


def kept_sql(table, kept):
    """The columns of ``KEPT``.

    :param SQL kept: condition on the rows ``kept``
    """
    return SQL(
        "SELECT kept.partner_id, kept.ctid AS place, COALESCE(kept.fingerprint, 0) AS fingerprint FROM %s kept"
        " WHERE %s",
        SQL.identifier(table),
        kept,
    )


# -- between tables and arrays -----------------------------------------------------------------------------------------


def read_rows(cr, query, columns):
    """The rows of a query, without a Python object for each value.

    :param SQL query: of the columns in their order, none of them ever null
    :param columns: as ``ORDERS``
    :return: dict of an array for each column
    """
    received = _Received(columns)
    # the driver hands over one row at a time: they are gathered without Python for each
    file = io.BufferedWriter(received, CHUNK * received.wire.itemsize)
    # COPY takes no parameters
    cr.copy_expert(cr.mogrify(SQL("COPY (%s) TO STDOUT (FORMAT binary)", query)).decode(), file)
    file.flush()
    return received.rows()


def to_json_sql(query, columns):
    """:param SQL query: of the columns
    :return: SQL; one row of the one column that ``from_json`` reads
    """
    names = SQL(", ").join(SQL.identifier("sent", name) for name, *_types in columns)
    return SQL("SELECT json_agg(json_build_array(%s))::text FROM (%s) sent", names, query)


def from_json(text, columns):
    """:return: what ``read_rows`` gives of the same rows"""
    values = zip(*json.loads(text), strict=True) if text else ((),) * len(columns)
    return {name: np.array(column, _own(kind)) for (name, _type, kind), column in zip(columns, values, strict=True)}


def hand_rows(table, columns, values):
    """Few rows, as they are read by a statement without a table for them.

    :param columns: as for ``pack_rows``, and ``values`` as well
    :return: ``Handed``
    """
    names = [name for name, *_types in columns]
    plain = [_plain(part, *types) for part, (_name, *types) in zip(values, columns, strict=True)]
    text = json.dumps([dict(zip(names, row, strict=True)) for row in zip(*plain, strict=True)], allow_nan=False)
    return Handed(table, tuple((name, type_) for name, type_, _kind in columns), text)


def _plain(values, type_, kind):
    if type_ == "jsonb":
        return [text and json.loads(text) for text in values]
    values = values.tolist()
    if type_ == "date":
        return [None if day == NO_DAY else str(EPOCH + timedelta(days=day)) for day in values]
    if isinstance(kind, Numeric):
        # the shortest number that is read as this one has no more places than it
        return [unit / 10**kind.places for unit in values]
    return values


def send_rows(cr, table, columns, packed):
    """Add rows to a table by ``COPY``.

    :param str table: name
    :param columns: those of ``packed``
    :param bytes packed: see ``pack_rows``
    """
    names = SQL(", ").join(SQL.identifier(name) for name, *_types in columns)
    query = SQL("COPY %s (%s) FROM STDIN (FORMAT binary)", SQL.identifier(table), names)
    cr.copy_expert(cr.mogrify(query).decode(), io.BytesIO(packed), 1 << 20)


def pack_rows(columns, values):
    """What ``send_rows`` sends: rows in PostgreSQL's own form.

    :param columns: name, type in PostgreSQL and in numpy of each; of ``jsonb``, the type in numpy is None
    :param values: list of each column, decimals in units of their last place, and days from ``past.EPOCH``; null are
        ``NO_DAY`` and, in the place of JSON, None
    :return: bytes
    """
    count = len(values[0])
    nulls = np.zeros(count, np.int64)
    for place, ((_name, type_, _kind), column) in enumerate(zip(columns, values, strict=True)):
        if type_ == "date":
            nulls |= (column == NO_DAY).astype(np.int64) << place
        elif type_ == "jsonb":
            nulls |= np.fromiter((text is None for text in column), np.int64, count) << place
    packed = [HEADER]
    # rows are of one length where the same columns of them are null
    for pattern in np.unique(nulls).tolist():
        rows = np.flatnonzero(nulls == pattern)
        absent = [bool(pattern >> place & 1) for place in range(len(columns))]
        packed.append(_pack(columns, values, rows, absent))
    return b"".join([*packed, TRAILER])


def _pack(columns, values, rows, absent):
    fields, given = [], []
    for (name, type_, kind), column, is_null in zip(columns, values, absent, strict=True):
        if is_null:
            fields.append((name, type_, None))
            continue
        if type_ == "jsonb":
            texts = [column[row].encode() for row in rows.tolist()]
            width = max(map(len, texts))
            # a version goes before it, and JSON may end in blanks
            column, kind = np.array([b"\1" + text.ljust(width) for text in texts]), f"S{width + 1}"
        else:
            column = column[rows]
        places = kind.places if isinstance(kind, Numeric) else None
        if places is not None:
            kind = groups_of(column, places)
        fields.append((name, type_, kind))
        given.append((name, column, places))
    sent = np.empty(len(rows), _wire(fields))
    sent["columns"] = len(columns)
    for name, _type, kind in fields:
        sent[f"length_{name}"] = -1 if kind is None else np.dtype(kind).itemsize
    for name, column, places in given:
        if places is None:
            sent[name] = column
        else:
            to_wire(sent[name], column, places)
    return sent.tobytes()


def _own(kind):
    """A type in the order of bytes of this machine."""
    return np.dtype(kind).newbyteorder("=")


def _wire(columns):
    """A row as PostgreSQL sends it: number of columns, and before each its length. Columns without a type are null."""
    fields = [("columns", ">i2")]
    for name, _type, kind in columns:
        fields.append((f"length_{name}", ">i4"))
        if kind is not None:
            fields.append((name, kind))
    return np.dtype(fields)


class _Received(io.RawIOBase):
    """A file to which rows are written, many at a time, and which keeps their values only."""

    def __init__(self, columns):
        super().__init__()
        self.wire = _wire(columns)
        self.columns = {name: np.empty(CHUNK, _own(kind)) for name, _type, kind in columns}
        self.count, self.room = 0, CHUNK
        # what is there of the next row, behind what comes first and is none
        self.rest, self.to_skip = b"", len(HEADER)

    def writable(self):
        return True

    def _receive(self, data):
        size = len(data)
        skipped = min(self.to_skip, size)
        self.to_skip -= skipped
        data = data[skipped:]
        if self.rest:
            data = memoryview(self.rest + bytes(data))
        count = len(data) // self.wire.itemsize
        self._take(np.frombuffer(data, self.wire, count))
        self.rest = bytes(data[count * self.wire.itemsize :])
        return size

    write = _receive

    def _take(self, sent):
        end = self.count + len(sent)
        if end > self.room:
            self._resize(max(end, self.room * 9 // 8))
        for name, values in self.columns.items():
            values[self.count : end] = sent[name]
        self.count = end

    def _resize(self, room):
        # in place, where an array of parts would be there twice in the end; little at a time, since it is written to
        for values in self.columns.values():
            values.resize(room, refcheck=False)
        self.room = room

    def rows(self):
        self._resize(self.count)
        return self.columns
