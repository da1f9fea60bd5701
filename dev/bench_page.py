"""What the page of a customer with very many documents costs the server: its first screen, and the next rows."""

import statistics
import time

from bench_aims import aim

DOCUMENTS = 10_000
REPEAT = 9
FIRST_SCREEN = 0.150  # seconds


def measure(env):
    """Give a customer half as many orders and as many invoices as wanted, of others, and open their page. Rolls back.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    env = env(user=env.ref("base.user_admin").id)
    customer, count = _gather(env)
    Page = env["customer.page"]
    screens = [_look(env, lambda: Page.get_page(customer, with_products=False)) for _attempt in range(REPEAT)]
    products = [_look(env, lambda: Page.get_products(customer)) for _attempt in range(REPEAT)]
    page = Page.get_page(customer, with_products=False)
    more = [
        _look(env, lambda: Page.get_timeline(customer, before=page["timeline"]["next"])) for _attempt in range(REPEAT)
    ]
    env.cr.rollback()
    screen, goods, later = (
        statistics.median(seconds for seconds, _queries in looks) for looks in (screens, products, more)
    )
    return {
        "lines": [
            f"Customer page of {count} documents: first screen {1000 * screen:.0f} ms in {screens[-1][1]} queries",
            f"Products and suggestions beside it: {1000 * goods:.0f} ms in {products[-1][1]} queries",
            f"Earlier rows of its timeline: {1000 * later:.0f} ms in {more[-1][1]} queries",
        ],
        "aims": [aim("customer page, first screen", screen, FIRST_SCREEN)],
    }


def _gather(env):
    """:return: id of the customer, and how many documents they have"""
    env.cr.execute(
        """SELECT commercial_partner_id FROM res_partner p
            WHERE EXISTS (SELECT FROM customer_value_score s WHERE s.partner_id = p.id AND s.company_id = %s)
            ORDER BY id LIMIT 1""",
        (env.company.id,),
    )
    [customer] = env.cr.fetchone()
    count = 0
    # no one of them is written: the documents change hands where their customer stands, and back when it is over
    for table, columns, condition in (
        ("sale_order", ("partner_id", "value_customer_id"), "state = 'sale'"),
        ("account_move", ("partner_id", "commercial_partner_id"), "move_type = 'out_invoice' AND state = 'posted'"),
    ):
        values = ", ".join(f"{column} = {customer}" for column in columns)
        env.cr.execute(
            f"""UPDATE {table} SET {values} WHERE id IN (
                    SELECT id FROM {table} WHERE company_id = %s AND {condition} ORDER BY id DESC LIMIT %s)""",
            (env.company.id, DOCUMENTS // 2),
        )
        count += env.cr.rowcount
    env.cr.execute("ANALYZE sale_order, account_move")
    env.invalidate_all()
    return customer, count


def _look(env, function):
    """:return: seconds and queries, with nothing of it known before"""
    env.invalidate_all()
    before, began = env.cr.sql_log_count, time.monotonic()
    function()
    return time.monotonic() - began, env.cr.sql_log_count - before
