"""What a purchase is, as SQL: the one rule, for every figure that counts orders, days with orders, or buyers.

A confirmed order is a purchase unless nothing on it has a price: goods sent again for nothing, a sample, what a
warranty covers. They cost margin like others, and nobody has bought anything. What is paid with a gift card, an eWallet
or points was bought, though the order comes to nothing; and so was what is delivered at a price without having been
ordered.
"""

from odoo.tools import SQL

from .charged import UNORDERED_SQL

# Whether a line has a price that somebody pays; ``{line}`` is an alias and a dot.
PRICED_SQL = (
    "({line}price_subtotal > 0 OR "
    f"{UNORDERED_SQL} AND {{line}}is_downpayment IS NOT TRUE AND {{line}}price_unit > 0 AND {{line}}discount < 100)"
)

# What the rule reads of orders, by model.
READ = {
    "sale.order": ("amount_untaxed",),
    "sale.order.line": (
        "order_id",
        "price_subtotal",
        "product_uom_qty",
        "qty_delivered",
        "is_downpayment",
        "price_unit",
        "discount",
    ),
}


def is_purchase_sql(order="so"):
    """Condition on a confirmed order.

    Lines are asked only of orders that come to nothing. ``LIMIT`` has them looked up: the planner would read those of
    all orders for it.

    :param str order: alias of ``sale_order``, with ``id`` and ``amount_untaxed``
    """
    return _priced_sql(
        SQL.identifier(order, "amount_untaxed"),
        SQL(
            "SELECT 1 FROM sale_order_line priced WHERE priced.order_id = %s AND %s",
            SQL.identifier(order, "id"),
            SQL(PRICED_SQL.format(line="priced.")),
        ),
    )


def is_invoiced_purchase_sql(move="am"):
    """The same of what was sold by an invoice alone.

    :param str move: alias of ``account_move``
    """
    return _priced_sql(
        SQL.identifier(move, "amount_untaxed_signed"),
        SQL(
            "SELECT 1 FROM account_move_line priced"
            " WHERE priced.move_id = %s AND priced.display_type = 'product' AND priced.price_subtotal > 0",
            SQL.identifier(move, "id"),
        ),
    )


def _priced_sql(amount, lines):
    return SQL("(%s <> 0 OR (%s LIMIT 1) IS NOT NULL)", amount, lines)
