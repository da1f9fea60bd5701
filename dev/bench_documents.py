"""The documents of the benchmark, one INSERT per table, from the plan that `bench_data` makes."""

from bench_accounting import insert_invoice_lines, insert_moves, insert_settlements
from customer_value_data.core.bulk_rows import insert_like, reserve_ids
from odoo.tools import SQL


def insert_documents(cr, examples, customers, today, say):
    """Write partners, orders, invoices, credit notes, payments, leads and tickets."""
    base = _reserve(cr)
    _insert_partners(cr, examples, base, customers, today)
    say("partners")
    _insert_orders(cr, examples, base)
    say("orders")
    insert_moves(cr, examples, base)
    insert_invoice_lines(cr, examples, base)
    say("invoices")
    insert_settlements(cr, examples, base)
    say("payments and credit notes")
    _insert_front_office(cr, examples, base, today)
    say("leads and tickets")


def _reserve(cr):
    """Take the ids that all tables need; gives the number before the first of each, as SQL."""
    cr.execute("SELECT sum(1 + contacts), sum(orders) FROM bench_customer")
    partners, orders = map(int, cr.fetchone())
    cr.execute(
        "SELECT count(*) FILTER (WHERE credited), count(*) FILTER (WHERE paid > 0), (SELECT count(*) FROM bench_payday)"
        " FROM bench_order"
    )
    refunds, settled, paydays = cr.fetchone()
    counts = {
        "res_partner": partners,
        "sale_order": orders,
        "sale_order_line": orders,
        "account_move": orders + refunds + paydays,
        "account_move_line": 2 * orders + 2 * refunds + settled + paydays,
        "account_partial_reconcile": settled,
        "account_full_reconcile": settled,
    }
    base = {table: SQL("%s", reserve_ids(cr, table, count)) for table, count in counts.items()}
    # invoices, then credit notes, then one bank entry per day; their lines likewise
    cr.execute(
        """
        CREATE TEMPORARY TABLE bench_settled AS
        SELECT o.n, o.i, o.paid, o.amount, o.settled, o.credited, o.list_price, o.discount, o.contact, p.k,
               row_number() OVER (ORDER BY o.n) AS s,
               CASE WHEN o.credited THEN row_number() OVER (PARTITION BY o.credited ORDER BY o.n) END AS r
          FROM bench_order o
     LEFT JOIN bench_payday p ON p.settled = o.settled AND NOT o.credited
         WHERE o.paid > 0
         ORDER BY o.n
        """
    )
    cr.execute("CREATE INDEX ON bench_settled (n)")
    cr.execute("ANALYZE bench_settled")
    base["orders"] = SQL("%s::bigint", orders)
    base["refunds"] = SQL("%s::bigint", refunds)
    return base


def _insert_partners(cr, examples, base, customers, today):
    cr.execute(
        """
        ALTER TABLE bench_customer ADD first_contact bigint;
        UPDATE bench_customer c SET first_contact = x.first_contact
          FROM (SELECT i, sum(contacts) OVER (ORDER BY i) - contacts AS first_contact FROM bench_customer) x
         WHERE c.i = x.i
        """
    )
    created = SQL("(%s::date - 1095 + first - 1)::timestamp", today)
    partner = SQL("(%s + i)::integer", base["res_partner"])
    insert_like(
        cr,
        "res_partner",
        examples["partner"],
        SQL("bench_customer"),
        {
            "id": partner,
            "commercial_partner_id": partner,
            "name": SQL("CASE WHEN is_company THEN 'Company ' ELSE 'Customer ' END || i"),
            "complete_name": SQL("CASE WHEN is_company THEN 'Company ' ELSE 'Customer ' END || i"),
            "commercial_company_name": SQL("CASE WHEN is_company THEN 'Company ' || i END"),
            "is_company": SQL("is_company"),
            "create_date": created,
            "write_date": created,
        },
    )
    insert_like(
        cr,
        "res_partner",
        examples["partner"],
        SQL("bench_customer, generate_series(1, contacts) k"),
        {
            "id": SQL("(%s + %s + first_contact + k)::integer", base["res_partner"], customers),
            "parent_id": partner,
            "commercial_partner_id": partner,
            "name": SQL("'Contact ' || k"),
            "complete_name": SQL("'Company ' || i || ', Contact ' || k"),
            "commercial_company_name": SQL("'Company ' || i"),
            "create_date": created,
            "write_date": created,
        },
    )
    base["buyer"] = SQL(
        "CASE WHEN o.contact = 0 THEN %s + o.i ELSE %s + %s + c.first_contact + o.contact END::integer",
        base["res_partner"],
        base["res_partner"],
        customers,
    )
    base["customer"] = SQL("(%s + o.i)::integer", base["res_partner"])


def _insert_orders(cr, examples, base):
    source = SQL("bench_order o JOIN bench_customer c USING (i)")
    order = SQL("(%s + o.n)::integer", base["sale_order"])
    line = SQL("(%s + o.n)::integer", base["sale_order_line"])
    cost = SQL("round(0.6 * o.list_price, 2)")
    margin = SQL("o.amount - %s", cost)
    invoice_status = SQL("CASE WHEN o.credited THEN 'to invoice' ELSE 'invoiced' END")
    insert_like(
        cr,
        "sale_order",
        examples["order"],
        source,
        {
            "id": order,
            "name": SQL("'B' || o.n"),
            "partner_id": base["buyer"],
            "partner_invoice_id": base["buyer"],
            "value_customer_id": base["customer"],
            "value_payer_id": base["customer"],
            "partner_shipping_id": base["buyer"],
            "date_order": SQL("o.moment"),
            "create_date": SQL("o.moment"),
            "write_date": SQL("o.moment"),
            "validity_date": SQL("o.moment::date + 30"),
            "amount_untaxed": SQL("o.amount"),
            "amount_total": SQL("o.amount"),
            "margin": margin,
            "margin_percent": SQL("((%s) / nullif(o.amount, 0))::float8", margin),
            "invoice_status": invoice_status,
        },
    )
    insert_like(
        cr,
        "sale_order_line",
        examples["order_line"],
        source,
        {
            "id": line,
            "order_id": order,
            "order_partner_id": base["buyer"],
            "price_unit": SQL("o.list_price"),
            "technical_price_unit": SQL("o.list_price"),
            "discount": SQL("o.discount"),
            "price_subtotal": SQL("o.amount"),
            "price_total": SQL("o.amount"),
            "price_reduce_taxexcl": SQL("o.amount"),
            "price_reduce_taxinc": SQL("o.amount"),
            "qty_invoiced": SQL("CASE WHEN o.credited THEN 0 ELSE 1 END"),
            "qty_to_invoice": SQL("CASE WHEN o.credited THEN 1 ELSE 0 END"),
            "untaxed_amount_invoiced": SQL("CASE WHEN o.credited THEN 0 ELSE o.amount END"),
            "untaxed_amount_to_invoice": SQL("CASE WHEN o.credited THEN o.amount ELSE 0 END"),
            "invoice_status": invoice_status,
            "purchase_price": cost,
            "margin": margin,
            "margin_percent": SQL("((%s) / nullif(o.amount, 0))::float8", margin),
            "create_date": SQL("o.moment"),
            "write_date": SQL("o.moment"),
        },
    )
    cr.execute(
        SQL(
            "INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)"
            " SELECT %s, %s + 2 * o.n - 1 FROM bench_order o",
            line,
            base["account_move_line"],
        )
    )


def _insert_front_office(cr, examples, base, today):
    """Leads (open, won and lost) and tickets (open and closed) of one order in a hundred each."""
    cr.execute("SELECT id FROM crm_stage WHERE is_won ORDER BY sequence LIMIT 1")
    won = cr.fetchone()[0]
    insert_like(
        cr,
        "crm_lead",
        examples["lead"],
        SQL("bench_order o JOIN bench_customer c USING (i), pg_temp.u(o.n, 11) fate WHERE o.n %% 100 = 0"),
        {
            "id": SQL("nextval('crm_lead_id_seq')"),
            "name": SQL("'Opportunity ' || o.n / 100"),
            "partner_id": base["buyer"],
            "expected_revenue": SQL("10 * o.amount"),
            "probability": SQL("CASE WHEN fate < 0.6 THEN floor(100 * fate) WHEN fate < 0.8 THEN 100 ELSE 0 END"),
            "automated_probability": SQL("50"),
            "prorated_revenue": SQL(
                "round(10 * o.amount * (CASE WHEN fate < 0.6 THEN floor(100 * fate) WHEN fate < 0.8 THEN 100"
                " ELSE 0 END)::numeric / 100, 2)"
            ),
            "active": SQL("fate < 0.8"),
            "stage_id": SQL(
                "CASE WHEN fate >= 0.6 AND fate < 0.8 THEN %s ELSE %s END", won, examples["lead"]["stage_id"]
            ),
            "won_status": SQL("CASE WHEN fate < 0.6 THEN 'pending' WHEN fate < 0.8 THEN 'won' ELSE 'lost' END"),
            "date_closed": SQL("CASE WHEN fate >= 0.6 THEN o.moment + interval '20 days' END"),
            "create_date": SQL("o.moment"),
            "write_date": SQL("o.moment"),
        },
    )
    insert_like(
        cr,
        "helpdesk_ticket",
        examples["ticket"],
        SQL("bench_order o JOIN bench_customer c USING (i) WHERE o.n %% 100 = 50"),
        {
            "id": SQL("nextval('helpdesk_ticket_id_seq')"),
            "number": SQL("'HTB' || o.n / 100"),
            "name": SQL("'Ticket ' || o.n / 100"),
            "partner_id": base["buyer"],
            "commercial_partner_id": base["customer"],
            "closed_date": SQL("CASE WHEN o.moment::date < %s THEN o.moment + interval '5 days' END", today),
            "create_date": SQL("o.moment"),
            "write_date": SQL("o.moment"),
        },
    )
