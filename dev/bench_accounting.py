"""The accounting of the benchmark: invoices, credit notes, bank entries and their reconciliation."""

from customer_value_data.core.bulk_rows import insert_like
from odoo.tools import SQL


def insert_moves(cr, examples, base):
    residual = SQL("(o.amount - o.paid)")
    invoice = _move_columns(SQL("'INV/BENCH/'"), SQL("o.n"), SQL("o.moment::date"), SQL("o.due"))
    insert_like(
        cr,
        "account_move",
        examples["move"],
        SQL("bench_order o JOIN bench_customer c USING (i)"),
        {
            **invoice,
            **_amounts(SQL("o.amount"), SQL("o.amount"), residual, residual),
            "id": SQL("(%s + o.n)::integer", base["account_move"]),
            "partner_id": base["buyer"],
            "partner_shipping_id": base["buyer"],
            "commercial_partner_id": base["customer"],
            "invoice_origin": SQL("'B' || o.n"),
            "ref": SQL("NULL"),
            "invoice_partner_display_name": SQL("'Customer ' || o.i"),
            "payment_state": SQL(
                "CASE WHEN o.amount = 0 THEN 'paid' WHEN o.credited THEN 'reversed' WHEN o.paid = 0 THEN 'not_paid'"
                " WHEN o.paid < o.amount THEN 'partial' ELSE 'paid' END"
            ),
        },
    )
    refund = _move_columns(SQL("'RINV/BENCH/'"), SQL("o.r"), SQL("o.settled"), SQL("o.settled"))
    insert_like(
        cr,
        "account_move",
        examples["refund_move"],
        SQL("bench_settled o JOIN bench_customer c USING (i) WHERE credited"),
        {
            **refund,
            **_amounts(SQL("o.amount"), SQL("-o.amount"), SQL("0"), SQL("0")),
            "id": SQL("(%s + %s + o.r)::integer", base["account_move"], base["orders"]),
            "partner_id": base["buyer"],
            "partner_shipping_id": base["buyer"],
            "commercial_partner_id": base["customer"],
            "reversed_entry_id": SQL("(%s + o.n)::integer", base["account_move"]),
            "invoice_partner_display_name": SQL("'Customer ' || o.i"),
            "payment_state": SQL("'paid'"),
        },
    )
    entry = _move_columns(SQL("'BNK1/BENCH/'"), SQL("o.k"), SQL("o.settled"), SQL("o.settled"))
    insert_like(
        cr,
        "account_move",
        examples["entry"],
        SQL("bench_payday o"),
        {
            **{name: sql for name, sql in entry.items() if name not in ("invoice_date", "payment_reference")},
            "id": SQL("(%s + %s + %s + o.k)::integer", base["account_move"], base["orders"], base["refunds"]),
            "amount_total": SQL("o.paid"),
            "amount_total_signed": SQL("o.paid"),
            "amount_total_in_currency_signed": SQL("o.paid"),
        },
    )


def _move_columns(prefix, number, day, due):
    name = SQL("%s || lpad((%s)::text, 8, '0')", prefix, number)
    return {
        "name": name,
        "sequence_prefix": prefix,
        "sequence_number": number,
        "payment_reference": name,
        "date": day,
        "invoice_date": day,
        "invoice_date_due": due,
        "create_date": SQL("(%s)::timestamp", day),
        "write_date": SQL("(%s)::timestamp", day),
    }


def _amounts(amount, signed, residual, residual_signed):
    return {
        "amount_untaxed": amount,
        "amount_total": amount,
        "amount_residual": residual,
        "amount_untaxed_signed": signed,
        "amount_untaxed_in_currency_signed": signed,
        "amount_total_signed": signed,
        "amount_total_in_currency_signed": signed,
        "amount_residual_signed": residual_signed,
    }


def _line_columns(name, day):
    return {
        "move_name": name,
        "date": day,
        "invoice_date": day,
        "ref": SQL("NULL"),
        "create_date": SQL("(%s)::timestamp", day),
        "write_date": SQL("(%s)::timestamp", day),
    }


def _balance(balance):
    return {
        "debit": SQL("greatest(%s, 0)", balance),
        "credit": SQL("greatest(-(%s), 0)", balance),
        "balance": balance,
        "amount_currency": balance,
    }


def _price():
    return {
        "price_unit": SQL("o.list_price"),
        "discount": SQL("o.discount"),
        "price_subtotal": SQL("o.amount"),
        "price_total": SQL("o.amount"),
    }


def _matching(base, number):
    """Columns of a receivable line that is settled in full, or in part, or not at all."""
    return {
        "full_reconcile_id": SQL(
            "CASE WHEN o.paid = o.amount THEN %s + %s END::integer", base["account_full_reconcile"], number
        ),
        "matching_number": SQL(
            "CASE WHEN o.paid = o.amount THEN (%s + %s)::text WHEN o.paid > 0 THEN 'P' || (%s + %s) END",
            base["account_full_reconcile"],
            number,
            base["account_partial_reconcile"],
            number,
        ),
    }


def insert_invoice_lines(cr, examples, base):
    name = SQL("'INV/BENCH/' || lpad(o.n::text, 8, '0')")
    day = SQL("o.moment::date")
    source = SQL("bench_order o LEFT JOIN (SELECT n, s FROM bench_settled) s USING (n)")
    move = SQL("(%s + o.n)::integer", base["account_move"])
    residual = SQL("o.amount - o.paid")
    insert_like(
        cr,
        "account_move_line",
        examples["product_line"],
        SQL("bench_order o"),
        {
            **_line_columns(name, day),
            **_balance(SQL("-o.amount")),
            **_price(),
            "id": SQL("(%s + 2 * o.n - 1)::integer", base["account_move_line"]),
            "move_id": move,
            "partner_id": base["customer"],
        },
    )
    insert_like(
        cr,
        "account_move_line",
        examples["term_line"],
        source,
        {
            **_line_columns(name, day),
            **_balance(SQL("o.amount")),
            **_matching(base, SQL("s.s")),
            "id": SQL("(%s + 2 * o.n)::integer", base["account_move_line"]),
            "move_id": move,
            "partner_id": base["customer"],
            "name": name,
            "date_maturity": SQL("o.due"),
            "amount_residual": residual,
            "amount_residual_currency": residual,
            "reconciled": SQL("o.amount = o.paid"),
        },
    )


def insert_settlements(cr, examples, base):
    """Lines of credit notes and bank entries, and their reconciliation with the invoices."""
    first = SQL("%s + 2 * %s", base["account_move_line"], base["orders"])
    refund_name = SQL("'RINV/BENCH/' || lpad(o.r::text, 8, '0')")
    refund = {
        **_line_columns(refund_name, SQL("o.settled")),
        "move_id": SQL("(%s + %s + o.r)::integer", base["account_move"], base["orders"]),
        "partner_id": base["customer"],
    }
    credited = SQL("bench_settled o WHERE credited")
    insert_like(
        cr,
        "account_move_line",
        examples["refund_product_line"],
        credited,
        {
            **refund,
            **_balance(SQL("o.amount")),
            **_price(),
            "id": SQL("(%s + 2 * o.r - 1)::integer", first),
        },
    )
    cr.execute(
        SQL(
            "INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)"
            " SELECT %s + n, %s + 2 * r - 1 FROM bench_settled WHERE credited",
            base["sale_order_line"],
            first,
        )
    )
    settled = {
        **_matching(base, SQL("o.s")),
        **_balance(SQL("-o.paid")),
        "amount_residual": SQL("0"),
        "amount_residual_currency": SQL("0"),
        "reconciled": SQL("true"),
    }
    insert_like(
        cr,
        "account_move_line",
        examples["refund_term_line"],
        credited,
        {
            **refund,
            **settled,
            "id": SQL("(%s + 2 * o.r)::integer", first),
            "name": refund_name,
            "date_maturity": SQL("o.settled"),
        },
    )
    paid = SQL("%s + 2 * %s", first, base["refunds"])
    entry_name = SQL("'BNK1/BENCH/' || lpad(o.k::text, 8, '0')")
    entry = {
        **_line_columns(entry_name, SQL("o.settled")),
        "invoice_date": SQL("NULL::date"),
        "move_id": SQL("(%s + %s + %s + o.k)::integer", base["account_move"], base["orders"], base["refunds"]),
    }
    insert_like(
        cr,
        "account_move_line",
        examples["credit_line"],
        SQL("bench_settled o WHERE NOT credited"),
        {
            **entry,
            **settled,
            "id": SQL("(%s + o.s)::integer", paid),
            "partner_id": base["customer"],
            "price_subtotal": SQL("-o.paid"),
            "price_total": SQL("-o.paid"),
        },
    )
    insert_like(
        cr,
        "account_move_line",
        examples["bank_line"],
        SQL("bench_payday o"),
        {
            **entry,
            **_balance(SQL("o.paid")),
            "id": SQL("(%s + (SELECT count(*) FROM bench_settled) + o.k)::integer", paid),
            "price_subtotal": SQL("o.paid"),
            "price_total": SQL("o.paid"),
            "amount_residual": SQL("o.paid"),
            "amount_residual_currency": SQL("o.paid"),
        },
    )
    full = SQL("CASE WHEN paid = amount THEN %s + s END::integer", base["account_full_reconcile"])
    insert_like(
        cr,
        "account_full_reconcile",
        examples["full"],
        SQL("bench_settled WHERE paid = amount"),
        {"id": full, "create_date": SQL("settled::timestamp"), "write_date": SQL("settled::timestamp")},
    )
    insert_like(
        cr,
        "account_partial_reconcile",
        examples["partial"],
        SQL("bench_settled o"),
        {
            "id": SQL("(%s + s)::integer", base["account_partial_reconcile"]),
            "full_reconcile_id": full,
            "debit_move_id": SQL("(%s + 2 * n)::integer", base["account_move_line"]),
            "credit_move_id": SQL("CASE WHEN credited THEN %s + 2 * r ELSE %s + s END::integer", first, paid),
            "amount": SQL("paid"),
            "debit_amount_currency": SQL("paid"),
            "credit_amount_currency": SQL("paid"),
            "max_date": SQL("settled"),
            "create_date": SQL("settled::timestamp"),
            "write_date": SQL("settled::timestamp"),
        },
    )
