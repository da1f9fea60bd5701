from dataclasses import replace

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.core import storing
from ...analytics.fact import monthly, totals
from ...analytics.scoring import recording
from ...analytics.scoring.customers import is_customer_sql
from ...analytics.scoring.scoring import METRICS
from ..core.fields_bulk import BulkMany2one
from ..core.locking import LOCK_FACTS, lock_company
from ..core.shared_rows import drop_rows
from ..risk.customer_retention_risk import LEVELS
from ..scoring.customer_value_score import LIFECYCLES
from ..scoring.customer_value_source import Scope

RECORDED, REBUILT = "recorded", "rebuilt"

MONTH = relativedelta(months=1)

FORESEEN = (
    "At the end of the month. Empty in rebuilt months: what would be foreseen for that day now has learned from what "
    "came after it."
)

# Decimal places of amounts beyond those of the currency
SPARE_DIGITS = 4

# So many rows of a month that are new
MANY = 1_000


class CustomerValueFact(models.Model):
    """What a customer was at the end of a month, and what the month brought; one row for each month and company.

    Amounts are those of the month alone, in company currency, by the sources that runs read; so they add up to what is
    booked. Written in SQL by ``_refresh`` and by rebuilding alone.
    """

    _name = "customer.value.fact"
    _description = "Monthly Figures"
    _inherit = ["customer.retention.finding", "customer.value.customer.row", "customer.succession.participant"]
    _order = "month desc, revenue desc, id"
    _rec_name = "partner_id"
    # It is recomputed by the system, not by a user.
    _log_access = False
    _succession_layer = 96

    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    company_id = BulkMany2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    as_of = fields.Date(string="Last Change", readonly=True, help="Day on which these figures were last written.")
    is_closed = fields.Boolean(string="Month Closed", readonly=True, help="The month is over.")
    origin = fields.Selection(
        [(RECORDED, "Recorded"), (REBUILT, "Rebuilt")],
        readonly=True,
        help="Recorded at the time, or rebuilt later with the present policy. Rebuilt months know no manual tiers, no "
        "minimum stay, no forecasts and no risks.",
    )
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="set null")
    segment_id = fields.Many2one("customer.value.segment", readonly=True, ondelete="set null")
    lifecycle = fields.Selection(LIFECYCLES, readonly=True)
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    risk_level = fields.Selection(LEVELS, readonly=True, help=FORESEEN)
    lifetime_value = fields.Monetary(readonly=True, aggregator="avg", help=FORESEEN)
    lifetime_historical = fields.Monetary(string="Historical Value", readonly=True, aggregator="avg", help=FORESEEN)
    lifetime_current = fields.Monetary(string="Current Value", readonly=True, aggregator="avg", help=FORESEEN)
    lifetime_potential = fields.Monetary(string="Potential Value", readonly=True, aggregator="avg", help=FORESEEN)
    revenue = fields.Monetary(readonly=True, help="Invoices of the month, net of its credit notes, untaxed.")
    margin = fields.Monetary(
        string="Net Margin", readonly=True, help="Margin of the orders of the month, and what documents changed in it."
    )
    order_count = fields.Integer(string="Orders", readonly=True)
    complaint_count = fields.Integer(string="Complaints", readonly=True, help="Complaints received in the month.")
    service_cost = fields.Monetary(
        readonly=True, help="Tickets and complaints closed in the month, times the cost of a ticket."
    )

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _partner_month_unique = models.Constraint(
        "UNIQUE(partner_id, company_id, month)", "A customer can have only one row per month and company."
    )
    # For one month of a company, as refreshing and moves read it
    _by_month = models.Index("(company_id, month)")
    # For several months: rows of a month lie together, so that a few kilobytes tell where each is
    _months = models.Index("USING brin (month)")

    # -- how they are asked for ----------------------------------------------------------------------------------------

    @api.model
    def _read_group(self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None):
        """From totals, where these tell the same."""
        Total, domain_of_totals = self._get_totals(domain, groupby, aggregates)
        if domain_of_totals is None or having:
            return super()._read_group(domain, groupby, aggregates, having, offset, limit, order)
        # totals that have come to nothing are no group
        filled = [("__count", ">", 0)] if groupby else []
        return self._as_asked(
            groupby, Total._read_group(domain_of_totals, groupby, aggregates, filled, offset, limit, order)
        )

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        """From totals, where these tell the same."""
        groupby = [spec for grouping_set in grouping_sets for spec in grouping_set]
        Total, domain_of_totals = self._get_totals(domain, groupby, aggregates)
        if domain_of_totals is None:
            return super()._read_grouping_sets(domain, grouping_sets, aggregates, order)
        found = Total._read_grouping_sets(domain_of_totals, grouping_sets, [*aggregates, "__count"], order)
        return [
            self._as_asked(by, [row[:-1] for row in rows if row[-1] or not by])
            for by, rows in zip(grouping_sets, found, strict=True)
        ]

    @api.model
    def _get_totals(self, domain, groupby, aggregates):
        """:return: the model of totals, and the domain of those that tell the same; None where none do"""
        self.browse().check_access("read")
        asked = [*groupby, *(condition.field_expr for condition in Domain(domain).iter_conditions())]
        by_user = any(name.partition(":")[0].partition(".")[0] == "user_id" for name in asked)
        # what the reader may see is part of the domain
        Total = self.env[f"customer.value.fact.total{'.user' if by_user else ''}"]
        return Total.sudo(), Total._get_domain(domain, groupby, aggregates)

    @api.model
    def _as_asked(self, groupby, rows):
        """:return: ``rows`` with the records that they are grouped by as the reader may see them"""
        size = len(groupby)
        return [
            (*(value.with_env(self.env) if isinstance(value, models.BaseModel) else value for value in row[:size]),
             *row[size:])
            for row in rows
        ]  # fmt: skip

    # -- the current month ---------------------------------------------------------------------------------------------

    @api.model
    def _refresh(self, company, as_of=None, partners=None):
        """Close months that are over, and bring the current one in line with scores and documents.

        A month that is over keeps the tiers, scores and values that were recorded in it last.

        :param date as_of: today if not given
        :param partners: ``res.partner`` whose commercial entities are looked at in the current month alone; months are
            closed for all customers at once
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        lock_company(company, LOCK_FACTS)
        self.env.flush_all()
        as_of = as_of or company._get_value_today()
        month = as_of.replace(day=1)
        if partners is not None:
            # a contact that has become part of a company may have been a customer of their own
            partners |= partners.commercial_partner_id
            return self._store_month(company, month, as_of, self._present_sql(company), RECORDED, partners)
        self._settle_totals(company, [month - MONTH, month])
        self.env.cr.execute(
            "SELECT DISTINCT month FROM customer_value_fact WHERE company_id = %s AND month < %s AND NOT is_closed",
            [company.id, month],
        )
        counts = [
            self._store_month(company, over, as_of, self._kept_sql(company, over), RECORDED)
            for over in sorted(over for (over,) in self.env.cr.fetchall())
        ]
        counts.append(self._store_month(company, month, as_of, self._present_sql(company), RECORDED))
        return {name: sum(count[name] for count in counts) for name in ("added", "changed", "removed")}

    @api.model
    def _settle_totals(self, company, months):
        """Have totals say again what the figures of these months say.

        Who was given another account manager while figures were written is counted with the old one: neither of the two
        transactions sees the other, and neither is to wait.
        """
        for month in months:
            self.env.cr.execute(totals.BY_USER.settle_sql(company.id, month))

    @api.model
    def _store_month(self, company, month, today, state, origin, partners=None):
        """Write what is different in a month.

        :param date month: its first day
        :param SQL state: query of ``partner_id``, ``origin`` and what customers were at the end of the month
        :param partners: customers whose rows these are; all of them if not given
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        last = month + MONTH - relativedelta(days=1)
        among = SQL("kept.month = %s", month)
        if partners is not None:
            state = SQL("SELECT * FROM (%s) everybody WHERE partner_id = ANY(%s)", state, partners.ids)
            among = SQL("%s AND kept.partner_id = ANY(%s)", among, partners.ids)
        amounts = self._amounts_sql(company, month, min(last, today), partners)
        found = monthly.found_sql(month, amounts, state, last < today, origin)
        self.env.cr.execute(
            storing.store_sql(
                self._table,
                ["month", "partner_id"],
                monthly.STORED,
                company.id,
                today,
                SQL("SELECT month, partner_id, %s FROM (%s) facts", monthly.names(monthly.STORED), found),
                among,
            )
        )
        [counts] = self.env.cr.dictfetchall()
        for ledger in totals.LEDGERS:
            self.env.cr.execute(ledger.compact_sql(company.id))
        if counts["added"] >= MANY:
            # Until the planner has heard of a new month, it takes it for empty, and the next writing compares every
            # row with every other.
            self.env.cr.execute("ANALYZE customer_value_fact (company_id, month, partner_id)")
        self.env["customer.value.fact"].invalidate_model(flush=False)
        return counts

    @api.model
    def _amounts_sql(self, company, first, last, partners=None):
        """What the days from ``first`` to ``last`` brought of each customer, archived ones included.

        :return: SQL of ``partner_id``, ``revenue``, ``margin``, ``service_cost``, ``order_count``, ``complaint_count``
        """
        # sudo: it is about all documents, for all users
        Source = self.env["customer.value.source"].sudo().with_company(company)
        scope = replace(Scope.make(company, last, 0, partners), window_start=first)
        codes = ("revenue", "margin", "order_count")
        read, joins, evidence = Source._read_once(
            {
                "sale": Source._source_query("sale", scope, {"order_count"}),
                "invoice": Source._source_query("invoice", scope, {"revenue", "margin"}),
                "complaint": Source._source_query("complaint", scope, set()),
                "service": Source.env["customer.lifetime.part"]._part_sql("service", scope),
            },
            {
                "sale": ["order_count", "order_margin"],
                "invoice": ["revenue", "changed_margin"],
                "complaint": ["complaint_count", "abusive_complaints"],
                "service": ["amount"],
            },
        )
        metrics = Source._get_metrics()
        values = {code: Source._metric_sql(code, metrics[code]) for code in codes}
        # months are summed up: a cent is rounded when it is shown, so that it is not lost twelve times a year
        digits = company.currency_id.decimal_places + SPARE_DIGITS
        return SQL(
            """
            WITH %(read)s
            SELECT rp.id AS partner_id,
                   round(COALESCE(%(revenue)s, 0)::numeric, %(digits)s) AS revenue,
                   round(COALESCE(%(margin)s, 0)::numeric, %(digits)s) AS margin,
                   round(COALESCE(service.amount, 0)::numeric, %(digits)s) AS service_cost,
                   COALESCE(%(order_count)s, 0)::integer AS order_count,
                   (COALESCE(complaint.complaint_count, 0) + COALESCE(complaint.abusive_complaints, 0))::integer
                       AS complaint_count
              FROM res_partner rp %(joins)s
             WHERE %(customer)s AND (%(evidence)s) AND %(among)s
            """,
            read=read,
            among=scope.among(SQL("rp.id")),
            **values,
            digits=digits,
            joins=joins,
            evidence=evidence,
            # what those brought who have left since is booked as well
            customer=is_customer_sql("rp", archived=True),
        )

    @api.model
    def _present_sql(self, company):
        """What customers are now: by the last run, the last forecast and the last look for risks."""
        return SQL(
            """
            SELECT score.partner_id, %(origin)s AS origin, score.tier_id, score.segment_id, score.lifecycle,
                   score.score, lifetime.lifetime_value, lifetime.lifetime_historical, lifetime.lifetime_current,
                   lifetime.lifetime_potential, risk.level AS risk_level
              FROM customer_value_score score
              LEFT JOIN customer_lifetime_value lifetime
                ON lifetime.partner_id = score.partner_id AND lifetime.company_id = score.company_id
              LEFT JOIN customer_retention_risk risk
                ON risk.partner_id = score.partner_id AND risk.company_id = score.company_id
             WHERE score.company_id = %(company)s
            """,
            origin=RECORDED,
            company=company.id,
        )

    @api.model
    def _kept_sql(self, company, month):
        """What is stored of customers in a month."""
        return SQL(
            """SELECT partner_id, origin, %s FROM customer_value_fact
                WHERE company_id = %s AND month = %s AND score IS NOT NULL""",
            monthly.names(monthly.STATE),
            company.id,
            month,
        )

    # -- past months ---------------------------------------------------------------------------------------------------

    @api.model
    def _rebuild(self, company, month):
        """Read a past month anew from its documents.

        What was recorded of customers at the time is kept; where nothing was, they are scored as of the last day of the
        month by the steps of a run, with the present policy.

        :param date month: first day of a month that is over
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        :raise UserError: the company has no policy that can be run
        """
        lock_company(company, LOCK_FACTS)
        self.env.flush_all()
        # months are rebuilt backwards: the one that was written last
        self._settle_totals(company, [month + MONTH])
        today = company._get_value_today()
        recorded = [("company_id", "=", company.id), ("month", "=", month), ("origin", "=", RECORDED)]
        # sudo: it is about all customers, for all users
        if self.sudo().search_count([*recorded, ("lifecycle", "!=", False)], limit=1):
            return self._store_month(company, month, today, self._kept_sql(company, month), RECORDED)
        policy = self.env["customer.value.policy"].sudo()._get_required(company)
        policy._check_runnable()
        plan = self.env["customer.value.hindsight"].sudo()._collect(policy, month + MONTH - relativedelta(days=1))
        state = SQL(
            """SELECT partner_id, %s AS origin, tier_id, segment_id, lifecycle, score::numeric,
                      NULL::numeric AS lifetime_value, NULL::numeric AS lifetime_historical,
                      NULL::numeric AS lifetime_current, NULL::numeric AS lifetime_potential, NULL AS risk_level
                 FROM (%s) judged""",
            REBUILT,
            recording.judged_sql(plan),
        )
        counts = self._store_month(company, month, today, state, REBUILT)
        drop_rows(self.env.cr, METRICS)
        return counts

    # -- customers become others ---------------------------------------------------------------------------------------

    @api.model
    def _unite(self, partners, into):
        self.env.flush_all()
        self.env.cr.execute(monthly.unite_sql(partners.ids, into.id))
        self.env["customer.value.fact"].invalidate_model(flush=False)

    @api.model
    def _before_merge(self, partners):
        """What months brought of each of them is that of the one customer: a second row would be lost with its sums."""
        self._unite(partners, partners[-1:])

    @api.model
    def _after_move(self, partners, state):
        """What customers who are contacts now brought is that of their company."""
        for partner in partners.sudo():
            customer = partner.commercial_partner_id
            if customer != partner and self.search_count([("partner_id", "=", partner.id)], limit=1):
                self._unite(partner | customer, customer)
                self.env.cr.execute(
                    "UPDATE customer_value_fact SET partner_id = %s WHERE partner_id = %s", [customer.id, partner.id]
                )
                self.env["customer.value.fact"].invalidate_model(flush=False)
