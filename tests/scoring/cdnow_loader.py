"""The full CDNOW file as partners, confirmed orders and posted invoices, by set-based SQL."""

import io

from odoo.tools import SQL

from ..core.bulk_rows import example_rows, insert_like, music_product, reserve_ids, unchecked
from .cdnow import read_master


def load_full(env, company=None, shift_days=0, purchases=None, due_days=0):
    """Load CDNOW into `company` (default: the current one); gives ``{customer number: partner id}``.

    Per customer one partner (its own commercial entity, `ref` ``CDNOW 00001``), per purchase one
    confirmed order at noon UTC of its day and one posted, unpaid invoice of the same day, due after `due_days`;
    dollars are taken as amounts in the company's currency. Days are moved forward by `shift_days`.
    Purchases of 0 dollars have an invoice of 0, which counts as paid, as when posted by hand.

    Raises CdnowError when the file is missing or damaged, ValueError when the company has no chart of
    accounts. Nothing is committed; after a commit, ANALYZE is for the caller.
    """
    company = company or env.company
    purchases = purchases or read_master()
    product = music_product(env, company)
    rows = example_rows(env, company, product)
    cr = env.cr
    env.flush_all()
    _copy_purchases(cr, purchases, shift_days)
    with unchecked(cr):
        _insert_partners(cr, rows)
        _number(cr, rows)
        _split(cr)
        _insert_orders(cr, rows)
        _insert_invoices(cr, rows, due_days)
    env.invalidate_all()
    cr.execute("SELECT customer, partner_id FROM cdnow_customer")
    partners = dict(cr.fetchall())
    cr.execute("DROP TABLE cdnow_purchase, cdnow_line, cdnow_customer")
    return partners


def _copy_purchases(cr, purchases, shift_days):
    cr.execute(
        """
        CREATE TEMPORARY TABLE cdnow_purchase (
            number integer, customer integer, day date, cds integer, cents integer,
            partner_id integer, order_id integer, move_id integer, amount numeric,
            move_prefix varchar, move_number integer, move_name varchar
        )
        """
    )
    text = io.StringIO(
        "".join(
            f"{number}\t{purchase.customer}\t{purchase.date}\t{purchase.cds}\t{purchase.cents}\n"
            for number, purchase in enumerate(purchases, 1)
        )
    )
    cr.copy_from(text, "cdnow_purchase", columns=("number", "customer", "day", "cds", "cents"))
    cr.execute("UPDATE cdnow_purchase SET day = day + %s, amount = cents / 100.0", (shift_days,))


def _insert_partners(cr, rows):
    cr.execute(
        "CREATE TEMPORARY TABLE cdnow_customer AS"
        " SELECT customer, min(day) AS first_day, (row_number() OVER (ORDER BY customer))::integer AS partner_id"
        "   FROM cdnow_purchase GROUP BY customer"
    )
    base = reserve_ids(cr, "res_partner", cr.rowcount)
    cr.execute("UPDATE cdnow_customer SET partner_id = partner_id + %s", (base,))
    cr.execute(
        "UPDATE cdnow_purchase p SET partner_id = c.partner_id FROM cdnow_customer c WHERE c.customer = p.customer"
    )
    name = SQL("'CDNOW customer ' || lpad(customer::text, 5, '0')")
    insert_like(
        cr,
        "res_partner",
        rows["partner"],
        SQL("cdnow_customer"),
        {
            "id": SQL("partner_id"),
            "commercial_partner_id": SQL("partner_id"),
            "name": name,
            "complete_name": name,
            "ref": SQL("'CDNOW ' || lpad(customer::text, 5, '0')"),
            "create_date": SQL("first_day::timestamp"),
            "write_date": SQL("first_day::timestamp"),
        },
    )


def _number(cr, rows):
    """Give each purchase its order and its invoice, numbered after those of its year."""
    cr.execute("SELECT count(*) FROM cdnow_purchase")
    count = cr.fetchone()[0]
    cr.execute(
        """
        UPDATE cdnow_purchase p
           SET order_id = %(orders)s + p.number,
               move_id = %(moves)s + p.number,
               move_prefix = x.prefix,
               move_number = x.number,
               move_name = x.prefix || lpad(x.number::text, 5, '0')
          FROM (SELECT p.number AS id, prefix,
                       coalesce(last, 0) + row_number() OVER (PARTITION BY prefix ORDER BY day, p.number) AS number
                  FROM cdnow_purchase p,
               LATERAL (SELECT %(code)s || '/' || date_part('year', day) || '/') y(prefix)
             LEFT JOIN (SELECT sequence_prefix, max(sequence_number) FROM account_move
                         WHERE journal_id = %(journal)s GROUP BY 1) used(prefix, last) USING (prefix)
               ) x
         WHERE x.id = p.number
        """,
        {
            "orders": reserve_ids(cr, "sale_order", count),
            "moves": reserve_ids(cr, "account_move", count),
            "journal": rows["move"]["journal_id"],
            "code": rows["move"]["sequence_prefix"].split("/")[0],
        },
    )
    cr.execute("ANALYZE cdnow_purchase")


def _split(cr):
    """The lines of the purchases: see `Purchase.lines`."""
    cr.execute(
        """
        CREATE TEMPORARY TABLE cdnow_line AS
        SELECT p.*, l.quantity, l.price, l.quantity * l.price AS subtotal,
               row_number() OVER (ORDER BY p.number, l.price) AS line,
               NULL::integer AS order_line_id, NULL::integer AS move_line_id
          FROM cdnow_purchase p,
       LATERAL (VALUES (cds - cents % cds, (cents / cds) / 100.0),
                       (cents % cds, (cents / cds + 1) / 100.0)) l(quantity, price)
         WHERE l.quantity > 0
        """
    )
    count = cr.rowcount
    cr.execute(
        "UPDATE cdnow_line SET order_line_id = line + %s, move_line_id = line + %s",
        (reserve_ids(cr, "sale_order_line", count), reserve_ids(cr, "account_move_line", count)),
    )


def _insert_orders(cr, rows):
    moment = SQL("day + interval '12 hours'")
    name = SQL("'CDNOW' || lpad(number::text, 5, '0')")
    insert_like(
        cr,
        "sale_order",
        rows["order"],
        SQL("cdnow_purchase"),
        {
            "id": SQL("order_id"),
            "name": name,
            "partner_id": SQL("partner_id"),
            "partner_invoice_id": SQL("partner_id"),
            "value_customer_id": SQL("partner_id"),
            "value_payer_id": SQL("partner_id"),
            "partner_shipping_id": SQL("partner_id"),
            "date_order": moment,
            "create_date": moment,
            "write_date": moment,
            "validity_date": SQL("day + 30"),
            "amount_untaxed": SQL("amount"),
            "amount_total": SQL("amount"),
            "margin": SQL("amount"),
            "margin_percent": SQL("CASE WHEN amount > 0 THEN 1 ELSE 0 END"),
        },
    )
    insert_like(
        cr,
        "sale_order_line",
        rows["order_line"],
        SQL("cdnow_line"),
        {
            "id": SQL("order_line_id"),
            "order_id": SQL("order_id"),
            "order_partner_id": SQL("partner_id"),
            "product_uom_qty": SQL("quantity"),
            "qty_invoiced": SQL("quantity"),
            "price_unit": SQL("price"),
            "technical_price_unit": SQL("price"),
            "price_reduce_taxexcl": SQL("price"),
            "price_reduce_taxinc": SQL("price"),
            "price_subtotal": SQL("subtotal"),
            "price_total": SQL("subtotal"),
            "untaxed_amount_invoiced": SQL("subtotal"),
            "margin": SQL("subtotal"),
            "margin_percent": SQL("CASE WHEN subtotal > 0 THEN 1 ELSE 0 END"),
            "create_date": moment,
            "write_date": moment,
        },
    )


def _insert_invoices(cr, rows, due_days):
    order_name = SQL("'CDNOW' || lpad(number::text, 5, '0')")
    shared = {
        "date": SQL("day"),
        "invoice_date": SQL("day"),
        "ref": order_name,
        "create_date": SQL("day + interval '12 hours'"),
        "write_date": SQL("day + interval '12 hours'"),
    }
    amounts = dict.fromkeys(
        (
            "amount_untaxed",
            "amount_untaxed_signed",
            "amount_untaxed_in_currency_signed",
            "amount_total",
            "amount_total_signed",
            "amount_total_in_currency_signed",
            "amount_residual",
            "amount_residual_signed",
        ),
        SQL("amount"),
    )
    insert_like(
        cr,
        "account_move",
        rows["move"],
        SQL("cdnow_purchase"),
        {
            **shared,
            **amounts,
            "id": SQL("move_id"),
            "name": SQL("move_name"),
            "payment_reference": SQL("move_name"),
            "sequence_prefix": SQL("move_prefix"),
            "sequence_number": SQL("move_number"),
            "invoice_origin": order_name,
            "partner_id": SQL("partner_id"),
            "partner_shipping_id": SQL("partner_id"),
            "commercial_partner_id": SQL("partner_id"),
            "invoice_partner_display_name": SQL("'CDNOW customer ' || lpad(customer::text, 5, '0')"),
            "invoice_date_due": SQL("day + %s", due_days),
            "payment_state": SQL("CASE WHEN amount = 0 THEN 'paid' ELSE 'not_paid' END"),
        },
    )
    line = {**shared, "move_id": SQL("move_id"), "move_name": SQL("move_name"), "partner_id": SQL("partner_id")}
    insert_like(
        cr,
        "account_move_line",
        rows["product_line"],
        SQL("cdnow_line"),
        {
            **line,
            "id": SQL("move_line_id"),
            "quantity": SQL("quantity"),
            "price_unit": SQL("price"),
            "price_subtotal": SQL("subtotal"),
            "price_total": SQL("subtotal"),
            "credit": SQL("subtotal"),
            "balance": SQL("-subtotal"),
            "amount_currency": SQL("-subtotal"),
        },
    )
    cr.execute("SELECT count(*) FROM cdnow_purchase")
    insert_like(
        cr,
        "account_move_line",
        rows["term_line"],
        SQL("cdnow_purchase"),
        {
            **line,
            "id": SQL("%s + number", reserve_ids(cr, "account_move_line", cr.fetchone()[0])),
            "name": SQL("%s || ' - ' || move_name", order_name),
            "date_maturity": SQL("day + %s", due_days),
            "debit": SQL("amount"),
            "balance": SQL("amount"),
            "amount_currency": SQL("amount"),
            "amount_residual": SQL("amount"),
            "amount_residual_currency": SQL("amount"),
            "reconciled": SQL("amount = 0"),
        },
    )
    cr.execute(
        "INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)"
        " SELECT order_line_id, move_line_id FROM cdnow_line"
    )
