from odoo import api, fields, models
from odoo.tools import SQL

from ..analytics import association, loss, second_lifetime, storing
from .customer_value_run_pipeline import DEFAULT_LIMITS
from .customer_value_source import Scope

# First key of the advisory lock of a refresh; the second is the company.
LOCK_KEY = 0x43565257


class CustomerRetentionLoss(models.Model):
    """How the losses are brought in line with scores and documents: one statement for each company."""

    _inherit = "customer.retention.loss"

    @api.model
    def _refresh(self, company, as_of=None):
        """Bring the losses of ``company`` in line: who is lost by his score, and why.

        :param date as_of: documents up to the end of that day, today if not given; the scores are the present ones
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_KEY, company.id])
        self.env.flush_all()
        as_of = as_of or fields.Date.context_today(self)
        scope = Scope.make(company, as_of, 12)
        dormant_days, lost_days = self._get_limits(company)
        company._learn_win_back(scope, lost_days)
        lost = loss.lost_sql(scope, dormant_days, lost_days)
        self.env.cr.execute("DROP TABLE IF EXISTS customer_retention_lost")
        self.env.cr.execute(SQL("CREATE TEMPORARY TABLE customer_retention_lost ON COMMIT DROP AS %s", lost))
        self.env.cr.execute("ANALYZE customer_retention_lost")
        self.env.cr.execute(
            storing.store_sql(
                self._table, ["partner_id"], loss.COLUMNS, company.id, as_of, self._evidence_sql(company, scope)
            )
        )
        [counts] = self.env.cr.dictfetchall()
        self.env.cr.execute("DROP TABLE customer_retention_lost")
        self.env.invalidate_all(flush=False)
        return counts

    @api.model
    def _get_limits(self, company):
        """Days until dormant and until lost, as the scores of the company were made with."""
        # sudo: whoever asks for it, the policy is that of the company
        calibration = self.env["customer.value.policy"].sudo()._get_active(company).calibration
        return (calibration["dormant_days"], calibration["lost_days"]) if calibration else DEFAULT_LIMITS

    @api.model
    def _evidence_sql(self, company, scope):
        # sudo: whoever asks for it, it is about all documents
        Source = self.env["customer.value.source"].sudo()
        own = loss.LossScope(company.id, scope.tz)
        needed = {"sale": {"discount_share"}, "invoice": {"margin", "return_share"}}
        joins, _evidence = Source._join_queries(
            {name: Source._source_query(name, own, metrics) for name, metrics in needed.items()}
        )
        figures = SQL(
            """SELECT %s AS margin, sale.discount_share, invoice.return_share
                 FROM res_partner rp %s WHERE rp.id = lost.partner_id""",
            Source._metric_sql("margin", Source._get_metrics()["margin"]),
            joins,
        )
        terms = company._get_win_back_terms()
        return loss.evidence_sql(
            scope,
            own,
            loss.Signs(
                company.retention_loss_return_share,
                company.retention_loss_discount_share,
                company.retention_loss_price_increase,
            ),
            figures,
            Source._abusive_sql(scope),
            association.goods_sql(self.env["customer.retention.association"]._has_delivery()),
            second_lifetime.second_lifetime_value(1, **terms),
            company.currency_id.decimal_places,
        )
