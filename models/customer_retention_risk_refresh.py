from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..analytics import slipping
from .customer_value_run_pipeline import DEFAULT_LIMITS
from .customer_value_source import Scope

# First key of the advisory lock of a refresh; the second is the company.
LOCK_KEY = 0x43565253
MONTHS = 12


class CustomerRetentionRisk(models.Model):
    """How the risks are brought in line with the documents: one statement for each company."""

    _inherit = "customer.retention.risk"

    @api.model
    def _refresh(self, company, as_of=None, partners=None):
        """Bring the risks of ``company`` in line with its documents.

        :param date as_of: the state of the books at the end of that day, today if not given. The score is the present
            one, unless it began later: then it is not known. Tier and account manager are those of the score and today
        :param partners: ``res.partner`` whose commercial entities are looked at; all customers if not given
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_KEY, company.id])
        return self._refresh_locked(company, as_of, partners)

    @api.model
    def _refresh_locked(self, company, as_of=None, partners=None):
        as_of = as_of or fields.Date.context_today(self)
        if partners is not None:
            # a contact that has become part of a company may have been a customer himself
            partners |= partners.commercial_partner_id
        self.env.flush_all()
        if partners is None:
            # orders are sorted by customer and day, as in a run
            self.env.cr.execute("SET LOCAL work_mem = '256MB'")
        self.env.cr.execute(self._refresh_sql(company, as_of, partners))
        counts = dict(zip(("added", "changed", "removed"), self.env.cr.fetchone(), strict=True))
        if any(counts.values()):
            self.env["customer.retention.risk"].invalidate_model(flush=False)
            self.env["res.partner"].invalidate_model(["retention_risk_id"], flush=False)
        return counts

    @api.model
    def _refresh_sql(self, company, as_of, partners):
        # sudo: whoever asks for it, it is about all documents
        Source = self.env["customer.value.source"].sudo()
        scope = Scope.make(company, as_of, MONTHS, partners)
        before = Scope.make(company, scope.window_start - timedelta(days=1), MONTHS, partners)
        now_columns = SQL(
            ", sale.first_order, sale.last_order, sale.order_days, %s::date - sale.last_order AS gap_days", as_of
        )
        return slipping.refresh_sql(
            self._get_watch(company, as_of),
            scope,
            now=self._margin_sql(Source, scope, now_columns),
            before=self._margin_sql(Source, before),
            overdue=Source._overdue_items_sql(scope),
            abusive=Source._abusive_sql(scope),
        )

    @api.model
    def _margin_sql(self, Source, scope, columns=None):
        """Query of ``partner_id`` and ``margin`` (company currency) in the window of ``scope``.

        :param SQL columns: further ones, over the joined sources ``sale`` and ``invoice``
        """
        metric = Source._get_metrics()["margin"]
        queries = {name: Source._source_query(name, scope, {"margin"}) for name in ("sale", "invoice")}
        joins, evidence = Source._join_queries(queries)
        return SQL(
            "SELECT rp.id AS partner_id, %s AS margin %s FROM res_partner rp %s WHERE %s AND (%s)",
            Source._metric_sql("margin", metric),
            columns or SQL(),
            joins,
            scope.among(SQL("rp.id")),
            evidence,
        )

    @api.model
    def _get_watch(self, company, as_of):
        """The ``slipping.Watch`` of a company: its settings, and the reasons in use in their order."""
        # sudo: policy and reasons are the same for whoever asks
        policy = self.env["customer.value.policy"].sudo()._get_active(company)
        reasons = self.env["customer.retention.reason"].sudo().search(self._get_reasons_domain())
        calibration = policy.calibration or {}
        return slipping.Watch(
            as_of=as_of,
            company_id=company.id,
            lost_days=calibration.get("lost_days") or policy.lost_days or DEFAULT_LIMITS[1],
            policy_id=policy.id or None,
            fall_start=as_of - timedelta(days=company.retention_fall_days),
            digits=company.currency_id.decimal_places,
            reasons=tuple((reason.code, reason.id) for reason in reasons if reason.code in slipping.FACTORS),
            gaps=company._get_retention_limits("gap"),
            falls=company._get_retention_limits("fall"),
            losses=company._get_retention_limits("margin"),
            complaint_days=(company.retention_complaint_serious, company.retention_complaint_urgent),
            dispute_days=company.retention_dispute_urgent,
        )

    # -- scheduled -----------------------------------------------------------------------------------------------------

    @api.model
    def _get_refresh_companies(self):
        # complaints and margins tell of slipping before any policy is there
        return self.env["res.company"].search([("active", "=", True)])
