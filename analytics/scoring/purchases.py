"""What a purchase is, as SQL: the one rule, for every figure that counts orders, days with orders, or buyers.

A confirmed order is a purchase unless nothing on it has a price: goods sent again for nothing, a sample, what a
warranty covers. They cost margin like others, and nobody has bought anything. What is paid with a gift card, an eWallet
or points was bought, though the order comes to nothing; and so was what is delivered at a price without having been
ordered. An order of which all lines take goods back is a return; one that takes some in payment for others is both.

Lines are asked only of orders that do not come to more than nothing, and by a function of the database: the planner
would take what it reads for what all orders cost, beside which nothing matters, and join them in whatever way.
"""

from odoo.tools import SQL

from .charged import UNORDERED_SQL

# Whether a line has a price that somebody pays.
PRICED_SQL = (
    "(line.price_subtotal > 0 OR "
    + UNORDERED_SQL.format(line="line.")
    + " AND line.is_downpayment IS NOT TRUE AND line.price_unit > 0 AND line.discount < 100)"
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

# Name: table of the lines, column of their document, and the condition on the ``line``.
_FUNCTIONS = {
    "customer_value_order_has_price": ("sale_order_line", "order_id", PRICED_SQL),
    "customer_value_invoice_has_price": (
        "account_move_line",
        "move_id",
        "line.display_type = 'product' AND line.price_subtotal > 0",
    ),
}


def create_sql():
    """:return: list of SQL: have the functions in the database"""
    return [
        SQL(
            """
            CREATE OR REPLACE FUNCTION %s(integer) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 1 AS $$
                SELECT EXISTS (SELECT FROM %s line WHERE %s = $1 AND %s)
            $$
            """,
            SQL.identifier(name),
            SQL.identifier(table),
            SQL.identifier("line", column),
            SQL(condition),
        )
        for name, (table, column, condition) in _FUNCTIONS.items()
    ]


def drop_sql():
    """:return: list of SQL: the module is about to go"""
    return [SQL("DROP FUNCTION IF EXISTS %s(integer)", SQL.identifier(name)) for name in _FUNCTIONS]


def is_purchase_sql(order="so"):
    """Condition on a confirmed order.

    :param str order: alias of ``sale_order``, with ``id`` and ``amount_untaxed``
    """
    return SQL(
        "(%s > 0 OR customer_value_order_has_price(%s))",
        SQL.identifier(order, "amount_untaxed"),
        SQL.identifier(order, "id"),
    )


def is_invoiced_purchase_sql(move="am"):
    """The same of what was sold by an invoice alone.

    :param str move: alias of ``account_move``
    """
    return SQL(
        "(%s <> 0 OR customer_value_invoice_has_price(%s))",
        SQL.identifier(move, "amount_untaxed_signed"),
        SQL.identifier(move, "id"),
    )
