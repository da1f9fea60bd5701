"""Write many documents with one statement per table, each row as the ORM would have written it.

One example of each document is made through the ORM and read back column by column; the example
is then undone. Every bulk row is a copy of it in which only the columns that differ are replaced,
so that columns of modules this file has never heard of get the value their defaults give.
"""

import contextlib
import json

import psycopg2
from odoo import Command, fields, tools
from odoo.tools import SQL
from odoo.tools.misc import Callbacks

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
}


class _Undo(Exception):
    """Leaves a savepoint by rolling it back."""


def music_product(env, company):
    """The product of all bulk lines: untaxed, invoiced on order, cost 0. Made when missing."""
    product = (
        env["product.product"]
        .with_company(company)
        .search([("default_code", "=", "CD"), ("company_id", "in", [company.id, False])], limit=1)
    )
    return product or env["product.product"].with_company(company).create(
        {
            "name": "Compact disc",
            "default_code": "CD",
            "type": "consu",
            "invoice_policy": "order",
            "taxes_id": [Command.clear()],
        }
    )


def _row(cr, table, record_id):
    cr.execute(SQL("SELECT to_jsonb(t) FROM %s t WHERE id = %s", SQL.identifier(table), record_id))
    return cr.fetchone()[0]


def example_rows(env, company, product, paid=False):
    """One posted sale as the ORM writes it, as ``{key: {column: value}}``; nothing of it remains.

    Keys: ``partner``, ``order``, ``order_line``, ``move``, ``product_line``, ``term_line``; with
    ``paid`` also ``entry``, ``bank_line`` and ``credit_line`` of the payment's journal entry,
    ``partial`` and ``full`` of its reconciliation, and ``refund_move``, ``refund_product_line``,
    ``refund_term_line`` of a credit note.
    Raises ValueError when the company has no chart of accounts.
    """
    journal = env["account.journal"].search([("company_id", "=", company.id), ("type", "=", "sale")], limit=1)
    if not journal or not company.chart_template:
        raise ValueError(f"{company.name} has no sales journal: load a chart of accounts for it first.")
    return undone(
        env(context={**env.context, **QUIET, "allowed_company_ids": company.ids}),
        lambda env: _make_examples(env, company, product, paid),
    )


def undone(env, make):
    """What `make(env)` returns, with everything it has done to the database undone."""
    result = None
    cr = env.cr
    callbacks = (cr.precommit, cr.postcommit)
    # what it wants done on commit would find its records gone
    cr.precommit, cr.postcommit = Callbacks(), Callbacks()
    try:
        with cr.savepoint():
            result = make(env)
            raise _Undo
    except _Undo:
        env.invalidate_all()
    finally:
        cr.precommit, cr.postcommit = callbacks
    return result


def _make_examples(env, company, product, paid):
    partner = env["res.partner"].create({"name": "Example"})
    order = env["sale.order"].create(
        {
            "partner_id": partner.id,
            "company_id": company.id,
            "user_id": False,
            "order_line": [Command.create({"product_id": product.id, "product_uom_qty": 1, "price_unit": 100.0})],
        }
    )
    order.action_confirm()
    move = order._create_invoices()
    move.invoice_date = move.date = fields.Date.today()
    move.action_post()
    rows = read_rows(env, {"partner": partner, "order": order, "order_line": order.order_line, **_documents(move)})
    if paid:
        entry, term = _settle(env, move)
        rows |= read_rows(
            env,
            {
                "entry": entry,
                "credit_line": entry.line_ids.filtered("credit"),
                "bank_line": entry.line_ids.filtered("debit"),
                "partial": term.matched_credit_ids,
                "full": term.full_reconcile_id,
            },
        )
        refund = move._reverse_moves([{"invoice_date": move.invoice_date, "date": move.date}])
        refund.action_post()
        rows |= {f"refund_{key}": row for key, row in read_rows(env, _documents(refund)).items()}
    return rows


def read_rows(env, documents):
    """The rows of some records, ``{key: record}``, as ``{key: {column: value}}``."""
    env.flush_all()
    return {key: _row(env.cr, record._table, record.id) for key, record in documents.items()}


def _documents(move):
    return {
        "move": move,
        "product_line": move.line_ids.filtered(lambda line: line.display_type == "product"),
        "term_line": move.line_ids.filtered(lambda line: line.display_type == "payment_term"),
    }


def _settle(env, move):
    """Pay `move` in full by a journal entry on the bank journal; gives it and the term line."""
    term = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
    bank = env["account.journal"].search([("company_id", "=", move.company_id.id), ("type", "=", "bank")], limit=1)
    amount = move.amount_total
    entry = env["account.move"].create(
        {
            "move_type": "entry",
            "journal_id": bank.id,
            "date": move.date,
            "line_ids": [
                Command.create({"account_id": bank.default_account_id.id, "debit": amount}),
                Command.create(
                    {
                        "account_id": term.account_id.id,
                        "partner_id": term.partner_id.id,
                        "credit": amount,
                    }
                ),
            ],
        }
    )
    entry.action_post()
    (term + entry.line_ids.filtered("credit")).reconcile()
    return entry, term


@contextlib.contextmanager
def unchecked(cr):
    """No check of foreign keys row by row where the database account may leave it out: what is
    inserted meanwhile comes from rows just inserted or from the examples."""
    try:
        with cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
            cr.execute("SET LOCAL session_replication_role = replica")
    except psycopg2.errors.InsufficientPrivilege:
        yield
    else:
        yield
        cr.execute("SET LOCAL session_replication_role = origin")


def reserve_ids(cr, table, count):
    """Take `count` ids of `table`; gives the number before the first (ids follow without gap)."""
    cr.execute(
        SQL(
            "SELECT setval(s, nextval(s) + %s) - %s FROM pg_get_serial_sequence(%s, 'id') s",
            count,
            count,
            table,
        )
    )
    return cr.fetchone()[0]


def insert_like(cr, table, example, source, columns):
    """Insert one row into `table` per row of `source`; gives the number of rows.

    `example`: a row of :func:`example_rows`. `source`: SQL of what follows FROM. `columns`: column ->
    SQL expression over `source`; all other columns are copied. Columns that the table lacks, because
    the module that brings them is not installed, are left out.
    """
    replaced = {name: sql for name, sql in columns.items() if name in example}
    copied = sorted(set(example) - set(replaced))
    names = [SQL.identifier(name) for name in [*replaced, *copied]]
    values = [SQL("new_row.%s", SQL.identifier(name)) for name in replaced]
    values += [SQL("example_row.%s", SQL.identifier(name)) for name in copied]
    cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM (SELECT %s FROM %s) AS new_row"
            " CROSS JOIN jsonb_populate_record(NULL::%s, %s::jsonb) AS example_row",
            SQL.identifier(table),
            SQL(", ").join(names),
            SQL(", ").join(values),
            SQL(", ").join(SQL("(%s) AS %s", sql, SQL.identifier(name)) for name, sql in replaced.items()),
            source,
            SQL.identifier(table),
            json.dumps(example),
        )
    )
    return cr.rowcount
