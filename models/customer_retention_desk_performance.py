from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

from .customer_value_source import Scope

MONTHS = 12
WEEKS = 12


class CustomerRetentionDesk(models.AbstractModel):
    """How the portfolio has gone, month by month, and how often its customers heard of their account manager."""

    _inherit = "customer.retention.desk"

    @api.model
    def _get_performance(self, desk):
        """:return: dict ``months``: list of dicts ``month`` (first day), ``revenue``, ``margin`` (company currency),
        ``buyers`` (customers with orders) and ``action`` (the invoices), oldest first, the present month up to today;
        ``kept``: see ``_get_kept``; ``weeks``: list of dicts ``week`` (Monday), ``contacts`` and ``action``
        """
        first = desk.today.replace(day=1)
        months = [first - relativedelta(months=number) for number in reversed(range(MONTHS))]
        spans = [(month, min(month + relativedelta(months=1, days=-1), desk.today)) for month in months]
        return {
            "months": [
                {"month": fields.Date.to_string(span[0]), "action": self._get_invoices_action(desk, *span)} | sums
                for span, sums in zip(spans, self._read_sums(desk, spans), strict=True)
            ],
            "kept": self._get_kept(desk),
            "weeks": self._get_weeks(desk),
        }

    @api.model
    def _get_invoices_action(self, desk, first, last):
        """What the revenue of some days is made of."""
        domain = [
            ("company_id", "=", desk.company.id),
            ("state", "=", "posted"),
            ("move_type", "in", ["out_invoice", "out_refund", "out_receipt"]),
            ("invoice_date", ">=", fields.Date.to_string(first)),
            ("invoice_date", "<=", fields.Date.to_string(last)),
            ("partner_id.commercial_partner_id", "any", desk.portfolio),
        ]
        return self._action(self.env._("Invoices"), "account.move", domain)

    @api.model
    def _get_scope(self, desk, first, last):
        """The documents of the customers from ``first`` to ``last``."""
        scope = Scope.make(desk.company, last, 1)
        return replace(scope, partner_ids=desk.ids, window_start=first, trend_start=first, half_start=first)

    @api.model
    def _read_sums(self, desk, spans):
        """What the customers brought in some spans of time, in one query.

        Revenue is net of credit notes, margin that of confirmed orders less what credit notes took: the metrics of a
        run. They are read whether or not who looks may open each document: sums, as in scores.

        :param spans: list of (first day, last day)
        :return: list of dicts ``revenue``, ``margin``, ``buyers``, in the same order
        """
        # sudo: see above
        Source = self.env["customer.value.source"].sudo()
        metrics = Source._get_metrics()
        queries = []
        for number, (first, last) in enumerate(spans):
            scope = self._get_scope(desk, first, last)
            joins, evidence = Source._join_queries(
                {name: Source._source_query(name, scope, set()) for name in ("invoice", "sale")}
            )
            queries.append(
                SQL(
                    """SELECT %(number)s AS number, sum(%(revenue)s)::float8, sum(%(margin)s)::float8,
                              count(*) FILTER (WHERE sale.order_count > 0)
                         FROM res_partner rp %(joins)s
                        WHERE rp.id = ANY(%(ids)s) AND (%(evidence)s)""",
                    number=number,
                    revenue=Source._metric_sql("revenue", metrics["revenue"]),
                    margin=Source._metric_sql("margin", metrics["margin"]),
                    joins=joins,
                    ids=list(desk.ids),
                    evidence=evidence,
                )
            )
        self.env.flush_all()
        self.env.cr.execute(SQL(" UNION ALL ").join(queries))
        rows = {number: sums for number, *sums in self.env.cr.fetchall()}
        money = desk.company.currency_id.round
        return [
            {
                "revenue": money(rows[number][0] or 0.0),
                "margin": money(rows[number][1] or 0.0),
                "buyers": rows[number][2],
            }
            for number in range(len(spans))
        ]

    @api.model
    def _get_kept(self, desk):
        """Of the customers who ordered in the twelve months before the last twelve: who has ordered since.

        :return: dict ``value`` (share 0..1; None where nobody ordered then), ``before``, ``kept``, and ``action``:
            those who have not
        """
        year_ago = desk.today - relativedelta(years=1)
        # sudo: whether a customer has ordered, and nothing of the orders
        Source = self.env["customer.value.source"].sudo()
        before = self._get_scope(desk, year_ago - relativedelta(years=1) + timedelta(days=1), year_ago)
        since = self._get_scope(desk, year_ago + timedelta(days=1), desk.today)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT before.partner_id, COALESCE(since.order_count, 0) > 0
                     FROM (%s) before LEFT JOIN (%s) since ON since.partner_id = before.partner_id
                    WHERE before.order_count > 0 ORDER BY 1""",
                Source._source_query("sale", before, set()),
                Source._source_query("sale", since, set()),
            )
        )
        rows = self.env.cr.fetchall()
        kept = sum(bought for _partner_id, bought in rows)
        gone = [partner_id for partner_id, bought in rows if not bought]
        label = self.env._("Not bought again")
        return {
            "value": kept / len(rows) if rows else None,
            "before": len(rows),
            "kept": kept,
            "action": self._action(label, "res.partner", [("id", "in", gone)]),
        }

    @api.model
    def _get_weeks(self, desk):
        """Activities done, e-mails and notes of the account manager for his customers, by week."""
        monday = desk.today - timedelta(days=desk.today.weekday())
        weeks = [monday - timedelta(weeks=number) for number in reversed(range(WEEKS))]
        Message = self.env["mail.message"]
        label = self.env._("Contacts")
        contacts = defaultdict(list)
        for message in Message.search_fetch(self._get_contact_domain(desk, weeks[0]), ["date"], order="id"):
            day = self._day_of(message.date)
            contacts[day - timedelta(days=day.weekday())].append(message.id)
        return [
            {
                "week": fields.Date.to_string(week),
                "contacts": len(contacts[week]),
                "action": self._action(label, Message._name, [("id", "in", contacts[week])]),
            }
            for week in weeks
        ]
