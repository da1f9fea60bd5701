from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL, ormcache

from ...analytics.scoring.charged import earned_sql, on_delivery_sql, unordered_sql, untaxed_sql
from ...analytics.scoring.purchases import is_purchase_sql
from .customer_value_source import Metric


def _added_up(orders, columns):
    """Query of ``partner_id`` and ``columns``, aggregates over ``bought``, the rows of ``orders``."""
    return SQL(
        "SELECT bought.partner_id, %s FROM (%s) bought GROUP BY bought.partner_id",
        SQL(", ").join(SQL("%s AS %s", value, SQL.identifier(name)) for name, value in columns.items()),
        orders,
    )


def _previous_day(orders):
    """The last day with a purchase before that of the last one."""
    day, purchases = SQL("%s.day", orders), SQL("FILTER (WHERE %s.is_order)", orders)
    return SQL(
        "(array_agg(DISTINCT %(day)s) %(purchases)s)[count(DISTINCT %(day)s) %(purchases)s - 1]",
        day=day,
        purchases=purchases,
    )


def _with_corrected(name):
    return SQL("%s + COALESCE(%s, 0)", SQL.identifier("ordered", name), SQL.identifier("corrected", name))


class CustomerValueSource(models.AbstractModel):
    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "recency_days": Metric(
                "sale", self.env._("Days since last order"), "days", "lower", additive=False, ages=True, windowed=False
            ),
            "tenure_days": Metric(
                "sale", self.env._("Days since first order"), "days", additive=False, ages=True, windowed=False
            ),
            "order_count": Metric("sale", self.env._("Number of orders"), "count"),
            "average_order": Metric("sale", self.env._("Average order"), "money", additive=False),
            "discount_share": Metric("sale", self.env._("Average discount"), "percent", "lower", additive=False),
        }

    @api.model
    def _get_typed_columns(self):
        columns = dict.fromkeys(("first_order", "last_order", "previous_order"), "date")
        columns |= dict.fromkeys(("order_days", "order_count"), "int8")
        columns |= dict.fromkeys(("recency_days", "tenure_days"), "int4")
        amounts = ("average_order", "sales_recent", "sales_earlier", "order_margin", "discount_share")
        return super()._get_typed_columns() | {"sale": columns | dict.fromkeys(amounts, "numeric")}

    @api.model
    def _source_sale(self, scope, metrics):
        """Confirmed orders, untaxed, at the exchange rate of the order's date.

        All of them have a margin; days, numbers, averages and discounts are those of purchases, see
        ``analytics/scoring/purchases``. Of somebody without any, days are null and the number is 0.

        Besides the metrics it yields what lifecycle and margin are made of: ``first_order``, ``last_order`` and
        ``previous_order`` (days; the last day with an order before that of the last one), ``order_days`` (number of
        different days with orders), ``sales_recent`` and ``sales_earlier`` (halves of the window) and ``order_margin``.
        Of each span there are ``order_margin_<span>``, ``order_count_<span>`` and ``last_order_<span>``, the last day
        with an order up to its end. With ``discount_share`` comes ``discount_amount``, what the discounts of the window
        amount to, and both of each span.
        """
        if scope.beside:
            return self._source_sale_in_order(scope, metrics)
        return self._source_sale_sorted(scope, metrics)

    @api.model
    def _source_sale_sorted(self, scope, metrics):
        """``_source_sale`` of any customers and spans: orders are joined to whose they are, and sorted.

        ``OFFSET 0`` has the day and the amounts of an order computed once.
        """
        day, customer = SQL("orders.day"), SQL("orders.partner_id")
        windows = {"": SQL("orders.day >= %s", scope.window_start)}
        windows |= {span.column(""): span.holds(day, customer) for span in scope.spans}
        spans = SQL().join(
            SQL(
                ", sum(orders.margin) FILTER (WHERE %(window)s) AS %(margin)s"
                ", count(*) FILTER (WHERE orders.is_order AND %(window)s) AS %(count)s"
                ", max(orders.day) FILTER (WHERE orders.is_order AND %(ends)s) AS %(last)s",
                window=windows[span.column("")],
                ends=span.ends(day, customer),
                margin=SQL.identifier(span.column("order_margin")),
                count=SQL.identifier(span.column("order_count")),
                last=SQL.identifier(span.column("last_order")),
            )
            for span in scope.spans
        )
        discount = SQL()
        if "discount_share" in metrics:
            discount = SQL().join(
                SQL(
                    ", 100 * sum(orders.discount / orders.rate) FILTER (WHERE %(window)s)"
                    " / NULLIF(sum(orders.gross / orders.rate) FILTER (WHERE %(window)s), 0) AS %(share)s"
                    ", sum(orders.discount / orders.rate) FILTER (WHERE %(window)s) AS %(amount)s",
                    window=SQL("orders.is_order AND %s", window),
                    share=SQL.identifier(f"discount_share{suffix}"),
                    amount=SQL.identifier(f"discount_amount{suffix}"),
                )
                for suffix, window in windows.items()
            )
        return SQL(
            """
            SELECT orders.partner_id,
                   min(orders.day) FILTER (WHERE orders.is_order) AS first_order,
                   max(orders.day) FILTER (WHERE orders.is_order) AS last_order,
                   %(previous)s AS previous_order,
                   count(DISTINCT orders.day) FILTER (WHERE orders.is_order) AS order_days,
                   %(as_of)s::date - max(orders.day) FILTER (WHERE orders.is_order) AS recency_days,
                   %(as_of)s::date - min(orders.day) FILTER (WHERE orders.is_order) AS tenure_days,
                   count(*) FILTER (WHERE orders.is_order AND orders.day >= %(window)s) AS order_count,
                   avg(orders.amount) FILTER (WHERE orders.is_order AND orders.day >= %(window)s) AS average_order,
                   sum(orders.amount) FILTER (WHERE orders.day >= %(half)s) AS sales_recent,
                   sum(orders.amount) FILTER (WHERE orders.day >= %(trend)s AND orders.day < %(half)s) AS sales_earlier,
                   sum(orders.margin) FILTER (WHERE orders.day >= %(window)s) AS order_margin
                   %(spans)s
                   %(discount)s
              FROM (
                    SELECT rp.commercial_partner_id AS partner_id, %(day)s AS day, %(is_purchase)s AS is_order,
                           %(amount)s AS amount, %(margin)s AS margin,
                           lines.discount, lines.gross, COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric AS rate
                      FROM sale_order so
                      JOIN res_partner rp ON rp.id = so.value_customer_id
                      LEFT JOIN (%(lines)s) lines ON lines.order_id = so.id
                     WHERE %(orders)s
                    OFFSET 0
                   ) orders
                   %(joined)s
             GROUP BY orders.partner_id
            """,
            as_of=scope.as_of,
            window=scope.window_start,
            trend=scope.trend_start,
            half=scope.half_start,
            previous=_previous_day(SQL("orders")),
            is_purchase=is_purchase_sql(),
            day=scope.day(SQL("so.date_order")),
            amount=self._converted_sql(SQL("so.amount_untaxed - COALESCE(lines.money, 0)")),
            margin=self._converted_sql(SQL("so.margin + COALESCE(lines.corrected, 0)")),
            orders=self._confirmed_orders_sql(scope),
            lines=self._order_lines_sql(scope, "discount_share" in metrics),
            spans=spans,
            joined=scope.spans_of(customer),
            discount=discount,
        )

    @api.model
    def _source_sale_in_order(self, scope, metrics):
        """``_source_sale`` of everybody, without spans: orders are added up as they come from their index."""
        windows = {
            "bought": SQL("bought.day >= %s", scope.window_start),
            "sales_recent": SQL("bought.day >= %s", scope.half_start),
            "sales_earlier": SQL("bought.day >= %s AND bought.day < %s", scope.trend_start, scope.half_start),
        }
        sums = {name: SQL("sum(bought.amount) FILTER (WHERE %s)", window) for name, window in windows.items()}
        # the average is that of purchases, and what was sent back by an order of its own is none
        sums["bought"] = SQL("sum(bought.amount) FILTER (WHERE bought.is_order AND %s)", windows["bought"])
        sums["order_margin"] = SQL("sum(bought.margin) FILTER (WHERE %s)", windows["bought"])
        ordered = sums | {
            "first_order": SQL("min(bought.day) FILTER (WHERE bought.is_order)"),
            "last_order": SQL("max(bought.day) FILTER (WHERE bought.is_order)"),
            "previous_order": _previous_day(SQL("bought")),
            "order_days": SQL("count(DISTINCT bought.day) FILTER (WHERE bought.is_order)"),
            "order_count": SQL("count(*) FILTER (WHERE bought.is_order AND %s)", windows["bought"]),
            "counted": SQL("count(bought.amount) FILTER (WHERE bought.is_order AND %s)", windows["bought"]),
        }
        columns = {name: SQL.identifier("ordered", name) for name in ("first_order", "last_order", "previous_order")}
        columns |= {
            "order_days": SQL("ordered.order_days"),
            "recency_days": SQL("%s::date - ordered.last_order", scope.as_of),
            "tenure_days": SQL("%s::date - ordered.first_order", scope.as_of),
            "order_count": SQL("ordered.order_count"),
            "average_order": SQL("(ordered.bought + COALESCE(corrected.bought, 0)) / NULLIF(ordered.counted, 0)"),
        }
        columns |= {name: _with_corrected(name) for name in sums if name != "bought"}
        corrected, discounts = dict(sums), "discount_share" in metrics
        if discounts:
            corrected |= {
                name: SQL(
                    "sum(bought.%s / bought.rate) FILTER (WHERE bought.is_order AND %s)", SQL(name), windows["bought"]
                )
                for name in ("discount", "gross")
            }
            columns["discount_share"] = SQL("100 * corrected.discount / NULLIF(corrected.gross, 0)")
            columns["discount_amount"] = SQL("corrected.discount")
        return self._in_order_sql(
            scope, ordered, corrected, columns, lambda merged: self._source_sale_sorted(merged, metrics), discounts
        )

    @api.model
    def _converted_sql(self, amount):
        """``amount`` of ``sale_order so`` in company currency. Most orders are in it, and dividing takes long."""
        return SQL(
            "CASE WHEN so.currency_rate = 1 OR so.currency_rate = 0 OR so.currency_rate IS NULL THEN %(amount)s"
            " ELSE (%(amount)s) / so.currency_rate::numeric END",
            amount=amount,
        )

    @api.model
    def _confirmed_orders_sql(self, scope):
        """Confirmed orders of ``sale_order so``, of the customers ``res_partner rp``: what has a margin."""
        return SQL(
            "so.company_id = %s AND so.state = 'sale' AND so.date_order < %s AND %s",
            scope.books,
            scope.until,
            scope.among(SQL("rp.commercial_partner_id")),
        )

    @api.model
    def _purchases_sql(self, scope):
        """Those of ``_confirmed_orders_sql`` that are purchases: what counts as an order."""
        return SQL("%s AND %s", self._confirmed_orders_sql(scope), is_purchase_sql())

    @api.model
    def _order_days_sql(self, scope, last=False):
        """Query of ``partner_id`` (commercial entity) and ``day`` of all purchases, those at tills included; a day may
        come several times.

        :param bool last: whether the last of each contact is enough: that is looked up in the index
        """
        day, counted = scope.day(SQL("so.date_order")), self._purchases_sql(scope)
        if last:
            orders = SQL(
                """SELECT rp.commercial_partner_id AS partner_id, so.day
                     FROM res_partner rp
                    CROSS JOIN LATERAL (SELECT %s AS day FROM sale_order so
                                         WHERE so.value_customer_id = rp.id AND %s
                                         ORDER BY so.date_order DESC LIMIT 1) so
                    WHERE %s""",
                day,
                counted,
                scope.among(SQL("rp.commercial_partner_id")),
            )
        else:
            orders = SQL(
                """SELECT rp.commercial_partner_id AS partner_id, %s AS day
                     FROM sale_order so JOIN res_partner rp ON rp.id = so.value_customer_id WHERE %s""",
                day,
                counted,
            )
        queries = [orders]
        if self._has_tills():
            queries.append(SQL("SELECT partner_id, day FROM (%s) tills", self._till_purchases_sql(scope)))
        return SQL(" UNION ALL ").join(queries)

    @api.model
    def _order_margins_sql(self, scope):
        """Query of all confirmed orders, those of tills included: ``partner_id`` (commercial entity), ``day``,
        ``amount`` and ``margin`` (untaxed, company currency; what lines correct only from the beginning of window and
        spans on) and ``is_order``, FALSE for what is no purchase or was taken back at a till: that is margin, and no
        order."""
        queries = [
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id, %(day)s AS day,
                          (so.amount_untaxed - COALESCE(lines.money, 0)) / rate.rate AS amount,
                          (so.margin + COALESCE(lines.corrected, 0)) / rate.rate AS margin,
                          %(is_purchase)s AS is_order
                     FROM sale_order so
                     JOIN res_partner rp ON rp.id = so.value_customer_id
                    CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric AS rate) rate
                     LEFT JOIN (%(lines)s) lines ON lines.order_id = so.id
                    WHERE %(orders)s""",
                day=scope.day(SQL("so.date_order")),
                is_purchase=is_purchase_sql(),
                lines=self._order_lines_sql(scope, False),
                orders=self._confirmed_orders_sql(scope),
            )
        ]
        if self._has_tills():
            queries.append(
                SQL(
                    """SELECT partner_id, day, own_amount,
                              -- the margin that a credit note takes away is counted with invoices
                              CASE WHEN bill_type IS DISTINCT FROM 'out_refund' THEN own_margin END,
                              is_purchase AND is_own
                         FROM (%s) tills""",
                    self._till_orders_sql(scope),
                )
            )
        return SQL(" UNION ALL ").join(queries)

    @api.model
    def _orders_by_customer_sql(self, scope, figures, margins, amounts=None):
        """What each customer has ordered: ``partner_id`` (commercial entity) and a column for each of these.

        :param dict figures: column: SQL of an aggregate over ``bought.day``, ``bought.is_order`` and whether there is
            ``bought.amount``, see ``_order_margins_sql``
        :param dict margins: column: SQL of a condition on these; the margin of the orders for which it holds
        :param dict amounts: the same of their untaxed amounts
        """
        amounts = amounts or {}
        sums = {name: SQL("sum(bought.margin) FILTER (WHERE %s)", holds) for name, holds in margins.items()}
        sums |= {name: SQL("sum(bought.amount) FILTER (WHERE %s)", holds) for name, holds in amounts.items()}

        def added_up(scope):
            return _added_up(self._order_margins_sql(scope), figures | sums)

        if scope.among(SQL("partner_id")) != SQL("TRUE") or self._has_tills():
            return added_up(scope)
        columns = {name: SQL.identifier("ordered", name) for name in figures}
        columns |= {name: _with_corrected(name) for name in sums}
        return self._in_order_sql(scope, figures | sums, sums, columns, added_up)

    @api.model
    def _in_order_sql(self, scope, ordered, corrected, columns, joined, discounts=False):
        """What each customer has ordered: ``partner_id`` (commercial entity) and ``columns``.

        An index has the orders of whoever was the customer at their confirmation one after the other: those of
        everybody are added up as they come from it, neither joined nor sorted, and what lines correct is added to the
        sums. ``OFFSET 0`` has the day of an order computed once, and its ``ORDER BY`` tells the planner of the order.
        Customers who are part of others by now are added up once more, together with these.

        :param Scope scope: of everybody
        :param dict ordered: column: SQL of an aggregate over ``bought.day``, ``bought.is_order``, and
            ``bought.amount`` and ``bought.margin`` as the orders say
        :param dict corrected: column: SQL of an aggregate over ``bought.day``, ``bought.is_order`` and what lines
            change in ``bought.amount`` and ``bought.margin``; with ``discounts``, over ``bought.discount``,
            ``bought.gross`` and the ``bought.rate`` of the currency as well
        :param dict columns: column: SQL over ``ordered`` and ``corrected``, which may be missing
        :param joined: from the scope of some customers, a query of them with the same columns in the same order
        """
        counted = SQL("so.company_id = %s AND so.state = 'sale' AND so.date_order < %s", scope.books, scope.until)
        day, merged = scope.day(SQL("so.date_order")), self._get_merged_customers()
        orders = SQL(
            """SELECT so.value_customer_id AS partner_id, %(day)s AS day, %(amount)s AS amount, %(margin)s AS margin,
                      %(is_purchase)s AS is_order
                 FROM sale_order so
                WHERE %(counted)s
                ORDER BY so.value_customer_id
               OFFSET 0""",
            day=day,
            amount=self._converted_sql(SQL("so.amount_untaxed")),
            margin=self._converted_sql(SQL("so.margin")),
            is_purchase=is_purchase_sql(),
            counted=counted,
        )
        # OFFSET 0 has orders read from their index at once, and not one by one: where goods are invoiced as they are
        # delivered, most orders have such lines
        lines = SQL(
            """SELECT so.value_customer_id AS partner_id, %(day)s AS day, %(is_purchase)s AS is_order,
                      %(amount_after)s - %(amount)s AS amount, %(margin_after)s - %(margin)s AS margin,
                      lines.discount, lines.gross, COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric AS rate
                 FROM (%(lines)s) lines
                 JOIN (SELECT so.id, so.value_customer_id, so.date_order, so.currency_rate, so.amount_untaxed, so.margin
                         FROM sale_order so WHERE %(counted)s OFFSET 0) so ON so.id = lines.order_id""",
            day=day,
            is_purchase=is_purchase_sql(),
            amount_after=self._converted_sql(SQL("so.amount_untaxed - lines.money")),
            amount=self._converted_sql(SQL("so.amount_untaxed")),
            margin_after=self._converted_sql(SQL("so.margin + lines.corrected")),
            margin=self._converted_sql(SQL("so.margin")),
            lines=self._order_lines_sql(scope, discounts),
            counted=counted,
        )
        query = SQL(
            """
            SELECT ordered.partner_id, %(columns)s
              FROM (%(ordered)s) ordered
              JOIN res_partner rp ON rp.id = ordered.partner_id AND rp.commercial_partner_id = rp.id
              LEFT JOIN (%(corrected)s) corrected ON corrected.partner_id = ordered.partner_id
             WHERE ordered.partner_id <> ALL(%(merged)s)
            """,
            columns=SQL(", ").join(SQL("%s AS %s", value, SQL.identifier(name)) for name, value in columns.items()),
            ordered=_added_up(orders, ordered),
            corrected=_added_up(lines, corrected),
            merged=merged,
        )
        if merged:
            theirs = replace(scope, partner_ids=tuple(merged), many=True, beside=None)
            query = SQL("%s UNION ALL %s", query, joined(theirs))
        return query

    @api.model
    def _get_merged_customers(self):
        """:return: list of ids of customers with orders of others who are part of them by now"""
        # LIMIT has orders looked up by their index
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT rp.commercial_partner_id FROM res_partner rp
                    WHERE rp.commercial_partner_id <> rp.id
                      AND (SELECT 1 FROM sale_order so WHERE so.value_customer_id = rp.id AND so.state = 'sale' LIMIT 1)
                          IS NOT NULL"""
            )
        )
        return [partner for (partner,) in rows]

    @api.model
    def _order_lines_sql(self, scope, discounts):
        """What the lines of each order add up to, in its currency.

        ``corrected`` is what they earn beyond the margin that the order says; ``money`` the amount of means of payment;
        ``gross``, before discounts, and ``discount`` are untaxed, and without these and down payments. A line that
        lowers the order is a discount.

        :param bool discounts: whether the latter are asked for; only few lines have to be read otherwise
        """
        on_delivery, money = on_delivery_sql(), self._money_sql()
        # each line by the first that holds, so that those that need not be read are not: indexes know the few others
        reasons = [SQL("TRUE")] if discounts else [on_delivery, SQL("sol.is_downpayment"), unordered_sql(), money]
        starts = [SQL("%s", day) for day in (scope.window_start, scope.trend_start, *(s.first for s in scope.spans))]
        bought = SQL("sol.is_downpayment IS NOT TRUE AND NOT %s", money)
        lowers = SQL("(sol.price_unit < 0 AND sol.product_uom_qty > 0)")
        # a price may include taxes, and the subtotal of what is given away in full says nothing of them
        full = SQL(
            """CASE WHEN sol.discount >= 100 THEN %s
                    WHEN abs(sol.price_unit * (1 - sol.discount / 100) * sol.product_uom_qty - sol.price_subtotal)
                         < 0.01
                    THEN sol.price_unit * sol.product_uom_qty
                    ELSE sol.price_subtotal / (1 - sol.discount / 100) END""",
            untaxed_sql(SQL("(sol.price_unit * sol.product_uom_qty)")),
        )
        lines = [
            SQL(
                """
                SELECT sol.order_id, %(earned)s - sol.margin AS corrected,
                       CASE WHEN %(money)s THEN sol.price_subtotal END AS money,
                       CASE WHEN %(bought)s AND NOT %(lowers)s THEN %(full)s END AS gross,
                       CASE WHEN %(bought)s AND %(lowers)s THEN -(%(full)s) * (1 - sol.discount / 100)
                            WHEN %(bought)s THEN (%(full)s) * sol.discount / 100
                       END AS discount
                  FROM sale_order so
                  JOIN res_partner rp ON rp.id = so.value_customer_id
                  JOIN sale_order_line sol ON sol.order_id = so.id AND sol.display_type IS NULL
                  LEFT JOIN product_product pp ON pp.id = sol.product_id
                  LEFT JOIN product_template pt ON pt.id = pp.product_tmpl_id
                 WHERE %(orders)s AND %(day)s >= %(earliest)s AND %(reason)s AND %(first)s
                """,
                earned=earned_sql(money),
                money=money,
                bought=bought,
                lowers=lowers,
                full=full,
                orders=self._confirmed_orders_sql(scope),
                day=scope.day(SQL("so.date_order")),
                earliest=SQL("LEAST(%s)", SQL(", ").join(starts)),
                reason=reason,
                first=SQL(" AND ").join([SQL("TRUE"), *(SQL("%s IS NOT TRUE", other) for other in reasons[:place])]),
            )
            for place, reason in enumerate(reasons)
        ]
        return SQL(
            """
            SELECT line.order_id, sum(line.corrected) AS corrected, sum(line.money) AS money,
                   sum(line.gross) AS gross, sum(line.discount) AS discount
              FROM (%s) line
             GROUP BY line.order_id
            """,
            SQL(" UNION ALL ").join(lines),
        )

    # -- means of payment: gift cards and eWallets that customers have paid for ---------------------------------------

    @api.model
    def _get_money_products(self):
        """:return: list of ids of the products of cards sold and topped up, and of what is paid with them"""
        return list(self._get_money_product_ids())

    @api.model
    @ormcache()
    def _get_money_product_ids(self):
        """Asked several times for each number; forgotten when a program, its rules or its rewards change."""
        # sudo: readers of figures need not see programs; archived ones have been sold, too
        programs = (
            self.env["loyalty.program"]
            .sudo()
            .with_context(active_test=False)
            .search([("program_type", "in", ("gift_card", "ewallet"))])
        )
        return tuple((programs.trigger_product_ids | programs.reward_ids.discount_line_product_id).ids)

    @api.model
    def _get_given_cards(self):
        """Queries for cards that were given away, each with the one column ``id``: to spend them is a discount.

        Whoever gives cards away extends this.

        :return: list of SQL
        """
        return []

    @api.model
    def _money_sql(self, line="sol", has_coupon=True):
        """Whether a line of an order is about a means of payment: a card sold or topped up, or paid with.

        :param str line: alias of the table of the lines, with ``product_id``, and ``coupon_id`` where ``has_coupon``
        """
        products = self._get_money_products()
        if not products:
            return SQL("FALSE")
        given = self._get_given_cards() if has_coupon else []
        coupon = SQL.identifier(line, "coupon_id")
        return SQL(
            "(%(product)s IS NOT NULL AND %(product)s = ANY(%(products)s) AND %(paid_for)s)",
            product=SQL.identifier(line, "product_id"),
            products=products,
            paid_for=SQL("(%s IS NULL OR %s NOT IN (%s))", coupon, coupon, SQL(" UNION ALL ").join(given))
            if given
            else SQL("TRUE"),
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
                     FROM sale_order so JOIN res_partner rp ON rp.id = so.value_customer_id
                    WHERE so.company_id = %s AND so.write_date > %s""",
                company.id,
                since,
            ),
            # what is delivered is written on lines alone
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id
                     FROM sale_order_line sol
                     JOIN sale_order so ON so.id = sol.order_id
                     JOIN res_partner rp ON rp.id = so.value_customer_id
                    WHERE sol.company_id = %s AND sol.write_date > %s AND sol.state = 'sale'""",
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
            ("value_customer_id.commercial_partner_id", "=", partner.id),
            ("state", "=", "sale"),
            ("value_is_purchase", "=", True),
            ("date_order", "<", scope.until),
        ]
        if metric not in ("recency_days", "tenure_days"):
            domain.append(("date_order", ">=", scope.window_opens))
        return self._list_action(self.env._("Orders of %s", partner.display_name), "sale.order", domain)

    @api.model
    def _has_delivery(self):
        """Whether lines can be delivery charges: the module that brings them is installed."""
        return "is_delivery" in self.env["sale.order.line"]._fields
