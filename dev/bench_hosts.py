"""What confirming an order and posting an invoice cost: a process with the addon and one without it, in turn.

The documents are those that users make: some lines each, of products and customers that the database has, in a
transaction of their own. Whoever measures asks for them one by one, on the input: on a machine that others use as well,
two documents made right after one another can be compared, and two rounds of sixty cannot.
"""

import json
import sys
import time

LINES = 3
STEPS = {"order": ("sale.order", "action_confirm"), "invoice": ("account.move", "action_post")}


def measure(env):
    """Make as many quotations and draft invoices as the first line of the input says, and print ``[]``.

    Then, for each line ``order`` or ``invoice``, confirm or post one, and print a list of the seconds with the commit.
    """
    env = env(user=env.ref("base.user_admin").id)
    documents = _prepare(env, int(sys.stdin.readline()))
    print("[]", flush=True)
    for line in sys.stdin:
        model, method = STEPS[line.strip()]
        seconds = _one(env, model, documents[line.strip()].pop(), method)
        print(json.dumps([seconds]), flush=True)
    return {}


def _prepare(env, count):
    """:return: dict of ids of drafts, ``count`` of each of STEPS. Commits."""
    # a coupon for the next order is printed and sent at once, which would be most of what is measured
    env["loyalty.program"].search([]).active = False
    customers = _sample(env, count)
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
    return {"order": orders.ids, "invoice": invoices.ids}


def _sample(env, count):
    env.cr.execute(
        "SELECT id FROM res_partner WHERE customer_rank > 0 AND commercial_partner_id = id AND active"
        " ORDER BY hashint4(id) LIMIT %s",
        (count,),
    )
    return env["res.partner"].browse(row[0] for row in env.cr.fetchall())


def _one(env, model, record_id, method):
    # as a request of its user has it: by itself, in a transaction where nothing is known yet
    with env.registry.cursor() as cr:
        record = env(cr=cr)[model].browse(record_id)
        began = time.perf_counter()
        getattr(record, method)()
        record.env.flush_all()
        cr.commit()
        return time.perf_counter() - began
