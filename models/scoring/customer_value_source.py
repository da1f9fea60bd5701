from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import pytz
from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.tools import SQL, formatLang

from ...analytics.scoring import purchases
from ...analytics.scoring.customers import books_sql, is_customer_sql
from ..core.kept_plans import FEW, execute_kept
from ..core.side_by_side import SideBySide, create_reader

# No window: earlier than any document. A day later than the first, so that its midnight exists in every time zone.
EPOCH = date(1900, 1, 1)


@dataclass(frozen=True)
class Metric:
    """One raw number per customer as of a date.

    :param str source: family of tables it is read from, the suffix of ``_source_<source>``
    :param str label: translated name
    :param str unit: ``days``, ``months``, ``money`` (company currency), ``count``, ``percent`` or ``points``
    :param str direction: which is usually better, ``higher`` or ``lower``
    :param bool additive: no rows means zero; otherwise no rows means that the number does not exist
    :param bool by_trade: zero earns points only with trade in the window: who buys nothing owes nothing
    :param bool ages: it grows by a day each day while nothing happens; where it adds up, from one on
    :param bool windowed: only documents in the window of the policy count
    :param bool harmless: more of it never counts against a customer: neither points nor gates can be turned that way
    """

    source: str
    label: str
    unit: str
    direction: str = "higher"
    additive: bool = True
    harmless: bool = False
    by_trade: bool = False
    ages: bool = False
    windowed: bool = True


@dataclass(frozen=True)
class Span:
    """A window beside that of a scope, read along with it.

    :param str name: suffix of its columns
    :param date first: first day
    :param date last: last day
    """

    name: str
    first: date
    last: date

    def holds(self, day, customer):
        """
        :param SQL day: a column of days
        :param SQL customer: the column of the commercial entity beside it, for windows of each customer's own
        """
        return SQL("%s BETWEEN %s AND %s", day, self.first, self.last)

    def ends(self, day, customer):
        """Whether ``day`` is no later than the last day, see ``holds``."""
        return SQL("%s <= %s", day, self.last)

    def joined(self, customer):
        """What is joined to documents for ``holds`` and ``ends``, at most a row for each of them."""
        return SQL()

    def column(self, name):
        return f"{name}_{self.name}"


# So many customers at least, and such a part of those who are scored, are many. With ten orders and ten invoices each,
# looking up what one has paid takes as long as reading what 30 have; all else is sooner by customer up to a fifth.
MANY = 200
MANY_SHARE = 30

# So many customers at least, and one in so many of those who are scored, are a large part: picking out their documents
# takes longer than reading those of everybody. Either is done soon where they are fewer.
LARGE = 2000
LARGE_PART = 4

# Of more customers than these, losses are read from their index instead of all lines of all of their entries.
BY_ENTRY = 20


def are_many(company, count):
    """Whether so many customers of ``company`` are many, see ``Scope``."""
    return count >= MANY and count * MANY_SHARE > _count_scored(company)


def are_large_part(company, count):
    """Whether so many customers of ``company`` are so large a part that documents of everybody are read sooner."""
    return count >= LARGE and count * LARGE_PART > _count_scored(company) > 0


def _count_scored(company):
    # sudo: a number by which a query is planned, whatever the user may see. That of the last run for all customers is
    # near enough: to count scores is to read all of them, for a run for a hundredth
    return company.env["customer.value.policy"].sudo()._get_active(company).calibration_run_id.customer_count


@dataclass(frozen=True)
class Scope:
    """Whose documents are read, up to when.

    :param int company_id: whose policy, scores and settings they are read for
    :param company_ids: documents of these companies: ``company_id`` and the branches that count with it
    :param date as_of: documents up to the end of this day
    :param date window_start: documents from this day on count in metrics with a window
    :param date trend_start: first day of the window, or of the last year where there is no window
    :param date half_start: first day of the later half of the time from ``trend_start``
    :param str tz: time zone in which a day of the company begins
    :param partner_ids: commercial entities; None for all
    :param spans: windows for which margin and shares are read as well, see ``_margin_sql``; none ends after ``as_of``,
        and none begins before ``window_start`` where invoices are read
    :param bool many: of some customers, whether they are so many that what is rare among documents is found sooner
        among those of everybody than by going through those of each customer
    :param beside: where sources have read what takes long; of everybody, without spans, and on this server
    """

    company_id: int
    company_ids: tuple[int, ...]
    as_of: date
    window_start: date
    trend_start: date
    half_start: date
    tz: str = "UTC"
    partner_ids: tuple | None = None
    spans: tuple[Span, ...] = ()
    many: bool = False
    beside: SideBySide | None = None

    @classmethod
    def make(cls, company, as_of, window_months, partners=None):

        def first_day_after(months):
            start = as_of - relativedelta(months=int(months), days=15 if months % 1 else 0)
            return start + timedelta(days=1)

        months = window_months or 12
        return cls(
            company_id=company.id,
            company_ids=tuple(company._get_value_books().ids),
            as_of=as_of,
            window_start=first_day_after(window_months) if window_months else EPOCH,
            trend_start=first_day_after(months),
            half_start=first_day_after(months / 2),
            tz=company._get_value_zone(),
            partner_ids=None if partners is None else tuple(partners.ids),
            many=partners is not None and are_many(company, len(partners)),
        )

    @property
    def books(self):
        """What the column of a document's company has to equal: ``company_id = %s``."""
        return books_sql(self.company_ids)

    def everybody(self):
        return replace(self, partner_ids=None, many=False)

    @property
    def by_customer(self):
        """Whether it is sooner to go through the documents of each customer."""
        return not self.many and self.among(SQL("partner_id")) != SQL("TRUE")

    @property
    def by_entry(self):
        """Whether it is sooner to go through the lines of each journal entry of the customers for what was written off.

        A payment of hundreds of customers is one entry, and each of them leads to all of its lines.
        """
        return self.by_customer and (self.partner_ids is None or len(self.partner_ids) <= BY_ENTRY)

    def _opens(self, day):
        midnight = datetime.combine(day, time())
        return pytz.timezone(self.tz).localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)

    @property
    def until(self):
        """First moment, in UTC, that is no longer part of ``as_of``."""
        return self._opens(self.as_of + timedelta(days=1))

    @property
    def window_opens(self):
        """First moment, in UTC, of the window."""
        return self._opens(self.window_start)

    def day(self, column):
        """The company's day of a UTC timestamp column."""
        if self.tz == "UTC":
            return SQL("%s::date", column)
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", column, self.tz)

    def spans_of(self, customer):
        """What the spans need joined to documents.

        :param SQL customer: the column of their commercial entity
        """
        return SQL(" ").join(span.joined(customer) for span in self.spans)

    def among(self, column):
        """A condition on the column of the commercial entity."""
        if self.partner_ids is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", column, list(self.partner_ids))


@dataclass(frozen=True)
class CustomerScope(Scope):
    """Documents of customers whom the statement itself names.

    :param SQL customer: what their column has to equal: a column of a row, or ``ANY`` of a query
    :param SQL company: the column of a company, where that of the row counts
    """

    customer: SQL | None = None
    company: SQL | None = None

    def among(self, column):
        return SQL("%s = %s", column, self.customer)

    @property
    def books(self):
        return self.company or super().books


class CustomerValueSource(models.AbstractModel):
    """The registry of sources: where metrics come from. Extended by others, and by our own sources in the same way.

    To add a metric, inherit this model: describe it in ``_get_metrics`` and write ``_source_<source>``, or extend that
    of an existing source. A source reads its tables once. It is offered as soon as its module is installed.
    """

    _name = "customer.value.source"
    _description = "Customer Value Source"

    @api.model
    def _get_metrics(self):
        """:return: ``{code: Metric}``; codes are unique across sources"""
        return {}

    @api.model
    def _get_ages(self):
        """:return: of each metric that ages, whether it adds up: ``{code: bool}``, see ``analytics/scoring/ageing``"""
        return {code: metric.additive for code, metric in self._get_metrics().items() if metric.ages}

    @api.model
    def _get_core_metrics(self):
        """Metrics that every run needs, because segment, class and lifecycle follow from them."""
        return {"recency_days", "order_count", "revenue", "margin"}

    @api.model
    def _source_query(self, source, scope, metrics):
        """The SQL of ``source``: one row a customer, ``partner_id`` and one column for each of its ``metrics``.

        :param Scope scope: whose documents, up to when
        :param set metrics: codes asked for; a source may leave out work for others
        """
        return getattr(self, f"_source_{source}")(scope, metrics)

    @api.model
    def _metric_sql(self, code, metric):
        """The value of a metric where all sources are joined: as a rule the column of its source."""
        return SQL.identifier(metric.source, code)

    @api.model
    def _get_passive_sources(self):
        """Sources whose rows alone do not make a partner a customer."""
        return set()

    @api.model
    def _get_typed_columns(self):
        """The columns of sources that are read side by side as a whole, see ``core/side_by_side``. Extended by others.

        :return: ``{source: {column: type}}``: metrics, and what others are made of; without ``partner_id``
        """
        return {}

    def init(self):
        create_reader(self.env.cr)
        for statement in purchases.create_sql():
            self.env.cr.execute(statement)

    @api.model
    def _join_queries(self, queries):
        """How the queries of sources are joined to customers.

        :param dict queries: source: SQL with the column ``partner_id``
        :return: tuple of SQL: the joins on ``rp.id``, and the condition that one of them has seen the customer
        """
        joins = SQL(" ").join(
            SQL("LEFT JOIN (%s) %s ON %s = rp.id", query, SQL.identifier(name), SQL.identifier(name, "partner_id"))
            for name, query in queries.items()
        )
        # a value entered manually on a partner does not make them a customer
        evidence = SQL(" OR ").join(
            SQL("%s IS NOT NULL", SQL.identifier(name, "partner_id"))
            for name in queries
            if name not in self._get_passive_sources()
        )
        return joins, evidence

    @api.model
    def _read_once(self, queries, columns):
        """As ``_join_queries``, for statements in which each source is read exactly once, with the columns needed.

        Where the planner takes customers for few, it would read a source anew for each of them; and where reading is
        all of the cost, it does not care how many rows it compares afterwards.

        :param dict queries: source: SQL with the column ``partner_id``
        :param dict columns: source: names of its columns that are used
        :return: tuple of SQL: common table expressions for ``WITH``, the joins on ``rp.id``, and the condition that one
            of them has seen the customer
        """
        read = SQL(", ").join(
            SQL(
                "%s AS MATERIALIZED (SELECT %s FROM (%s) source)",
                SQL.identifier(f"read_{name}"),
                SQL(", ").join(SQL.identifier(column) for column in ("partner_id", *columns.get(name, ()))),
                query,
            )
            for name, query in queries.items()
        )
        joins, evidence = self._join_queries(
            {name: SQL("SELECT * FROM %s", SQL.identifier(f"read_{name}")) for name in queries}
        )
        return read, joins, evidence

    @api.model
    def _changed_queries(self, company, since):
        """Queries for the commercial entities with documents written after ``since``, or whose grace is over.

        :return: list of SQL, each with the one column ``partner_id``
        """
        # a grace ends on its day, whether or not there are new documents
        return [
            SQL(
                "SELECT partner_id FROM customer_value_score WHERE company_id = %s AND grace_until < %s",
                company.id,
                company._get_value_today(),
            )
        ]

    @api.model
    def _get_purchase_basis(self):
        """What the effects of a purchase are computed from, besides metrics.

        :return: ``{name: SQL}`` over the joined sources ``sale`` and ``invoice``
        """
        return {}

    @api.model
    def _get_purchase_effects(self):
        """What metrics are after a purchase that is ordered and invoiced at once, on the customer's usual terms.

        :return: ``{code: SQL}`` over the columns of ``b`` (the metrics before it and those of
            ``_get_purchase_basis``; ``age``, the days since the purchase; ``margin_rate``, the customer's usual margin
            as a share of sales) and ``c.amount`` (untaxed, company currency). Other metrics do not move.
        """
        return {}

    @api.model
    def _get_standing_metrics(self):
        """Metrics assumed to stay as they are today when looking ahead, instead of as if nothing more were done."""
        return set()

    @api.model
    def _documents_action(self, metric, scope, partner):
        """The window action that lists what ``metric`` was computed from.

        :param str metric: code
        :param Scope scope: of the score
        :param partner: commercial entity
        :return: dict, or None where there is nothing to open
        """
        return

    @api.model
    def _selection_metric(self):
        return [(code, metric.label) for code, metric in self._get_metrics().items()]

    @api.model
    def _unit_label(self, unit, currency):
        return {
            "money": currency.name or "",
            "days": self.env._("days"),
            "months": self.env._("months"),
            "percent": "%",
            "points": self.env._("points"),
        }.get(unit, "")

    @api.model
    def _format_raw(self, unit, number, currency):
        """A raw number as it is read in a sentence, in the user's language.

        :param str unit: of a ``Metric``
        :param currency: of the company, for amounts
        """
        if unit == "money" and currency:
            return currency.format(number)
        text = formatLang(self.env, number, digits=0 if float(number).is_integer() else 2)
        label = self._unit_label(unit, currency)
        return f"{text}%" if unit == "percent" else f"{text} {label}".strip()

    @api.model
    def _list_action(self, name, model, domain, context=None):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": domain,
            "context": context or {"create": False},
        }

    # -- Metrics of a few customers at this moment, without a run -----------------------------------------------------

    @api.model
    def _read_now(self, company, partners, codes, window_months=12):
        """What a run of today would read for ``partners``; one query, whatever their number.

        Archived customers have debts and complaints like others.

        :param partners: commercial entities; those that are no customers are left out, see ``is_customer_sql``
        :param codes: metrics; unknown ones are left out
        :return: ``{partner id: {code: number or None}}``, without customers that no source knows
        """
        metrics = {code: metric for code, metric in self._get_metrics().items() if code in set(codes)}
        if not partners or not metrics:
            return {}
        scope = Scope.make(company, company._get_value_today(), window_months, partners)
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
        query = SQL(
            """
            SELECT rp.id, %(columns)s
              FROM res_partner rp %(joins)s
             WHERE rp.id = ANY(%(partners)s) AND %(customer)s AND (%(evidence)s)
            """,
            customer=is_customer_sql("rp", archived=True),
            columns=SQL(", ").join(columns),
            joins=joins,
            partners=partners.ids,
            evidence=evidence,
        )
        execute_kept(self.env.cr, query) if len(partners) <= FEW else self.env.cr.execute(query)
        return {row[0]: dict(zip(metrics, row[1:], strict=True)) for row in self.env.cr.fetchall()}
