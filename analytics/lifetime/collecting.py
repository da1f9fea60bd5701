"""SQL that collects what the models look at, and moves it to arrays and back.

A *day* is a customer's day with orders. Several orders on one day are one purchase, whose amounts add up.
"""

import json
import struct
from datetime import timedelta

import numpy as np
from odoo.tools import SQL

from ..core.handing import Handed
from ..scoring.customers import is_customer_sql

# Columns of a row of ``known_sql``, in its order: name, type in PostgreSQL and in numpy.
KNOWN = (
    ("partner_id", "int4", ">i4"),
    ("x", "int4", ">i4"),
    ("gap", "int4", ">i4"),
    ("age", "int4", ">i4"),
    ("paid", "int4", ">i4"),
    ("paid_sum", "float8", ">f8"),
    ("paid_margin", "float8", ">f8"),
    ("squares", "float8", ">f8"),
    ("recent", "float8", ">f8"),
    ("before", "float8", ">f8"),
    ("year", "float8", ">f8"),
    ("came", "float8", ">f8"),
    ("margin", "float8", ">f8"),
)

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TRAILER = struct.pack("!h", -1)
# Rows that are moved at a time.
CHUNK = 50000


def days_sql(orders):
    """``partner_id``, ``day``, ``amount``, ``margin`` (company currency): a row for each day with orders of a customer.

    :param SQL orders: query of the same columns, one row for each order
    """
    return SQL(
        """
        SELECT orders.partner_id, orders.day, sum(orders.amount) AS amount, sum(orders.margin) AS margin
          FROM (%s) orders
          JOIN res_partner rp ON rp.id = orders.partner_id AND %s
         GROUP BY orders.partner_id, orders.day
        """,
        orders,
        is_customer_sql("rp"),
    )


def known_sql(days, cut, weeks, margins=None):
    """What is known of customers on the day ``cut``, one row for each: the columns of ``KNOWN``.

    :param SQL days: table or subquery of what ``days_sql`` returns; later days say what ``came``
    :param int weeks: length of ``recent`` and ``before``
    :param SQL margins: table of ``partner_id`` and ``margin``, what was kept so far; the margin of the orders otherwise
    """
    start, earlier = cut - timedelta(weeks=weeks), cut - timedelta(weeks=2 * weeks)
    return SQL(
        """
        SELECT known.partner_id::int4, known.x::int4, known.gap::int4, known.age::int4, known.paid::int4,
               known.paid_sum::float8, known.paid_margin::float8, known.squares::float8, known.recent::float8,
               known.before::float8, known.year::float8, known.came::float8, %(margin)s::float8 AS margin
          FROM (SELECT partner_id, count(*) FILTER (WHERE day <= %(cut)s) - 1 AS x,
                       max(day) FILTER (WHERE day <= %(cut)s) - min(day) AS gap, %(cut)s::date - min(day) AS age,
                       count(*) FILTER (WHERE day <= %(cut)s AND amount > 0) AS paid,
                       COALESCE(sum(amount) FILTER (WHERE day <= %(cut)s AND amount > 0), 0) AS paid_sum,
                       COALESCE(sum(margin) FILTER (WHERE day <= %(cut)s AND amount > 0), 0) AS paid_margin,
                       COALESCE(sum(margin * margin / amount) FILTER (WHERE day <= %(cut)s AND amount > 0), 0)
                           AS squares,
                       COALESCE(sum(amount) FILTER (WHERE day <= %(cut)s AND day > %(start)s), 0) AS recent,
                       COALESCE(sum(amount) FILTER (WHERE day <= %(start)s AND day > %(earlier)s), 0) AS before,
                       COALESCE(sum(amount) FILTER (WHERE day <= %(cut)s AND day > %(year)s), 0) AS year,
                       COALESCE(sum(amount) FILTER (WHERE day > %(cut)s), 0) AS came
                  FROM %(days)s day
                 GROUP BY partner_id
                HAVING min(day) <= %(cut)s) known
          %(margins)s
        """,
        days=days,
        cut=cut,
        start=start,
        earlier=earlier,
        year=cut - timedelta(days=365),
        margin=SQL("COALESCE(kept.margin, known.paid_margin)") if margins else SQL("known.paid_margin"),
        margins=SQL("LEFT JOIN %s kept ON kept.partner_id = known.partner_id", margins) if margins else SQL(),
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


def known_json_sql(known):
    """:param SQL known: from ``known_sql``
    :return: SQL; one row of the one column that ``from_json`` reads
    """
    return SQL("SELECT json_agg(known)::text FROM (%s) known", known)


def from_json(text):
    """:return: what ``read_rows`` gives of the same rows"""
    rows = json.loads(text or "[]")
    kept = np.dtype([(name, kind[1:]) for name, _type, kind in KNOWN])
    return np.array([tuple(row[name] for name, *_types in KNOWN) for row in rows], kept)


def hand_rows(table, columns, rows):
    """As ``write_rows``, without a table: for few rows.

    :return: ``Handed``
    """
    names = [name for name, *_types in columns]
    values = zip(*(part.tolist() for part in rows), strict=True)
    text = json.dumps([dict(zip(names, row, strict=True)) for row in values], allow_nan=False)
    return Handed(table, tuple((name, type_) for name, type_, _kind in columns), text)


def write_rows(cr, table, columns, rows):
    """Add ``rows`` to a temporary table of these columns, which is created.

    :param str table: name
    :param columns: as ``KNOWN``
    :param rows: tuple of arrays, one for each column
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
        _Sent(columns, rows),
        1 << 20,
    )
    # only the first column is joined on
    cr.execute(SQL("ANALYZE %s (%s)", SQL.identifier(table), SQL.identifier(columns[0][0])))


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
        self.kept = np.dtype([(name, kind[1:]) for name, _type, kind in columns])
        self.pending = bytearray()
        self.parts = []
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
        part = np.empty(count, self.kept)
        for name in self.names:
            part[name] = sent[name]
        self.parts.append(part)
        del self.pending[:size]

    def rows(self):
        self._take()
        return np.concatenate(self.parts) if self.parts else np.empty(0, self.kept)


class _Sent:
    """A file from which rows are read, made of arrays some at a time."""

    def __init__(self, columns, rows):
        self.wire = _wire(columns)
        self.columns, self.rows = columns, rows
        self.count, self.at = len(rows[0]), 0
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
        part = slice(self.at, self.at + CHUNK)
        sent = np.empty(len(self.rows[0][part]), self.wire)
        sent["columns"] = len(self.columns)
        for (name, _type, kind), values in zip(self.columns, self.rows, strict=True):
            sent[f"length_{name}"] = np.dtype(kind).itemsize
            sent[name] = values[part]
        self.pending += sent.tobytes()
        self.at += CHUNK
