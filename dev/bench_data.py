"""The data of the benchmark: a large shop of three years, the same whenever it is generated.

Everything is drawn from hashes of row numbers, so neither a seed nor the order in which the database
visits rows matters. Spend follows a power law: a few customers order more than a thousand times and
most of them less than five times.
"""

import contextlib
import datetime

import cdnow  # noqa: F401  (makes customer_value_data importable)
from bench_documents import insert_documents
from customer_value_data.core.bulk_rows import QUIET, example_rows, music_product, read_rows, unchecked, undone

DAYS = 3 * 365
ORDERS_PER_CUSTOMER = 10
# of the orders, one in so many has a lead and one in so many a ticket
ORDERS_PER_LEAD = ORDERS_PER_TICKET = 100

TABLES = (
    "res_partner",
    "sale_order",
    "sale_order_line",
    "sale_order_line_invoice_rel",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_full_reconcile",
    "crm_lead",
    "helpdesk_ticket",
)


def generate(env, customers, today=None, say=print):
    """Fill the database of `env`: `customers` commercial entities and ten times as many orders.

    The last order is of `today` (default: the current day), the first about three years older.
    Commits. Raises ValueError when the company has no chart of accounts.
    """
    today = today or datetime.date.today()
    company = env.company
    product = music_product(env, company)
    product.with_company(company).standard_price = 12.0
    examples = example_rows(env, company, product, paid=True)
    examples.update(undone(env(context={**env.context, **QUIET}), lambda env: read_rows(env, _front_office(env))))
    env.cr.commit()
    with fast_loading(env.cr, say):
        plan(env.cr, customers, today)
        insert_documents(env.cr, examples, customers, today, say)
        env.cr.execute("DROP TABLE bench_customer, bench_order, bench_payday")
    env.invalidate_all()
    env.cr.commit()


def _front_office(env):
    partner = env["res.partner"].create({"name": "Example"})
    stage = env["crm.stage"].search([("is_won", "=", False)], order="sequence desc", limit=1)
    lead = env["crm.lead"].create(
        {
            "name": "Example",
            "type": "opportunity",
            "partner_id": partner.id,
            "stage_id": stage.id,
            "expected_revenue": 1000,
            "probability": 50,
        }
    )
    ticket = env["helpdesk.ticket"].create(
        {"name": "Example", "description": "<p>Example</p>", "partner_id": partner.id}
    )
    return {"lead": lead, "ticket": ticket}


@contextlib.contextmanager
def fast_loading(cr, say=print):
    """Load without the indexes, which are made again at the end, and without foreign key checks."""
    cr.execute("SET LOCAL max_parallel_maintenance_workers = 2")
    cr.execute(
        """
        SELECT indexname, indexdef
          FROM pg_indexes
         WHERE schemaname = current_schema AND tablename IN %s
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)
         ORDER BY tablename, indexname
        """,
        (TABLES,),
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(f'DROP INDEX "{name}"')
    with unchecked(cr):
        yield
    say(f"{len(indexes)} indexes")
    for _name, definition in indexes:
        cr.execute(definition.replace("%", "%%"))


def plan(cr, customers, today):
    """Decide who buys when and for how much: tables `bench_customer` and `bench_order`.

    `bench_customer`: i (1..), orders, contacts, first and last (days since the beginning), factor
    (the customer's usual amount). `bench_order`: n (1.. by time), i, contact (0: the customer itself),
    moment, list_price, discount (%), amount, due, and what becomes of its invoice: paid (amount), settled
    (day it was paid or credited), credited.
    """
    cr.execute(
        """
        CREATE FUNCTION pg_temp.u(row_number bigint, draw bigint) RETURNS float8
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN (hashint8extended(row_number, draw) & 2147483647) / 2147483648.0
        """
    )
    # Zipf's law for the number of orders; its cumulated form makes them add up exactly.
    cr.execute(
        """
        CREATE UNLOGGED TABLE bench_customer AS
        WITH ranked AS (
            SELECT i, row_number() OVER (ORDER BY pg_temp.u(i, 3), i) AS rank
              FROM generate_series(1, %(customers)s::bigint) i
        ), drawn AS (
            SELECT i,
                   pg_temp.u(i, 1) < 0.2 AS is_company,
                   floor(%(days)s * 0.95 * pg_temp.u(i, 4))::integer AS first,
                   (%(orders)s * ln(1 + 1000.0 * least(rank, %(buyers)s) / %(buyers)s) / ln(1001))::bigint
                 - (%(orders)s * ln(1 + 1000.0 * least(rank - 1, %(buyers)s) / %(buyers)s) / ln(1001))::bigint
                   AS orders,
                   40 * (1 - pg_temp.u(i, 7)) ^ -0.35 AS factor
              FROM ranked
        )
        SELECT i, is_company, first, orders, factor,
               CASE WHEN is_company THEN 1 + floor(3 * pg_temp.u(i, 2))::integer ELSE 0 END AS contacts,
               CASE WHEN pg_temp.u(i, 5) < 0.5 THEN %(days)s
                    ELSE first + (%(days)s - first) * pg_temp.u(i, 6) END AS last
          FROM drawn
         ORDER BY i
        """,
        {
            "customers": customers,
            "buyers": customers * 95 // 100,
            "orders": customers * ORDERS_PER_CUSTOMER,
            "days": DAYS,
        },
    )
    cr.execute("ALTER TABLE bench_customer ADD PRIMARY KEY (i)")
    cr.execute("ANALYZE bench_customer")
    cr.execute(
        """
        CREATE UNLOGGED TABLE bench_order AS
        WITH drawn AS (
            SELECT c.i,
                   c.i * 100000 + k AS h,
                   c.contacts,
                   c.factor,
                   date_trunc('second', %(today)s::timestamp + interval '12 hours' - make_interval(
                       secs => 86400 * (%(days)s - c.first - (c.last - c.first)
                                                 * pg_temp.u(c.i * 100000 + k, 1)))) AS moment
              FROM bench_customer c, generate_series(1, c.orders) k
        ), priced AS (
            SELECT i, h, moment,
                   floor((contacts + 1) * pg_temp.u(h, 2))::integer AS contact,
                   round((factor * exp(pg_temp.u(h, 3) + pg_temp.u(h, 4) - 1))::numeric, 2) AS list_price,
                   CASE WHEN pg_temp.u(h, 5) < 0.1 THEN 10 WHEN pg_temp.u(h, 5) < 0.13 THEN 20 ELSE 0 END
                   AS discount,
                   pg_temp.u(h, 6) AS fate,
                   moment::date + 30 + floor(50 * pg_temp.u(h, 7) ^ 3)::integer - 8 AS payday
              FROM drawn
        )
        SELECT row_number() OVER (ORDER BY moment, h) AS n,
               i, contact, moment, list_price, discount, amount,
               moment::date + 30 AS due,
               fate < 0.02 AND settled <= %(today)s AS credited,
               CASE WHEN settled > %(today)s THEN 0 WHEN fate < 0.02 THEN amount
                    WHEN fate < 0.05 THEN 0 WHEN fate < 0.06 THEN round(amount / 2, 2) ELSE amount END AS paid,
               settled
          FROM priced,
       LATERAL (SELECT round(list_price * (100 - discount) / 100, 2) AS amount,
                       CASE WHEN fate < 0.02 THEN moment::date + 10 ELSE payday END AS settled) later
         ORDER BY 1
        """,
        {"today": today, "days": DAYS},
    )
    cr.execute("ALTER TABLE bench_order ADD PRIMARY KEY (n)")
    cr.execute("ANALYZE bench_order")
    cr.execute(
        """
        CREATE UNLOGGED TABLE bench_payday AS
        SELECT row_number() OVER (ORDER BY settled) AS k, settled, sum(paid) AS paid
          FROM bench_order
         WHERE paid > 0 AND NOT credited
         GROUP BY settled
        """
    )
