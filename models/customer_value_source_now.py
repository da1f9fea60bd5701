from odoo import api, fields, models
from odoo.tools import SQL

from .customer_value_source import Scope


class CustomerValueSource(models.AbstractModel):
    """Metrics of a few customers at this moment, without a run."""

    _inherit = "customer.value.source"

    @api.model
    def _read_now(self, company, partners, codes, window_months=12):
        """What a run of today would read for ``partners``; one query, whatever their number.

        :param partners: commercial entities; companies of this database are no customers
        :param codes: metrics; unknown ones are left out
        :return: ``{partner id: {code: number or None}}``, without customers that no source knows
        """
        metrics = {code: metric for code, metric in self._get_metrics().items() if code in set(codes)}
        if not partners or not metrics:
            return {}
        scope = Scope.make(company, fields.Date.context_today(self), window_months, partners)
        # a metric may be read from the columns of orders and invoices as well: see _metric_sql
        queries = {
            name: self._source_query(name, scope, {code for code, metric in metrics.items() if metric.source == name})
            for name in sorted({"sale", "invoice"} | {metric.source for metric in metrics.values()})
        }
        columns = []
        for code, metric in metrics.items():
            value = self._metric_sql(code, metric)
            columns.append(SQL("(%s)::float8", SQL("COALESCE(%s, 0)", value) if metric.additive else value))
        joins, evidence = self._join_queries(queries)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT rp.id, %(columns)s
                  FROM res_partner rp %(joins)s
                 WHERE rp.id = ANY(%(partners)s) AND (%(evidence)s)
                   AND NOT EXISTS (SELECT FROM res_company company WHERE company.partner_id = rp.id)
                """,
                columns=SQL(", ").join(columns),
                joins=joins,
                partners=partners.ids,
                evidence=evidence,
            )
        )
        return {row[0]: dict(zip(metrics, row[1:], strict=True)) for row in self.env.cr.fetchall()}
