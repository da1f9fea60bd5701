"""What confirming an order and posting an invoice cost, of so many each: called with the addon and without it.

The documents are those that users make: some lines each, of products and customers that the database has, in a
transaction of their own.
"""

import statistics
import time

DOCUMENTS = 60
WARM = 10
LINES = 3


def measure(env):
    """Make quotations and draft invoices, confirm and post them one by one. Commits.

    :return: dict of the medians ``order`` and ``invoice``, in seconds with the commit
    """
    env = env(user=env.ref("base.user_admin").id)
    # a coupon for the next order is printed and sent at once, which would be most of what is measured
    env["loyalty.program"].search([]).active = False
    customers = _sample(env, WARM + DOCUMENTS)
    products = env["product.product"].search([("sale_ok", "=", True), ("list_price", ">", 0)], limit=LINES, order="id")
    if not products:
        products = env["product.product"].create(
            [{"name": f"Article {number}", "list_price": 10 * number} for number in range(1, LINES + 1)]
        )
    orders = env["sale.order"].create(
        [
            {
                "partner_id": customer.id,
                "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1}) for product in products],
            }
            for customer in customers
        ]
    )
    invoices = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_line_ids": [
                    (0, 0, {"product_id": product.id, "quantity": 1, "price_unit": 10.0, "tax_ids": []})
                    for product in products
                ],
            }
            for customer in customers
        ]
    )
    env.cr.commit()
    return {
        "order": _each(env, orders, lambda order: order.action_confirm()),
        "invoice": _each(env, invoices, lambda invoice: invoice.action_post()),
    }


def _sample(env, count):
    env.cr.execute(
        "SELECT id FROM res_partner WHERE customer_rank > 0 AND commercial_partner_id = id AND active"
        " ORDER BY hashint4(id) LIMIT %s",
        (count,),
    )
    return env["res.partner"].browse(row[0] for row in env.cr.fetchall())


def _each(env, records, function):
    taken = []
    for record in records:
        # as a request of its user has it: by itself, in a transaction where nothing is known yet
        with env.registry.cursor() as cr:
            record = record.with_env(env(cr=cr)).browse(record.id)
            began = time.perf_counter()
            function(record)
            record.env.flush_all()
            cr.commit()
            taken.append(time.perf_counter() - began)
    return statistics.median(taken[WARM:])
