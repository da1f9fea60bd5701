from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date
from odoo.tools.misc import formatLang

PRODUCTS = 15
SUGGESTIONS = 3

# What one of the ``unit`` of a line is in the product's ``own`` one.
PER_UNIT = SQL("(unit.factor / own.factor)::numeric")


class CustomerPage(models.AbstractModel):
    """What a customer buys, and what they might buy."""

    _inherit = "customer.page"

    @api.model
    def _get_products(self, customer, company):
        """What the customer buys: last price and day, how often, their usual gap, whether it is due again, and how much
        of it came back. Quantities are in the unit of the product.
        """
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return []
        orders = Order._search(
            Domain("value_customer_id.commercial_partner_id", "=", customer.id)
            & Domain("company_id", "=", company.id)
            & Domain("state", "=", "sale")
        )
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH bought AS (
                    SELECT line.product_id,
                           (array_agg(line.price_subtotal / line.product_uom_qty
                                      ORDER BY so.date_order DESC, line.id DESC))[1] AS price,
                           (array_agg(so.currency_id ORDER BY so.date_order DESC, line.id DESC))[1] AS currency,
                           min(day.day) AS first, max(day.day) AS last, count(DISTINCT day.day) AS days,
                           sum(line.product_uom_qty * %(per_unit)s) AS quantity
                      FROM sale_order so
                      JOIN sale_order_line line ON line.order_id = so.id
                      JOIN uom_uom unit ON unit.id = line.product_uom_id
                      JOIN product_product pp ON pp.id = line.product_id
                      JOIN product_template pt ON pt.id = pp.product_tmpl_id
                      JOIN uom_uom own ON own.id = pt.uom_id
                     CROSS JOIN LATERAL (
                            SELECT (so.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day) day
                     WHERE so.id IN %(orders)s AND line.display_type IS NULL
                       AND line.is_downpayment IS NOT TRUE AND line.product_uom_qty > 0
                     GROUP BY line.product_id
                     ORDER BY last DESC, days DESC, line.product_id
                     LIMIT %(limit)s
                )
                SELECT bought.*, COALESCE(back.quantity, 0)
                  FROM bought
                  LEFT JOIN (%(returned)s) back ON back.product_id = bought.product_id
                 ORDER BY bought.last DESC, bought.days DESC, bought.product_id
                """,
                zone=company._get_value_zone(),
                orders=orders.subselect(),
                returned=self._returned_sql(customer, company, orders),
                per_unit=PER_UNIT,
                limit=PRODUCTS,
            )
        )
        today = company._get_value_today()
        # sudo: an archived product, or one of another company, may stand in an old order
        found = {product.id: product for product in self.env["product.product"].sudo().browse(r[0] for r in rows)}
        products = []
        for number, price, currency, first, last, days, quantity, returned in rows:
            gap = round((last - first).days / (days - 1)) if days > 2 else 0
            due = last + timedelta(days=gap) if gap else None
            status = ""
            if due and today > last + timedelta(days=3 * gap):
                status = "gone"
            elif due and today >= due:
                status = "due"
            product = found[number]
            products.append(
                {
                    "id": number,
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
            )
        return products

    @api.model
    def _format_quantity(self, product, quantity):
        number = formatLang(self.env, quantity, digits=0 if quantity == int(quantity) else 2)
        return f"{number} {product.uom_id.name}"

    @api.model
    def _returned_sql(self, customer, company, orders):
        """Query of ``product_id`` and ``quantity`` (unit of the product): what of these orders came back.

        Goods came back where a delivery says so; where nothing tells of deliveries, and of services, what was credited.

        :param Query orders: those that the reader may read
        """
        has_moves = "stock.move" in self.env and "sale_line_id" in self.env["stock.move"]._fields
        credited = SQL(
            """
            SELECT aml.product_id, aml.quantity * %(per_unit)s AS quantity
              FROM account_move am
              JOIN account_move_line aml ON aml.move_id = am.id AND aml.display_type = 'product'
              JOIN uom_uom unit ON unit.id = aml.product_uom_id
              JOIN product_product pp ON pp.id = aml.product_id
              JOIN product_template pt ON pt.id = pp.product_tmpl_id AND %(kinds)s
              JOIN uom_uom own ON own.id = pt.uom_id
             WHERE am.commercial_partner_id = %(customer)s AND am.company_id = %(company)s
               AND am.state = 'posted' AND am.move_type = 'out_refund'
               AND EXISTS (SELECT FROM sale_order_line_invoice_rel rel
                             JOIN sale_order_line line ON line.id = rel.order_line_id
                            WHERE rel.invoice_line_id = aml.id AND line.order_id IN %(orders)s)
            """,
            per_unit=PER_UNIT,
            kinds=SQL("pt.type <> 'consu'") if has_moves else SQL("TRUE"),
            customer=customer.id,
            company=company.id,
            orders=orders.subselect(),
        )
        queries = [credited]
        if has_moves:
            queries.append(
                SQL(
                    """
                    SELECT move.product_id, move.quantity * %(per_unit)s
                      FROM stock_picking picking
                      JOIN stock_picking_type kind ON kind.id = picking.picking_type_id AND kind.code = 'incoming'
                      JOIN stock_move move ON move.picking_id = picking.id AND move.state = 'done'
                      JOIN sale_order_line line ON line.id = move.sale_line_id AND line.order_id IN %(orders)s
                      JOIN uom_uom unit ON unit.id = move.product_uom
                      JOIN product_product pp ON pp.id = move.product_id
                      JOIN product_template pt ON pt.id = pp.product_tmpl_id
                      JOIN uom_uom own ON own.id = pt.uom_id
                     WHERE picking.company_id = %(company)s AND picking.state = 'done'
                       AND picking.partner_id IN (SELECT id FROM res_partner WHERE commercial_partner_id = %(customer)s)
                    """,
                    per_unit=PER_UNIT,
                    customer=customer.id,
                    company=company.id,
                    orders=orders.subselect(),
                )
            )
        return SQL(
            "SELECT product_id, sum(quantity) AS quantity FROM (%s) back GROUP BY product_id",
            SQL(" UNION ALL ").join(queries),
        )

    @api.model
    def _get_suggestions(self, customer, company):
        """What customers like this one buy and this one does not, see ``res.partner.get_cross_sell``."""
        return customer.get_cross_sell(company.id, limit=SUGGESTIONS)["suggestions"]
