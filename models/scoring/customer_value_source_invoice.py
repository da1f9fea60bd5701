from odoo import api, models
from odoo.tools import SQL

from .customer_value_source import Metric


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
    def _source_invoice(self, scope, metrics):
        """Posted customer invoices, receipts and credit notes, untaxed, in company currency.

        ``credit_margin`` is what credit notes took from the margin of the orders: a credited order line loses margin
        at the rate that the line had, because the goods come back; a credit without an order line (goodwill,
        compensation) is lost in full. The run subtracts it from the margin of the orders to get ``margin``.
        ``invoiced`` is the revenue before credit notes. Of each span there are ``revenue_<span>``, NULL where
        nothing was invoiced in it, and ``credit_margin_<span>``.
        """

        def of_spans(name, amount):
            return SQL().join(
                SQL(
                    ", sum(%s) FILTER (WHERE %s) AS %s",
                    amount,
                    span.holds(SQL("am.invoice_date")),
                    SQL.identifier(span.column(name)),
                )
                for span in scope.spans
            )

        return SQL(
            """
            SELECT invoices.partner_id, invoices.revenue, invoices.invoiced, invoices.return_share,
                   credits.credit_margin %(span_columns)s
              FROM (
                    SELECT rp.commercial_partner_id AS partner_id,
                           sum(am.amount_untaxed_signed) AS revenue,
                           sum(am.amount_untaxed_signed) FILTER (WHERE am.move_type <> 'out_refund') AS invoiced,
                           CASE WHEN sum(am.amount_untaxed_signed) FILTER (WHERE am.move_type <> 'out_refund') > 0
                                THEN -100 * COALESCE(sum(am.amount_untaxed_signed)
                                                     FILTER (WHERE am.move_type = 'out_refund'), 0)
                                     / sum(am.amount_untaxed_signed) FILTER (WHERE am.move_type <> 'out_refund')
                           END AS return_share
                           %(span_revenues)s
                      FROM account_move am
                      JOIN res_partner rp ON rp.id = am.partner_id
                     WHERE %(invoices)s AND %(among)s
                     GROUP BY rp.commercial_partner_id
                   ) invoices
              LEFT JOIN (
                    SELECT rp.commercial_partner_id AS partner_id,
                           sum(aml.balance * COALESCE(ordered.margin_rate, 1)) AS credit_margin
                           %(span_credits)s
                      FROM account_move am
                      JOIN res_partner rp ON rp.id = am.partner_id
                      JOIN account_move_line aml ON aml.move_id = am.id AND aml.display_type = 'product'
                      LEFT JOIN LATERAL (
                            SELECT (sum(sol.margin) / NULLIF(sum(sol.price_subtotal), 0))::numeric AS margin_rate
                              FROM sale_order_line_invoice_rel rel
                              JOIN sale_order_line sol ON sol.id = rel.order_line_id
                             WHERE rel.invoice_line_id = aml.id
                           ) ordered ON TRUE
                     WHERE %(invoices)s AND am.move_type = 'out_refund' AND %(among)s
                     GROUP BY rp.commercial_partner_id
                   ) credits ON credits.partner_id = invoices.partner_id
            """,
            invoices=self._invoice_condition(scope),
            among=scope.among(SQL("rp.commercial_partner_id")),
            span_columns=SQL().join(
                SQL(", %s, %s", SQL.identifier("invoices", revenue), SQL.identifier("credits", credit))
                for revenue, credit in ((span.column("revenue"), span.column("credit_margin")) for span in scope.spans)
            ),
            span_revenues=of_spans("revenue", SQL("am.amount_untaxed_signed")),
            span_credits=of_spans("credit_margin", SQL("aml.balance * COALESCE(ordered.margin_rate, 1)")),
        )

    @api.model
    def _metric_sql(self, code, metric):
        return self._margin_sql() if code == "margin" else super()._metric_sql(code, metric)

    @api.model
    def _margin_sql(self, span=None):
        """The margin kept where ``sale`` and ``invoice`` are joined.

        :param Span span: one of those of the scope, instead of its window
        """
        ordered, credited = (
            SQL.identifier(source, span.column(name) if span else name)
            for source, name in (("sale", "order_margin"), ("invoice", "credit_margin"))
        )
        return SQL("(COALESCE(%s, 0) - COALESCE(%s, 0))", ordered, credited)

    @api.model
    def _invoice_condition(self, scope):
        """Invoices of ``account_move am`` that count in the window of ``scope``."""
        return SQL(
            "am.company_id = %s AND am.state = 'posted'"
            " AND am.move_type IN ('out_invoice', 'out_refund', 'out_receipt')"
            " AND am.invoice_date BETWEEN %s AND %s",
            scope.books,
            scope.window_start,
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
                     FROM account_move am JOIN res_partner rp ON rp.id = am.partner_id
                    WHERE am.company_id = %s AND am.write_date > %s
                      AND am.move_type IN ('out_invoice', 'out_refund', 'out_receipt')""",
                company.id,
                since,
            ),
        ]

    @api.model
    def _documents_action(self, metric, scope, partner):
        domain = [
            ("company_id", "in", scope.company_ids),
            ("partner_id.commercial_partner_id", "=", partner.id),
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
