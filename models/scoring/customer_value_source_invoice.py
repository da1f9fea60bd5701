from odoo import api, models
from odoo.tools import SQL

from ...analytics.scoring.charged import SAME_PRICE, changes_sql, written_off_sql
from .customer_value_source import EPOCH, Metric


class CustomerValueSource(models.AbstractModel):
    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "revenue": Metric("invoice", self.env._("Revenue net of credit notes"), "money"),
            "margin": Metric("invoice", self.env._("Net margin"), "money"),
            "return_share": Metric("invoice", self.env._("Share credited"), "percent", "lower", additive=False),
        }

    @api.model
    def _get_typed_columns(self):
        amounts = ("revenue", "changed_margin", "invoiced", "return_share")
        return super()._get_typed_columns() | {"invoice": dict.fromkeys(amounts, "numeric")}

    @api.model
    def _source_invoice(self, scope, metrics):
        """Posted customer invoices, receipts and credit notes, untaxed, in company currency.

        ``changed_margin`` is what documents changed in the margin of the orders, see ``_margin_changes_sql``; the run
        adds it to the margin of the orders to get ``margin``. ``invoiced`` is the revenue and what was taken back from
        it. Of each span there are ``revenue_<span>``, NULL where nothing was invoiced in it,
        ``changed_margin_<span>``, ``invoiced_<span>`` and ``return_share_<span>``. For ``margin`` alone it is not read
        what was invoiced: rows are those of customers whose margin was changed.
        """
        spans = [
            SQL(
                ", sum(amount) FILTER (WHERE %(day)s) AS %(revenue)s"
                ", sum(earned) FILTER (WHERE %(day)s) AS %(changed)s"
                ", GREATEST(COALESCE(sum(returned) FILTER (WHERE %(day)s), 0), 0) AS %(returned)s",
                day=span.holds(SQL("told.day"), SQL("told.partner_id")),
                revenue=SQL.identifier(span.column("revenue")),
                changed=SQL.identifier(span.column("changed_margin")),
                returned=SQL.identifier(span.column("returned")),
            )
            for span in scope.spans
        ]
        return SQL(
            """
            SELECT partner_id, revenue, changed_margin, revenue + returned AS invoiced,
                   CASE WHEN revenue + returned > 0 THEN 100 * returned / (revenue + returned) END AS return_share
                   %(span_columns)s
              FROM (
                    %(customers)s
                   ) customer
            """,
            span_columns=SQL().join(
                SQL(
                    """, %(revenue)s, %(changed)s, COALESCE(%(revenue)s, 0) + %(returned)s AS %(invoiced)s,
                       CASE WHEN COALESCE(%(revenue)s, 0) + %(returned)s > 0
                            THEN 100 * %(returned)s / (COALESCE(%(revenue)s, 0) + %(returned)s) END AS %(share)s""",
                    **{
                        name: SQL.identifier(span.column(column))
                        for name, column in (
                            ("revenue", "revenue"),
                            ("changed", "changed_margin"),
                            ("returned", "returned"),
                            ("invoiced", "invoiced"),
                            ("share", "return_share"),
                        )
                    },
                )
                for span in scope.spans
            ),
            customers=self._read_beside_sql(scope)
            if scope.beside
            else SQL(
                """
                SELECT told.partner_id, COALESCE(sum(amount), 0) AS revenue, sum(earned) AS changed_margin,
                       GREATEST(COALESCE(sum(returned), 0), 0) AS returned %(spans)s
                  FROM (
                        %(documents)s
                        SELECT partner_id, day, NULL::numeric AS amount, earned, returned FROM (%(changes)s) change
                       ) told
                       %(joined)s
                 GROUP BY told.partner_id
                """,
                spans=SQL().join(spans),
                joined=scope.spans_of(SQL("told.partner_id")),
                documents=SQL()
                if metrics == {"margin"}
                else SQL(
                    """SELECT partner_id, day, amount, NULL::numeric AS earned, NULL::numeric AS returned
                         FROM (%s) document
                        UNION ALL""",
                    self._invoice_documents_sql(scope)
                    if scope.spans or scope.among(SQL("partner_id")) != SQL("TRUE")
                    else self._invoice_totals_sql(scope),
                ),
                changes=self._window_changes_sql(scope),
            ),
        )

    @api.model
    def _read_beside_sql(self, scope):
        """Revenue and what changed in the margin of everybody, read and added up at the same time: a process each."""
        changes = SQL(
            """SELECT partner_id, sum(earned) AS changed_margin, GREATEST(COALESCE(sum(returned), 0), 0) AS returned
                 FROM (%s) change GROUP BY partner_id""",
            self._window_changes_sql(scope),
        )
        totals = SQL(
            "SELECT partner_id, COALESCE(sum(amount), 0) AS revenue FROM (%s) document GROUP BY partner_id",
            self._invoice_totals_sql(scope),
        )
        kinds = {"partner_id": "int4", "changed_margin": "numeric", "returned": "numeric"}
        changes = scope.beside.add("changes", changes, kinds)
        totals = scope.beside.add("documents", totals, {"partner_id": "int4", "revenue": "numeric"})
        return SQL(
            """
            SELECT COALESCE(document.partner_id, change.partner_id) AS partner_id,
                   COALESCE(document.revenue, 0) AS revenue, change.changed_margin,
                   COALESCE(change.returned, 0) AS returned
              FROM (%s) document
              FULL JOIN (%s) change ON change.partner_id = document.partner_id
            """,
            totals,
            changes,
        )

    @api.model
    def _window_changes_sql(self, scope):
        """What documents of the window changed in the margin, see ``_margin_changes_sql``."""
        return SQL(
            "SELECT partner_id, day, earned, returned FROM (%s) change WHERE day BETWEEN %s AND %s",
            self._margin_changes_sql(scope),
            scope.window_start,
            scope.as_of,
        )

    @api.model
    def _invoice_documents_sql(self, scope):
        """Invoices, receipts and credit notes: ``partner_id``, ``day`` and ``amount`` without means of payment.

        They belong to the customer who was invoiced; or, where that is another, to the customers of their orders, to
        each what was charged for theirs, and for who was invoiced they amount to nothing.
        """
        amount, money = SQL("am.amount_untaxed_signed"), SQL()
        if self._get_money_products():
            amount = SQL("am.amount_untaxed_signed - COALESCE(money.amount, 0)")
            money = SQL("LEFT JOIN (%s) money ON money.move_id = am.id", self._invoiced_money_sql(scope))
        return SQL(
            """
            WITH other AS MATERIALIZED (%(others)s)
            SELECT rp.commercial_partner_id AS partner_id, am.invoice_date AS day,
                   CASE WHEN am.id IN (SELECT move_id FROM other) THEN 0 ELSE %(amount)s END AS amount
              FROM account_move am
              JOIN res_partner rp ON rp.id = am.commercial_partner_id
              %(money)s
             WHERE %(invoices)s AND %(among)s
             UNION ALL
            SELECT rp.commercial_partner_id, am.invoice_date, other.amount + COALESCE(%(amount)s - other.known, 0)
              FROM other
              JOIN account_move am ON am.id = other.move_id
              JOIN res_partner rp ON rp.id = other.partner_id
              %(money)s
             WHERE %(invoices)s AND %(among)s
            """,
            amount=amount,
            money=money,
            invoices=self._invoice_condition(scope),
            among=scope.among(SQL("rp.commercial_partner_id")),
            others=self._invoiced_to_others_sql(scope),
        )

    @api.model
    def _invoice_totals_sql(self, scope):
        """What ``_invoice_documents_sql`` of everybody adds up to, in several rows a customer, with ``day`` null.

        Invoices are added up as they come from their index, which has those of a customer one after the other; only
        sums are then looked up and joined. Means of payment are few, and subtracted from the sums.
        """
        money = SQL()
        if self._get_money_products():
            money = SQL(
                """
                UNION ALL
                SELECT rp.commercial_partner_id, NULL, -money.amount
                  FROM (%(money)s) money
                  JOIN account_move am ON am.id = money.move_id
                  LEFT JOIN other ON other.move_id = am.id AND other.known IS NOT NULL
                  JOIN res_partner rp ON rp.id = COALESCE(other.partner_id, am.commercial_partner_id)
                 WHERE %(invoices)s
                """,
                money=self._invoiced_money_sql(scope),
                invoices=self._invoice_condition(scope),
            )
        return SQL(
            """
            WITH other AS MATERIALIZED (%(others)s)
            SELECT rp.commercial_partner_id AS partner_id, NULL::date AS day, invoiced.amount
              FROM (SELECT am.commercial_partner_id,
                           sum(CASE WHEN am.id IN (SELECT move_id FROM other) THEN 0
                                    ELSE am.amount_untaxed_signed END) AS amount
                      FROM account_move am
                     WHERE %(invoices)s
                     GROUP BY am.commercial_partner_id) invoiced
              JOIN res_partner rp ON rp.id = invoiced.commercial_partner_id
             UNION ALL
            SELECT rp.commercial_partner_id, NULL, other.amount + COALESCE(am.amount_untaxed_signed - other.known, 0)
              FROM other
              JOIN account_move am ON am.id = other.move_id
              JOIN res_partner rp ON rp.id = other.partner_id
             WHERE %(invoices)s
            %(money)s
            """,
            others=self._invoiced_to_others_sql(scope),
            invoices=self._invoice_condition(scope),
            money=money,
        )

    @api.model
    def _invoiced_money_sql(self, scope):
        """What of invoices is means of payment: ``move_id`` and ``amount``."""
        return SQL(
            """
            SELECT aml.move_id, -sum(aml.balance) AS amount
              FROM account_move_line aml
             WHERE aml.company_id = %(company)s AND aml.parent_state = 'posted'
               AND aml.display_type = 'product' AND aml.product_id = ANY(%(products)s)
               AND (SELECT 1 FROM sale_order_line_invoice_rel rel
                      JOIN sale_order_line sol ON sol.id = rel.order_line_id
                     WHERE rel.invoice_line_id = aml.id AND NOT %(money)s LIMIT 1) IS NULL
             GROUP BY aml.move_id
            """,
            company=scope.books,
            products=self._get_money_products(),
            money=self._money_sql(),
        )

    @api.model
    def _invoiced_to_others_sql(self, scope):
        """Invoices of orders that were another's to pay: ``move_id``, and for each customer with orders on it
        ``partner_id`` and the ``amount`` of their lines, untaxed in company currency. What ``amount`` comes to for all
        of them is ``known`` in the row of one, who has what is about no order as well.
        """
        return SQL(
            """
            SELECT line.move_id, line.partner_id, -sum(line.balance) AS amount,
                   CASE WHEN line.partner_id = min(line.partner_id) OVER (PARTITION BY line.move_id)
                        THEN -sum(sum(line.balance)) OVER (PARTITION BY line.move_id) END AS known
              FROM (SELECT aml.move_id, so.value_customer_id AS partner_id,
                           aml.balance / count(*) OVER (PARTITION BY aml.id) AS balance
                      FROM (SELECT DISTINCT aml.move_id
                              FROM sale_order so
                              JOIN sale_order_line sol ON sol.order_id = so.id
                              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = sol.id
                              JOIN account_move_line aml ON aml.id = rel.invoice_line_id
                             WHERE NULLIF(so.value_customer_id, so.value_payer_id) IS NOT NULL AND so.company_id = %s
                           ) other
                      JOIN account_move_line aml ON aml.move_id = other.move_id
                      JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = aml.id
                      JOIN sale_order_line sol ON sol.id = rel.order_line_id
                      JOIN sale_order so ON so.id = sol.order_id) line
             GROUP BY line.move_id, line.partner_id
            """,
            scope.books,
        )

    @api.model
    def _margin_changes_sql(self, scope):
        """What documents up to ``as_of`` changed in the margin: ``partner_id``, ``day``, ``line_id`` (of the order, if
        there is one), ``move_id``, ``earned``, ``returned``.

        Credit notes without an order (goodwill, compensation) are lost in full, unless they undo an invoice that had
        none either, or take back lines of it at their price: nothing says what these earned. So is what journal entries
        write off.

        Credit notes are few among invoices, which the planner does not know of what hangs on them: ``OFFSET 0`` and
        ``LIMIT`` have lines and originals of each looked up by index, instead of all journal items read for them; and
        originals are looked at only of the few that have lines without an order.
        """
        until_as_of = self._invoice_condition(scope, EPOCH)
        among = scope.among(SQL("rp.commercial_partner_id"))
        products = self._get_money_products()
        return SQL(
            """
            SELECT partner_id, day, line_id, move_id, earned, returned FROM (%(ordered)s) ordered
             UNION ALL
            SELECT am.partner_id, am.invoice_date, NULL, am.id,
                   CASE WHEN am.takes_back THEN 0 ELSE -am.balance END,
                   CASE WHEN %(of_order)s THEN NULL ELSE am.balance END
              FROM (
                    SELECT am.*, aml.balance, %(takes_back)s AS takes_back
                      FROM (
                            SELECT rp.commercial_partner_id AS partner_id, am.id, am.invoice_date,
                                   am.reversed_entry_id, am.amount_untaxed_signed
                              FROM account_move am
                              JOIN res_partner rp ON rp.id = am.commercial_partner_id
                             WHERE %(invoices)s AND am.move_type = 'out_refund' AND %(among)s
                             ORDER BY am.id
                            OFFSET 0
                           ) am
                     CROSS JOIN LATERAL (
                            SELECT line.balance, line.product_id, line.quantity
                              FROM account_move_line line
                             WHERE line.move_id = am.id AND line.display_type = 'product'
                               AND (SELECT 1 FROM sale_order_line_invoice_rel rel
                                     WHERE rel.invoice_line_id = line.id LIMIT 1) IS NULL
                            OFFSET 0
                           ) aml
                     WHERE %(not_money)s
                    OFFSET 0
                   ) am
             WHERE NOT %(undone)s
             UNION ALL
            SELECT rp.commercial_partner_id, written.day, NULL, written.move_id,
                   -written.amount * -aml.balance / written.credited, NULL
              FROM (%(written_off)s) written
              JOIN account_move_line aml ON aml.move_id = written.move_id
              JOIN account_account aa ON aa.id = aml.account_id AND aa.account_type = 'asset_receivable'
              JOIN res_partner rp ON rp.id = aml.partner_id
             WHERE %(among)s
            """,
            ordered=changes_sql(
                scope,
                self._money_sql(),
                until_as_of,
                SQL("am.debit_origin_id IS NOT NULL")
                if "debit_origin_id" in self.env["account.move"]._fields
                else SQL("FALSE"),
            ),
            invoices=self._invoice_condition(scope),
            among=among,
            of_order=self._reverses_order_sql(),
            takes_back=self._takes_back_line_sql(),
            undone=self._undoes_sale_without_order_sql(),
            not_money=SQL("aml.product_id <> ALL(%s) IS NOT FALSE", products) if products else SQL("TRUE"),
            written_off=written_off_sql(scope.books, self._entries_condition(scope), few=scope.by_entry),
        )

    @api.model
    def _entries_condition(self, scope):
        """Journal entries of ``account_move am`` in the window of ``scope``, on receivables of its customers."""
        days = SQL("am.date BETWEEN %s AND %s", scope.window_start, scope.as_of)
        if not scope.by_entry:
            return days
        # an array of ids and OFFSET 0, since the planner does not know how few entries are of the customers, and would
        # begin with all of these days
        return SQL(
            """%s AND am.id = ANY(ARRAY(SELECT line.move_id
                                          FROM res_partner rp
                                         CROSS JOIN LATERAL (SELECT line.move_id FROM account_move_line line
                                                              WHERE line.partner_id = rp.id OFFSET 0) line
                                         WHERE %s))""",
            days,
            scope.among(SQL("rp.commercial_partner_id")),
        )

    @api.model
    def _reverses_order_sql(self):
        """Whether the credit note ``account_move am`` reverses an invoice of orders."""
        return SQL(
            """((SELECT 1 FROM account_move_line original
                   JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = original.id
                  WHERE original.move_id = am.reversed_entry_id LIMIT 1) IS NOT NULL)"""
        )

    @api.model
    def _takes_back_line_sql(self):
        """Whether the line ``aml`` of the credit note ``account_move am`` takes back, at its price, what the invoice
        that is reversed says without an order. What a till sold has an order there, and is not meant.
        """
        till = SQL()
        if self._has_tills():
            till = SQL(
                """AND (SELECT 1 FROM pos_order pos
                         WHERE pos.account_move IN (am.id, am.reversed_entry_id) LIMIT 1) IS NULL"""
            )
        return SQL(
            """((SELECT 1 FROM account_move_line original
                   WHERE original.move_id = am.reversed_entry_id AND original.display_type = 'product'
                     AND original.product_id = aml.product_id
                     AND original.quantity >= aml.quantity AND aml.quantity > 0
                     AND original.balance < 0
                     AND aml.balance >= %s * -original.balance * aml.quantity / original.quantity
                     AND aml.balance <= -original.balance
                     AND (SELECT 1 FROM sale_order_line_invoice_rel rel
                           WHERE rel.invoice_line_id = original.id LIMIT 1) IS NULL
                     %s
                   LIMIT 1) IS NOT NULL)""",
            SAME_PRICE,
            till,
        )

    @api.model
    def _undoes_sale_without_order_sql(self):
        """Whether the credit note ``account_move am`` undoes an invoice that had no order, and so no margin."""
        return SQL(
            """((SELECT 1 FROM account_move origin
                   WHERE origin.id = am.reversed_entry_id
                     AND origin.amount_untaxed_signed = -am.amount_untaxed_signed) IS NOT NULL AND NOT %s)""",
            self._reverses_order_sql(),
        )

    @api.model
    def _metric_sql(self, code, metric):
        return self._margin_sql() if code == "margin" else super()._metric_sql(code, metric)

    @api.model
    def _margin_sql(self, span=None):
        """The margin kept where ``sale`` and ``invoice`` are joined.

        :param Span span: one of those of the scope, instead of its window
        """
        ordered, changed = (
            SQL.identifier(source, span.column(name) if span else name)
            for source, name in (("sale", "order_margin"), ("invoice", "changed_margin"))
        )
        return SQL("(COALESCE(%s, 0) + COALESCE(%s, 0))", ordered, changed)

    @api.model
    def _invoice_condition(self, scope, since=None):
        """Invoices of ``account_move am`` that count in the window of ``scope``, or those from the day ``since`` on."""
        return SQL(
            "am.company_id = %s AND am.state = 'posted'"
            " AND am.move_type IN ('out_invoice', 'out_refund', 'out_receipt')"
            " AND am.invoice_date BETWEEN %s AND %s",
            scope.books,
            since or scope.window_start,
            scope.as_of,
        )

    @api.model
    def _get_purchase_basis(self):
        return super()._get_purchase_basis() | {"invoiced": SQL("COALESCE(invoice.invoiced, 0)")}

    @api.model
    def _get_purchase_effects(self):
        return super()._get_purchase_effects() | {
            "revenue": SQL("b.revenue + c.amount"),
            "margin": SQL("b.margin + c.amount * b.margin_rate"),
            "return_share": SQL("100 * (b.invoiced - b.revenue) / (b.invoiced + c.amount)"),
        }

    @api.model
    def _changed_queries(self, company, since):
        return [
            *super()._changed_queries(company, since),
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id
                     FROM account_move am
                    CROSS JOIN LATERAL (
                          SELECT am.commercial_partner_id AS id
                           UNION
                          SELECT so.value_customer_id
                            FROM account_move_line aml
                            JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = aml.id
                            JOIN sale_order_line sol ON sol.id = rel.order_line_id
                            JOIN sale_order so ON so.id = sol.order_id
                           WHERE aml.move_id = am.id) customer
                     JOIN res_partner rp ON rp.id = customer.id
                    WHERE am.company_id = %s AND am.write_date > %s
                      AND am.move_type IN ('out_invoice', 'out_refund', 'out_receipt')""",
                company.id,
                since,
            ),
        ]

    @api.model
    def _invoices_domain(self, scope, partner):
        """The invoices that count for ``partner``, whoever had to pay them."""
        self.env.flush_all()
        others = self.env.execute_query(
            SQL(
                """SELECT other.move_id, bool_or(rp.commercial_partner_id = %(partner)s)
                     FROM (%(others)s) other
                     JOIN account_move am ON am.id = other.move_id
                     JOIN res_partner payer ON payer.id = am.commercial_partner_id
                     JOIN res_partner rp ON rp.id = other.partner_id
                    GROUP BY other.move_id
                   HAVING bool_or(%(partner)s IN (rp.commercial_partner_id, payer.commercial_partner_id))""",
                partner=partner.id,
                others=self._invoiced_to_others_sql(scope),
            )
        )
        return [
            "|",
            ("id", "in", [move for move, is_theirs in others if is_theirs]),
            "&",
            ("commercial_partner_id.commercial_partner_id", "=", partner.id),
            ("id", "not in", [move for move, is_theirs in others if not is_theirs]),
        ]

    @api.model
    def _documents_action(self, metric, scope, partner):
        domain = [
            ("company_id", "in", scope.company_ids),
            *self._invoices_domain(scope, partner),
            ("state", "=", "posted"),
            ("invoice_date", ">=", scope.window_start),
            ("invoice_date", "<=", scope.as_of),
        ]
        if metric == "revenue":
            domain.append(("move_type", "in", ("out_invoice", "out_refund", "out_receipt")))
            return self._list_action(self.env._("Invoices of %s", partner.display_name), "account.move", domain)
        if metric == "return_share":
            domain.append(("move_type", "=", "out_refund"))
            return self._list_action(self.env._("Credit notes of %s", partner.display_name), "account.move", domain)
        if metric == "margin":
            # what the credit notes took shows on each order as its credited amount
            return self._documents_action("order_count", scope, partner)
        return super()._documents_action(metric, scope, partner)
