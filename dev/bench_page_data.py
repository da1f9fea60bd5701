"""Whose page is measured: a customer with very many documents and one with very many contacts, among many messages.

Everything is written by statements over whole tables, and drawn from hashes of row numbers, as the rest of the data.
"""

import contextlib
import time

DOCUMENTS = 10_000
# attempts to have an index alone say which rows everybody sees
VACUUMS = 5
# of the leads and tickets, one in so many is of a contact of the customer with many of them
SHARE = 5


def make(env, contacts, messages):
    """Commits.

    :param int contacts: of the customer with many of them
    :param int messages: on documents and contacts of all customers
    :return: dict of ids by title of the customer
    """
    cr = env.cr
    busy, large = _choose(env)
    _give_documents(env, busy)
    _add_contacts(cr, large, contacts)
    _add_messages(cr, messages)
    cr.commit()
    _vacuum(cr, "sale_order", "account_move", "res_partner", "crm_lead", "helpdesk_ticket", "mail_message")
    env.invalidate_all()
    return {"10,000 documents": busy, f"{contacts:,} contacts": large}


def _choose(env):
    env.cr.execute(
        """SELECT p.id FROM res_partner p
            WHERE p.id = p.commercial_partner_id
              AND EXISTS (SELECT FROM customer_value_score s WHERE s.partner_id = p.id AND s.company_id = %s)
            ORDER BY id LIMIT 2""",
        (env.company.id,),
    )
    return [number for (number,) in env.cr.fetchall()]


def _give_documents(env, customer):
    """Half as many orders and half as many invoices as wanted, of others, change hands as they are."""
    for table, columns, condition in (
        ("sale_order", ("partner_id", "value_customer_id"), "state = 'sale'"),
        ("account_move", ("partner_id", "commercial_partner_id"), "move_type = 'out_invoice' AND state = 'posted'"),
    ):
        values = ", ".join(f"{column} = {customer}" for column in columns)
        # of every time, and not the latest alone
        env.cr.execute(
            f"""UPDATE {table} SET {values} WHERE id IN (
                    SELECT id FROM {table} WHERE company_id = %s AND {condition}
                     ORDER BY hashint8extended(id, 1) LIMIT %s)""",
            (env.company.id, DOCUMENTS // 2),
        )


def _add_contacts(cr, customer, count):
    with _without_indexes(cr, "res_partner"):
        cr.execute(
            """INSERT INTO res_partner
               SELECT made.*
                 FROM generate_series(1, %(count)s) n, res_partner p,
                      jsonb_populate_record(p, jsonb_build_object(
                          'id', nextval('res_partner_id_seq'), 'name', 'Contact ' || n,
                          'complete_name', p.name || ', Contact ' || n, 'is_company', false, 'ref', NULL, 'vat', NULL,
                          'parent_id', p.id, 'commercial_partner_id', p.id)) made
                WHERE p.id = %(customer)s""",
            {"count": count, "customer": customer},
        )
    cr.execute(
        "CREATE TEMP TABLE contact AS SELECT row_number() OVER () AS n, id FROM res_partner WHERE parent_id = %s",
        (customer,),
    )
    cr.execute("ALTER TABLE contact ADD PRIMARY KEY (n)")
    for table, column in (("crm_lead", ""), ("helpdesk_ticket", f", commercial_partner_id = {customer}")):
        cr.execute(
            f"""UPDATE {table} SET partner_id = contact.id {column} FROM contact
                 WHERE {table}.id % {SHARE} = 0 AND contact.n = 1 + {table}.id % {count}"""
        )


def _add_messages(cr, count):
    """Most are notes that Odoo writes by itself; of the others some are done activities."""
    # how many of ten messages are on which model
    shares = {"sale_order": 5, "account_move": 2, "res_partner": 1, "crm_lead": 1, "helpdesk_ticket": 1}
    with _without_indexes(cr, "mail_message"):
        for number, (table, share) in enumerate(shares.items()):
            cr.execute(
                f"""WITH document AS MATERIALIZED (SELECT row_number() OVER () AS k, id FROM {table})
                    INSERT INTO mail_message (model, res_id, date, message_type, subtype_id, author_id, body,
                                              mail_activity_type_id, is_internal, create_date, write_date)
                    SELECT %(model)s, document.id, drawn.date, drawn.type, subtype.id, author.partner_id,
                           '<p>Message ' || n || '</p>',
                           CASE WHEN drawn.type = 'notification' AND n %% 20 = 0 THEN activity.id END,
                           false, drawn.date, drawn.date
                      FROM generate_series(1, %(count)s::bigint) n
                     CROSS JOIN (SELECT count(*) AS all FROM {table}) documents
                     CROSS JOIN LATERAL (
                            SELECT 1 + (hashint8extended(n, %(draw)s) & 2147483647) %% documents.all AS k,
                                   now() AT TIME ZONE 'UTC' - make_interval(
                                       secs => hashint8extended(n, %(draw)s + 1) & 67108863) AS date,
                                   (ARRAY['notification', 'comment', 'notification', 'email'])[1 + n %% 4] AS type
                           ) drawn
                      JOIN document ON document.k = drawn.k
                     CROSS JOIN (SELECT min(id) AS id FROM mail_message_subtype) subtype
                     CROSS JOIN (SELECT min(id) AS id FROM mail_activity_type) activity
                     CROSS JOIN (SELECT min(partner_id) AS partner_id FROM res_users WHERE active) author""",
                {"model": table.replace("_", ".", 1), "count": count * share // 10, "draw": 10 * number},
            )


@contextlib.contextmanager
def _without_indexes(cr, table):
    """Load without the indexes, which are made again, and without foreign key checks."""
    cr.execute(
        """SELECT indexname, indexdef FROM pg_indexes
            WHERE schemaname = current_schema AND tablename = %s AND indexdef NOT LIKE 'CREATE UNIQUE%%'""",
        (table,),
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(f'DROP INDEX "{name}"')
    cr.execute("SET LOCAL session_replication_role = replica")
    yield
    cr.execute("SET LOCAL session_replication_role = origin")
    for _name, definition in indexes:
        cr.execute(definition.replace("%", "%%"))


def _vacuum(cr, *tables):
    """As the server does by itself some minutes later.

    What an older transaction might still see, as that of an autovacuum, is left for the next time: so it is done again.
    """
    connection = cr._cnx
    connection.autocommit = True
    try:
        for attempt in range(VACUUMS):
            time.sleep(5 * attempt)
            cr.execute(f"VACUUM ANALYZE {', '.join(tables)}")
            cr.execute(
                "SELECT bool_and(relallvisible >= relpages * 0.9) FROM pg_class WHERE oid = ANY(%s::regclass[])",
                (list(tables),),
            )
            if cr.fetchone()[0]:
                break
    finally:
        connection.autocommit = False
