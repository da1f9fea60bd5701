from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date
from odoo.tools.misc import formatLang

from ...analytics.scoring.customers import books_sql
from ..core.together import Search, read_together
from ..scoring.customer_value_source import Scope

PRODUCTS = 15
SUGGESTIONS = 3


class CustomerPage(models.AbstractModel):
    """What a customer buys, and what they might buy."""

    _inherit = "customer.page"

    @api.model
    def _get_all_products(self, customer):
        """:return: dict of ``products`` and ``suggestions``, see ``res.partner.get_cross_sell``"""
        company = self.env.company
        return {
            "products": self._get_products(customer, company),
            "suggestions": customer.get_cross_sell(company.id, limit=SUGGESTIONS)["suggestions"],
        }

    @api.model
    def _get_products(self, customer, company):
        """What the customer buys: last price and day, how often, their usual gap, whether it is due again, and how much
        of it came back. Quantities and prices are those of the unit of the product.
        """
        if not self.env["sale.order"].has_access("read"):
            return []
        rows = self._find_products(customer, company)
        # sudo: an archived product, or one of another company, may stand in an old order
        Product = self.env["product.product"].sudo().with_context(active_test=False)
        names = ("*", "product_template_attribute_value_ids", "product_tmpl_id.*", "product_tmpl_id.uom_id.name")
        currencies = Search(
            self.env["res.currency"].sudo().with_context(active_test=False), [("id", "in", [r[2] for r in rows])]
        )
        [bought, _currencies] = read_together(
            self.env, [Search(Product, [("id", "in", [row[0] for row in rows])], names), currencies]
        )
        found = {product.id: product for product in bought}
        today = company._get_value_today()
        return [self._describe_product(found[number], today, *rest) for number, *rest in rows]

    @api.model
    def _find_products(self, customer, company):
        """:return: list of id of the product, last price and its currency, first and last day, number of days, quantity
        and how much of it came back; the latest first
        """
        Order = self.env["sale.order"]
        orders = Order._search(
            customer._get_orders_domain()
            & Domain("company_id", "in", company._get_value_books().ids)
            & Domain("state", "=", "sale")
            & Domain("value_is_purchase", "=", True)
        )
        tills = self._tills_sql(customer, company)
        lines, back = SQL(), SQL()
        if tills:
            lines = SQL(
                """UNION ALL
                            SELECT till.product_id, till.quantity, till.amount, %s, till.moment, till.day, till.id
                              FROM till WHERE till.is_bought""",
                company.currency_id.id,
            )
            back = SQL("UNION ALL SELECT till.product_id, -till.quantity FROM till WHERE till.quantity < 0")
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                WITH %(till)s mine AS MATERIALIZED (
                    SELECT so.id, so.date_order, so.currency_id, %(day)s AS day
                      FROM sale_order so WHERE so.id IN %(orders)s
                ),
                %(returned)s,
                bought AS (
                    SELECT line.product_id,
                           (array_agg(line.amount / line.quantity ORDER BY line.moment DESC, line.id DESC))[1] AS price,
                           (array_agg(line.currency ORDER BY line.moment DESC, line.id DESC))[1] AS currency,
                           min(line.day) AS first, max(line.day) AS last, count(DISTINCT line.day) AS days,
                           sum(line.quantity) AS quantity
                      FROM (SELECT line.product_id, line.product_uom_qty * unit.factor::numeric AS quantity,
                                   line.price_subtotal AS amount, mine.currency_id AS currency,
                                   mine.date_order AS moment, mine.day, line.id
                              FROM sale_order_line line
                              JOIN mine ON mine.id = line.order_id
                              JOIN uom_uom unit ON unit.id = line.product_uom_id
                             -- an array, or all lines there are would be read for the orders of one customer
                             WHERE line.order_id = ANY(ARRAY(SELECT id FROM mine))
                               AND line.product_id IS NOT NULL AND line.display_type IS NULL
                               AND line.is_downpayment IS NOT TRUE AND line.product_uom_qty > 0
                            %(lines)s) line
                     GROUP BY line.product_id
                     ORDER BY last DESC, days DESC, line.product_id
                     LIMIT %(limit)s
                )
                SELECT bought.product_id, bought.price * own.factor::numeric, bought.currency, bought.first,
                       bought.last, bought.days,
                       bought.quantity / own.factor::numeric, COALESCE(back.quantity, 0) / own.factor::numeric
                  FROM bought
                  JOIN product_product pp ON pp.id = bought.product_id
                  JOIN product_template pt ON pt.id = pp.product_tmpl_id
                  JOIN uom_uom own ON own.id = pt.uom_id
                  LEFT JOIN (SELECT product_id, sum(quantity) AS quantity
                               FROM (SELECT product_id, quantity FROM back %(back)s) back GROUP BY product_id) back
                         ON back.product_id = bought.product_id
                 ORDER BY bought.last DESC, bought.days DESC, bought.product_id
                """,
                day=Scope.make(company, company._get_value_today(), 0).day(SQL("so.date_order")),
                orders=orders.subselect(),
                returned=self._returned_sql(customer, company),
                limit=PRODUCTS,
                till=SQL("till AS MATERIALIZED (%s),", tills) if tills else SQL(),
                lines=lines,
                back=back,
            )
        )

    @api.model
    def _tills_sql(self, customer, company):
        """What the customer bought and took back at tills, of orders that the reader may read, in reference units.

        :return: SQL, see ``_till_goods_sql``; None where there are no tills, or the reader may not read their orders
        """
        Source = self.env["customer.value.source"]
        if not Source._may_open_tills():
            return None
        readable = self.env["pos.order"]._search([("partner_id.commercial_partner_id", "=", customer.id)])
        return SQL(
            """SELECT sold.id, sold.moment, sold.day, sold.product_id, sold.amount, sold.is_bought,
                      sold.quantity::numeric * unit.factor::numeric AS quantity
                 FROM (%s) sold
                 JOIN product_product pp ON pp.id = sold.product_id
                 JOIN product_template pt ON pt.id = pp.product_tmpl_id
                 JOIN uom_uom unit ON unit.id = pt.uom_id
                WHERE sold.order_id IN %s""",
            Source._till_goods_sql(Scope.make(company, company._get_value_today(), 0, customer)),
            readable.subselect(),
        )

    @api.model
    def _describe_product(self, product, today, price, currency, first, last, days, quantity, returned):
        """:return: dict of what the page shows of a product; for the other parameters see ``_find_products``"""
        gap = round((last - first).days / (days - 1)) if days > 2 else 0
        due = last + timedelta(days=gap) if gap else None
        status = ""
        if due and today > last + timedelta(days=3 * gap):
            status = "gone"
        elif due and today >= due:
            status = "due"
        return {
            "id": product.id,
            "name": product.display_name,
            "price": self.env["res.currency"].browse(currency).format(price),
            "last": format_date(self.env, last),
            "days": days,
            "quantity": float(quantity),
            "quantity_text": self._format_quantity(product, quantity),
            "returned": float(returned),
            "returned_text": self._format_quantity(product, returned) if returned else "",
            "gap": gap,
            "due": format_date(self.env, due) if due else "",
            "status": status,
        }

    @api.model
    def _format_quantity(self, product, quantity):
        number = formatLang(self.env, quantity, digits=0 if quantity == int(quantity) else 2)
        return f"{number} {product.uom_id.name}"

    @api.model
    def _returned_sql(self, customer, company):
        """Common table expressions up to ``back``: ``product_id`` and ``quantity`` (reference unit) of what came back
        of the orders of ``mine``, which the reader may read.

        Goods came back where a delivery says so; where nothing tells of deliveries, and of services, what was credited.
        Few documents say so: they are found first, since a planner that sees many orders would begin with these.
        """
        has_moves = self._has_deliveries()
        expressions = [
            SQL(
                """
                refund AS MATERIALIZED (
                    SELECT aml.id, aml.product_id, aml.quantity * unit.factor::numeric AS quantity
                      FROM account_move am
                      JOIN account_move_line aml ON aml.move_id = am.id AND aml.display_type = 'product'
                      JOIN uom_uom unit ON unit.id = aml.product_uom_id
                      JOIN product_product pp ON pp.id = aml.product_id
                      JOIN product_template pt ON pt.id = pp.product_tmpl_id AND %(kinds)s
                     WHERE am.commercial_partner_id = %(customer)s AND am.company_id = %(company)s
                       AND am.state = 'posted' AND am.move_type = 'out_refund'
                )
                """,
                kinds=SQL("pt.type <> 'consu'") if has_moves else SQL("TRUE"),
                customer=customer.id,
                company=books_sql(company._get_value_books().ids),
            )
        ]
        back = SQL(
            """
            SELECT refund.product_id, refund.quantity FROM refund
             WHERE EXISTS (SELECT FROM sale_order_line_invoice_rel rel
                             JOIN sale_order_line line ON line.id = rel.order_line_id
                            WHERE rel.invoice_line_id = refund.id AND line.order_id IN (SELECT id FROM mine)
                           -- not joined, or the invoices of all of their orders would be looked up
                           OFFSET 0)
            """
        )
        if has_moves:
            expressions.append(
                SQL(
                    """
                    arrived AS MATERIALIZED (
                        SELECT move.sale_line_id, move.product_id, move.quantity * unit.factor::numeric AS quantity
                          FROM stock_picking picking
                          JOIN stock_picking_type kind ON kind.id = picking.picking_type_id AND kind.code = 'incoming'
                          JOIN stock_move move ON move.picking_id = picking.id AND move.state = 'done'
                          JOIN uom_uom unit ON unit.id = move.product_uom
                         WHERE picking.company_id = %s AND picking.state = 'done' AND picking.partner_id IN (
                               SELECT id FROM res_partner WHERE commercial_partner_id = %s)
                    )
                    """,
                    books_sql(company._get_value_books().ids),
                    customer.id,
                )
            )
            back = SQL(
                """
                %s UNION ALL
                SELECT arrived.product_id, arrived.quantity
                  FROM arrived
                  JOIN sale_order_line line ON line.id = arrived.sale_line_id
                  JOIN mine ON mine.id = line.order_id
                """,
                back,
            )
        return SQL(", ").join([*expressions, SQL("back AS (%s)", back)])
