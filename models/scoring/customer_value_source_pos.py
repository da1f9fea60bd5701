from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL

from ...analytics.scoring.charged import on_delivery_sql

# "invoiced" was a state of its own before invoicing became a matter of the invoice alone.
COUNTED = ("paid", "done", "invoiced")

# index of lines of tills with a code
CODES = "customer_value_till_code"

# what is read of them
READ = {
    "pos.order": (
        "partner_id", "company_id", "state", "date_order", "currency_rate", "is_refund", "account_move",
    ),
    "pos.order.line": (
        "order_id", "product_id", "qty", "price_unit", "price_subtotal", "price_subtotal_incl", "total_cost",
        "is_total_cost_computed", "refunded_orderline_id",
        # of other modules
        "coupon_id", "reward_id", "sale_order_origin_id", "sale_order_line_id",
    ),
}  # fmt: skip

BOUGHT = ("recency_days", "tenure_days", "order_count", "average_order")


def drop_codes(cr):
    """The module is about to go."""
    cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(CODES)))


def _total(first, second):
    """The sum of two columns of which either may be missing; NULL only where both are."""
    return SQL("CASE WHEN %(a)s IS NULL THEN %(b)s ELSE %(a)s + COALESCE(%(b)s, 0) END", a=first, b=second)


class CustomerValueSource(models.AbstractModel):
    """What customers buy at a point of sale, where that module is installed, counts with orders and invoices.

    - An order at the till that is paid counts as an order, on the company's day of the sale.
    - One of which nothing has a price is none, and costs margin.
    - A refund at the till is no order; it takes away from amounts and margin.
    - Revenue is what was sold without an invoice; with one it is that of the invoice.
    - Lines that settle a sales order are revenue, while order and margin are those of the sales order. What a till
      takes back of one takes away its margin.
    - Tips are passed on: they are neither revenue nor margin, and no order.
    - A gift card or eWallet sold, topped up or paid with is a means of payment, and neither revenue nor margin.

    Discounts stay those of sales orders: a till gives away by programs and rounding as well.
    """

    _inherit = "customer.value.source"

    def _register_hook(self):
        """Codes that were used at tills are looked up by themselves: whichever module came first, there is an index."""
        super()._register_hook()
        if {"customer_value", "pos_loyalty"} & set(self.env.registry.updated_modules) and self._has_till_coupons():
            self.env.cr.execute(
                SQL(
                    "CREATE INDEX IF NOT EXISTS %s ON pos_order_line (coupon_id) WHERE coupon_id IS NOT NULL",
                    SQL.identifier(CODES),
                )
            )

    @api.model
    def _has_tills(self):
        return "pos.order" in self.env

    @api.model
    def _may_open_tills(self):
        """Whether there are orders at tills, and the reader may open any."""
        return self._has_tills() and self.env["pos.order"].has_access("read")

    @api.model
    def _source_query(self, source, scope, metrics):
        query = super()._source_query(source, scope, metrics)
        if not self._has_tills():
            return query
        if source == "sale":
            return self._with_till_orders(query, scope, metrics)
        if source == "invoice":
            return self._with_till_revenue(query, scope)
        return query

    @api.model
    def _till_orders_sql(self, scope):
        """Paid orders of tills up to the end of ``as_of``, one row each, in company currency at the rate of the order.

        ``id``, ``company_id``, ``partner_id`` (commercial entity), ``moment`` (UTC) and ``day`` of the sale; ``amount``
        and ``margin`` (untaxed; negative for refunds), ``own_amount`` and ``own_margin`` of lines that settle no sales
        order, ``is_own`` (one of these has a price), ``is_purchase``, and ``tips``, which are in none of these; of the
        invoice posted for it by then ``bill_type``, ``billed_on`` and ``is_undone``, for a credit note that undoes a
        whole invoice. Some costs are only known when the session is closed: until then they are taken at the cost of
        the product.
        """
        own, goods, amount, cost, _rate = self._till_line_sql()
        tip, kept = self._tip_sql(), SQL("NOT %s", self._tip_sql())
        margin = SQL("%s - %s", amount, cost)

        def total(value, condition):
            return SQL("COALESCE(sum(%s) FILTER (WHERE %s AND %s AND %s), 0)", value, condition, goods, kept)

        return SQL(
            """
            SELECT pos.id, pos.company_id, rp.commercial_partner_id AS partner_id, pos.date_order AS moment,
                   %(day)s AS day, am.move_type AS bill_type, am.invoice_date AS billed_on, %(undone)s AS is_undone,
                   %(amount)s AS amount, %(margin)s AS margin,
                   %(own_amount)s AS own_amount, %(own_margin)s AS own_margin,
                   bool_or(%(own)s AND %(line_amount)s > 0 AND %(kept)s) AS is_own,
                   pos.is_refund IS NOT TRUE AND sum(%(line_amount)s) >= 0
                       AND bool_or(%(line_amount)s > 0 AND %(kept)s) AS is_purchase,
                   COALESCE(sum(%(line_amount)s) FILTER (WHERE %(tip)s), 0) AS tips
              FROM pos_order pos
              JOIN res_partner rp ON rp.id = pos.partner_id
              JOIN pos_order_line line ON line.order_id = pos.id
              JOIN product_product pp ON pp.id = line.product_id
              LEFT JOIN account_move am ON am.id = pos.account_move AND am.state = 'posted'
               AND am.invoice_date <= %(as_of)s
             WHERE %(orders)s
             GROUP BY pos.id, rp.commercial_partner_id, am.id
            """,
            day=scope.day(SQL("pos.date_order")),
            undone=self._undoes_sale_without_order_sql(),
            amount=total(amount, SQL("TRUE")),
            margin=total(margin, SQL("TRUE")),
            own_amount=total(amount, own),
            own_margin=total(margin, own),
            own=own,
            tip=tip,
            kept=kept,
            line_amount=amount,
            as_of=scope.as_of,
            orders=self._till_condition_sql(scope),
            to_flush=self._get_till_fields(),
        )

    @api.model
    def _till_condition_sql(self, scope):
        """Paid orders ``pos`` of the customers ``res_partner rp``."""
        return SQL(
            "pos.company_id = %s AND pos.state IN %s AND pos.date_order < %s AND %s",
            scope.books,
            COUNTED,
            scope.until,
            scope.among(SQL("rp.commercial_partner_id")),
        )

    @api.model
    def _get_till_fields(self):
        return [
            field for model, names in READ.items() for name in names if (field := self.env[model]._fields.get(name))
        ]

    @api.model
    def _till_line_sql(self):
        """Of a ``line`` of ``pos_order pos`` and its ``product_product pp``: whether it settles no sales order, whether
        it is about goods and no means of payment, its untaxed amount and its cost in company currency, and the rate of
        these.

        :return: tuple of SQL
        """
        line = self.env["pos.order.line"]._fields
        own = SQL("TRUE")
        if "sale_order_origin_id" in line:
            # a sales order does not say what came back of it, unless it earns by what was delivered
            own = SQL(
                """CASE WHEN line.refunded_orderline_id IS NULL THEN line.sale_order_origin_id IS NULL
                        ELSE NOT EXISTS (SELECT FROM pos_order_line taken
                                           JOIN product_template pt ON pt.id = pp.product_tmpl_id
                                           LEFT JOIN sale_order_line sol ON sol.id = taken.sale_order_line_id
                                          WHERE taken.id = line.refunded_orderline_id
                                            AND taken.sale_order_origin_id IS NOT NULL
                                            AND (sol.is_downpayment OR %s)) END""",
                on_delivery_sql(),
            )
        goods = SQL("NOT %s", self._money_sql("line", "coupon_id" in line))
        rate = SQL("COALESCE(NULLIF(pos.currency_rate, 0), 1)::numeric")
        # refunds are stored with either sign, depending on who entered them
        amount = SQL("(sign(line.qty) * sign(line.price_unit) * abs(line.price_subtotal))::numeric / %s", rate)
        cost = SQL(
            """CASE WHEN line.is_total_cost_computed THEN COALESCE(line.total_cost, 0)::numeric / %s
                    ELSE line.qty * COALESCE((pp.standard_price ->> pos.company_id::text)::numeric, 0) END""",
            rate,
        )
        return own, goods, amount, cost, rate

    @api.model
    def _tip_sql(self):
        """Whether a ``line`` is a tip."""
        return SQL("line.product_id IN (SELECT tip_product_id FROM pos_config WHERE tip_product_id IS NOT NULL)")

    @api.model
    def _till_purchases_sql(self, scope):
        """Those of ``_till_orders_sql`` that count as an order: neither what settles a sales order, nor what was taken
        back, nor what has no price. With the same columns; ``own_amount`` and ``own_margin`` are those of the order.
        """
        return SQL("SELECT * FROM (%s) tills WHERE tills.is_purchase AND tills.is_own", self._till_orders_sql(scope))

    @api.model
    def _till_goods_sql(self, scope):
        """What was sold and taken back with ``_till_orders_sql``, one row for each line with a price: ``id``,
        ``order_id``, ``partner_id``, ``moment``, ``day``, ``product_id``, ``quantity`` (in the unit of the product),
        ``amount`` (untaxed) and ``margin`` (company currency), below zero for what was taken back, and ``is_bought``:
        sold with one of ``_till_purchases_sql``. Neither what settles a sales order nor rewards, tips and means of
        payment.

        :return: SQL; None where there are no tills
        """
        if not self._has_tills():
            return None
        own, goods, amount, cost, _rate = self._till_line_sql()
        is_reward = SQL("line.reward_id IS NOT NULL") if self._has_till_coupons() else SQL("FALSE")
        # all lines of an order say whether it is a purchase: added up in one pass, and only where that is asked for
        return SQL(
            """
            SELECT sold.id, sold.order_id, sold.partner_id, sold.moment, sold.day, sold.product_id, sold.quantity,
                   sold.amount, sold.margin, sold.is_bought
              FROM (SELECT line.id, pos.id AS order_id, rp.commercial_partner_id AS partner_id,
                           pos.date_order AS moment, %(day)s AS day, line.product_id,
                           sign(%(amount)s) * abs(line.qty) AS quantity, %(amount)s AS amount,
                           %(amount)s - %(cost)s AS margin,
                           %(own)s AND %(goods)s AND %(amount)s <> 0 AND NOT %(is_reward)s AND NOT %(tip)s AS is_goods,
                           pos.is_refund IS NOT TRUE AND %(amount)s > 0
                               AND sum(%(amount)s) OVER (PARTITION BY pos.id) >= 0 AS is_bought
                      FROM pos_order pos
                      JOIN res_partner rp ON rp.id = pos.partner_id
                      JOIN pos_order_line line ON line.order_id = pos.id
                      JOIN product_product pp ON pp.id = line.product_id
                     WHERE %(orders)s) sold
             WHERE sold.is_goods
            """,
            day=scope.day(SQL("pos.date_order")),
            amount=amount,
            tip=self._tip_sql(),
            cost=cost,
            own=own,
            goods=goods,
            is_reward=is_reward,
            orders=self._till_condition_sql(scope),
            to_flush=self._get_till_fields(),
        )

    @api.model
    def _has_till_coupons(self):
        """Whether codes can be used at tills: the module that brings them is installed."""
        return self._has_tills() and "coupon_id" in self.env["pos.order.line"]._fields

    @api.model
    def _till_codes_sql(self):
        """Query of lines of paid orders at tills that a code has brought: ``order_id``, ``card_id``, ``partner_id`` (as
        on the order), ``company_id``, ``moment``, ``amount`` (untaxed) and ``total`` (taxes included), in company
        currency, below zero where something is taken off.
        """
        _own, _goods, amount, _cost, rate = self._till_line_sql()
        return SQL(
            """
            SELECT line.order_id, line.coupon_id AS card_id, pos.partner_id, pos.company_id, pos.date_order AS moment,
                   %(amount)s AS amount,
                   (sign(line.qty) * sign(line.price_unit) * abs(line.price_subtotal_incl))::numeric / %(rate)s
                       AS total
              FROM pos_order_line line
              JOIN pos_order pos ON pos.id = line.order_id AND pos.state IN %(counted)s
             WHERE line.coupon_id IS NOT NULL
            """,
            amount=amount,
            rate=rate,
            counted=COUNTED,
            to_flush=self._get_till_fields(),
        )

    @api.model
    def _with_till_orders(self, query, scope, metrics):
        """``query`` of the source ``sale``, with the same columns, and what was bought at tills in them."""
        # the margin that a credit note takes away is counted with invoices
        margin = SQL("tills.own_margin")
        credited = SQL("tills.bill_type IS DISTINCT FROM 'out_refund'")
        till = SQL(
            """
            SELECT tills.partner_id,
                   min(tills.day) FILTER (WHERE tills.counts) AS first_order,
                   max(tills.day) FILTER (WHERE tills.counts) AS last_order,
                   max(tills.day) FILTER (WHERE tills.counts AND tills.day < tills.latest) AS previous_order,
                   count(DISTINCT tills.day) FILTER (WHERE tills.counts AND ordered.day IS NULL) AS other_days,
                   count(*) FILTER (WHERE tills.counts AND tills.day >= %(window)s) AS order_count,
                   sum(tills.own_amount) FILTER (WHERE tills.counts AND tills.day >= %(window)s) AS purchases,
                   sum(tills.own_amount) FILTER (WHERE tills.day >= %(half)s) AS sales_recent,
                   sum(tills.own_amount) FILTER (WHERE tills.day >= %(trend)s AND tills.day < %(half)s)
                       AS sales_earlier,
                   sum(%(margin)s) FILTER (WHERE tills.day >= %(window)s AND %(credited)s) AS order_margin
                   %(spans)s
              FROM (SELECT sold.*,
                           max(sold.day) FILTER (WHERE sold.counts) OVER (PARTITION BY sold.partner_id) AS latest
                      FROM (SELECT found.*, found.is_purchase AND found.is_own AS counts
                              FROM (%(tills)s) found) sold) tills
              LEFT JOIN (SELECT DISTINCT rp.commercial_partner_id AS partner_id, %(day)s AS day
                           FROM sale_order so JOIN res_partner rp ON rp.id = so.value_customer_id
                          WHERE %(orders)s) ordered
                     ON ordered.partner_id = tills.partner_id AND ordered.day = tills.day
              %(joined)s
             GROUP BY tills.partner_id
            """,
            window=scope.window_start,
            half=scope.half_start,
            trend=scope.trend_start,
            margin=margin,
            credited=credited,
            spans=SQL().join(
                SQL(
                    ", sum(%(sum)s) FILTER (WHERE %(holds)s AND %(credited)s) AS %(margin)s"
                    ", count(*) FILTER (WHERE tills.counts AND %(holds)s) AS %(count)s"
                    ", max(tills.day) FILTER (WHERE tills.counts AND %(ends)s) AS %(last)s",
                    sum=margin,
                    holds=span.holds(SQL("tills.day"), SQL("tills.partner_id")),
                    ends=span.ends(SQL("tills.day"), SQL("tills.partner_id")),
                    credited=credited,
                    margin=SQL.identifier(span.column("order_margin")),
                    count=SQL.identifier(span.column("order_count")),
                    last=SQL.identifier(span.column("last_order")),
                )
                for span in scope.spans
            ),
            joined=scope.spans_of(SQL("tills.partner_id")),
            tills=self._till_orders_sql(scope),
            day=scope.day(SQL("so.date_order")),
            orders=self._purchases_sql(scope),
        )
        sums = ["sales_recent", "sales_earlier", "order_margin", *(span.column("order_margin") for span in scope.spans)]
        return SQL(
            """
            SELECT COALESCE(o.partner_id, till.partner_id) AS partner_id,
                   LEAST(o.first_order, till.first_order) AS first_order,
                   GREATEST(o.last_order, till.last_order) AS last_order,
                   (SELECT max(day) FROM unnest(ARRAY[o.last_order, o.previous_order,
                                                      till.last_order, till.previous_order]) day
                     WHERE day < GREATEST(o.last_order, till.last_order)) AS previous_order,
                   COALESCE(o.order_days, 0) + COALESCE(till.other_days, 0) AS order_days,
                   %(as_of)s::date - GREATEST(o.last_order, till.last_order) AS recency_days,
                   %(as_of)s::date - LEAST(o.first_order, till.first_order) AS tenure_days,
                   COALESCE(o.order_count, 0) + COALESCE(till.order_count, 0) AS order_count,
                   (COALESCE(o.average_order * o.order_count, 0) + COALESCE(till.purchases, 0))
                       / NULLIF(COALESCE(o.order_count, 0) + COALESCE(till.order_count, 0), 0) AS average_order,
                   %(sums)s %(spans)s %(discount)s
              FROM (%(query)s) o
              FULL JOIN (%(till)s) till ON till.partner_id = o.partner_id
            """,
            as_of=scope.as_of,
            sums=SQL(", ").join(
                SQL("%s AS %s", _total(SQL.identifier("o", name), SQL.identifier("till", name)), SQL.identifier(name))
                for name in sums
            ),
            spans=SQL().join(
                SQL(
                    ", COALESCE(o.%(count)s, 0) + COALESCE(till.%(count)s, 0) AS %(count)s"
                    ", GREATEST(o.%(last)s, till.%(last)s) AS %(last)s",
                    count=SQL.identifier(span.column("order_count")),
                    last=SQL.identifier(span.column("last_order")),
                )
                for span in scope.spans
            ),
            discount=SQL().join(
                SQL(", o.%s", SQL.identifier(f"{name}{suffix}"))
                for suffix in ("", *(span.column("") for span in scope.spans))
                for name in ("discount_share", "discount_amount")
            )
            if "discount_share" in metrics
            else SQL(),
            query=query,
            till=till,
        )

    @api.model
    def _with_till_revenue(self, query, scope):
        """``query`` of the source ``invoice``, with the same columns, and what tills sold without an invoice in them.

        A credit note for a refund at a till has no order line, so that its whole amount would be lost margin, or
        nothing where it undoes a whole invoice; but the order at the till had a margin, and that of the refund is lost.
        """
        sold = SQL("tills.bill_type IS NULL")
        returned = SQL("tills.bill_type = 'out_refund'")
        changed = SQL("tills.margin - CASE WHEN tills.is_undone THEN 0 ELSE tills.amount + tills.tips END")

        def columns(holds, suffix):
            on_day, on_bill = holds(SQL("tills.day")), holds(SQL("tills.billed_on"))
            return SQL(
                """, sum(CASE WHEN %(sold)s THEN tills.amount ELSE -tills.tips END)
                         FILTER (WHERE CASE WHEN %(sold)s THEN %(on_day)s ELSE tills.tips <> 0 AND %(on_bill)s END)
                         AS %(revenue)s,
                     sum(CASE WHEN %(sold)s THEN tills.amount ELSE -tills.tips END)
                         FILTER (WHERE tills.is_purchase
                                 AND CASE WHEN %(sold)s THEN %(on_day)s ELSE tills.tips <> 0 AND %(on_bill)s END)
                         AS %(invoiced)s,
                     sum(%(changed)s) FILTER (WHERE %(returned)s AND %(on_bill)s) AS %(margin)s""",
                sold=sold,
                returned=returned,
                changed=changed,
                on_day=on_day,
                on_bill=on_bill,
                revenue=SQL.identifier(f"revenue{suffix}"),
                invoiced=SQL.identifier(f"invoiced{suffix}"),
                margin=SQL.identifier(f"changed_margin{suffix}"),
            )

        def in_window(column):
            return SQL("%s BETWEEN %s AND %s", column, scope.window_start, scope.as_of)

        def in_span(span):
            return lambda column: span.holds(column, SQL("tills.partner_id"))

        till = SQL(
            """
            SELECT tills.partner_id %(columns)s
              FROM (%(tills)s) tills
              %(joined)s
             GROUP BY tills.partner_id
            """,
            columns=SQL().join(
                [columns(in_window, ""), *(columns(in_span(span), span.column("")) for span in scope.spans)]
            ),
            tills=self._till_orders_sql(scope),
            joined=scope.spans_of(SQL("tills.partner_id")),
        )
        sums = []
        for suffix in ("", *(span.column("") for span in scope.spans)):
            revenue, invoiced, changed = (
                _total(SQL.identifier("i", f"{name}{suffix}"), SQL.identifier("till", f"{name}{suffix}"))
                for name in ("revenue", "invoiced", "changed_margin")
            )
            sums.append(
                SQL(
                    """%(revenue)s AS %(revenue_name)s, %(invoiced)s AS %(invoiced_name)s,
                       %(changed)s AS %(changed_name)s,
                       CASE WHEN %(invoiced)s > 0
                            THEN 100 * (%(invoiced)s - COALESCE(%(revenue)s, 0)) / (%(invoiced)s) END AS %(share_name)s
                    """,
                    revenue=revenue,
                    invoiced=invoiced,
                    changed=changed,
                    revenue_name=SQL.identifier(f"revenue{suffix}"),
                    invoiced_name=SQL.identifier(f"invoiced{suffix}"),
                    changed_name=SQL.identifier(f"changed_margin{suffix}"),
                    share_name=SQL.identifier(f"return_share{suffix}"),
                )
            )
        return SQL(
            """
            SELECT COALESCE(i.partner_id, till.partner_id) AS partner_id, %(sums)s
              FROM (%(query)s) i
              FULL JOIN (%(till)s) till ON till.partner_id = i.partner_id
            """,
            sums=SQL(", ").join(sums),
            query=query,
            till=till,
        )

    @api.model
    def _changed_queries(self, company, since):
        queries = super()._changed_queries(company, since)
        if self._has_tills():
            queries.append(
                SQL(
                    """SELECT rp.commercial_partner_id AS partner_id
                         FROM pos_order pos JOIN res_partner rp ON rp.id = pos.partner_id
                        WHERE pos.company_id = %s AND pos.write_date > %s""",
                    company.id,
                    since,
                )
            )
        return queries

    @api.model
    def _documents_action(self, metric, scope, partner):
        """Orders of tills where there are no others behind a number."""
        action = super()._documents_action(metric, scope, partner)
        if metric not in (*BOUGHT, "revenue") or not self._has_tills():
            return action
        if action:
            Others = self.env[action["res_model"]]
            if not Others.has_access("read") or Others.search_count(action["domain"], limit=1):
                return action
        Tills = self.env["pos.order"]
        domain = [
            ("company_id", "in", scope.company_ids),
            ("partner_id.commercial_partner_id", "=", partner.id),
            ("state", "in", COUNTED[:2]),
            ("date_order", "<", scope.until),
        ]
        if metric not in ("recency_days", "tenure_days"):
            domain.append(("date_order", ">=", scope.window_opens))
        if metric in BOUGHT:
            # those that count: a refund is no order, nor is what settles one or has no price
            mine = replace(scope, partner_ids=(partner.id,), many=False)
            self.env.flush_all()
            counted = self.env.execute_query(SQL("SELECT id FROM (%s) tills", self._till_purchases_sql(mine)))
            domain.append(("id", "in", [order for (order,) in counted]))
        if not Tills.has_access("read") or not Tills.search_count(domain, limit=1):
            return action
        return self._list_action(self.env._("Point of sale orders of %s", partner.display_name), "pos.order", domain)
