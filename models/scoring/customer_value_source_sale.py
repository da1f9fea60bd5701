from odoo import api, models
from odoo.tools import SQL

from .customer_value_source import Metric


class CustomerValueSource(models.AbstractModel):
    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "recency_days": Metric("sale", self.env._("Days since last order"), "days", "lower", additive=False),
            "tenure_days": Metric("sale", self.env._("Days since first order"), "days", additive=False),
            "order_count": Metric("sale", self.env._("Number of orders"), "count"),
            "average_order": Metric("sale", self.env._("Average order"), "money", additive=False),
            "discount_share": Metric("sale", self.env._("Average discount"), "percent", "lower", additive=False),
        }

    @api.model
    def _source_sale(self, scope, metrics):
        """Confirmed orders, untaxed, at the exchange rate of the order's date.

        Besides the metrics it yields what lifecycle and margin are made of: ``first_order``, ``last_order`` and
        ``previous_order`` (days; the last day with an order before that of the last one), ``order_days`` (number of
        different days with orders), ``sales_recent`` and ``sales_earlier`` (halves of the window) and ``order_margin``,
        also as ``order_margin_<span>`` of each span.
        """
        spans = SQL().join(
            SQL(
                ", sum(orders.margin) FILTER (WHERE %s) AS %s",
                span.holds(SQL("orders.day")),
                SQL.identifier(span.column("order_margin")),
            )
            for span in scope.spans
        )
        discount = SQL()
        discount_join = SQL()
        if "discount_share" in metrics:
            discount = SQL(
                ", 100 * sum(lines.discount / orders.rate) / NULLIF(sum(lines.gross / orders.rate), 0)"
                " AS discount_share",
            )
            discount_join = SQL(
                """LEFT JOIN (
                    SELECT so.id AS order_id,
                           sum(sol.price_unit * sol.product_uom_qty * sol.discount / 100) AS discount,
                           sum(sol.price_unit * sol.product_uom_qty) AS gross
                      FROM sale_order so
                      JOIN res_partner rp ON rp.id = so.partner_id
                      JOIN sale_order_line sol ON sol.order_id = so.id AND sol.display_type IS NULL
                     WHERE so.company_id = %(company)s AND so.state = 'sale' AND so.date_order < %(until)s
                       AND %(day)s >= %(window)s AND %(among)s
                     GROUP BY so.id
                ) lines ON lines.order_id = orders.id""",
                company=scope.books,
                until=scope.until,
                day=scope.day(SQL("so.date_order")),
                window=scope.window_start,
                among=scope.among(SQL("rp.commercial_partner_id")),
            )
        return SQL(
            """
            SELECT orders.partner_id,
                   min(orders.day) AS first_order,
                   max(orders.day) AS last_order,
                   max(orders.earlier) FILTER (WHERE orders.earlier < orders.day) AS previous_order,
                   count(*) FILTER (WHERE orders.earlier IS NULL OR orders.earlier < orders.day) AS order_days,
                   %(as_of)s::date - max(orders.day) AS recency_days,
                   %(as_of)s::date - min(orders.day) AS tenure_days,
                   count(*) FILTER (WHERE orders.day >= %(window)s) AS order_count,
                   avg(orders.amount) FILTER (WHERE orders.day >= %(window)s) AS average_order,
                   sum(orders.amount) FILTER (WHERE orders.day >= %(half)s) AS sales_recent,
                   sum(orders.amount) FILTER (WHERE orders.day >= %(trend)s AND orders.day < %(half)s) AS sales_earlier,
                   sum(orders.margin) FILTER (WHERE orders.day >= %(window)s) AS order_margin
                   %(spans)s
                   %(discount)s
              FROM (
                    SELECT so.id, rp.commercial_partner_id AS partner_id, %(day)s AS day,
                           lag(%(day)s) OVER (PARTITION BY rp.commercial_partner_id ORDER BY %(day)s) AS earlier,
                           CASE WHEN COALESCE(so.currency_rate, 0) IN (0, 1) THEN so.amount_untaxed
                                ELSE so.amount_untaxed / so.currency_rate::numeric END AS amount,
                           CASE WHEN COALESCE(so.currency_rate, 0) IN (0, 1) THEN so.margin
                                ELSE so.margin / so.currency_rate::numeric END AS margin,
                           COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric AS rate
                      FROM sale_order so
                      JOIN res_partner rp ON rp.id = so.partner_id
                     WHERE so.company_id = %(company)s AND so.state = 'sale' AND so.date_order < %(until)s AND %(among)s
                   ) orders
              %(discount_join)s
             GROUP BY orders.partner_id
            """,
            as_of=scope.as_of,
            window=scope.window_start,
            trend=scope.trend_start,
            half=scope.half_start,
            company=scope.books,
            until=scope.until,
            day=scope.day(SQL("so.date_order")),
            among=scope.among(SQL("rp.commercial_partner_id")),
            spans=spans,
            discount=discount,
            discount_join=discount_join,
        )

    @api.model
    def _get_purchase_basis(self):
        return super()._get_purchase_basis() | {
            "sales": SQL("COALESCE(sale.average_order * sale.order_count, 0)"),
            "sales_margin": SQL("COALESCE(sale.order_margin, 0)"),
        }

    @api.model
    def _get_purchase_effects(self):
        return super()._get_purchase_effects() | {
            "recency_days": SQL("b.age"),
            "tenure_days": SQL("GREATEST(b.tenure_days, b.age)"),
            "order_count": SQL("b.order_count + 1"),
            "average_order": SQL("(b.sales + c.amount) / (b.order_count + 1)"),
            "discount_share": SQL("COALESCE(b.discount_share, 0)"),
        }

    @api.model
    def _changed_queries(self, company, since):
        return [
            *super()._changed_queries(company, since),
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id
                     FROM sale_order so JOIN res_partner rp ON rp.id = so.partner_id
                    WHERE so.company_id = %s AND so.write_date > %s""",
                company.id,
                since,
            ),
        ]

    @api.model
    def _documents_action(self, metric, scope, partner):
        if metric not in ("recency_days", "tenure_days", "order_count", "average_order", "discount_share"):
            return super()._documents_action(metric, scope, partner)
        domain = [
            ("company_id", "in", scope.company_ids),
            ("partner_id.commercial_partner_id", "=", partner.id),
            ("state", "=", "sale"),
            ("date_order", "<", scope.until),
        ]
        if metric not in ("recency_days", "tenure_days"):
            domain.append(("date_order", ">=", scope.window_opens))
        return self._list_action(self.env._("Orders of %s", partner.display_name), "sale.order", domain)

    @api.model
    def _has_delivery(self):
        """Whether lines can be delivery charges: the module that brings them is installed."""
        return "is_delivery" in self.env["sale.order.line"]._fields
