"""What the documents about order lines have changed in what the lines earn, as SQL.

An order line earns the margin of what was delivered, or of what was ordered where that is what is invoiced. Invoices
and credit notes change this in three ways only: they charge another price than the order says, they take back a part,
or they give back what an earlier one had taken.
"""

from odoo.tools import SQL

# How much of the lowest price charged a credit note has to reach to be about goods, not about their price. Less than
# one for the sake of rounding.
SAME_PRICE = 0.995

# Journal items that can be a loss that was written off, as an index holds them. Nothing that customers buy or owe is
# among them, which is nearly all there is.
LOSSES_SQL = (
    "{line}balance > 0 AND {line}parent_state = 'posted' AND {line}display_type NOT IN ('payment_term', 'cogs')"
)

# The unit price of an order line, and whether its invoices differ from it: 1, or null where they do not. By columns of
# the line alone, so that an index can hold the lines that differ; ``{line}`` is an alias and a dot, or nothing. Where
# nothing was ordered, the price may include taxes: such lines are followed, although their invoices say the same.
PRICE_SQL = (
    "CASE WHEN {line}product_uom_qty = 0 THEN {line}price_unit * (1 - {line}discount / 100)"
    " ELSE {line}price_subtotal / {line}product_uom_qty END"
)
DIFFERING_SQL = (
    f"CASE WHEN abs({{line}}untaxed_amount_invoiced - ({PRICE_SQL}) * {{line}}qty_invoiced) > 0.01"
    " OR ({line}state <> 'sale' AND {line}invoice_status IS NOT NULL AND {line}qty_invoiced <> 0) THEN 1 END"
)

# What was delivered without being ordered: goods added to a delivery, expenses that are invoiced. ``{line}`` as above.
UNORDERED_SQL = "({line}product_uom_qty = 0 AND {line}qty_delivered <> 0)"


def untaxed_sql(amount):
    """``amount`` of ``sale_order_line sol`` without the taxes that its prices include.

    Odoo says it with the subtotal, but that is nothing where nothing was ordered, or all of it is given away. It takes
    off taxes that are a percentage, those of groups too.
    """
    return SQL(
        """%s / (1 + COALESCE((
                SELECT sum(tax.amount)
                  FROM account_tax_sale_order_line_rel rel
                  LEFT JOIN account_tax_filiation_rel part ON part.parent_tax = rel.account_tax_id
                  JOIN account_tax tax ON tax.id = COALESCE(part.child_tax, rel.account_tax_id)
                  JOIN res_company company ON company.id = tax.company_id
                 WHERE rel.sale_order_line_id = sol.id AND tax.amount_type = 'percent'
                   AND COALESCE(tax.price_include_override, company.account_price_include) = 'tax_included'), 0) / 100)
        """,
        amount,
    )


def _price_sql():
    """The untaxed unit price of ``sale_order_line sol``."""
    return SQL(
        "CASE WHEN sol.product_uom_qty = 0 THEN %s ELSE sol.price_subtotal / sol.product_uom_qty END",
        untaxed_sql(SQL("(sol.price_unit * (1 - sol.discount / 100))")),
    )


def on_delivery_sql():
    """Lines of ``sale_order_line sol`` that earn by what was delivered; needs ``product_template pt``."""
    return SQL("(pt.invoice_policy = 'delivery' AND pt.type <> 'service')")


def earned_sql(money):
    """What a line of a confirmed order earns by itself, in the currency of the order.

    The margin that a line says is that of what was ordered: where nothing was, it does not follow what is delivered.

    :param SQL money: whether the line is about a means of payment
    """
    return SQL(
        """CASE WHEN sol.is_downpayment OR %(money)s THEN 0
                WHEN %(unordered)s THEN sol.qty_delivered * (%(price)s - sol.purchase_price::numeric)
                WHEN %(on_delivery)s AND sol.product_uom_qty <> 0
                THEN sol.margin / sol.product_uom_qty * sol.qty_delivered
                ELSE sol.margin END""",
        money=money,
        unordered=unordered_sql(),
        price=_price_sql(),
        on_delivery=on_delivery_sql(),
    )


def unordered_sql():
    """Lines of ``sale_order_line sol`` of which more was delivered than the nothing that was ordered."""
    return SQL(UNORDERED_SQL.format(line="sol."))


def changes_sql(scope, money, invoices, debit_note):
    """What documents changed: ``partner_id``, ``day``, ``line_id``, ``move_id``, ``earned``, ``returned``, in company
    currency.

    Amounts are converted at the rate of the order, so that an exchange difference is nobody's margin. Each line is
    followed through its documents in their order. At any moment it has earned

        charged - price x invoiced + unit margin x kept,

    where what is invoiced are quantities, and what is kept is the quantity due less what was taken back: the most
    that had been invoiced less what is invoiced now. A credit note below the price charged is about the price, and has
    no quantity, unless more is invoiced than is due: then it is about what is too much. Goods come back once: what is
    credited beyond all that was invoiced (or due, where nothing was) is given away. A debit note below the price of the
    order is about the price.
    Each document counts by what it changes in this, on its own day or that of the order, whichever is later.

    :param Scope scope: whose orders, up to when
    :param SQL money: whether ``sol`` is about a means of payment
    :param SQL invoices: condition on ``account_move am``, without a beginning
    :param SQL debit_note: whether ``account_move am`` charges more for what another invoice is about
    """
    return SQL(
        """
        SELECT partner_id, day, line_id, move_id,
               earned - lag(earned, 1, CASE WHEN confirmed THEN side * due * unit_margin ELSE 0 END) OVER line
               AS earned,
               side * price * (back - lag(back, 1, 0) OVER line) AS returned
          FROM (
                SELECT *, charged - side * price * invoiced
                          + side * unit_margin * (due - GREATEST(0, max(LEAST(invoiced, due)) OVER line)
                                                  + GREATEST(LEAST(invoiced, due), least)) AS earned,
                       GREATEST(0, max(LEAST(invoiced, due_at_most)) OVER line) - LEAST(invoiced, due_at_most) AS back
                  FROM (
                        SELECT *, sum(amount) OVER line AS charged,
                               GREATEST(sum(quantity) OVER line,
                                        LEAST(COALESCE(sum(quantity) FILTER (WHERE NOT about_price) OVER line, 0), due),
                                        LEAST(due, least)
                                       ) AS invoiced
                          FROM (
                                SELECT *, quantity < 0 AND side * amount / NULLIF(quantity, 0) < %(same)s * COALESCE(
                                           min(side * amount / quantity) FILTER (WHERE quantity > 0) OVER line, price
                                       ) AS about_price,
                                       CASE WHEN count(*) FILTER (WHERE quantity > 0) OVER line = 0
                                            THEN -GREATEST(due, 0) ELSE 0 END AS least
                                  FROM (
                                        SELECT *, CASE WHEN is_debit_note AND side * amount < %(same)s * price * stated
                                                       THEN 0 ELSE stated END AS quantity
                                          FROM (%(documents)s) document
                                       ) document
                                WINDOW line AS (PARTITION BY line_id ORDER BY day, move_id, item_id)
                               ) document
                        WINDOW line AS (PARTITION BY line_id ORDER BY day, move_id, item_id)
                       ) document
                WINDOW line AS (PARTITION BY line_id ORDER BY day, move_id, item_id)
               ) document
        WINDOW line AS (PARTITION BY line_id ORDER BY day, move_id, item_id)
        """,
        same=SAME_PRICE,
        documents=_documents_sql(scope, money, invoices, debit_note),
    )


def _documents_sql(scope, money, invoices, debit_note):
    """Invoice lines of the order lines to be followed, each with the quantity it states, in the unit of the order line.

    Quantities count in the direction of the order line, which ``side`` gives: that of goods taken back is negative. A
    line of an invoice about several order lines is divided by their amounts.
    """
    return SQL(
        """
        SELECT followed.*, aml.id AS item_id, am.id AS move_id, GREATEST(am.invoice_date, followed.ordered) AS day,
               followed.side * CASE WHEN am.move_type = 'out_refund' THEN -1 ELSE 1 END * aml.quantity
               * COALESCE(unit.factor / NULLIF(ordered_unit.factor, 0), 1) AS stated, %(debit_note)s AS is_debit_note,
               -CASE WHEN aml.currency_id = followed.currency_id THEN aml.amount_currency / followed.rate
                     ELSE aml.balance END
               * COALESCE(followed.subtotal / NULLIF(sum(followed.subtotal) OVER (PARTITION BY aml.id), 0),
                          1.0 / count(*) OVER (PARTITION BY aml.id)) AS amount
          FROM (%(followed)s) followed
         CROSS JOIN LATERAL (
                SELECT rel.invoice_line_id FROM sale_order_line_invoice_rel rel
                 WHERE rel.order_line_id = followed.line_id OFFSET 0
               ) rel
          JOIN account_move_line aml ON aml.id = rel.invoice_line_id AND aml.display_type = 'product'
          JOIN account_move am ON am.id = aml.move_id
          LEFT JOIN uom_uom unit ON unit.id = aml.product_uom_id
          LEFT JOIN uom_uom ordered_unit ON ordered_unit.id = followed.product_uom_id
         WHERE %(invoices)s
        """,
        followed=_followed_sql(scope, money),
        invoices=invoices,
        debit_note=debit_note,
    )


def _followed_sql(scope, money):
    """Order lines whose documents say something that the order does not.

    These are lines that were credited, lines invoiced at another price, and lines of orders that no longer stand. The
    many others need not be followed.
    """
    return SQL(" UNION ALL ").join(
        _followed_among_sql(scope, money, lines, holds) for lines, holds in _candidates_sql(scope)
    )


def _followed_among_sql(scope, money, lines, holds):
    """:param lines: and ``holds``, see ``_candidates_sql``"""
    return SQL(
        """
        SELECT sol.id AS line_id, rp.commercial_partner_id AS partner_id, %(day)s AS ordered,
               so.state = 'sale' AS confirmed, so.currency_id, sol.product_uom_id, sol.price_subtotal AS subtotal,
               terms.side, terms.rate, terms.price / terms.rate AS price,
               (terms.price - sol.purchase_price::numeric) / terms.rate AS unit_margin,
               terms.side * CASE WHEN %(on_delivery)s THEN sol.qty_delivered
                                 WHEN so.state = 'sale' THEN COALESCE(NULLIF(sol.product_uom_qty, 0), sol.qty_delivered)
                                 ELSE 0 END AS due,
               CASE WHEN %(on_delivery)s THEN 'Infinity'::numeric
                    WHEN so.state = 'sale'
                    THEN terms.side * COALESCE(NULLIF(sol.product_uom_qty, 0), sol.qty_delivered)
                    ELSE 0 END AS due_at_most
          FROM %(lines)s
          JOIN res_partner rp ON rp.id = so.value_customer_id
          JOIN product_product pp ON pp.id = sol.product_id
          JOIN product_template pt ON pt.id = pp.product_tmpl_id
         CROSS JOIN LATERAL (
                SELECT CASE WHEN sol.product_uom_qty < 0 THEN -1 ELSE 1 END AS side,
                       COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric AS rate,
                       %(price)s AS price
               ) terms
         WHERE so.company_id = %(company)s AND so.date_order < %(until)s AND %(among)s
           AND sol.display_type IS NULL AND sol.is_downpayment IS NOT TRUE AND NOT %(money)s AND %(holds)s
        """,
        price=_price_sql(),
        lines=lines,
        holds=holds,
        company=scope.books,
        until=scope.until,
        day=scope.day(SQL("so.date_order")),
        among=scope.among(SQL("rp.commercial_partner_id")),
        on_delivery=on_delivery_sql(),
        money=money,
    )


def _candidates_sql(scope):
    """Order lines to be followed, and perhaps some that are not.

    Of everybody or many, the others are not even read: an index holds the lines that differ, and credit notes are few
    among invoices. Of some customers it is sooner to go through their orders, and of these through the few that are
    marked for credit notes. ``OFFSET 0`` and ``LIMIT`` have what hangs on credit notes and orders looked up by index:
    the planner takes it for more than it is, and would read all lines and orders for it. ``ORDER BY`` has looked up one
    after the other what was written so: pages and ends of indexes are then in the processor's cache. A ``CASE`` is
    taken to hold for every other row.

    :return: list of tuples of SQL: the tables ``sol`` and ``so``, and a condition; no line is in two of them
    """
    differing = SQL(DIFFERING_SQL.format(line="sol."))
    if scope.by_customer:
        return [(_looked_up_sql(_candidates_of_some_sql(scope, differing)), SQL("TRUE"))]
    credited = SQL(
        """
        SELECT line.order_line_id AS line_id
          FROM (SELECT am.id FROM account_move am
                 WHERE am.move_type = 'out_refund' AND am.state = 'posted' ORDER BY am.id) am
         CROSS JOIN LATERAL (
                SELECT rel.order_line_id
                  FROM account_move_line aml
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = aml.id
                 WHERE aml.move_id = am.id OFFSET 0
               ) line
        """
    )
    return [
        (SQL("sale_order_line sol JOIN sale_order so ON so.id = sol.order_id"), SQL("%s IS NOT NULL", differing)),
        (
            _looked_up_sql(SQL("SELECT DISTINCT line_id FROM (%s) credited ORDER BY line_id", credited)),
            SQL("CASE WHEN %s IS NULL THEN TRUE END", differing),
        ),
    ]


def _looked_up_sql(candidates):
    """The lines and orders of ``candidates``, of which the planner expects more than there are."""
    return SQL(
        """(%s) candidate
         CROSS JOIN LATERAL (SELECT line.* FROM sale_order_line line WHERE line.id = candidate.line_id OFFSET 0) sol
         CROSS JOIN LATERAL (SELECT own.* FROM sale_order own WHERE own.id = sol.order_id OFFSET 0) so""",
        candidates,
    )


def _candidates_of_some_sql(scope, differing):
    return SQL(
        """
        SELECT sol.id AS line_id
          FROM res_partner rp
         CROSS JOIN LATERAL (
                SELECT so.id FROM sale_order so
                 WHERE so.value_customer_id = rp.id AND so.company_id = %(books)s OFFSET 0
               ) so
         CROSS JOIN LATERAL (
                SELECT sol.id FROM sale_order_line sol WHERE sol.order_id = so.id AND %(differing)s IS NOT NULL OFFSET 0
               ) sol
         WHERE %(among)s
         UNION
        SELECT sol.id
          FROM res_partner rp
         CROSS JOIN LATERAL (
                SELECT so.id
                  FROM sale_order so
                 WHERE so.value_customer_id = rp.id AND so.company_id = %(books)s AND so.value_is_credited OFFSET 0
               ) so
         CROSS JOIN LATERAL (SELECT line.id FROM sale_order_line line WHERE line.order_id = so.id OFFSET 0) sol
         WHERE %(among)s
           AND (SELECT 1
                  FROM sale_order_line_invoice_rel rel
                  JOIN account_move_line aml ON aml.id = rel.invoice_line_id
                  JOIN account_move am ON am.id = aml.move_id
                 WHERE rel.order_line_id = sol.id AND am.move_type = 'out_refund' AND am.state = 'posted'
                 LIMIT 1) IS NOT NULL
        """,
        books=scope.books,
        among=scope.among(SQL("rp.commercial_partner_id")),
        differing=differing,
    )


def written_off_sql(books, entries=None, few=False):
    """What journal entries on receivables wrote off: ``move_id``, ``day``, ``amount`` and ``credited``, in company
    currency.

    Exchange differences and taxes on a cash basis are nobody's loss. An entry that reverses another takes back what
    that one wrote off: both of its amounts are negative.

    :param SQL entries: condition on ``account_move am``: the fewer entries, the sooner it is known. Without, it depends
        on no customer and no day, so that it is computed once beside a row of each
    :param bool few: whether these are so few entries that each is asked for its losses, before its lines are looked at;
        otherwise losses are read from their index first, as entries with many lines, such as those of a payroll, take
        long to look through
    """
    earned = SQL("(aa.account_type LIKE 'expense%%' OR aa.account_type LIKE 'income%%')")
    loss = SQL("%s AND %s", earned, SQL(LOSSES_SQL.format(line="loss.")))
    if few:
        has_loss = SQL(
            """(SELECT 1 FROM account_move_line loss
                  JOIN account_account aa ON aa.id = loss.account_id
                 WHERE loss.move_id = am.id AND %s LIMIT 1) IS NOT NULL""",
            loss,
        )
    else:
        has_loss = SQL(
            """am.id IN (SELECT loss.move_id
                           FROM account_account aa
                           JOIN account_move_line loss ON loss.account_id = aa.id
                          WHERE %s OFFSET 0)""",
            loss,
        )
    lost = SQL("sum(aml.balance) FILTER (WHERE %s)", earned)
    owed = SQL("sum(aml.balance) FILTER (WHERE aa.account_type = 'asset_receivable')")
    return SQL(" UNION ALL ").join(
        SQL(
            """
            SELECT am.id AS move_id, am.date AS day, %(lost)s AS amount, -%(owed)s AS credited
              FROM account_move am
              JOIN account_move_line aml ON aml.move_id = am.id
              JOIN account_account aa ON aa.id = aml.account_id
             WHERE am.company_id = %(company)s AND am.state = 'posted' AND am.move_type = 'entry'
               AND am.tax_cash_basis_rec_id IS NULL
               AND am.id NOT IN (%(exchange)s) AND %(entries)s AND %(which)s
             GROUP BY am.id
            HAVING %(is_loss)s
            """,
            lost=lost,
            owed=owed,
            company=books,
            entries=entries or SQL("TRUE"),
            which=which,
            is_loss=is_loss,
            exchange=exchange_moves_sql(books),
        )
        for which, is_loss in (
            (SQL("am.reversed_entry_id IS NULL AND %s", has_loss), SQL("%s > 0 AND %s < 0", lost, owed)),
            (SQL("am.reversed_entry_id IS NOT NULL"), SQL("%s < 0 AND %s > 0", lost, owed)),
        )
    )


def exchange_moves_sql(books):
    """The journal entries that book exchange differences."""
    return SQL(
        "SELECT exchange_move_id FROM account_partial_reconcile WHERE exchange_move_id IS NOT NULL AND company_id = %s",
        books,
    )
